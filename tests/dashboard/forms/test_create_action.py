"""Creating an action with the keyboard: what is typed is checked at once, sent once, and never lost."""

from contextlib import nullcontext
from pathlib import Path

import pytest
from textual.widgets import Input

from tests.dashboard.stage import Stage, dashboard, has_control_characters
from tests.running import RunningRuntime, running_runtime
from tui.client.errors import NotFound
from tui.dashboard.screens.create_action import CreateActionScreen

PYTHON = "def main(args):\n    return {'seen': args}\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


async def opened(stage: Stage, source: Path | None = None) -> CreateActionScreen:
    return await stage.open(CreateActionScreen(stage.operations, source))


async def fill(stage: Stage, form: CreateActionScreen, field: str, text: str) -> None:
    """Go to a field, type over what it holds, and leave it."""
    form.fields()[field].control.focus()
    await stage.press("end", "ctrl+u")
    await stage.type(text)
    await stage.press("tab")


async def exists(stage: Stage, name: str) -> bool:
    try:
        await stage.operations.actions.get(name, code=False)
    except NotFound:
        return False
    return True


async def test_a_file_becomes_an_action_with_a_few_keys(runtime: RunningRuntime, folder: Path) -> None:
    (folder / "first-worker.py").write_text(PYTHON)
    async with dashboard(runtime) as stage:
        form = await opened(stage)

        await stage.type("fir")
        await stage.until_said("first-worker.py")
        await stage.press("tab")  # completes the path
        await stage.until(lambda: form.values()["name"] == "first-worker", "the name")
        assert form.values()["file"] == "first-worker.py"
        assert form.values()["kind"] == "python:default"
        assert "def main(args):" in stage.text
        await stage.press("ctrl+s")
        await stage.until(lambda: stage.left, "the answer")

        action = await stage.operations.actions.get("first-worker")
        assert stage.left[0].name == "first-worker"
        assert action.exec.code == PYTHON
        assert action.kind.startswith("python:3")


async def test_every_field_arrives_at_the_platform(runtime: RunningRuntime, folder: Path) -> None:
    (folder / "every.py").write_text("def run(args):\n    return args\n")
    async with dashboard(runtime) as stage:
        form = await opened(stage, folder / "every.py")
        await stage.until(lambda: form.values()["kind"] != "", "the kind")

        for field, text in {
            "name": "every-field",
            "main": "run",
            "timeout": "2m",
            "memory": "512MB",
            "logs": "1MB",
            "parameters": '{"region":"eu"}',
            "environment": '{"MODE":"fast"}',
        }.items():
            await fill(stage, form, field, text)
        form.fields()["web"].control.focus()
        await stage.press("right", "ctrl+s")
        await stage.until(lambda: stage.left, "the answer")

        action = await stage.operations.actions.get("every-field")
        assert (action.limits.timeout_ms, action.limits.memory_mb, action.limits.logs_mb) == (120_000, 512, 1)
        assert action.exec.main == "run"
        assert action.is_web
        assert {(one.key, one.value, one.init) for one in action.parameters} == {
            ("region", "eu", False),
            ("MODE", "fast", True),
        }


async def test_a_value_out_of_bounds_is_named_beside_its_field_and_nothing_is_sent(
    runtime: RunningRuntime, folder: Path
) -> None:
    (folder / "bounded.py").write_text(PYTHON)
    async with dashboard(runtime) as stage:
        form = await opened(stage, folder / "bounded.py")
        await stage.until(lambda: form.values()["kind"] != "", "the kind")

        await fill(stage, form, "memory", "64 GB")
        assert "this platform gives 4 GB at most, not 64 GB" in stage.text
        assert "1 field to mend first" in stage.text
        await stage.press("ctrl+s")
        assert stage.left == []
        assert not await exists(stage, "bounded")

        await fill(stage, form, "memory", "256")
        assert "mend first" not in stage.row("ctrl+s  create")
        await stage.press("ctrl+s")
        await stage.until(lambda: stage.left, "the answer")


async def test_a_missing_file_and_a_file_of_the_wrong_kind_are_told(runtime: RunningRuntime, folder: Path) -> None:
    (folder / "notes.txt").write_text("no program")
    async with dashboard(runtime) as stage:
        form = await opened(stage)

        await fill(stage, form, "file", "gone.py")
        assert "There is no file gone.py" in stage.text

        await fill(stage, form, "file", "notes.txt")
        assert "notes.txt is of no type that makes an action" in stage.text
        await stage.press("ctrl+s")
        assert stage.left == []
        assert form.values()["file"] == "notes.txt"


