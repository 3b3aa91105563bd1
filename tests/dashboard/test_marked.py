"""Verbs on marked rows: what will be done, how far it is, and what came of each."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.dashboard.stage import Stage, connected
from tests.dashboard.world import World, waits_for, world_of
from tests.running import RunningRuntime
from tui.dashboard.screens.bulk import BulkScreen


@pytest.fixture
async def world(runtime: RunningRuntime, tmp_path: Path) -> AsyncIterator[World]:
    async with world_of(runtime, tmp_path) as world:
        yield world


async def mark(stage: Stage, panel: str, words: str, count: int) -> None:
    """Narrow a panel to what is meant and mark it all."""
    await stage.press(panel, "slash")
    await stage.type(words)
    lines = stage.app.screen.current.lines  # type: ignore[attr-defined]
    await stage.until(lambda: len(lines.source) == count, f"{count} rows of {words}")
    await stage.press("enter", "g", "v", "G", "v")
    assert f"{count} marked" in stage.lines[-1]


async def test_marked_actions_are_deleted_after_one_question_that_names_each(
    runtime: RunningRuntime, world: World
) -> None:
    await world.chain("many-a")
    await world.action("many-b-worker")
    async with connected(runtime.endpoint) as stage:
        await mark(stage, "1", "many-", 2)

        await stage.press("x")
        await stage.until_said("Delete 2 actions?", "many-a-worker", "1 rule will point at nothing", "many-b-worker")
        await stage.press("x")
        await stage.until_said("2 of 2 done", "esc close")
        assert not {"many-a-worker", "many-b-worker"} & {
            action.name for action in await world.operations.actions.list()
        }

        await stage.press("escape")
        await stage.until(lambda: "marked" not in stage.lines[-1], "no marks")


async def test_one_that_fails_is_told_apart_and_keeps_the_others_from_nothing(
    runtime: RunningRuntime, world: World
) -> None:
    for letter in "ab":
        await world.action(f"gone-{letter}")
    async with connected(runtime.endpoint) as stage:
        await mark(stage, "1", "gone-", 2)
        await stage.press("x")
        await stage.until_said("Delete 2 actions?")
        await world.operations.actions.delete("gone-a")

        await stage.press("x")

        await stage.until_said("1 of 2 done", "1 failed")
        assert "✗ gone-a" in stage.row("gone-a")
        assert "✓ gone-b" in stage.row("gone-b")


async def test_marked_rules_are_turned_off_and_marked_triggers_fired(runtime: RunningRuntime, world: World) -> None:
    for letter in "ab":
        await world.chain(f"team-{letter}")
    async with connected(runtime.endpoint) as stage:
        await mark(stage, "2", "team-", 2)
        await stage.press("F")
        await stage.until_said("Fire 2 triggers?", "fire with {}")
        await stage.press("F")
        await stage.until_said("2 of 2 done")
        await stage.press("escape")
        for letter in "ab":
            await stage.until(lambda letter=letter: stage.row(f"team-{letter}-w", "success"), "the runs")  # type: ignore[misc]

        await mark(stage, "3", "team-", 2)
        await stage.press("t")
        await stage.until_said("Turn off 2 rules?")
        await stage.press("t")
        await stage.until_said("2 of 2 done")
        for letter in "ab":
            assert not (await world.operations.rules.get(f"team-{letter}-rule")).is_active


async def test_one_payload_is_typed_for_all_that_is_marked(runtime: RunningRuntime, world: World) -> None:
    for letter in "ab":
        await world.chain(f"together-{letter}", "def main(args):\n    return {'seen': args['word']}\n")
    async with connected(runtime.endpoint) as stage:
        await mark(stage, "2", "together-", 2)
        await stage.press("f")
        await stage.until_said("2 triggers", "Payload")
        stage.app.screen.editor.load_text('{"word": "for both", "token": "not-to-be-seen"}')  # type: ignore[attr-defined]
        await stage.pilot.pause()
        await stage.press("ctrl+s")
        await stage.until_said("Fire 2 triggers?", "for both")
        assert "not-to-be-seen" not in stage.text
        await stage.press("f")
        await stage.until_said("2 of 2 done")
        for letter in "ab":
            name = f"together-{letter}-worker"
            await stage.until(lambda name=name: stage.book.newest_of(name), f"the run of {name}")  # type: ignore[misc]
            run = stage.book.newest_of(name)
            assert run is not None
            await stage.until_ended(run.activation_id)
            ended = await world.operations.activations.get(run.activation_id)
            assert ended.response is not None
            assert ended.response.result == {"seen": "for both"}


async def test_marked_firings_are_fired_again_each_with_its_own_payload(runtime: RunningRuntime, world: World) -> None:
    await world.chain("refired", "def main(args):\n    return {}\n")
    for word in ("one", "two"):
        await world.operations.triggers.fire("refired", {"word": word})
    async with connected(runtime.endpoint) as stage:
        await stage.until(lambda: len([line for line in stage.lines if "refired  " in line]) >= 2, "the firings")
        await stage.press("4", "slash")
        await stage.type("refired ")
        await stage.press("exclamation_mark")
        await stage.type("worker")
        lines = stage.app.screen.current.lines  # type: ignore[attr-defined]
        await stage.until(lambda: len(lines.source) == 2, "two firings")
        await stage.press("enter", "g", "v", "G", "v", "F")
        await stage.until_said("Fire 2 activations?", '{"word": "one"}', '{"word": "two"}')
        await stage.press("F")
        await stage.until_said("2 of 2 done")


async def test_marked_runs_are_cancelled_and_those_that_ended_are_left_out(
    runtime: RunningRuntime, world: World
) -> None:
    await world.action("batch-slow", waits_for(world.folder / "never"))
    await world.action("batch-quick")
    await world.ran("batch-quick")
    for _ in range(2):
        await world.operations.actions.invoke("batch-slow", {})
    async with connected(runtime.endpoint) as stage:
        await stage.until(lambda: len([line for line in stage.lines if "batch-slow  " in line]) >= 2, "the runs")
        await mark(stage, "4", "batch-", 3)
        for _ in range(3):  # the key of a run that ended is greyed: begin at one that runs
            if "x cancel" in stage.lines[-1]:
                break
            await stage.press("k")
        await stage.press("x")
        await stage.until_said("Cancel 2 activations?")
        await stage.press("x")
        await stage.until_said("2 of 2 done")


async def test_nothing_happens_when_the_question_is_left(runtime: RunningRuntime, world: World) -> None:
    await world.action("marked-kept-a")
    await world.action("marked-kept-b")
    async with connected(runtime.endpoint) as stage:
        await mark(stage, "1", "marked-kept-", 2)
        await stage.press("x")
        await stage.until(lambda: isinstance(stage.app.screen, BulkScreen), "the question")
        await stage.press("escape")

        assert "2 marked" in stage.lines[-1]
        assert {"marked-kept-a", "marked-kept-b"} <= {action.name for action in await world.operations.actions.list()}


async def test_in_production_the_number_is_typed_before_many_are_deleted(runtime: RunningRuntime, world: World) -> None:
    await world.action("prod-a")
    await world.action("prod-b")
    async with connected(replace(runtime.endpoint, production=True)) as stage:
        await mark(stage, "1", "prod-", 2)
        await stage.press("x")
        await stage.until_said("PROD", "Type delete 2 to go on")
        await stage.type("delete 2")
        await stage.press("enter")
        await stage.until_said("2 of 2 done")
