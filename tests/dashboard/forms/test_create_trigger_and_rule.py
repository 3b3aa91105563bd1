"""Creating triggers and rules with the keyboard."""

from pathlib import Path

from tests.dashboard.stage import Stage, dashboard
from tests.running import RunningRuntime, running_runtime
from tui.dashboard.screens.create_rule import CreateRuleScreen
from tui.dashboard.screens.create_trigger import CreateTriggerScreen
from tui.operations.actions import ActionDraft


async def given_action(stage: Stage, folder: Path, name: str) -> None:
    source = folder / f"{name}.py"
    source.write_text("def main(args):\n    return args\n")
    await stage.operations.actions.create(ActionDraft(source=source, name=name, kind="python:default"))


async def test_a_trigger_is_created_with_what_every_fire_carries(runtime: RunningRuntime) -> None:
    async with dashboard(runtime) as stage:
        await stage.open(CreateTriggerScreen(stage.operations))

        await stage.type("upload-done")
        await stage.press("tab")
        await stage.type('{"bucket":"incoming"}')
        await stage.press("ctrl+s")
        made = await stage.until_gone()

        trigger = await stage.operations.triggers.get("upload-done")
        assert made.name == "upload-done"
        assert [(one.key, one.value) for one in trigger.parameters] == [("bucket", "incoming")]


async def test_a_bad_trigger_is_told_field_by_field_and_nothing_is_sent(runtime: RunningRuntime) -> None:
    async with dashboard(runtime) as stage:
        form = await stage.open(CreateTriggerScreen(stage.operations))

        await stage.type("demo/upload")
        await stage.press("tab")
        await stage.type('{"a":1')
        await stage.press("shift+tab")

        await stage.until_said("a trigger lives in no package", "line 1, column", "2 fields to mend first")
        await stage.press("ctrl+s")
        assert stage.left == []
        assert form.values()["name"] == "demo/upload"


async def test_a_form_that_is_sent_empty_says_what_it_needs(runtime: RunningRuntime) -> None:
    async with dashboard(runtime) as stage:
        await stage.open(CreateTriggerScreen(stage.operations))

        await stage.press("ctrl+s")

        await stage.until_said("a trigger needs a name")
        assert stage.left == []


async def test_a_trigger_whose_name_is_taken_is_told_and_kept_as_a_draft(runtime: RunningRuntime) -> None:
    async with dashboard(runtime) as stage:
        await stage.operations.triggers.create("taken")
        await stage.open(CreateTriggerScreen(stage.operations))

        await stage.type("taken")
        await stage.press("ctrl+s")
        await stage.until_said("There is a trigger taken already")
        await stage.press("escape")
        await stage.until_gone()

        form = await stage.open(CreateTriggerScreen(stage.operations))
        assert form.values()["name"] == "taken"


async def test_a_rule_is_created_by_picking_from_lists(runtime: RunningRuntime, tmp_path: Path) -> None:
    async with dashboard(runtime) as stage:
        await given_action(stage, tmp_path, "picked-action")
        await stage.operations.triggers.create("picked-trigger")
        form = await stage.open(CreateRuleScreen(stage.operations))
        await stage.until_said("picked-trigger", "picked-action")

        for name, wanted in (("trigger", "picked-trigger"), ("action", "picked-action")):
            await stage.press("g")
            while form.values()[name] != wanted:
                await stage.press("j")
            await stage.press("enter")
        assert form.values()["name"] == "picked-trigger-picked-action"
        await stage.press("ctrl+s")
        made = await stage.until_gone()

        rule = await stage.operations.rules.get(made.name)
        assert (rule.trigger.name, rule.action.name, rule.is_active) == ("picked-trigger", "picked-action", True)


async def test_a_rule_may_start_from_a_trigger_or_an_action(runtime: RunningRuntime, tmp_path: Path) -> None:
    async with dashboard(runtime) as stage:
        await given_action(stage, tmp_path, "preset-action")
        await stage.operations.triggers.create("preset-trigger")

        form = await stage.open(CreateRuleScreen(stage.operations, "preset-trigger", "preset-action"))
        await stage.until(lambda: form.values()["name"] == "preset-trigger-preset-action", "the name")

        await stage.press("ctrl+s")
        assert (await stage.until_gone()).name == "preset-trigger-preset-action"


async def test_the_users_own_name_for_a_rule_stays_when_the_choice_moves(
    runtime: RunningRuntime, tmp_path: Path
) -> None:
    async with dashboard(runtime) as stage:
        await given_action(stage, tmp_path, "own-a")
        await given_action(stage, tmp_path, "own-b")
        await stage.operations.triggers.create("own-trigger")
        form = await stage.open(CreateRuleScreen(stage.operations, "own-trigger"))
        await stage.until(lambda: form.values()["name"] != "", "the name")

        form.fields()["name"].control.focus()
        await stage.press("end", "ctrl+u")
        await stage.type("mine")
        await stage.press("shift+tab", "j", "k")

        assert form.values()["name"] == "mine"


async def test_a_rule_whose_name_is_taken_is_told_and_nothing_is_lost(runtime: RunningRuntime, tmp_path: Path) -> None:
    async with dashboard(runtime) as stage:
        await given_action(stage, tmp_path, "again-action")
        await stage.operations.triggers.create("again-trigger")
        await stage.operations.rules.create("again", trigger="again-trigger", action="again-action")
        form = await stage.open(CreateRuleScreen(stage.operations, "again-trigger", "again-action"))
        await stage.until(lambda: form.values()["name"] != "", "the name")
        form.fields()["name"].value = "again"

        await stage.press("ctrl+s")
        await stage.until_said("There is a rule again already")

        assert form.values() == {"name": "again", "trigger": "again-trigger", "action": "again-action"}


async def test_a_rule_without_anything_to_tie_says_what_is_missing(tmp_path: Path) -> None:
    with running_runtime(tmp_path) as empty:
        async with dashboard(empty) as stage:
            await stage.open(CreateRuleScreen(stage.operations))

            await stage.until_said("no trigger yet", "no action yet")
            await stage.press("ctrl+s")

            assert stage.left == []
            assert "there is no trigger yet" in stage.text