async def test_a_syntax_error_is_told_with_its_line_and_nothing_is_lost(runtime: RunningRuntime, folder: Path) -> None:
    source = folder / "broken.py"
    source.write_text("def main(args:\n    return {}\n")
    async with dashboard(runtime) as stage:
        form = await opened(stage, source)
        await stage.until(lambda: form.values()["kind"] != "", "the kind")
        await fill(stage, form, "timeout", "90s")
        before = form.values()

        await stage.press("ctrl+s")
        await stage.until_said("line 1")

        assert stage.app.screen is form
        assert form.values() == before
        assert not await exists(stage, "broken")

        source.write_text(PYTHON)
        await stage.press("ctrl+s")
        await stage.until(lambda: stage.left or "mend first" in stage.text, "an answer")
        if not stage.left:  # what was refused is told until the field changes
            await fill(stage, form, "file", str(source) + " ")
            await stage.press("ctrl+s")
            await stage.until(lambda: stage.left, "the answer")
        assert await exists(stage, "broken")


async def test_a_name_that_is_taken_is_told_and_can_be_replaced(runtime: RunningRuntime, folder: Path) -> None:
    source = folder / "twice.py"
    source.write_text(PYTHON)
    async with dashboard(runtime) as stage:
        form = await opened(stage, source)
        await stage.until(lambda: form.values()["kind"] != "", "the kind")
        await stage.press("ctrl+s")
        await stage.until(lambda: len(stage.left) == 1, "the first")
        source.write_text("def main(args):\n    return {'second': True}\n")

        form = await opened(stage, source)
        await stage.until(lambda: form.values()["kind"] != "", "the kind")
        await fill(stage, form, "timeout", "3m")
        await stage.press("ctrl+s")
        await stage.until_said("There is an action twice already")
        assert form.values()["timeout"] == "3m"

        await stage.press("ctrl+r")
        await stage.until(lambda: len(stage.left) == 2, "the second")
        action = await stage.operations.actions.get("twice")
        assert "second" in (action.exec.code or "")
        assert action.limits.timeout_ms == 180_000


async def test_a_package_that_is_missing_is_told_beside_the_name(runtime: RunningRuntime, folder: Path) -> None:
    (folder / "packed.py").write_text(PYTHON)
    async with dashboard(runtime) as stage:
        form = await opened(stage, folder / "packed.py")
        await stage.until(lambda: form.values()["kind"] != "", "the kind")

        await fill(stage, form, "name", "nowhere/packed")
        await stage.press("ctrl+s")

        await stage.until_said("There is no package nowhere")
        assert form.values()["name"] == "nowhere/packed"


async def test_leaving_keeps_what_was_typed(runtime: RunningRuntime, folder: Path) -> None:
    (folder / "drafted.py").write_text(PYTHON)
    async with dashboard(runtime) as stage:
        form = await opened(stage, folder / "drafted.py")
        await stage.until(lambda: form.values()["kind"] != "", "the kind")
        await fill(stage, form, "timeout", "7 nonsense")
        before = form.values()
        await stage.press("escape")
        await stage.until(lambda: stage.left == [None], "the way back")

        form = await opened(stage)

        assert form.values() == before
        assert "the draft from before" in stage.text


async def test_escape_first_closes_the_completion(runtime: RunningRuntime, folder: Path) -> None:
    (folder / "one.py").write_text(PYTHON)
    (folder / "oneself.py").write_text(PYTHON)
    async with dashboard(runtime) as stage:
        form = await opened(stage)
        await stage.type("on")
        await stage.until_said("oneself.py")

        await stage.press("escape")
        assert stage.app.screen is form
        assert "oneself.py" not in stage.text


async def test_a_platform_that_went_away_is_told_and_nothing_is_lost(tmp_path: Path, folder: Path) -> None:
    (folder / "alone.py").write_text(PYTHON)
    with running_runtime(tmp_path) as own:
        async with dashboard(own) as stage:
            form = await opened(stage, folder / "alone.py")
            await stage.until(lambda: form.values()["kind"] != "", "the kind")
            before = form.values()
            own.process.terminate()
            own.process.wait(20)

            await stage.press("ctrl+s")
            await stage.until(lambda: "✗" in stage.text.split("create", 1)[1] or "No answer" in stage.text, "the news")

            assert stage.app.screen is form
            assert form.values() == before


async def test_a_kind_is_picked_from_those_the_platform_runs(runtime: RunningRuntime, folder: Path) -> None:
    (folder / "kinds.py").write_text(PYTHON)
    async with dashboard(runtime) as stage:
        form = await opened(stage, folder / "kinds.py")
        await stage.until(lambda: form.values()["kind"] != "", "the kind")
        wanted = next(kind for kind in stage.operations.platform.kinds if kind.startswith("python:"))

        form.fields()["kind"].control.focus()
        await stage.press("enter")
        await stage.type(wanted)
        await stage.press("enter")

        assert form.values()["kind"] == wanted


