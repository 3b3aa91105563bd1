"""Changing what is there, by key press alone: settings and code with a diff, deleting and taking it back."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.dashboard.stage import Stage, dashboard
from tests.dashboard.world import World, world_of
from tests.journeys.by_key import go_to_row, paste, reach_field
from tests.running import RunningRuntime
from tui.dashboard.screens import edit_action
from tui.entities.rule import RuleStatus


@pytest.fixture
async def world(runtime: RunningRuntime, tmp_path: Path) -> AsyncIterator[World]:
    async with world_of(runtime, tmp_path) as world:
        yield world


@pytest.fixture
async def stage(runtime: RunningRuntime, world: World) -> AsyncIterator[Stage]:
    async with dashboard(runtime) as stage:
        yield stage


async def until_listed(stage: Stage, panel: str, name: str) -> None:
    await stage.press("ctrl+r")
    await go_to_row(stage, panel, name)


async def test_a_limit_is_changed_after_a_look_at_what_changes(stage: Stage, world: World) -> None:
    await world.action("edited-limit")
    await until_listed(stage, "1", "edited-limit")

    await stage.press("e")
    await stage.until_said("Edit", "time limit")
    await stage.press("ctrl+a", "ctrl+k")
    await stage.type("5m")
    await stage.press("ctrl+s")
    await stage.until_said("Change", '-     "timeout": 60000', '+     "timeout": 300000')
    assert '"code"' not in stage.text
    await stage.press("ctrl+s")
    await stage.until(lambda: "edited-limit" in stage.row("5m"), "the new limit in the list")

    assert (await world.operations.actions.get("edited-limit")).limits.timeout_ms == 300_000


async def test_code_is_edited_outside_and_a_syntax_error_is_kept_from_the_platform(
    stage: Stage, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.action("edited-code")
    await until_listed(stage, "1", "edited-code")
    texts = iter(["def main(args:\n", "def main(args):\n    return {'is': 'edited'}\n"])
    monkeypatch.setattr(edit_action, "edit_outside", lambda *_, **__: next(texts))

    await stage.press("e")
    await stage.until_said("Edit", "time limit")
    await stage.press("ctrl+e")
    await stage.until_said("line 1", "1 field to mend first")
    await stage.press("ctrl+e")
    await stage.until_said("changed")
    await stage.press("ctrl+s")
    await stage.until_said("+     return {'is': 'edited'}", "-     return {'done': True}")
    await stage.press("ctrl+s")
    await stage.until(lambda: "0.0.2" in stage.text, "the new version")

    ran = await world.ran("edited-code")
    assert ran.response is not None
    assert ran.response.result == {"is": "edited"}


async def test_new_code_from_a_file_keeps_everything_that_the_file_does_not_say(stage: Stage, world: World) -> None:
    await world.action("edited-file", timeout_ms=90_000)
    file = world.folder / "new.py"
    file.write_text("def main(args):\n    return {'from': 'file'}\n")
    await until_listed(stage, "1", "edited-file")

    await stage.press("e")
    await stage.until_said("Edit", "new code")
    await reach_field(stage, "new code")
    await paste(stage, str(file))
    await stage.until_said("changed")
    await stage.press("ctrl+s")
    await stage.until_said("'from': 'file'")
    await stage.press("ctrl+s")
    await stage.until(lambda: "0.0.2" in stage.text, "the new version")

    action = await world.operations.actions.get("edited-file")
    assert action.limits.timeout_ms == 90_000
    assert "'from': 'file'" in (action.exec.code or "")


async def test_parameters_of_a_trigger_are_edited_and_secrets_stay_hidden(stage: Stage, world: World) -> None:
    await world.operations.triggers.create("edited-trigger")
    await until_listed(stage, "2", "edited-trigger")

    await stage.press("e")
    await stage.until_said("Edit trigger")
    await paste(stage, '{"region": "eu", "api_key": "hunter2hunter2"}')
    await stage.press("ctrl+s")
    await stage.until_said('+     "region": "eu"')
    assert "hunter2" not in stage.text
    await stage.press("V")
    await stage.until_said("hunter2hunter2")
    await stage.press("ctrl+s")
    await stage.until_said("edited-trigger changed")

    trigger = await world.operations.triggers.get("edited-trigger")
    assert {one.key: one.value for one in trigger.parameters} == {"region": "eu", "api_key": "hunter2hunter2"}


async def test_a_rule_is_pointed_at_another_action(stage: Stage, world: World) -> None:
    await world.chain("edited-chain")
    await world.action("edited-other")
    await until_listed(stage, "3", "edited-chain-rule")

    await stage.press("e")
    await stage.until_said("Edit rule")
    await reach_field(stage, "run")
    await stage.press("ctrl+a", "ctrl+k")
    await stage.type("edited-other")
    await stage.press("ctrl+s")
    await stage.until_said("+", "edited-other")
    await stage.press("ctrl+s")
    await stage.until(lambda: stage.row("●", "→ edited-other"), "the rule in the list")


async def test_what_was_deleted_comes_back_with_code_rules_and_their_states(stage: Stage, world: World) -> None:
    await world.chain("undone")
    await world.operations.rules.create("undone-off", trigger="undone", action="undone-worker")
    await world.operations.rules.disable("undone-off")
    await until_listed(stage, "2", "undone")

    for panel, name in (("2", "undone"), ("3", "undone-off"), ("1", "undone-worker")):
        await go_to_row(stage, panel, name)
        await stage.press("x")
        await stage.until_said(f"{name}?")
        await stage.press("x")
        await stage.until_said(f"{name} deleted", "undo")
    await stage.press("u")
    await stage.until_said("undone-worker is back")
    await stage.press("u")
    await stage.until_said("trigger /guest/undone does not exist")
    for name in ("undone", "undone-off"):
        await stage.press("u")
        await stage.until_said(f"{name} is back")

    rules = world.operations.rules
    assert (await rules.get("undone-rule")).status is RuleStatus.ACTIVE
    assert (await rules.get("undone-off")).status is RuleStatus.INACTIVE
    assert (await world.ran("undone-worker")).response is not None
    await stage.press("u")
    await stage.until_said("nothing was deleted here")
