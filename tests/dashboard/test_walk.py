"""A walk over everything that keys lead to, at every size: no traceback, no raw exception, no unexplained blank."""

import os
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from textual.screen import Screen

from tests.dashboard.stage import Stage, connected, has_control_characters, whisktop
from tests.dashboard.wire import wire_to
from tests.dashboard.world import FAILING, World, world_of
from tests.running import RunningRuntime
from tui.dashboard.screens.action import ActionScreen
from tui.dashboard.screens.packages import PackagesScreen
from tui.dashboard.screens.thing import ThingScreen
from tui.dashboard.screens.wiring import WiringScreen
from tui.dashboard.widgets.line_view import LineView
from tui.entities.endpoint import Secret

SIZES = [(80, 24), (120, 40), (200, 60)]
RAW = re.compile(r"Traceback|\w+(?:Error|Exception)\(|<[\w.]+ object at 0x|\bNone\b")
FROM_PANELS = ("enter", "l", "r", "Y", "f", "a", "s", "e", "slash", "y", "ctrl+s", "i", "b", "L", "x", "w")
FROM_ANYWHERE = ("question_mark", "ctrl+p", "colon", "at", "c", "P", "B", "f2", "ctrl+w")


@pytest.fixture
async def world(runtime: RunningRuntime, tmp_path: Path) -> AsyncIterator[World]:
    async with world_of(runtime, tmp_path) as world:
        yield world


async def tap(stage: Stage, *keys: str) -> None:
    """Keys as fast as they are dealt with; `Stage.press` waits after each until nothing in the process moves."""
    for key in keys:
        stage.app.simulate_key(key)
        for _ in range(2):  # the key itself, and what it posts
            await stage.pilot.pause(0)


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
    for _ in range(5):
        if len(stage.app.screen_stack) == 1:
            break
        await tap(stage, "escape")
    await tap(stage, "escape")
    assert len(stage.app.screen_stack) == 1, stage.text


async def test_every_view_that_a_key_leads_to_says_something_and_nothing_raw(
    runtime: RunningRuntime, world: World
) -> None:
    await world.chain("walk")
    await world.action("walk-bad", FAILING)
    await world.ran("walk-bad")
    fired = await world.operations.triggers.fire("walk", {"name": "Jane"})
    assert fired is not None
    async with connected(runtime.endpoint) as stage:
        await stage.until(lambda: fired.activation_id in stage.book.known, "the firing")
        for number, size in enumerate(SIZES):
            await stage.pilot.resize_terminal(*size)
            ways = [("4", key) for key in FROM_ANYWHERE] + [(panel, key) for panel in "1234" for key in FROM_PANELS]
            if "WALK_EVERYWHERE" not in os.environ:  # a third at each size: each way is gone once
                ways = ways[number :: len(SIZES)]
            for panel, key in ways:
                await tap(stage, panel, "g", key)
                await look(stage, f"{key} from panel {panel} at {size}")
                await home(stage)


async def test_the_screen_follows_the_terminal_through_every_size(runtime: RunningRuntime, world: World) -> None:
    await world.chain("resized")
    async with connected(runtime.endpoint) as stage:
        for width, height in (*SIZES, (60, 16), (40, 10), (99, 29), (160, 30)):
            await stage.pilot.resize_terminal(width, height)
            for key in ("1", "W", "4"):
                await tap(stage, key)
                await look(stage, f"{width}×{height} after {key}")


async def test_offline_every_panel_says_how_things_stand(runtime: RunningRuntime) -> None:
    nobody = replace(runtime.endpoint, url="http://127.0.0.1:9", auth=Secret("a:b"))
    async with whisktop(nobody) as stage:
        await stage.until_said("ctrl+r")
        for size in SIZES:
            await stage.pilot.resize_terminal(*size)
            for panel in "1234":
                await tap(stage, panel, "f")
                await look(stage, f"panel {panel}, offline, {size}")
                assert "not connected yet" in stage.lines[-1] or panel == "3"
            for key in FROM_ANYWHERE:
                await tap(stage, key)
                await look(stage, f"{key}, offline, {size}")
                await home(stage)


async def test_read_only_every_panel_says_how_things_stand(runtime: RunningRuntime) -> None:
    async with connected(replace(runtime.endpoint, read_only=True)) as stage:
        for size in SIZES:
            await stage.pilot.resize_terminal(*size)
            for panel in "123":
                await tap(stage, panel, "a")
                await look(stage, f"panel {panel}, read-only, {size}")
                assert "read-only" in stage.lines[-1]


async def test_every_page_of_things_says_why_it_knows_nothing(runtime: RunningRuntime, world: World) -> None:
    await world.chain("unread")
    trigger = await world.operations.triggers.get("unread")
    rule = await world.operations.rules.get("unread-rule")
    async with wire_to(runtime) as wire:
        endpoint = replace(runtime.endpoint, url=f"http://127.0.0.1:{wire.port}")
        async with connected(endpoint, size=(80, 24)) as stage:
            operations, book = stage.operations, stage.book
            await wire.cut()
            pages: list[Screen[Any]] = [
                PackagesScreen(operations),
                WiringScreen(operations, trigger),
                ThingScreen(operations, trigger, state=book),
                ThingScreen(operations, rule, state=book),
                ActionScreen(operations, "unread-worker", state=book),
            ]
            for page in pages:
                await stage.open(page)
                await stage.until_said("connection refused")
                await stage.until(lambda: "asking the platform" not in stage.text, "the end of asking")
                await look(stage, f"{page} without a link")
                for view in page.query(LineView):
                    assert len(view.source) or view.said_height or not view.display, f"{page} {view}:\n{stage.text}"
                stage.app.pop_screen()
                await stage.pilot.pause(0)
