"""Entities go from one runtime to another with all that belongs to them, and are the same there."""

from tests.operations.given import given_action, given_rule
from tui.entities.limits import Limits
from tui.entities.parameters import Parameter
from tui.operations import Operations
from tui.operations.actions import WebExport
from tui.operations.deployment.carrying_out import Result, carry_out
from tui.operations.deployment.definitions import Key, Noun
from tui.operations.deployment.plan import Verdict, make_plan
from tui.operations.deployment.selection import blueprint_of


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
