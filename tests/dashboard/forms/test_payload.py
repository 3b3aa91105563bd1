"""Firing and invoking: the payload is checked as it is typed, and a fire that nobody answers is explained before."""

from pathlib import Path

import pytest

from tests.dashboard.stage import Stage, dashboard, has_control_characters
from tests.running import RunningRuntime
from tui.dashboard.screens.payload import Accepted, PayloadScreen
from tui.operations.actions import ActionDraft

NOBODY = "No active rule will answer."


async def given(stage: Stage, folder: Path, name: str, *, rule: bool = False) -> None:
    """An action and a trigger of one name, and a rule between them."""
    source = folder / f"{name}.py"
    source.write_text("def main(args):\n    return {'seen': args.get('key')}\n")
    await stage.operations.actions.create(ActionDraft(source=source, name=f"{name}-action", kind="python:default"))
    await stage.operations.triggers.create(name)
    if rule:
        await stage.operations.rules.create(f"{name}-rule", trigger=name, action=f"{name}-action")


async def typed(stage: Stage, screen: PayloadScreen, text: str) -> None:
    screen.editor.load_text(text)
    await stage.pilot.pause()


async def test_a_fire_goes_out_with_its_payload(runtime: RunningRuntime, tmp_path: Path) -> None:
    async with dashboard(runtime) as stage:
        await given(stage, tmp_path, "go", rule=True)
        await stage.open(PayloadScreen(stage.operations, "trigger", "go"))
        await stage.until_said("1 active rule will answer", "go-rule")

        await stage.type('"key":7')
        await stage.press("ctrl+s")
        accepted = await stage.until_gone()

        assert isinstance(accepted, Accepted)
        assert (accepted.entity, accepted.payload) == ("go", {"key": 7})
        record = await stage.operations.activations.wait(accepted.activation_id, timeout_s=20)
        assert record.response is not None
        assert record.response.result == {"key": 7}


async def test_an_error_is_told_with_line_and_column_and_holds_the_fire(
    runtime: RunningRuntime, tmp_path: Path
) -> None:
    async with dashboard(runtime) as stage:
        await given(stage, tmp_path, "held", rule=True)
        screen = await stage.open(PayloadScreen(stage.operations, "trigger", "held"))
        text = '{\n  "size": 48213\n  "etag": "9f"\n}'

        await typed(stage, screen, text)
        assert "line 3, column 3: expected a comma after 48213" in stage.text
        assert "mend line 3 first" in stage.row("ctrl+s  fire")
        await stage.press("ctrl+s")
        assert stage.left == []
        assert screen.text == text

        await typed(stage, screen, "[1]")
        assert "has to be an object" in stage.text


async def test_a_payload_may_stand_in_a_file(runtime: RunningRuntime, tmp_path: Path) -> None:
    (tmp_path / "payload.json").write_text('{"key": "from a file"}')
    async with dashboard(runtime) as stage:
        await given(stage, tmp_path, "filed", rule=True)
        screen = await stage.open(PayloadScreen(stage.operations, "trigger", "filed"))

        await typed(stage, screen, f"@{tmp_path}/gone.json")
        assert "There is no file" in stage.text
        assert "mend the payload first" in stage.row("ctrl+s  fire")

        await typed(stage, screen, f"@{tmp_path}/payload.json")
        await stage.press("ctrl+s")
        assert (await stage.until_gone()).payload == {"key": "from a file"}


async def test_a_fire_that_nobody_answers_is_explained_before_and_mended_with_one_key(
    runtime: RunningRuntime, tmp_path: Path
) -> None:
    async with dashboard(runtime) as stage:
        await given(stage, tmp_path, "unheard")
        await stage.open(PayloadScreen(stage.operations, "trigger", "unheard"))
        await stage.until_said(NOBODY, "create a rule")
        while "unheard-action" not in stage.row("ctrl+r"):
            await stage.press("right" if "another" in stage.row("left and right") else "tab")

        await stage.press("ctrl+r")
        await stage.until_said("1 active rule will answer", "unheard-unheard-action")
        await stage.press("ctrl+s")

        assert isinstance(await stage.until_gone(), Accepted)


async def test_a_rule_that_is_off_is_turned_on_with_one_key(runtime: RunningRuntime, tmp_path: Path) -> None:
    async with dashboard(runtime) as stage:
        await given(stage, tmp_path, "off", rule=True)
        await stage.operations.rules.disable("off-rule")
        await stage.open(PayloadScreen(stage.operations, "trigger", "off"))
        await stage.until_said(NOBODY, "turn on off-rule")

        await stage.press("ctrl+r")
        await stage.until_said("1 active rule will answer")

        assert (await stage.operations.rules.get("off-rule")).is_active


