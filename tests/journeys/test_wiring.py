"""What hangs together with what, by key press alone: views of things, wiring, loose wires, sequences, packages."""

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.dashboard.stage import Stage, dashboard
from tests.dashboard.world import World, world_of
from tests.journeys.by_key import go_to_row, paste
from tests.running import RunningRuntime, running_runtime


@pytest.fixture(scope="module")
def own_runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRuntime]:
    """Findings are told of a whole namespace: here only these tests put things."""
    with running_runtime(tmp_path_factory.mktemp("wiring")) as running:
        yield running


@pytest.fixture
async def world(own_runtime: RunningRuntime, tmp_path: Path) -> AsyncIterator[World]:
    async with world_of(own_runtime, tmp_path) as world:
        yield world


@pytest.fixture
async def stage(own_runtime: RunningRuntime, world: World) -> AsyncIterator[Stage]:
    async with dashboard(own_runtime) as stage:
        yield stage


async def listed(stage: Stage, panel: str, name: str) -> None:
    await stage.press("ctrl+r")
    await go_to_row(stage, panel, name)


async def test_a_trigger_tells_its_address_its_rules_and_its_key_when_asked(
    stage: Stage, world: World, own_runtime: RunningRuntime
) -> None:
    await world.chain("seen")
    await listed(stage, "2", "seen")

    await stage.press("i")
    await stage.until_said("POST to", "● seen-rule", "seen-worker", "1 active rule")
    assert own_runtime.auth not in stage.text
    await stage.press("V")
    user, _, password = own_runtime.auth.partition(":")
    await stage.until_said(user, password[-6:])
    await stage.press("f")
    await stage.until_said("active rule will answer")
    await stage.press("ctrl+s")
    await stage.until(lambda: stage.row("fired", "1 rule", "1 done"), "the firing in the view")
    await stage.press("2", "enter")
    await stage.until_said("seen-rule", "turn off")
    await stage.press("t")
    await stage.until_said("t turns it on")
    await stage.press("t", "escape", "escape")
    await stage.until_said("Activations")


async def test_an_action_tells_who_uses_it_how_long_it_took_and_what_runs_it(stage: Stage, world: World) -> None:
    await world.chain("told")
    await world.operations.actions.create_sequence("told-both", ["told-worker", "told-worker"])
    for _ in range(2):
        await world.ran("told-worker")
    await listed(stage, "1", "told-worker")

    await stage.press("enter")
    await stage.until_said("runs on Python 3", "told-rule", "told-both", "1 rule · 1 sequence", "p95", "of 2")
    await stage.press("f")
    await stage.until_said("Invoke")
    await stage.press("ctrl+s")
    await stage.until_said("of 3")


async def test_wires_are_followed_from_thing_to_thing_and_back(stage: Stage, world: World) -> None:
    await world.chain("wired")
    await listed(stage, "2", "wired")

    await stage.press("b")
    await stage.until_said("Used by", "Uses", "● wired-rule", "ƒ wired-worker")
    await stage.press("j", "enter")
    await stage.until(lambda: re.search(r"action wired-worker", stage.text), "the worker's wiring")
    await stage.until_said("it uses nothing that is known")
    await stage.press("1", "j", "enter")
    await stage.until(lambda: re.search(r"trigger wired\s*$", stage.lines[1]), "back at the trigger, by its wire")
    await stage.press("escape", "escape", "escape")
    await stage.until_said("Activations")


async def test_loose_wires_are_found_and_mended_where_they_are_told(stage: Stage, world: World) -> None:
    await world.chain("loose")
    await world.operations.rules.disable("loose-rule")
    await world.operations.rules.create("loose-twice", trigger="loose", action="loose-worker")
    await world.operations.rules.create("loose-gone", trigger="loose", action="loose-worker")
    await world.action("loose-other")
    gone = await world.operations.rules.get("loose-gone")
    other = await world.operations.actions.get("loose-other")
    await world.operations.rules.update(gone, replace(gone, action=other.full_name))
    await world.operations.actions.delete("loose-other")
    await world.operations.triggers.create("loose-alone")

    await stage.press("B")
    await stage.until_said(
        "loose-gone runs loose-other, which is not there.",
        "loose-rule is off",
        "loose-alone has no rule",
        "does the same as",
    )
    await stage.press("g", "x")
    await stage.until_said("Delete rule loose-gone?")
    await stage.press("x")
    await stage.until(lambda: "loose-gone runs" not in stage.text, "the wire to be gone")
    await stage.press("t")
    await stage.until(lambda: "loose-rule is off" not in stage.text, "the rule to be on")


async def test_a_rule_is_made_from_the_action_that_it_runs(stage: Stage, world: World) -> None:
    await world.action("linked")
    await world.operations.triggers.create("linking")
    await listed(stage, "1", "linked")

    await stage.press("L")
    await stage.until_said("When this fires", "run this", "linking")
    screen = stage.app.screen
    screen.query_one("#triggers").move_to("linking")  # type: ignore[attr-defined]
    await stage.press("ctrl+s")
    await stage.until_said("linking-linked created")

    assert (await world.operations.rules.get("linking-linked")).action.name == "linked"


async def test_a_sequence_is_made_by_picking_and_its_steps_are_put_in_order(stage: Stage, world: World) -> None:
    await world.action("step-one", "def main(args):\n    return {'n': args.get('n', 0) + 1}\n")
    await world.action("step-two", "def main(args):\n    return {'n': args.get('n', 0) * 10}\n")
    await listed(stage, "1", "step-one")

    await stage.press("A")
    await stage.until_said("New sequence", "step-one", "step-two")
    actions = stage.app.screen.query_one("#actions")
    for name in ("step-two", "step-one"):
        actions.move_to(name)  # type: ignore[attr-defined]
        await stage.press("enter")
    await stage.press("tab", "K")
    await stage.until(lambda: re.search(r"1\s+step-one", stage.text), "the other order")
    await stage.press("tab")
    await stage.type("both")
    await stage.press("ctrl+s")
    await stage.until_said("both created")

    ran = await world.ran("both", {"n": 1})
    assert ran.response is not None
    assert ran.response.result == {"n": 20}


async def test_a_package_is_made_bound_and_taken_back(stage: Stage, world: World) -> None:
    await stage.press("P", "a")
    await stage.until_said("New package")
    await stage.type("tools")
    await stage.press("tab")
    await paste(stage, '{"region": "eu"}')
    await stage.press("ctrl+s")
    await stage.until_said("tools created", '"eu"')
    await stage.press("a")
    await stage.until_said("New package")
    await stage.type("mine")
    await stage.press("tab", "tab")
    await paste(stage, f"/{world.operations.endpoint.namespace}/tools")
    await stage.press("ctrl+s")
    await stage.until_said("mine created", "bound to")
    await stage.press("x")
    await stage.until_said("Delete package mine?")
    await stage.press("x")
    await stage.until_said("mine deleted")
    await stage.press("u")
    await stage.until_said("mine is back")

    package = await world.operations.packages.get("mine")
    assert package.binding is not None
    assert package.binding.name == "tools"
