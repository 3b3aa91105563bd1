"""Calls copied from the dashboard, run by the stock clients that they are written for."""

import asyncio
import json
import secrets
import shlex
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.dashboard.world import World, world_of
from tests.operations.test_calls import ECHO, PAYLOAD, assert_got_payload
from tests.running import RunningRuntime
from tui.operations.calls import Call, call_forms
from tui.runtime.invoker.interpreters import Interpreters

from .aio_plugin import Aio


@pytest.fixture
async def world(runtime: RunningRuntime, tmp_path: Path) -> AsyncIterator[World]:
    async with world_of(runtime, tmp_path) as world:
        yield world


def written(call: Call, world: World, language: str) -> str:
    return next(form.text for form in call_forms(call, world.operations.endpoint) if form.language == language)


async def test_the_npm_client_sends_the_payload_as_it_is(
    world: World, runtime: RunningRuntime, npm_client: Path, interpreters: Interpreters
) -> None:
    name = f"called-by-js-{secrets.token_hex(4)}"
    await world.action(name, ECHO)
    text = written(Call(verb="invoke", collection="actions", name=name, payload=PAYLOAD), world, "JavaScript")
    node = next(one for one in interpreters.found if one.family == "nodejs")

    done = await asyncio.to_thread(
        subprocess.run,
        [node.path, "-e", text],
        env={"PATH": "/usr/bin:/bin", "NODE_PATH": str(npm_client), "WHISK_AUTH": runtime.auth},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    await assert_got_payload(world, json.loads(done.stdout)["activationId"])


@pytest.mark.aio
@pytest.mark.xdist_group("aio")
@pytest.mark.timeout(400)
async def test_aio_sends_plain_parameters_as_they_are(world: World, aio: Aio) -> None:
    name = aio.name("called-by-aio")
    await world.action(name, ECHO)
    payload = {"name": "Jane Doe", "yes": True, "said": 'a "b" $HOME'}
    text = written(Call(verb="invoke", collection="actions", name=name, payload=payload), world, "aio")

    started = aio.read(*shlex.split(text)[2:])

    record = await world.operations.activations.wait(started["activationId"], timeout_s=30)
    assert record.response is not None
    assert record.response.result == {"got": payload}
