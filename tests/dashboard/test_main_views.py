"""The main screen over a real runtime, by key press: filters, pauses, panels, sizes, and what is refused or asked."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.dashboard.stage import connected
from tests.dashboard.world import FAILING, SLOW, World, world_of
from tests.journeys.by_key import fire, go_to_row
from tests.running import RunningRuntime
from tui.dashboard.panels.panel import Panel


@pytest.fixture
async def world(runtime: RunningRuntime, tmp_path: Path) -> AsyncIterator[World]:
    async with world_of(runtime, tmp_path) as world:
        yield world


async def test_a_filter_shows_what_matches_and_escape_shows_everything(runtime: RunningRuntime, world: World) -> None:
    await world.action("filter-good")
    await world.action("filter-bad", FAILING)
    await world.ran("filter-good")
    await world.ran("filter-bad")
    async with connected(runtime.endpoint) as stage:
        await stage.until(lambda: stage.row("filter-bad", "app error"), "the failure")
        assert "the region is miss" in stage.row("filter-bad", "app error")

        await stage.press("slash", *"filter", "minus", "b", "enter")
        await stage.until(lambda: not stage.row("filter-good", "success"), "the filter")
        assert stage.row("filter-bad", "app error")
        assert "/filter-b" in stage.row("Activations")

        await stage.press("escape")
        await stage.until(lambda: stage.row("filter-good", "success"), "everything")


async def test_failures_only_is_one_key_there_and_back(runtime: RunningRuntime, world: World) -> None:
    await world.action("mixed-good")
    await world.action("mixed-bad", FAILING)
    await world.ran("mixed-good")
    await world.ran("mixed-bad")
    async with connected(runtime.endpoint) as stage:
        await stage.until(lambda: stage.row("mixed-good", "success"), "the success")

        await stage.press("exclamation_mark")
        await stage.until(lambda: not stage.row("mixed-good", "success"), "the filter")
        assert stage.row("mixed-bad", "app error")

        await stage.press("exclamation_mark")
        await stage.until(lambda: stage.row("mixed-good", "success"), "everything")


async def test_a_paused_feed_counts_what_is_new_and_g_shows_it(runtime: RunningRuntime, world: World) -> None:
    await world.action("paused")
    async with connected(runtime.endpoint) as stage:
        await stage.press("4", "p")
        await stage.until_said("‖ paused")

        record = await world.ran("paused")
        await stage.until_said("1 new ↑")
        assert record.activation_id[:6] not in stage.text

        await stage.press("g")
        await stage.until_said(record.activation_id[:6])
        assert "new ↑" not in stage.text


SCROLL_BAR = " ▁▂▃▄▅▆▇█"


async def test_away_from_the_top_the_rows_stay_and_new_ones_are_counted(runtime: RunningRuntime, world: World) -> None:
    await world.action("away")
    for _ in range(3):
        await world.ran("away")
    async with connected(runtime.endpoint) as stage:
        await stage.until(lambda: stage.row("away", "success"), "rows")
        await stage.press("4", "j", "j")
        under_cursor = stage.row("▌")[38:].rstrip(SCROLL_BAR)

        await world.ran("away")

        await stage.until_said("1 new ↑", "‖ paused")
        assert stage.row("▌")[38:].rstrip(SCROLL_BAR) == under_cursor
        await stage.press("g")
        await stage.until(lambda: "new ↑" not in stage.text, "nothing new")


async def test_the_number_keys_and_tab_walk_the_panels(runtime: RunningRuntime) -> None:
    async with connected(runtime.endpoint) as stage:

        def focused() -> int:
            return next(panel.NUMBER for panel in stage.app.screen.query(Panel) if panel.is_focused)

        assert focused() == 4
        for number in (1, 2, 3, 4):
            await stage.press(str(number))
            assert focused() == number
        await stage.press("tab")
        assert focused() == 1
        await stage.press("shift+tab")
        assert focused() == 4


async def test_zoom_gives_the_panel_the_screen_and_gives_it_back(runtime: RunningRuntime) -> None:
    async with connected(runtime.endpoint) as stage:
        await stage.press("2", "z")
        assert "Activations" not in stage.text
        assert "Triggers" in stage.text

        await stage.press("z")

        assert "Activations" in stage.text


async def test_at_eighty_columns_the_same_keys_do_the_same(runtime: RunningRuntime, world: World) -> None:
    await world.chain("small")
    async with connected(runtime.endpoint, size=(80, 24)) as stage:
        assert "Activations" in stage.lines[1]
        await fire(stage, "small")
        await stage.press("4")
        await stage.until(lambda: stage.row("small-worker", "success"), "the end")
        assert max(map(len, stage.lines)) <= 80


async def test_a_terminal_that_is_too_small_says_how_small(runtime: RunningRuntime) -> None:
    async with connected(runtime.endpoint, size=(58, 14)) as stage:
        assert "whisktop needs 60 columns and 16 lines; this is 58×14" in stage.text


async def test_a_read_only_context_greys_what_writes_and_says_why(runtime: RunningRuntime, world: World) -> None:

    await world.chain("locked")
    async with connected(replace(runtime.endpoint, read_only=True)) as stage:
        assert "▣ read-only" in stage.lines[0]
        await go_to_row(stage, "2", "locked")

        for key in ("f", "F", "x", "a"):
            await stage.press(key)
            assert "this context is read-only" in stage.lines[-1]
            assert len(stage.app.screen_stack) == 1


async def test_a_production_context_asks_before_it_writes(runtime: RunningRuntime, world: World) -> None:

    await world.chain("precious")
    async with connected(replace(runtime.endpoint, production=True, context="shop")) as stage:
        assert "PROD shop" in stage.lines[0]
        await go_to_row(stage, "3", "precious-rule")

        await stage.press("t")
        await stage.until_said("Turn off rule precious-rule?", "PROD shop, namespace guest")
        await stage.press("y")
        await stage.until(lambda: stage.row("precious-rule", "→", " off"), "off")

        await stage.press("x")
        await stage.until_said("Type precious-rule to go on:")
        await stage.press(*"precious", "enter")
        assert "Type precious-rule" in stage.text


async def test_quitting_asks_only_while_a_job_of_ours_runs(runtime: RunningRuntime, world: World) -> None:
    await world.chain("unfinished", SLOW)
    async with connected(runtime.endpoint) as stage:
        await fire(stage, "unfinished")
        await stage.until(lambda: stage.row("unfinished-worker", "running"), "the run")

        await stage.press("q")
        await stage.until_said("1 job of yours still runs. It goes on without whisktop.")
        await stage.press("escape")
        assert stage.app.is_running
        await stage.press("q", "q")

        assert stage.app.return_code == 0


@pytest.mark.parametrize("key", ["q", "ctrl+q"])
async def test_quitting_at_the_root_ends_with_code_0(runtime: RunningRuntime, key: str) -> None:
    async with connected(runtime.endpoint) as stage:
        await stage.press(key)

        assert stage.app.return_code == 0


async def test_the_palette_finds_things_and_verbs(runtime: RunningRuntime, world: World) -> None:
    await world.chain("found")
    async with connected(runtime.endpoint) as stage:
        await stage.press("ctrl+p")
        await stage.press(*"found", "minus", *"rule")
        await stage.until_said("rule, runs found-worker")

        await stage.press("enter")
        await stage.until(lambda: len(stage.app.screen_stack) == 1, "the palette to close")

        assert "found-rule" in stage.row("▌")


async def test_opening_leads_to_the_thing_and_escape_back(runtime: RunningRuntime, world: World) -> None:
    await world.chain("opened")
    async with connected(runtime.endpoint) as stage:
        await fire(stage, "opened")
        await stage.until(lambda: stage.row("opened-worker", "success"), "the end")

        for panel, name in (("1", "opened-worker"), ("2", "opened"), ("3", "opened-rule")):
            await go_to_row(stage, panel, name)
            await stage.press("enter")
            await stage.until(lambda: len(stage.app.screen_stack) == 2, f"what {name} opens")
            await stage.press("escape")
            await stage.until(lambda: len(stage.app.screen_stack) == 1, "the main screen")