async def test_a_kind_that_the_platform_lacks_is_told(runtime: RunningRuntime, folder: Path) -> None:
    (folder / "lacking.py").write_text(PYTHON)
    async with dashboard(runtime) as stage:
        form = await opened(stage, folder / "lacking.py")
        await stage.until(lambda: form.values()["kind"] != "", "the kind")

        await fill(stage, form, "kind", "swift:5.4")

        assert "this platform has no swift" in stage.text


async def test_a_read_only_context_holds_the_form_back(runtime: RunningRuntime, folder: Path) -> None:
    from msgspec.structs import replace

    (folder / "locked.py").write_text(PYTHON)
    async with dashboard(runtime, endpoint=replace(runtime.endpoint, read_only=True)) as stage:
        await opened(stage, folder / "locked.py")

        await stage.press("ctrl+s")

        assert "read-only" in stage.text
        assert stage.left == []


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_all_fields_are_seen_at_every_size(runtime: RunningRuntime, folder: Path, size: tuple[int, int]) -> None:
    (folder / "sized.py").write_text(PYTHON)
    async with dashboard(runtime, size=size) as stage:
        form = await opened(stage, folder / "sized.py")
        await stage.until(lambda: form.values()["kind"] != "", "the kind")

        for label in ("file", "name", "kind", "main", "time limit", "memory", "log limit", "at a time", "web"):
            assert label in stage.text
        assert "ctrl+s  create" in stage.text
        form.fields()["memory"].control.focus()
        await stage.press("home")
        assert "128 MB to 4 GB" in stage.text


async def test_hostile_code_and_names_reach_no_terminal(runtime: RunningRuntime, folder: Path) -> None:
    (folder / "evil.py").write_text("x = '\x1b]0;owned\x07\x9b2J'\ndef main(args):\n    return {}\n")
    (folder / "ev\x1bil.py").write_text(PYTHON)
    async with dashboard(runtime) as stage:
        form = await opened(stage, folder / "evil.py")
        await stage.until_said("owned")
        form.fields()["name"].value = "a\x1b[2Jb"
        form.fields()["file"].control.focus()
        await stage.press("end", "ctrl+u")
        await stage.type("ev")
        await stage.pilot.pause(0.2)

        assert not has_control_characters(stage.text)


async def test_secrets_are_hidden_while_their_field_is_not_edited(runtime: RunningRuntime, folder: Path) -> None:
    (folder / "secret.py").write_text(PYTHON)
    async with dashboard(runtime, size=(200, 60)) as stage:
        form = await opened(stage, folder / "secret.py")
        form.fields()["environment"].value = '{"API_KEY": "hunter2"}'
        await stage.press("tab")

        assert "API_KEY" in stage.text
        assert "hunter2" not in stage.text


async def test_a_file_is_picked_from_the_folder(runtime: RunningRuntime, folder: Path) -> None:
    (folder / "picked.py").write_text(PYTHON)
    (folder / "zz\x1b[2J.py").write_text(PYTHON)
    async with dashboard(runtime) as stage:
        form = await opened(stage)

        await stage.press("ctrl+o")
        await stage.until_said("Pick the action's file", "picked.py")
        await stage.until(lambda: stage.app.focused is not None, "the focus")
        assert not has_control_characters(stage.text)
        await stage.press("down", "enter")
        await stage.until(lambda: stage.app.screen.query_one(Input).value == "picked.py", "the choice")
        await stage.press("enter")

        await stage.until(lambda: form.values()["name"] == "picked", "the name")
        assert form.values()["file"] == "picked.py"


async def test_code_and_json_are_edited_outside(
    runtime: RunningRuntime, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = folder / "edited.py"
    source.write_text(PYTHON)
    editor = folder / "editor"
    editor.write_text("#!/bin/sh\nsed -i 's/seen/edited/; s/old/new/' \"$1\"\n")
    editor.chmod(0o755)
    monkeypatch.setenv("VISUAL", str(editor))
    async with dashboard(runtime) as stage:
        monkeypatch.setattr(stage.app, "suspend", nullcontext)  # a headless app has no terminal to give away
        form = await opened(stage, source)
        await stage.until_said("'seen'")

        form.fields()["parameters"].value = '{"a": "old"}'
        form.fields()["parameters"].control.focus()
        await stage.press("ctrl+e")
        assert form.values()["parameters"] == '{"a": "new"}'

        form.fields()["name"].control.focus()
        await stage.press("ctrl+e")
        await stage.until_said("'edited'")
        assert "'edited'" in source.read_text()
