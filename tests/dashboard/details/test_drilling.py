"""Drilling from a firing to the result of a run: everything on the way is told, and grows while it happens."""

from contextlib import aclosing
from pathlib import Path

import pytest

from tests.dashboard.stage import Stage, dashboard, has_control_characters
from tests.running import RunningRuntime
from tui.dashboard.screens.action import ActionScreen
from tui.dashboard.screens.activation import ActivationScreen
from tui.dashboard.screens.trace import TraceScreen
from tui.entities.parameters import Parameter
from tui.operations import open_operations
from tui.operations.actions import ActionDraft

GOOD = "def main(args):\n    print('hello \\x1b[2J')\n    return {'answer': 42, 'evil': '\\x1b]0;x\\x07'}\n"
BAD = "def main(args):\n    raise KeyError('region')\n"
WAITS = """
import os, sys, time
def main(args):
    print('begun', flush=True)
    print('oh no', file=sys.stderr, flush=True)
    while not os.path.exists(args['until']):
        time.sleep(0.02)
    print('released')
    return {'released': True}
"""


async def given_action(stage: Stage, folder: Path, name: str, code: str, *parameters: Parameter) -> None:
    source = folder / f"{name}.py"
    source.write_text(code)
    await stage.operations.actions.create(
        ActionDraft(source=source, name=name, kind="python:default", parameters=parameters)
    )


async def given_rule(stage: Stage, trigger: str, action: str, *, active: bool = True) -> None:
    await stage.operations.rules.create(f"{action}-rule", trigger=trigger, action=action)
    if not active:
        await stage.operations.rules.disable(f"{action}-rule")


async def fired(stage: Stage, trigger: str) -> str:
    """The id of a firing that the feed has told, its runs too."""
    fired = await stage.operations.triggers.fire(trigger, {"from": "a test"})
    assert fired is not None
    await stage.until_ended(fired.activation_id)
    return fired.activation_id


async def given_fan_out(stage: Stage, folder: Path, name: str) -> str:
    """A firing of one rule that works, one that fails, and one that is off; its id, once all of it has ended."""
    await stage.operations.triggers.create(name)
    for action, code, active in (
        (f"{name}-good", GOOD, True),
        (f"{name}-bad", BAD, True),
        (f"{name}-off", GOOD, False),
    ):
        await given_action(stage, folder, action, code)
        await given_rule(stage, name, action, active=active)
    activation_id = await fired(stage, name)
    for outcome in stage.book.known[activation_id].rule_outcomes():
        if outcome.activation_id is not None:
            await stage.until_ended(outcome.activation_id)
    return activation_id


async def test_a_trace_tells_every_branch_and_why_one_never_ran(runtime: RunningRuntime, tmp_path: Path) -> None:
    async with dashboard(runtime) as stage:
        activation_id = await given_fan_out(stage, tmp_path, "told")

        await stage.open(TraceScreen(stage.operations, activation_id, stage.book))

        assert "3 rules · 2 runs" in stage.text
        assert "fired" in stage.row("told", "fired")
        assert "success" in stage.row("✓", "told-good")
        assert "app error" in stage.row("✗", "told-bad")
        assert "refused" in stage.row("⊘", "told-off", "refused")
        assert "off" in stage.row("○", "told-off-rule")
        assert "told-off-rule is off, so told-off never ran." in stage.text
        assert "told-bad: 'region'" in stage.text


async def test_a_rule_that_refused_is_turned_on_from_its_branch(runtime: RunningRuntime, tmp_path: Path) -> None:
    async with dashboard(runtime) as stage:
        activation_id = await given_fan_out(stage, tmp_path, "mend")
        screen = await stage.open(TraceScreen(stage.operations, activation_id, stage.book))

        assert screen.query_one("#tree").move_to(("refused", "mend-off-rule"))  # type: ignore[attr-defined]
        await stage.pilot.pause()
        await stage.press("t")
        await stage.until_said("mend-off-rule is on")

        assert (await stage.operations.rules.get("mend-off-rule")).is_active


async def test_from_the_trace_to_a_result_and_back(runtime: RunningRuntime, tmp_path: Path) -> None:
    async with dashboard(runtime) as stage:
        activation_id = await given_fan_out(stage, tmp_path, "deep")
        trace = await stage.open(TraceScreen(stage.operations, activation_id, stage.book))

        while "deep-good" not in stage.row("▌"):
            await stage.press("J")
        assert '"answer": 42' in stage.text
        await stage.press("enter")
        await stage.until(lambda: isinstance(stage.app.screen, ActivationScreen), "the run")
        assert '"answer": 42' in stage.text
        assert "deep" in stage.text.splitlines()[1]
        await stage.press("l")
        assert "hello" in stage.text
        await stage.press("Y")
        await stage.until_said('"activationId"')
        assert not has_control_characters(stage.text)

        await stage.press("escape")
        assert stage.app.screen is trace
        await stage.press("escape")
        await stage.until_gone()