async def test_a_fire_that_nobody_answered_says_so_and_stays_in_the_history(
    runtime: RunningRuntime, tmp_path: Path
) -> None:
    async with dashboard(runtime) as stage:
        await given(stage, tmp_path, "void")
        screen = await stage.open(PayloadScreen(stage.operations, "trigger", "void"))
        await stage.until_said(NOBODY)
        await typed(stage, screen, '{"key": "into the void"}')

        await stage.press("ctrl+s")
        await stage.until_said("no active rule answered: nothing ran", "⊘")

        assert stage.app.screen is screen
        assert "into the void" in screen.text


async def test_the_last_payload_is_there_again_and_older_ones_are_taken_from_the_history(
    runtime: RunningRuntime, tmp_path: Path
) -> None:
    async with dashboard(runtime) as stage:
        await given(stage, tmp_path, "often", rule=True)
        for number in (1, 2):
            screen = await stage.open(PayloadScreen(stage.operations, "trigger", "often"))
            await typed(stage, screen, f'{{"key": {number}}}')
            await stage.press("ctrl+s")
            await stage.until_gone(number)

        screen = await stage.open(PayloadScreen(stage.operations, "trigger", "often"))
        assert screen.text == '{"key": 2}'
        await stage.press("tab", "j", "enter")

        assert screen.text == '{"key": 1}'
        assert screen.editor.has_focus


async def test_leaving_keeps_what_was_typed(runtime: RunningRuntime, tmp_path: Path) -> None:
    async with dashboard(runtime) as stage:
        await given(stage, tmp_path, "left", rule=True)
        screen = await stage.open(PayloadScreen(stage.operations, "trigger", "left"))
        await typed(stage, screen, '{"half": ')
        await stage.press("escape")
        await stage.until_gone()

        screen = await stage.open(PayloadScreen(stage.operations, "trigger", "left"))

        assert screen.text == '{"half": '


async def test_an_action_is_invoked_with_its_payload(runtime: RunningRuntime, tmp_path: Path) -> None:
    async with dashboard(runtime) as stage:
        await given(stage, tmp_path, "direct")
        await stage.open(PayloadScreen(stage.operations, "action", "direct-action", '{"key": "hello"}'))

        await stage.press("ctrl+s")
        accepted = await stage.until_gone()

        record = await stage.operations.activations.wait(accepted.activation_id, timeout_s=20)
        assert record.response is not None
        assert record.response.result == {"seen": "hello"}


async def test_a_thing_that_is_gone_is_told_and_nothing_is_lost(runtime: RunningRuntime) -> None:
    async with dashboard(runtime) as stage:
        screen = await stage.open(PayloadScreen(stage.operations, "action", "never-was", '{"key": 1}'))

        await stage.press("ctrl+s")
        await stage.until(lambda: "✗" in stage.text, "the news")

        assert stage.app.screen is screen
        assert screen.text == '{"key": 1}'


async def test_a_payload_too_long_to_edit_is_told_about_and_sent_whole(runtime: RunningRuntime, tmp_path: Path) -> None:
    async with dashboard(runtime) as stage:
        await given(stage, tmp_path, "long")
        text = '{"key": "' + "x" * 200_000 + '"}'
        screen = await stage.open(PayloadScreen(stage.operations, "action", "long-action", text))

        assert "too long to edit here" in stage.text
        assert screen.text == text
        await stage.press("ctrl+s")
        assert len((await stage.until_gone()).payload["key"]) == 200_000


async def test_control_characters_in_a_payload_reach_no_terminal_and_are_sent_as_they_are(
    runtime: RunningRuntime, tmp_path: Path
) -> None:
    async with dashboard(runtime) as stage:
        await given(stage, tmp_path, "hostile")
        text = '{"key": "\x9b31m\u202e"}'
        screen = await stage.open(PayloadScreen(stage.operations, "action", "hostile-action", text))

        assert not has_control_characters(stage.text)
        assert screen.text == text
        await stage.press("ctrl+s")
        assert (await stage.until_gone()).payload == {"key": "\x9b31m\u202e"}


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_everything_needed_is_seen_at_every_size(
    runtime: RunningRuntime, tmp_path: Path, size: tuple[int, int]
) -> None:
    async with dashboard(runtime, size=size) as stage:
        name = f"payload-sized-{size[0]}"
        await given(stage, tmp_path, name)
        screen = await stage.open(PayloadScreen(stage.operations, "trigger", name))
        await stage.until_said(NOBODY)

        await typed(stage, screen, '{"a": 1,}')

        for words in ("Payload", "History", "ctrl+r", "line 1, column", "ctrl+s  fire", "mend line 1 first"):
            assert words in stage.text, words
