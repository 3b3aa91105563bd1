"""Entities go from one runtime to another with all that belongs to them, and are the same there."""

import asyncio

import pytest
from msgspec.structs import replace

from tests.operations.given import given_action, given_rule
from tui.cli.plans import PlanPrinter, execute
from tui.client.errors import NotFound
from tui.entities.limits import OPENWHISK_BOUNDS, Limits
from tui.entities.parameters import Parameter
from tui.errors import ReadOnly, UsageError
from tui.operations import Operations, open_operations
from tui.operations.actions import WebExport
from tui.operations.deployment.carrying_out import Outcome, Result, carry_out
from tui.operations.deployment.definitions import ActionDefinition, Key, Noun
from tui.operations.deployment.plan import Plan, Verdict, make_plan
from tui.operations.deployment.selection import blueprint_of
from tui.operations.deployment.undo import changed_since, last_undo, note_left, overwriting, plan_undo, save_undo

pytestmark = pytest.mark.xdist_group("deployment")


async def promote(source: Operations, target: Operations, *names: str) -> dict[Key, Result]:
    plan = await make_plan(target, await blueprint_of(source, names))
    return {outcome.step.key: outcome.result async for outcome in carry_out(target, plan)}


async def test_an_action_takes_its_rules_and_their_triggers_along(
    operations: Operations, target: Operations, name: str
) -> None:
    limits = Limits(timeout_ms=120_000, memory_mb=512)
    parameters = (Parameter("colour", "blue"), Parameter("TOKEN", "t", init=True))
    await given_action(operations, name, limits=limits, web=WebExport.RAW, parameters=parameters)
    await given_rule(operations, f"{name}-rule", trigger=f"{name}-trigger", action=name, active=False)

    results = await promote(operations, target, name)

    assert results == dict.fromkeys(
        [Key(Noun.ACTION, name), Key(Noun.TRIGGER, f"{name}-trigger"), Key(Noun.RULE, f"{name}-rule")], Result.DONE
    )
    there, here = [await one.actions.get(name) for one in (target, operations)]
    assert (there.exec, there.limits, there.annotations) == (here.exec, here.limits, here.annotations)
    assert set(there.parameters) == set(parameters)
    assert not (await target.rules.get(f"{name}-rule")).is_active
    again = await make_plan(target, await blueprint_of(operations, [name]))
    assert {step.verdict for step in again.steps} == {Verdict.UNCHANGED}


async def test_what_a_named_thing_needs_comes_along_and_nothing_else(
    operations: Operations, target: Operations, name: str
) -> None:
    await operations.packages.create(f"{name}-pack", (Parameter("region", "eu"),))
    for step in ("one", "two", "three"):
        await given_action(operations, f"{name}-pack/{step}")
    await operations.actions.create_sequence(f"{name}-chain", [f"{name}-pack/one", f"{name}-pack/two"])
    await given_rule(operations, f"{name}-rule", trigger=f"{name}-event", action=f"{name}-chain")
    await given_rule(operations, f"{name}-other", trigger=f"{name}-event", action=f"{name}-pack/three")

    chosen = (await blueprint_of(operations, [f"{name}-chain"])).definitions

    assert {str(key).replace(name, "x") for key in chosen} == {
        "action x-chain", "package x-pack", "action x-pack/one", "action x-pack/two", "rule x-rule", "trigger x-event"
    }  # fmt: skip
    assert set((await promote(operations, target, f"{name}-chain")).values()) == {Result.DONE}
    inherited = (await target.actions.get(f"{name}-pack/one")).parameters
    assert inherited == (Parameter("region", "eu"),)
    assert (await target.actions.get_own(f"{name}-pack/one")).parameters == ()
    with pytest.raises(NotFound, match="There is no"):
        await blueprint_of(operations, [f"{name}-missing"])


async def test_a_plan_tells_what_differs_and_hides_what_may_be_a_key(
    operations: Operations, target: Operations, name: str
) -> None:
    await given_action(
        operations, name, "def main(args):\n    return {'n': 1}\n", parameters=(Parameter("key", "old"),)
    )
    await promote(operations, target, name)
    await operations.actions.delete(name)
    changed = "def main(args):\n    return {'n': 2}\n"
    limits = Limits(timeout_ms=1000)
    await given_action(operations, name, changed, limits=limits, parameters=(Parameter("key", "new"),))

    (step,) = (await make_plan(target, await blueprint_of(operations, [name]))).steps

    assert step.verdict is Verdict.UPDATE
    by_name = {change.what: change for change in step.changes}
    assert by_name.keys() == {"code", "timeout", "parameter key"}
    assert by_name["code"].lines[-2:] == ("-    return {'n': 1}", "+    return {'n': 2}")
    assert (by_name["timeout"].before, by_name["timeout"].after) == ("60000 ms", "1000 ms")
    assert by_name["parameter key"].private


