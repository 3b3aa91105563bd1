"""A trace seen as bars against time, as one merged log, and with the runs that others only mention."""

from pathlib import Path

import pytest

from tests.dashboard.details.test_drilling import WAITS, fired, given_action, given_fan_out, given_rule
from tests.dashboard.stage import dashboard
from tests.running import RunningRuntime
from tui.dashboard.screens.trace import TraceScreen
from tui.entities.parameters import Parameter

WORKER = "def main(args):\n    print('working')\n    return {}\n"
STARTER = """\
def main(args):
    print("checksum d41d8cd98f00b204e9800998ecf8427e")
    return {"activationId": args["id"]}
"""


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_the_waterfall_shows_every_branch_against_time(
    runtime: RunningRuntime, tmp_path: Path, size: tuple[int, int]
) -> None:
    name = f"causes-falls{size[0]}"
    async with dashboard(runtime, size=size) as stage:
        activation_id = await given_fan_out(stage, tmp_path, name)
        await stage.open(TraceScreen(stage.operations, activation_id, stage.book))

        await stage.press("w")
        await stage.until_said("Waterfall", "0s", "took", "waited", "in all", "w tree")

        assert "━" in stage.row("✓", "good")
        assert "━" in stage.row("✗", f"{name}-bad")
        assert "never ran" in stage.row("⊘", f"{name}-off-rule is off")
        await stage.press("plus")
        await stage.until(lambda: " of " in stage.row("Waterfall"), "a part of time")
        await stage.press("0")
        await stage.until(lambda: " of " not in stage.row("Waterfall"), "all of it")
        await stage.press("K")
        assert "good" in stage.row("▌")
        await stage.press("enter")
        await stage.until_said('"answer": 42')
        await stage.press("escape")
        await stage.until_said("Waterfall", "in all")
        await stage.press("w")
        await stage.until_said("So far", "w waterfall")


async def test_a_run_that_another_mentions_stands_below_it_as_inferred(runtime: RunningRuntime, tmp_path: Path) -> None:
    async with dashboard(runtime) as stage:
        await given_action(stage, tmp_path, "causes-worker", WORKER)
        await given_action(stage, tmp_path, "causes-starter", STARTER)
        await stage.operations.triggers.create("causes-mentions")
        await given_rule(stage, "causes-mentions", "causes-starter")
        worker = await stage.operations.actions.invoke("causes-worker", {})
        await stage.until_ended(worker.activation_id)
        fired = await stage.operations.triggers.fire("causes-mentions", {"id": worker.activation_id})
        assert fired is not None

        await stage.open(TraceScreen(stage.operations, fired.activation_id, stage.book))

        await stage.until(lambda: "inferred" in stage.row("✓", "causes-worker"), "the worker below the starter")
        assert "Inferred: its id stands in" in stage.text
        assert "1 rule · 2 runs" in stage.text


async def test_the_logs_of_a_trace_are_read_as_one_and_grow_while_it_runs(
    runtime: RunningRuntime, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    async with dashboard(runtime) as stage:
        await stage.operations.triggers.create("causes-merge")
        await given_action(stage, tmp_path, "causes-quick", WORKER)
        await given_action(stage, tmp_path, "causes-waits", WAITS, Parameter("until", str(gate)))
        await given_rule(stage, "causes-merge", "causes-quick")
        await given_rule(stage, "causes-merge", "causes-waits")
        activation_id = await fired(stage, "causes-merge")
        await stage.open(TraceScreen(stage.operations, activation_id, stage.book))

        await stage.press("m")
        await stage.until(lambda: stage.row("causes-quick", "working"), "a line of the first run")
        await stage.until(lambda: stage.row("causes-waits", "begun"), "a line of the second run")
        assert "err" in stage.row("causes-waits", "oh no")
        assert "2 runs of 2 printed something" in stage.text

        gate.touch()
        await stage.until(lambda: stage.row("causes-waits", "released"), "what came later")
        await stage.press("slash")
        await stage.type("BEGUN")
        await stage.until_said("1 match on 1 line")
        await stage.press("escape", "escape")
        await stage.until_said("So far")


async def test_the_waterfall_is_one_key_away_from_the_list_and_from_a_run(
    runtime: RunningRuntime, tmp_path: Path
) -> None:
    async with dashboard(runtime, size=(80, 24)) as stage:
        await stage.operations.triggers.create("causes-way")
        await given_action(stage, tmp_path, "causes-way-worker", WORKER)
        await given_rule(stage, "causes-way", "causes-way-worker")
        activation_id = await fired(stage, "causes-way")
        await stage.until(lambda: stage.book.newest_of("causes-way-worker"), "the run")
        await stage.until_ended(stage.book.newest_of("causes-way-worker").activation_id)  # type: ignore[union-attr]

        await stage.press("4", "g")
        await stage.until(lambda: "causes-way" in stage.row("▌"), "its row")
        await stage.press("w")
        await stage.until_said("Waterfall", activation_id[:8])
        await stage.until(lambda: "causes-way" in stage.row("▌", "causes-way"), "the cursor on it")
        await stage.press("escape")
        await stage.press("r", "w")
        await stage.until_said("Waterfall", activation_id[:8])