async def test_up_leads_from_a_run_to_what_caused_it(runtime: RunningRuntime, tmp_path: Path) -> None:
    async with dashboard(runtime) as stage:
        activation_id = await given_fan_out(stage, tmp_path, "above")
        outcomes = stage.book.known[activation_id].rule_outcomes()
        run_id = next(one.activation_id for one in outcomes if one.activation_id)
        await stage.open(ActivationScreen(stage.operations, run_id, state=stage.book))

        await stage.press("U")
        await stage.until(lambda: isinstance(stage.app.screen, TraceScreen), "the trace")
        assert "3 rules" in stage.text
        await stage.press("U")
        assert "above" in stage.row("▌", "fired")


async def test_siblings_are_stepped_through_while_looking_at_one(runtime: RunningRuntime, tmp_path: Path) -> None:
    async with dashboard(runtime) as stage:
        activation_id = await given_fan_out(stage, tmp_path, "beside")
        entry = stage.book.find(activation_id)
        assert entry is not None
        screen = await stage.open(ActivationScreen(stage.operations, entry.children[0], state=stage.book))

        await stage.press("J")
        assert screen.activation_id == entry.children[1]
        await stage.press("J")
        assert screen.activation_id == entry.children[0]
        await stage.press("K")
        assert screen.activation_id == entry.children[1]


