"""A walk over everything that keys lead to, at every size: no traceback, no raw exception, no unexplained blank."""

import os
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.dashboard.stage import Stage, connected, has_control_characters, whisktop
from tests.dashboard.world import FAILING, World, world_of
from tests.running import RunningRuntime
from tui.entities.endpoint import Secret

SIZES = [(80, 24), (120, 40), (200, 60)]
RAW = re.compile(r"Traceback|\w+(?:Error|Exception)\(|<[\w.]+ object at 0x|\bNone\b")
FROM_PANELS = ("enter", "l", "r", "Y", "f", "a", "s", "e", "slash", "y")
FROM_ANYWHERE = ("question_mark", "ctrl+p", "colon", "at", "c")


@pytest.fixture
async def world(runtime: RunningRuntime, tmp_path: Path) -> AsyncIterator[World]:
    async with world_of(runtime, tmp_path) as world:
        yield world


async def look(stage: Stage, where: str) -> None:
    """What stands on the screen is meant to be read."""
    await stage.pilot.pause()
    text, (width, height) = stage.text, stage.app.size
    assert not RAW.search(text), f"{where}:\n{text}"
    assert not has_control_characters(text), where
    assert len(stage.lines) <= height, where
    assert max(map(len, stage.lines)) <= width, where
    said = [line for line in stage.lines[1:-1] if re.search(r"[\w]", line)]
    assert said, f"nothing is said at {where}:\n{text}"


async def home(stage: Stage) -> None:
    for _ in range(4):
        if len(stage.app.screen_stack) == 1:
            break
        await stage.press("escape")
    await stage.press("escape")
    assert len(stage.app.screen_stack) == 1, stage.text


@pytest.mark.parametrize("size", SIZES)
async def test_every_view_that_a_key_leads_to_says_something_and_nothing_raw(
    runtime: RunningRuntime, world: World, size: tuple[int, int]
) -> None:
    name = f"walk{size[0]}"
    await world.chain(name)
    await world.action(f"{name}-bad", FAILING)
    await world.ran(f"{name}-bad")
    fired = await world.operations.triggers.fire(name, {"name": "Jane"})
    assert fired is not None
    async with connected(runtime.endpoint, size=size) as stage:
        await stage.until(lambda: fired.activation_id in stage.book.known, "the firing")
        for key in FROM_ANYWHERE if size == SIZES[0] else FROM_ANYWHERE[:2]:
            await stage.press("4", key)
            await look(stage, f"{key} at {size}")
            await home(stage)
        ways = [(panel, key) for panel in "1234" for key in FROM_PANELS]
        if "WALK_EVERYWHERE" not in os.environ:  # a third at each size: each way is gone once
            ways = ways[SIZES.index(size) :: len(SIZES)]
        for panel, key in ways:
            await stage.press(panel, "g", key)
            await look(stage, f"{key} from panel {panel} at {size}")
            await home(stage)


async def test_the_screen_follows_the_terminal_through_every_size(runtime: RunningRuntime, world: World) -> None:
    await world.chain("resized")
    async with connected(runtime.endpoint) as stage:
        for width, height in (*SIZES, (60, 16), (40, 10), (99, 29), (160, 30)):
            for key in ("1", "W", "4"):
                await stage.pilot.resize_terminal(width, height)
                await stage.press(key)
                await look(stage, f"{width}×{height} after {key}")


@pytest.mark.parametrize("size", SIZES)
async def test_offline_and_read_only_every_panel_says_how_things_stand(
    runtime: RunningRuntime, size: tuple[int, int]
) -> None:
    nobody = replace(runtime.endpoint, url="http://127.0.0.1:9", auth=Secret("a:b"))
    async with whisktop(nobody, size=size) as stage:
        await stage.until_said("ctrl+r")
        for panel in "1234":
            await stage.press(panel, "f")
            await look(stage, f"panel {panel}, offline, {size}")
            assert "not connected yet" in stage.lines[-1] or panel == "3"
    async with connected(replace(runtime.endpoint, read_only=True), size=size) as stage:
        for panel in "123":
            await stage.press(panel, "a")
            await look(stage, f"panel {panel}, read-only, {size}")
            assert "read-only" in stage.lines[-1]
