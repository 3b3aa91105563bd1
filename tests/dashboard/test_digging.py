"""Further back than the feed reaches, and all rows around one that a filter found."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.dashboard.stage import Stage, dashboard
from tests.dashboard.world import World, world_of
from tests.running import RunningRuntime
from tui.errors import UsageError
from tui.operations.feed_requests import FeedRequests

FIRST_PAGE = 20
_number = itertools.count(1)


@pytest.fixture
async def world(runtime: RunningRuntime, tmp_path: Path) -> AsyncIterator[World]:
    async with world_of(runtime, tmp_path) as world:
        yield world


@pytest.fixture
def older() -> str:
    """The action whose runs lie before the first page."""
    return f"feed-older-{next(_number)}"


@pytest.fixture
async def stage(
    runtime: RunningRuntime, world: World, older: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Stage]:
    """The feed begins with a page of twenty runs of one action; twelve of another lie before it."""
    monkeypatch.setattr("tui.operations.window.AS_MANY_AS_POSSIBLE", FIRST_PAGE)
    newer = older.replace("older", "newer")
    for name, times in ((older, 12), (newer, FIRST_PAGE + 2)):
        await world.action(name)
        await asyncio.gather(*(world.ran(name) for _ in range(times)))
    async with dashboard(runtime) as stage:
        await stage.press("4")
        await stage.until(lambda: len(feed_of(stage).source) >= FIRST_PAGE, "the first page")
        yield stage


def feed_of(stage: Stage) -> Any:
    return stage.app.screen_stack[0].feed  # type: ignore[attr-defined]


def shown(stage: Stage, name: str) -> int:
    source = feed_of(stage).source
    return [source.entry_at(index).name for index in range(len(source))].count(name)


async def filter_by(stage: Stage, text: str) -> None:
    await stage.press("slash")
    await stage.type(text)
    await stage.press("enter")


async def test_digging_brings_what_matches_and_shows_how_far_it_is_complete(stage: Stage, older: str) -> None:
    since_ms = stage.app.screen_stack[0].link.complete_since_ms  # type: ignore[attr-defined]
    await filter_by(stage, f"action:{older}")
    await stage.until(lambda: shown(stage, older) == 0, "no row of before")

    await stage.press("D")
    await stage.until_said("12 match; the platform keeps nothing older")

    assert shown(stage, older) == 12
    assert stage.app.screen_stack[0].link.complete_since_ms < since_ms  # type: ignore[attr-defined]
    await stage.press("escape")
    await stage.until(
        lambda: shown(stage, older.replace("older", "newer")) == FIRST_PAGE + 2, "the rest of the other action"
    )
    keeper = stage.app.screen_stack[0].keeper  # type: ignore[attr-defined]
    await stage.until(lambda: keeper.covered is not None and keeper.covered[0] < since_ms, "kept coverage")


async def test_digging_says_how_far_it_is_and_stops_at_a_key(
    stage: Stage, older: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, asked, gate = FeedRequests.page, asyncio.Event(), asyncio.Event()

    async def slow_page(self: FeedRequests, **bounds: Any) -> Any:
        asked.set()
        await gate.wait()
        return await page(self, **bounds)

    monkeypatch.setattr(FeedRequests, "page", slow_page)

    await stage.press("D")
    await stage.until(asked.is_set, "the first request")
    await stage.until_said("digging: 0 read, back to", "D stops")
    await stage.press("D")
    await stage.until(lambda: "digging" not in stage.text, "an end of it")
    gate.set()

    assert not stage.app.screen_stack[0].is_digging  # type: ignore[attr-defined]
    assert shown(stage, older) == 0


async def test_so_many_matches_are_a_word_of_the_command_line(stage: Stage, older: str) -> None:
    await filter_by(stage, f"action:{older}")
    words = {word.name: word for word in stage.app.screen_stack[0].more_words()}  # type: ignore[attr-defined]
    for no_number in ("0", "²", "9" * 5000):  # as they may be pasted
        with pytest.raises(UsageError, match="is no number of records"):
            words["dig"].run(no_number)

    await stage.press("colon")
    await stage.type("dig 3")
    await stage.press("enter")

    await stage.until_said("match, back to")
    assert 3 <= shown(stage, older) <= 12


async def test_the_filter_is_lifted_and_the_cursor_stays_on_the_row(stage: Stage) -> None:
    newest = feed_of(stage).source.id_at(0)
    await filter_by(stage, feed_of(stage).source.id_at(7))
    await stage.until(lambda: len(feed_of(stage).source) == 1, "one row")
    wanted = feed_of(stage).selected_id

    await stage.press("o")
    await stage.until(lambda: len(feed_of(stage).source) >= FIRST_PAGE, "all rows")

    assert feed_of(stage).selected_id == wanted != newest
    await stage.press("o")
    await stage.until_said("nothing is filtered")


async def test_up_from_a_run_opened_by_its_id_asks_the_platform_which_firing_was_behind_it(
    runtime: RunningRuntime, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.operations.window.AS_MANY_AS_POSSIBLE", 1)
    await world.chain("feed-cause")
    fired = await world.operations.triggers.fire("feed-cause", {})
    assert fired is not None
    record = await world.operations.activations.wait(fired.activation_id, timeout_s=30)
    (outcome,) = record.rule_outcomes()
    assert outcome.activation_id is not None
    await world.operations.activations.wait(outcome.activation_id, timeout_s=30)
    await world.ran("feed-cause-worker")
    async with dashboard(runtime) as stage:
        assert stage.book.find(fired.activation_id) is None
        await stage.press("colon")
        await stage.type(f"open {outcome.activation_id}")
        await stage.press("enter")
        await stage.until_said('"done": true')

        await stage.press("U")

        await stage.until_said("Trace", "↯ feed-cause", "feed-cause-rule")