async def test_what_stands_in_the_way_is_found_before_anything_is_sent(
    operations: Operations, target: Operations, name: str
) -> None:
    await given_action(operations, name)
    await given_rule(operations, f"{name}-rule", trigger=f"{name}-trigger", action=name)
    await target.triggers.create(name)  # a trigger with the action's name
    await target.packages.create(f"{name}-rule")

    plan = await make_plan(target, await blueprint_of(operations, [name]))

    reasons = {str(step.key): step.reason for step in plan.conflicts}
    assert reasons.keys() == {f"action {name}", f"rule {name}-rule"}
    assert reasons[f"action {name}"] == f"{name} is the name of something that is no action."


async def test_limits_kinds_and_missing_parts_of_another_platform_are_conflicts(
    operations: Operations, target: Operations, name: str
) -> None:
    await given_action(operations, name, limits=Limits(timeout_ms=600_000))
    await operations.actions.create_sequence(f"{name}-chain", ["/whisk.system/utils/echo"])
    blueprint = await blueprint_of(operations, [name, f"{name}-chain"])
    chain = blueprint.definitions[Key(Noun.ACTION, f"{name}-chain")]
    assert isinstance(chain, ActionDefinition)
    lost = replace(chain, exec=replace(chain.exec, components=("/elsewhere/pkg/action", "nowhere")))
    action = blueprint.definitions[Key(Noun.ACTION, name)]
    assert isinstance(action, ActionDefinition)
    old = replace(action, name=f"{name}-old", exec=replace(action.exec, kind="cobol:1"))
    blueprint = replace(blueprint, definitions={**blueprint.definitions, lost.key: lost, old.key: old})
    platform = replace(target.platform, limits=replace(target.platform.limits, bounds=OPENWHISK_BOUNDS))

    plan = await make_plan(Operations(target.client, platform), blueprint)

    reasons = {step.key.name: step.reason for step in plan.conflicts}
    assert "5m" in reasons[name]
    assert "cobol:1" in reasons[f"{name}-old"]
    assert reasons[f"{name}-chain"] == "it needs action /elsewhere/pkg/action, which is not there."


async def test_a_step_that_fails_takes_only_those_along_that_need_it(
    operations: Operations, target: Operations, name: str
) -> None:
    for each in ("good", "bad"):
        await given_action(operations, f"{name}-{each}")
        await given_rule(operations, f"{name}-{each}-rule", trigger=f"{name}-event", action=f"{name}-{each}")
    plan = await make_plan(target, await blueprint_of(operations, [f"{name}-good", f"{name}-bad"]))
    await target.triggers.create(f"{name}-bad")  # somebody takes the name after the plan was made

    outcomes = {outcome.step.key.name.removeprefix(f"{name}-"): outcome async for outcome in carry_out(target, plan)}

    assert {what: outcome.result for what, outcome in outcomes.items()} == {
        "good": Result.DONE,
        "bad": Result.FAILED,
        "event": Result.DONE,
        "good-rule": Result.DONE,
        "bad-rule": Result.SKIPPED,
    }
    assert outcomes["bad-rule"].said == f"not tried: it needs action {name}-bad."

    await target.triggers.delete(f"{name}-bad")
    again = await promote(operations, target, f"{name}-good", f"{name}-bad")
    assert sorted(again.values()) == [Result.DONE] * 2 + [Result.UNCHANGED] * 3


async def test_a_locked_target_is_not_written_to(operations: Operations, target: Operations, name: str) -> None:
    await given_action(operations, name)
    plan = await make_plan(target, await blueprint_of(operations, [name]))
    async with open_operations(replace(target.endpoint, read_only=True)) as locked:
        with pytest.raises(ReadOnly):
            await anext(carry_out(locked, plan))

    with pytest.raises(NotFound):
        await target.actions.get(name)


