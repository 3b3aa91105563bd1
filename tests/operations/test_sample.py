"""The worked sample: loaded once, never in the way of what is the user's own."""

import re
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import httpx
import pytest
from msgspec.structs import replace

from tests.operations.given import ECHO, given_action
from tests.running import running_runtime
from tui.client.errors import NotFound
from tui.entities.activation import LogLine, is_activation_id
from tui.errors import UsageError
from tui.operations import Operations, open_operations
from tui.operations.sample import load_sample

NAMES = ("my-worker", "test", "my-worker-trigger", "async-rule")


@pytest.fixture
async def fresh(tmp_path: Path) -> AsyncIterator[Operations]:
    """A runtime of its own, since the sample's names are what they are."""
    with running_runtime(tmp_path) as running:
        async with open_operations(running.endpoint) as operations:
            yield operations


async def next_line(operations: Operations, activation_id: str) -> str:
    async with aclosing(operations.activations.follow_logs(activation_id)) as batches:
        async for lines in batches:
            if lines:
                return LogLine.parse(lines[0]).text
    raise AssertionError("it ended without a line")


@pytest.mark.parametrize("family", ["nodejs", "python"])
async def test_the_sample_shows_both_ways_to_start_an_asynchronous_job(fresh: Operations, family: str) -> None:
    kinds = tuple(kind for kind in fresh.platform.kinds if kind.startswith(family))
    loaded = await load_sample(fresh.client, replace(fresh.platform, kinds=kinds))

    assert (loaded.created, loaded.existing) == (NAMES, ())
    worker = await fresh.actions.get("my-worker")
    assert worker.kind.startswith(family)
    fired = await fresh.triggers.fire(loaded.trigger, {"name": "Jane"})
    assert fired is not None
    (outcome,) = (await fresh.activations.wait(fired.activation_id, timeout_s=30)).rule_outcomes()
    assert outcome.activation_id is not None
    assert re.fullmatch(r"step \d of 10 for Jane", await next_line(fresh, outcome.activation_id))

    url = fresh.actions.web_url(await fresh.actions.get("test"))
    async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
        answer = await http.get(f"{url}.json", params={"name": "Joe"})
    assert answer.status_code == 200, answer.text
    started_id = answer.json()["activationId"]
    assert is_activation_id(started_id)
    assert re.fullmatch(r"step \d of 10 for Joe", await next_line(fresh, started_id))


async def test_loading_it_again_changes_nothing(fresh: Operations) -> None:
    await fresh.load_sample()
    before = await fresh.actions.get("my-worker")

    again = await fresh.load_sample()

    assert (again.created, again.existing) == ((), NAMES)
    assert await fresh.actions.get("my-worker") == before


async def test_what_the_user_made_is_left_alone_and_named(fresh: Operations) -> None:
    await given_action(fresh, "my-worker", ECHO)
    await fresh.triggers.create("test")

    loaded = await fresh.load_sample()

    assert loaded.existing == ("my-worker", "test")
    assert loaded.created == ("my-worker-trigger", "async-rule")
    assert (await fresh.actions.get("my-worker")).exec.code == ECHO
    assert (await fresh.triggers.get("test")).name == "test"


async def test_without_a_language_for_it_nothing_is_created(fresh: Operations) -> None:
    with pytest.raises(UsageError, match=r"needs Node\.js or Python"):
        await load_sample(fresh.client, replace(fresh.platform, kinds=("cobol:85",)))

    with pytest.raises(NotFound):
        await fresh.actions.get("my-worker")