async def test_a_running_branch_is_followed_live_until_its_result(runtime: RunningRuntime, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    async with dashboard(runtime) as stage:
        await given_action(stage, tmp_path, "waits", WAITS, Parameter("until", str(gate)))
        await stage.operations.triggers.create("waiting")
        await given_rule(stage, "waiting", "waits")
        activation_id = await fired(stage, "waiting")
        await stage.open(TraceScreen(stage.operations, activation_id, stage.book))

        await stage.until(lambda: "running" in stage.row("▶", "waits"), "the run")
        assert "not known yet: the run has not ended" in stage.text
        assert "waits has used" in stage.text
        await stage.press("l")
        await stage.until_said("begun", "err oh no", "waiting for the next line")
        await stage.press("1", "enter")
        await stage.until(lambda: isinstance(stage.app.screen, ActivationScreen), "the run")
        await stage.until_said("following", "begun", "waiting for the next line", "/ 1m")

        gate.touch()
        await stage.until_said("released")
        await stage.until(lambda: "waiting for" not in stage.text, "the end")
        await stage.press("r")
        await stage.until_said('"released": true')
        await stage.press("escape")
        await stage.until(lambda: "success" in stage.row("✓", "waits"), "the tree")


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_lines_printed_before_the_dashboard_opened_are_shown_while_the_run_goes_on(
    runtime: RunningRuntime, tmp_path: Path, size: tuple[int, int]
) -> None:
    gate = tmp_path / "gate"
    async with open_operations(runtime.endpoint) as operations:
        source = tmp_path / f"earlier{size[0]}.py"
        source.write_text(WAITS)
        await operations.actions.create(ActionDraft(source=source, name=source.stem, kind="python:default"))
        started = await operations.actions.invoke(source.stem, {"until": str(gate)})
        async with aclosing(operations.activations.follow_logs(started.activation_id)) as lines:
            await anext(lines)

        async with dashboard(runtime, size=size) as stage:
            await stage.until_said("oh no")
            await stage.press("l")
            await stage.until_said("following", "begun", "err oh no", "waiting for the next line")

            gate.touch()
            await stage.until_said("released")
            assert stage.text.count("begun") == 1


async def test_a_run_is_cancelled_and_started_again_where_it_is_looked_at(
    runtime: RunningRuntime, tmp_path: Path
) -> None:
    async with dashboard(runtime) as stage:
        await given_action(stage, tmp_path, "stopped", WAITS, Parameter("until", str(tmp_path / "never")))
        await stage.operations.triggers.create("stopping")
        await given_rule(stage, "stopping", "stopped")
        activation_id = await fired(stage, "stopping")
        await stage.open(TraceScreen(stage.operations, activation_id, stage.book))
        await stage.until(lambda: "running" in stage.row("▶", "stopped"), "the run")

        await stage.press("x")
        await stage.until_said("Cancel stopped ")
        await stage.press("x")
        await stage.until(lambda: "cancelled" in stage.row("■", "stopped"), "the end")

        await stage.press("f")
        await stage.until_said("Invoke ƒ stopped")
        await stage.press("ctrl+s")
        await stage.until(lambda: stage.book.counts.running == 1, "another run")
        newest = stage.book.newest_of("stopped")
        assert newest is not None
        await stage.open(ActivationScreen(stage.operations, newest.activation_id, "logs", state=stage.book))
        await stage.press("x")
        await stage.until_said("Cancel stopped ")
        await stage.press("x")
        await stage.until_said("■ cancelled")
        await stage.press("x")
        assert "it has ended" in stage.lines[-1]


async def test_a_log_is_searched_with_counts(runtime: RunningRuntime, tmp_path: Path) -> None:
    code = "def main(args):\n    for number in range(30):\n        print('page', number)\n    return {}\n"
    async with dashboard(runtime) as stage:
        await given_action(stage, tmp_path, "searched", code)
        started = await stage.operations.actions.invoke("searched", {})
        await stage.until_ended(started.activation_id)
        screen = await stage.open(ActivationScreen(stage.operations, started.activation_id, "logs", state=stage.book))

        await stage.press("slash")
        await stage.type("PAGE 1")
        await stage.until_said("11 matches on 11 lines, at 1 of 11")
        await stage.press("enter", "n")
        await stage.until_said("at 2 of 11")
        await stage.press("N", "N")
        await stage.until_said("at 11 of 11")

        await stage.press("escape")
        assert "matches" not in stage.text
        assert stage.app.screen is screen
        await stage.press("escape")
        await stage.until_gone()


async def test_facts_tell_what_is_known(runtime: RunningRuntime, tmp_path: Path) -> None:
    async with dashboard(runtime) as stage:
        await given_action(stage, tmp_path, "factual", BAD)
        started = await stage.operations.actions.invoke("factual", {})
        await stage.until_ended(started.activation_id)

        await stage.open(ActivationScreen(stage.operations, started.activation_id, "facts", state=stage.book))

        assert started.activation_id in stage.text
        assert "✱ cold" in stage.text
        assert "256 MB" in stage.row("memory")
        assert "'region'" in stage.row("error", "region")


async def test_an_id_that_nobody_knows_is_told_in_words(runtime: RunningRuntime) -> None:
    async with dashboard(runtime) as stage:
        await stage.open(ActivationScreen(stage.operations, "0" * 32, state=stage.book))
        await stage.until(lambda: "does not exist" in stage.text or "no record" in stage.text, "the news")

        await stage.open(TraceScreen(stage.operations, "0" * 32, stage.book))
        await stage.until(lambda: "does not exist" in stage.text or "no record" in stage.text, "the news")


async def test_an_action_is_shown_with_its_secrets_hidden(runtime: RunningRuntime, tmp_path: Path) -> None:
    async with dashboard(runtime) as stage:
        parameters = (Parameter("region", "eu-west"), Parameter("api_key", "hunter2", True))
        await given_action(stage, tmp_path, "detailed", GOOD, *parameters)
        await stage.operations.triggers.create("detailing")
        await given_rule(stage, "detailing", "detailed")
        started = await stage.operations.actions.invoke("detailed", {})
        await stage.until_ended(started.activation_id)

        await stage.open(ActionScreen(stage.operations, "detailed"))
        await stage.until_said("def main(args):", "detailing", "detailed-rule", "eu-west")
        assert "1m" in stage.row("time limit")
        assert "hunter2" not in stage.text
        assert not has_control_characters(stage.text)

        await stage.press("V")
        await stage.until_said("hunter2")
        await stage.press("V")
        assert "hunter2" not in stage.text

        await stage.press("4", "enter")
        await stage.until(lambda: isinstance(stage.app.screen, ActivationScreen), "the run")
        await stage.until_said('"answer": 42')


async def test_the_last_runs_of_an_action_grow_while_it_is_looked_at(runtime: RunningRuntime, tmp_path: Path) -> None:
    async with dashboard(runtime) as stage:
        await given_action(stage, tmp_path, "growing", GOOD)
        await stage.open(ActionScreen(stage.operations, "growing", state=stage.book))
        await stage.until_said("no run is kept")

        started = await stage.operations.actions.invoke("growing", {})

        await stage.until(lambda: "success" in stage.row(started.activation_id[:8]), "the run in the list")


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_the_way_from_firing_to_result_works_at_other_sizes(
    runtime: RunningRuntime, tmp_path: Path, size: tuple[int, int]
) -> None:
    async with dashboard(runtime, size=size) as stage:
        activation_id = await given_fan_out(stage, tmp_path, f"sized-{size[0]}")
        trace = await stage.open(TraceScreen(stage.operations, activation_id, stage.book))

        while f"sized-{size[0]}-good" not in stage.row("▌"):
            await stage.press("J")
        await stage.press("enter")
        await stage.until_said('"answer": 42')
        await stage.press("escape")
        await stage.until(lambda: stage.app.screen is trace, "the tree")
        assert "So far" in stage.text
        await stage.press("escape")
        await stage.until_gone()


async def test_a_result_is_queried_and_the_query_is_remembered(runtime: RunningRuntime, tmp_path: Path) -> None:
    code = "def main(args):\n    return {'items': [{'id': 1, 'late': True}, {'id': 2, 'late': False}]}\n"
    async with dashboard(runtime) as stage:
        await given_action(stage, tmp_path, "queried", code)
        invoked = await stage.operations.actions.invoke("queried", {})
        await stage.until_ended(invoked.activation_id)
        await stage.open(ActivationScreen(stage.operations, invoked.activation_id, state=stage.book))
        await stage.until_said('"late": false')

        await stage.press("equals_sign")
        await stage.press(*"items[", "question_mark", *"late")
        await stage.until_said("it ends too early")
        await stage.press("right_square_bracket")
        await stage.until_said("array, 1 item")
        assert '"late": false' not in stage.text
        await stage.press("enter", "escape")
        await stage.until_said('"late": false')

        await stage.press("equals_sign", "up")
        await stage.until_said("items[?late]", "array, 1 item")
        await stage.press("escape")
        await stage.until_said('"late": false')
