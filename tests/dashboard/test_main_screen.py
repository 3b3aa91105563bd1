"""The main screen over a real runtime, by key press: what is fired is watched, and what is seen is true."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.dashboard.stage import connected, whisktop
from tests.dashboard.world import World, waits_for, world_of
from tests.journeys.by_key import fire, go_to_row
from tests.running import RunningRuntime
from tui.client import Client
from tui.operations.platform import PlatformInfo, load_platform


@pytest.fixture
async def world(runtime: RunningRuntime, tmp_path: Path) -> AsyncIterator[World]:
    async with world_of(runtime, tmp_path) as world:
        yield world


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

        await go_to_row(stage, "4", stage.app.screen.book.newest_of("slow-worker").activation_id)  # type: ignore[attr-defined]
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
            await go_to_row(stage, panel, name)
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
        await go_to_row(stage, "2", name)
        await stage.press("F", "4")
        await stage.until(lambda: stage.row("▶", f"{name}-worker", "running"), "the run")
        await go_to_row(stage, "4", stage.app.screen.book.newest_of(f"{name}-worker").activation_id)  # type: ignore[attr-defined]
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
        await go_to_row(stage, "2", "spread")
        await stage.press("F", "4")
        await stage.until(lambda: stage.row("▶", "spread-worker", "running") and stage.row("spread ", "fired"), "both")
        await go_to_row(stage, "4", stage.app.screen.book.newest_of("spread", trigger=True).activation_id)  # type: ignore[attr-defined]

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
    monkeypatch.setattr("tui.operations.operations.load_platform", remote)
    async with whisktop(runtime.endpoint) as stage:
        await stage.until_said("polling", "far-worker")
        await go_to_row(stage, "2", "far")
        await stage.press("F")
        await stage.until(lambda: stage.row("▶ far-worker", "running") and stage.row("↯ far ", "fired"), "both rows")
        run_id = stage.app.screen.book.newest_of("far-worker").activation_id  # type: ignore[attr-defined]
        await go_to_row(stage, "4", run_id)
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
        await go_to_row(stage, "4", book.newest_of("caused-worker").activation_id)

        await stage.press("U")
        await stage.until_said("Trace", "1 rule")
        await stage.press("escape")
        await go_to_row(stage, "4", book.newest_of("caused", trigger=True).activation_id)
        await stage.press("U")

        assert "nothing is above a firing" in stage.lines[-1]


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
        await go_to_row(stage, "2", "lonely")
        assert "no rule" in stage.row("lonely")

        await stage.press("F")

        await stage.until_said("no active rule answered: nothing ran", "ctrl+r create a rule")


async def test_a_rule_is_turned_off_and_on_with_one_key(runtime: RunningRuntime, world: World) -> None:
    await world.chain("switched")
    async with connected(runtime.endpoint) as stage:
        await go_to_row(stage, "3", "switched-rule")

        await stage.press("t")
        await stage.until(lambda: stage.row("switched-rule", "→", " off"), "off")
        assert not (await world.operations.rules.get("switched-rule")).is_active

        await stage.press("t")
        await stage.until(lambda: not stage.row("switched-rule", "→", " off"), "on")
        assert (await world.operations.rules.get("switched-rule")).is_active


async def test_deleting_asks_names_what_follows_and_can_be_left(runtime: RunningRuntime, world: World) -> None:
    await world.chain("doomed")
    async with connected(runtime.endpoint) as stage:
        await go_to_row(stage, "1", "doomed-worker")

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