async def test_the_way_back_makes_things_what_they_were_and_takes_new_ones_away(
    operations: Operations, target: Operations, name: str
) -> None:
    await given_action(operations, name, parameters=(Parameter("region", "us"),))
    await given_rule(operations, f"{name}-rule", trigger=f"{name}-event", action=name)
    mine = "def main(args):\n    return {'mine': True}\n"
    await given_action(target, name, mine, parameters=(Parameter("mine", 1),))
    plan = await make_plan(target, await blueprint_of(operations, [name]))
    undo = save_undo(target.endpoint, plan)
    assert undo.stat().st_mode & 0o777 == 0o600
    async for outcome in carry_out(target, plan):
        assert outcome.result is Result.DONE
    await note_left(target, plan, undo)

    back = await plan_undo(target, last_undo(target.endpoint))
    verdicts = {str(step.key): step.verdict for step in back.steps}
    assert {outcome.result async for outcome in carry_out(target, back)} == {Result.DONE}

    assert verdicts == {
        f"action {name}": Verdict.UPDATE, f"rule {name}-rule": Verdict.DELETE, f"trigger {name}-event": Verdict.DELETE
    }  # fmt: skip
    stored = await target.actions.get(name)
    assert (stored.exec.code, stored.parameters) == (
        "def main(args):\n    return {'mine': True}\n",
        (Parameter("mine", 1),),
    )
    with pytest.raises(NotFound):
        await target.triggers.get(f"{name}-event")
    with pytest.raises(UsageError, match="belongs to the namespace"):
        await plan_undo(operations, undo)


async def test_what_somebody_changed_since_is_not_taken_back_unasked(
    operations: Operations, target: Operations, name: str
) -> None:
    theirs = "def main(args):\n    return {'theirs': True}\n"
    await given_action(operations, name)
    await given_action(operations, f"{name}-quiet")
    await given_rule(operations, f"{name}-rule", trigger=f"{name}-event", action=name)
    plan = await make_plan(target, await blueprint_of(operations, [name, f"{name}-quiet"]))
    undo = save_undo(target.endpoint, plan)
    assert {outcome.result async for outcome in carry_out(target, plan)} == {Result.DONE}
    await note_left(target, plan, undo)

    assert changed_since(await plan_undo(target, undo)) == ()
    stored = await target.actions.get_own(name)
    await target.actions.update(stored, replace(stored, exec=replace(stored.exec, code=theirs)))
    await target.rules.disable(f"{name}-rule")
    back = await plan_undo(target, undo)

    assert {str(step.key) for step in changed_since(back)} == {f"action {name}", f"rule {name}-rule"}
    assert {step.key.name for step in back.work} == {f"{name}-quiet", f"{name}-event"}
    whole = overwriting(back)
    assert {outcome.result async for outcome in carry_out(target, whole)} == {Result.DONE}
    with pytest.raises(NotFound):
        await target.actions.get(name)


class Interrupting(PlanPrinter):
    """Says nothing, and interrupts the deployment after its first step."""

    def __init__(self) -> None:
        self.task: asyncio.Task[int] | None = None

    def show_plan(self, target: Operations, plan: Plan) -> None: ...

    def show_outcome(self, outcome: Outcome) -> None:
        assert self.task is not None
        self.task.cancel()


async def test_what_an_interrupted_deployment_did_can_be_taken_back(
    operations: Operations, target: Operations, name: str
) -> None:
    await given_action(operations, name)
    await given_action(operations, f"{name}-late")
    plan = await make_plan(target, await blueprint_of(operations, [name, f"{name}-late"]))
    printer = Interrupting()
    printer.task = asyncio.create_task(execute(printer, target, plan, yes=True, dry_run=False))
    with pytest.raises(asyncio.CancelledError):
        await printer.task

    back = await plan_undo(target, last_undo(target.endpoint))

    assert changed_since(back) == ()
    assert [step.key for step in back.work] == [plan.work[0].key]


async def test_where_nobody_noted_what_a_plan_left_nothing_is_overwritten_unasked(
    operations: Operations, target: Operations, name: str
) -> None:
    await given_action(operations, name)
    await given_action(operations, f"{name}-late")
    plan = await make_plan(target, await blueprint_of(operations, [name, f"{name}-late"]))
    undo = save_undo(target.endpoint, plan)
    interrupted = carry_out(target, plan)
    assert (await anext(interrupted)).result is Result.DONE
    await interrupted.aclose()

    back = await plan_undo(target, undo)

    (step,) = changed_since(back)
    assert step.key == plan.work[0].key
    assert not back.work
    assert {outcome.result async for outcome in carry_out(target, overwriting(back))} <= {Result.DONE, Result.UNCHANGED}
    with pytest.raises(NotFound):
        await target.actions.get(step.key.name)


async def test_what_somebody_deleted_since_is_not_brought_back_unasked(
    operations: Operations, target: Operations, name: str
) -> None:
    await given_action(target, name, "def main(args):\n    return {'mine': True}\n")
    await given_action(operations, name)
    plan = await make_plan(target, await blueprint_of(operations, [name]))
    undo = save_undo(target.endpoint, plan)
    assert {outcome.result async for outcome in carry_out(target, plan)} == {Result.DONE}
    await note_left(target, plan, undo)
    assert undo.stat().st_mode & 0o777 == 0o600
    await target.client.actions.delete(name)

    (step,) = changed_since(await plan_undo(target, undo))

    assert step.reason.startswith("it was deleted after")
