"""Triggers and rules: which fire runs what."""

import pytest

from tests.operations.given import given_action, given_rule
from tui.client.errors import BadRequest, Conflict, NotFound
from tui.entities.activation import State
from tui.entities.parameters import Parameter
from tui.entities.rule import RuleStatus
from tui.errors import UsageError
from tui.operations import Operations


async def test_a_fire_runs_the_action_behind_its_rule(operations: Operations, name: str) -> None:
    await given_action(operations, name)
    await given_rule(operations, f"{name}-rule", trigger=f"{name}-trigger", action=name)

    fired = await operations.triggers.fire(f"{name}-trigger", {"file": "a.png"})

    assert fired is not None
    record = await operations.activations.wait(fired.activation_id, timeout_s=30)
    (outcome,) = record.rule_outcomes()
    assert outcome.activation_id is not None
    run = await operations.activations.wait(outcome.activation_id, timeout_s=30)
    assert run.response is not None
    assert run.response.result == {"file": "a.png"}


async def test_a_trigger_whose_only_rule_is_disabled_leaves_no_record(operations: Operations, name: str) -> None:
    await given_action(operations, name)
    await given_rule(operations, f"{name}-rule", trigger=f"{name}-trigger", action=name, active=False)

    fired = await operations.triggers.fire(f"{name}-trigger", {"file": "a.png"})

    assert fired is None  # the platform answers 204 and keeps no activation


async def test_the_list_of_triggers_tells_their_rules(operations: Operations, name: str) -> None:
    await given_action(operations, name)
    await given_rule(operations, f"{name}-on", trigger=f"{name}-trigger", action=name)
    await given_rule(operations, f"{name}-off", trigger=f"{name}-trigger", action=name, active=False)

    (trigger,) = [one for one in await operations.triggers.list() if one.name == f"{name}-trigger"]

    assert trigger.active_rules == (f"{operations.endpoint.namespace}/{name}-on",)
    assert trigger.rules is not None
    assert len(trigger.rules) == 2


async def test_the_list_of_rules_tells_their_status(operations: Operations, name: str) -> None:
    await given_action(operations, name)
    await given_rule(operations, f"{name}-rule", trigger=f"{name}-trigger", action=name)

    async def status() -> RuleStatus | None:
        return {rule.name: rule.status for rule in await operations.rules.list()}[f"{name}-rule"]

    assert await status() is RuleStatus.ACTIVE
    await operations.rules.disable(f"{name}-rule")
    assert await status() is RuleStatus.INACTIVE
    await operations.rules.enable(f"{name}-rule")
    assert await status() is RuleStatus.ACTIVE


async def test_a_rule_to_a_missing_action_is_refused_by_name(operations: Operations, name: str) -> None:
    await operations.triggers.create(name)

    with pytest.raises(BadRequest, match=f"action .*{name}-gone does not exist"):
        await operations.rules.create(f"{name}-rule", trigger=name, action=f"{name}-gone")


async def test_default_parameters_of_a_trigger_are_kept(operations: Operations, name: str) -> None:
    await operations.triggers.create(name, (Parameter("bucket", "in"),))

    assert (await operations.triggers.get(name)).parameters == (Parameter("bucket", "in"),)


async def test_names_that_are_taken_are_told(operations: Operations, name: str) -> None:
    await given_action(operations, name)
    await given_rule(operations, f"{name}-rule", trigger=f"{name}-trigger", action=name)

    with pytest.raises(Conflict, match=f"There is a trigger {name}-trigger already"):
        await operations.triggers.create(f"{name}-trigger")
    with pytest.raises(Conflict, match=f"There is a rule {name}-rule already"):
        await operations.rules.create(f"{name}-rule", trigger=f"{name}-trigger", action=name)


async def test_triggers_and_rules_live_in_no_package(operations: Operations) -> None:
    with pytest.raises(UsageError, match="live in no package"):
        await operations.triggers.create("demo/upload")
    with pytest.raises(UsageError, match="live in no package"):
        await operations.rules.create("demo/on-upload", trigger="upload", action="hello")


async def test_what_does_not_exist_is_not_found(operations: Operations, name: str) -> None:
    for asked in (
        operations.triggers.get(name),
        operations.triggers.fire(name, {}),
        operations.triggers.delete(name),
        operations.rules.enable(name),
        operations.rules.delete(name),
        operations.packages.get(name),
    ):
        with pytest.raises(NotFound):
            await asked


async def test_a_rule_whose_trigger_was_deleted_is_inactive(operations: Operations, name: str) -> None:
    await given_action(operations, name)
    await given_rule(operations, f"{name}-rule", trigger=f"{name}-trigger", action=name)

    await operations.triggers.delete(f"{name}-trigger")

    assert (await operations.rules.get(f"{name}-rule")).status is RuleStatus.INACTIVE
    with pytest.raises(NotFound):
        await operations.rules.enable(f"{name}-rule")


async def test_a_firing_is_a_record_of_its_own(operations: Operations, name: str) -> None:
    await given_action(operations, name)
    await given_rule(operations, f"{name}-rule", trigger=f"{name}-trigger", action=name)

    fired = await operations.triggers.fire(f"{name}-trigger", {"n": 1})

    assert fired is not None
    record = await operations.activations.wait(fired.activation_id, timeout_s=30)
    assert (record.state, record.name) == (State.FIRED, f"{name}-trigger")
    assert await operations.activations.result(fired.activation_id) == {"n": 1}
