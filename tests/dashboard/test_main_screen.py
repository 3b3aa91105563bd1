"""The main screen over a real runtime, by key press: what is fired is watched, and what is seen is true."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.dashboard.stage import Stage, connected, whisktop
from tests.dashboard.world import FAILING, SLOW, World, waits_for, world_of
from tests.running import RunningRuntime
from tui.client import Client
from tui.dashboard.panels.panel import Panel
from tui.operations.platform import PlatformInfo, load_platform


@pytest.fixture
async def world(runtime: RunningRuntime, tmp_path: Path) -> AsyncIterator[World]:
    async with world_of(runtime, tmp_path) as world:
        yield world


async def to(stage: Stage, panel: str, name: str) -> None:
    """Put the cursor of a panel on a row, as `j` and `k` would."""
    await stage.press(panel)
    lines = stage.app.screen.current.lines  # type: ignore[attr-defined]
    await stage.until(lambda: lines.source.index_of(name) is not None, f"{name} in panel {panel}")
    steps = lines.source.index_of(name) - lines.cursor_index
    await stage.press(*(["j"] * steps if steps >= 0 else ["k"] * -steps))
    assert lines.cursor_id == name


async def fire(stage: Stage, trigger: str) -> None:
    await to(stage, "2", trigger)
    await stage.press("f")
    await stage.until_said("Fire")
    await stage.press("ctrl+s")


async def test_a_fired_trigger_and_its_run_appear_and_the_result_is_three_keys_away(
    runtime: RunningRuntime, world: World
) -> None:
    await world.chain("watched")
    async with connected(runtime.endpoint) as stage:
        await fire(stage, "watched")

        await stage.until(lambda: "success" in stage.row("watched-worker", "success"), "the run's end")
        await stage.until(lambda: "fired" in stage.row("watched ", "fired"), "the firing")
        assert "1 rule  ✓1" in stage.row("watched ", "fired")

        await stage.press("4", "g", "r")
        await stage.until_said('"done": true')


async def test_a_running_job_shows_its_time_against_its_limit_and_its_lines_as_they_are_printed(
    runtime: RunningRuntime, world: World
) -> None:
    gate = world.folder / "gate"
    await world.chain("slow", waits_for(gate), timeout_ms=120_000)
    async with connected(runtime.endpoint) as stage:
        await fire(stage, "slow")
        await stage.until(lambda: "/ 2m" in stage.row("slow-worker", "running"), "the bar")

        await to(stage, "4", stage.app.screen.book.newest_of("slow-worker").activation_id)  # type: ignore[attr-defined]
        await stage.until_said("step 3 is done", "still running, new lines appear here")

        gate.touch()
        await stage.until(lambda: stage.row("slow-worker", "success"), "the end")
        await stage.until_said('"steps": 4')


async def test_the_raw_record_is_one_key_away_from_a_run_an_action_and_a_trigger(
    runtime: RunningRuntime, world: World
) -> None:
    await world.chain("raw")
    async with connected(runtime.endpoint) as stage:
        await fire(stage, "raw")
        await stage.until(lambda: "success" in stage.row("raw-worker", "success"), "the run's end")

        for panel, name in (("1", "raw-worker"), ("2", "raw")):
            await to(stage, panel, name)
            await stage.press("Y")
            await stage.until_said('"activationId"', f'"name": "{name}"')
            await stage.press("escape")
        await stage.press("4", "g", "Y")
        await stage.until_said('"activationId"', '"annotations"')


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_a_running_job_is_cancelled_after_a_question_that_names_it(
    runtime: RunningRuntime, world: World, size: tuple[int, int]
) -> None:
    name = f"endless{size[0]}"
    await world.chain(name, waits_for(world.folder / "never"))
    async with connected(runtime.endpoint, size=size) as stage:
        await to(stage, "2", name)
        await stage.press("F", "4")
        await stage.until(lambda: stage.row("▶", f"{name}-worker", "running"), "the run")
        await to(stage, "4", stage.app.screen.book.newest_of(f"{name}-worker").activation_id)  # type: ignore[attr-defined]
        assert "x cancel" in stage.lines[-1]

        await stage.press("x")
        await stage.until_said(f"Cancel {name}-worker ", "esc let it run")
        await stage.press("escape")
        assert stage.row("▶", f"{name}-worker", "running")

        await stage.press("x", "x")
        await stage.until(lambda: stage.row("■", f"{name}-worker", "cancelled"), "the end")
        assert "x cancel" not in stage.lines[-1]
        await stage.press("x")
        assert "it has ended: nothing of it runs" in stage.lines[-1]


async def test_cancelling_a_firing_ends_the_runs_that_it_set_off(runtime: RunningRuntime, world: World) -> None:
    await world.chain("spread", waits_for(world.folder / "never"))
    async with connected(runtime.endpoint) as stage:
        await to(stage, "2", "spread")
        await stage.press("F", "4")
        await stage.until(lambda: stage.row("▶", "spread-worker", "running") and stage.row("spread ", "fired"), "both")
        await to(stage, "4", stage.app.screen.book.newest_of("spread", trigger=True).activation_id)  # type: ignore[attr-defined]

        await stage.press("x")
        await stage.until_said("Cancel spread ", "1 run that it set off ends at once")
        await stage.press("x")

        await stage.until(lambda: stage.row("■", "spread-worker", "cancelled"), "the end")


async def test_a_platform_that_cannot_cancel_is_no_longer_asked_and_the_record_comes_all_the_same(
    runtime: RunningRuntime, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def remote(client: Client) -> PlatformInfo:
        return replace(await load_platform(client), live=False)

    gate = world.folder / "gate"
    await world.chain("far", waits_for(gate))
    monkeypatch.setattr("tui.operations.load_platform", remote)
    async with whisktop(runtime.endpoint) as stage:
        await stage.until_said("polling", "far-worker")
        await to(stage, "2", "far")
        await stage.press("F")
        await stage.until(lambda: stage.row("▶ far-worker", "running") and stage.row("↯ far ", "fired"), "both rows")
        run_id = stage.app.screen.book.newest_of("far-worker").activation_id  # type: ignore[attr-defined]
        await to(stage, "4", run_id)
        assert "x stop waiting" in stage.lines[-1]

        await stage.press("x")
        await stage.until_said(
            "The platform cannot cancel a run.", "Stop waiting for ", "It goes on and its record appears when it ends."
        )
        await stage.press("x")
        await stage.until(lambda: not stage.row("▶", "far-worker", "running"), "the row to go")

        gate.touch()
        await world.operations.activations.wait(run_id, timeout_s=30)
        await stage.press("ctrl+r", "g")
        await stage.until(lambda: stage.row("✓", "far-worker", "success"), "the record")


async def test_up_from_a_run_leads_to_the_firing_that_caused_it(runtime: RunningRuntime, world: World) -> None:
    await world.chain("caused")
    async with connected(runtime.endpoint) as stage:
        await fire(stage, "caused")
        await stage.until(lambda: stage.row("caused-worker", "success"), "the run")
        book = stage.app.screen.book  # type: ignore[attr-defined]
        await to(stage, "4", book.newest_of("caused-worker").activation_id)

        await stage.press("U")
        await stage.until_said("Trace", "1 rule")
        await stage.press("escape")
        await to(stage, "4", book.newest_of("caused", trigger=True).activation_id)
        await stage.press("U")

        assert "what caused it is not known" in stage.lines[-1]


async def test_firing_again_takes_the_last_payload_and_asks_nothing(runtime: RunningRuntime, world: World) -> None:
    await world.chain("repeated")
    async with connected(runtime.endpoint) as stage:
        await fire(stage, "repeated")
        await stage.until(lambda: stage.row("repeated", "×1"), "the first")

        await stage.press("F")

        await stage.until(lambda: stage.row("repeated", "×2"), "the second")


async def test_a_fire_that_no_rule_answers_says_so(runtime: RunningRuntime, world: World) -> None:
    await world.operations.triggers.create("lonely")
    async with connected(runtime.endpoint) as stage:
        await to(stage, "2", "lonely")
        assert "no rule" in stage.row("lonely")

        await stage.press("F")

        await stage.until_said("No active rule answers lonely")


async def test_a_rule_is_turned_off_and_on_with_one_key(runtime: RunningRuntime, world: World) -> None:
    await world.chain("switched")
    async with connected(runtime.endpoint) as stage:
        await to(stage, "3", "switched-rule")

        await stage.press("t")
        await stage.until(lambda: stage.row("switched-rule", "→", " off"), "off")
        assert not (await world.operations.rules.get("switched-rule")).is_active

        await stage.press("t")
        await stage.until(lambda: not stage.row("switched-rule", "→", " off"), "on")
        assert (await world.operations.rules.get("switched-rule")).is_active


async def test_deleting_asks_names_what_follows_and_can_be_left(runtime: RunningRuntime, world: World) -> None:
    await world.chain("doomed")
    async with connected(runtime.endpoint) as stage:
        await to(stage, "1", "doomed-worker")

        await stage.press("x")
        await stage.until_said("Delete action doomed-worker?", "1 rule will point at nothing: doomed-rule.")
        await stage.press("escape")
        assert "doomed-worker" in {action.name for action in await world.operations.actions.list()}

        await stage.press("x")
        await stage.until_said("Delete action doomed-worker?")
        await stage.press("x")
        await stage.until_said("doomed-worker deleted")
        assert "doomed-worker" not in {action.name for action in await world.operations.actions.list()}


async def test_what_others_change_shows_up_by_itself(runtime: RunningRuntime, world: World) -> None:
    async with connected(runtime.endpoint) as stage:
        await stage.press("2")

        await world.operations.triggers.create("from-elsewhere")

        await stage.until(lambda: stage.row("from-elsewhere", "no rule"), "the trigger")


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
    from dataclasses import replace

    await world.chain("locked")
    async with connected(replace(runtime.endpoint, read_only=True)) as stage:
        assert "▣ read-only" in stage.lines[0]
        await to(stage, "2", "locked")

        for key in ("f", "F", "x", "a"):
            await stage.press(key)
            assert "this context is read-only" in stage.lines[-1]
            assert len(stage.app.screen_stack) == 1


async def test_a_production_context_asks_before_it_writes(runtime: RunningRuntime, world: World) -> None:
    from dataclasses import replace

    await world.chain("precious")
    async with connected(replace(runtime.endpoint, production=True, context="shop")) as stage:
        assert "PROD shop" in stage.lines[0]
        await to(stage, "3", "precious-rule")

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
            await to(stage, panel, name)
            await stage.press("enter")
            await stage.until(lambda: len(stage.app.screen_stack) == 2, f"what {name} opens")
            await stage.press("escape")
            await stage.until(lambda: len(stage.app.screen_stack) == 1, "the main screen")
