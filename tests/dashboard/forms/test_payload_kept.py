"""What the payload editor keeps and fills in: history over a restart, templates, placeholders, files."""

from pathlib import Path

import pytest

from tests.dashboard.stage import Stage, connected
from tests.dashboard.world import world_of
from tests.journeys.by_key import go_to_row
from tests.running import RunningRuntime

ECHO = "def main(args):\n    return {'seen': args}\n"


async def open_editor(stage: Stage, panel: str, name: str) -> None:
    await go_to_row(stage, panel, name)
    await stage.press("f")
    await stage.until_said("Payload", "History")


async def write(stage: Stage, text: str) -> None:
    """In place of what stands in the editor."""
    stage.app.screen.editor.load_text(text)  # type: ignore[attr-defined]
    await stage.pilot.pause()


async def test_payloads_of_an_earlier_session_are_there_to_be_sent_again(
    runtime: RunningRuntime, tmp_path: Path
) -> None:
    async with world_of(runtime, tmp_path) as world:
        await world.chain("payloads-kept", ECHO)
    async with connected(runtime.endpoint) as stage:
        for word in ("older", "newer"):
            await open_editor(stage, "2", "payloads-kept")
            await write(stage, f'{{"word": "{word}"}}')
            await stage.press("ctrl+s")
            await stage.until(lambda: stage.app.screen is stage.app.screen_stack[0], "the main screen")

    async with connected(runtime.endpoint) as stage:
        await open_editor(stage, "2", "payloads-kept")
        assert '{"word": "newer"}' in stage.text
        await stage.press("tab", "j", "enter")
        assert stage.app.screen.text == '{"word": "older"}'  # type: ignore[attr-defined]
        await stage.press("escape")
        await stage.press("F")
        await stage.until_said("payloads-kept fired")
        fired = next(entry for entry in stage.book.newest_first() if entry.name == "payloads-kept")
        await stage.until_ended(fired.activation_id)
        record = await stage.operations.activations.get(fired.activation_id)
        assert record.response is not None
        assert record.response.result == {"word": "newer"}


async def test_a_template_is_kept_under_a_name_and_taken_for_another_thing(
    runtime: RunningRuntime, tmp_path: Path
) -> None:
    async with world_of(runtime, tmp_path) as world:
        for name in ("payloads-one", "payloads-two"):
            await world.action(name, ECHO)
    async with connected(runtime.endpoint) as stage:
        await open_editor(stage, "1", "payloads-one")
        await write(stage, '{"size": 3, "password": "hunter2"}')
        await stage.press("ctrl+t")
        await stage.type("small image")
        await stage.press("ctrl+s")
        await stage.until_said("small image kept")
        assert '"size": 3' in stage.row("small image", "password")
        assert "hunter2" not in stage.row("small image", "password")
        await stage.press("escape", "escape")

        await open_editor(stage, "1", "payloads-two")
        await stage.press("ctrl+t")
        await stage.type("small")
        await stage.press("enter")
        assert stage.app.screen.text == '{"size": 3, "password": "hunter2"}'  # type: ignore[attr-defined]

        await stage.press("ctrl+t", "ctrl+x")
        await stage.until_said("small image deleted", "none kept yet")


async def test_placeholders_are_told_and_filled_in_when_it_is_sent(
    runtime: RunningRuntime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAYLOADS_REGION", "eu-1")
    async with world_of(runtime, tmp_path) as world:
        await world.action("payloads-filled", ECHO)
    async with connected(runtime.endpoint) as stage:
        await open_editor(stage, "1", "payloads-filled")
        await write(stage, '{"in": "{{env.PAYLOADS_NOWHERE}}"}')
        await stage.until_said("The environment has no PAYLOADS_NOWHERE", "mend the payload first")

        await write(stage, '{"in": "{{env.PAYLOADS_REGION}}", "id": "{{uuid}}", "mail": "Dear {{name}}"}')
        await stage.until_said("filled in when it is sent: {{env.PAYLOADS_REGION}}, {{uuid}}")
        await stage.press("ctrl+b")
        await stage.until_said("Result", "eu-1")
        assert "Dear {{name}}" in stage.text
        assert "{{uuid}}" not in stage.text


async def test_the_payload_of_a_record_is_sent_as_it_was(
    runtime: RunningRuntime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else fired it: what looks like a placeholder in it must not tell them our environment."""
    monkeypatch.setenv("PAYLOADS_SECRET", "not-for-strangers")
    payload = {"text": "{{env.PAYLOADS_SECRET}}"}
    async with world_of(runtime, tmp_path) as world:
        await world.chain("payloads-verbatim", ECHO)
        fired = await world.operations.triggers.fire("payloads-verbatim", payload)
        assert fired is not None
    async with connected(runtime.endpoint) as stage:
        await stage.until_ended(fired.activation_id)
        await go_to_row(stage, "4", fired.activation_id)
        await stage.press("f")
        await stage.until_said("Payload", "1 active rule will answer")
        assert "filled in" not in stage.text
        await stage.press("ctrl+s")
        await stage.until_said("payloads-verbatim fired")
        await go_to_row(stage, "4", fired.activation_id)
        await stage.press("F")

        def firings() -> list[str]:
            return [entry.activation_id for entry in stage.book.newest_first() if entry.name == "payloads-verbatim"]

        await stage.until(lambda: len(firings()) == 3, "two more firings")
        for activation_id in firings():
            record = await stage.operations.activations.wait(activation_id, timeout_s=20)
            assert record.response is not None
            assert record.response.result == payload


async def test_firing_again_what_nobody_answers_ends_where_one_key_mends_it(
    runtime: RunningRuntime, tmp_path: Path
) -> None:
    async with world_of(runtime, tmp_path) as world:
        await world.chain("payloads-unheard", ECHO)
        await world.operations.rules.disable("payloads-unheard-rule")
    async with connected(runtime.endpoint) as stage:
        await go_to_row(stage, "2", "payloads-unheard")
        await stage.press("F")
        await stage.until_said("no active rule answered: nothing ran", "ctrl+r turn on payloads-unheard-rule")
        await stage.press("ctrl+r")
        await stage.until_said("1 active rule will answer")
        await stage.press("ctrl+s")
        await stage.until_said("payloads-unheard fired")


async def test_a_file_is_picked_as_the_payload(
    runtime: RunningRuntime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "only.json").write_text('{"from": "the file"}')
    async with world_of(runtime, tmp_path / "only.json") as world:
        world.folder = tmp_path.parent
        await world.action("payloads-filed", ECHO)
    async with connected(runtime.endpoint) as stage:
        await open_editor(stage, "1", "payloads-filed")
        await stage.press("ctrl+o")
        await stage.until_said("only.json")
        await stage.press("down", "enter", "enter")
        await stage.until(lambda: "@only.json" in stage.text, "the path")
        await stage.press("ctrl+b")
        await stage.until_said("Result", "the file")
