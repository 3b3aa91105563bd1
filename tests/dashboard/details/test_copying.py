"""Copying and saving what is looked at: by menu, to the clipboard or a file, never over a file without a word."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.dashboard.stage import Stage, connected, dashboard
from tests.dashboard.world import World, world_of
from tests.running import RunningRuntime
from tui.dashboard.screens import copying
from tui.dashboard.screens.activation import ActivationScreen
from tui.dashboard.screens.copy_menu import CopyMenu
from tui.dashboard.screens.packages import PackagesScreen
from tui.dashboard.screens.save import SaveScreen
from tui.dashboard.screens.wiring import WiringScreen
from tui.dashboard.widgets.line_view import LineView

SPEAKING = "def main(args):\n    print('one \\x1b[2J')\n    return {'items': [{'id': 7, 'late': True}], 'n': 1}\n"


@pytest.fixture
async def world(runtime: RunningRuntime, tmp_path: Path) -> AsyncIterator[World]:
    async with world_of(runtime, tmp_path) as world:
        yield world


@pytest.fixture
def clipboard(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was copied, by a tool that always works."""
    copied: list[str] = []

    def copy(text: str) -> str:
        copied.append(text)
        return "a tool"

    monkeypatch.setattr(copying, "copy_text", copy)
    return copied


async def copy(stage: Stage, words: str) -> None:
    await stage.press("y")
    await stage.until(lambda: isinstance(stage.app.screen, CopyMenu), "the menu")
    await stage.type(words)
    await stage.press("enter")
    await stage.until_said("copied with a tool")


async def test_a_run_is_copied_in_every_form(runtime: RunningRuntime, world: World, clipboard: list[str]) -> None:
    await world.action("copied", SPEAKING)
    run = await world.ran("copied")
    async with dashboard(runtime) as stage:
        await stage.until_ended(run.activation_id)
        await stage.open(ActivationScreen(stage.operations, run.activation_id, state=stage.book))
        await stage.until_said('"late"')
        await stage.press("j")

        for words in ("value", "path", "id", "result", "log", "url", "python: do"):
            await copy(stage, words)

    value, path, run_id, result, log, url, code = clipboard
    assert path == "items"
    assert json.loads(value) == [{"id": 7, "late": True}]
    assert run_id == run.activation_id
    assert json.loads(result) == {"items": [{"id": 7, "late": True}], "n": 1}
    assert log == "one \x1b[2J"
    assert url == f"{runtime.url}/api/v1/namespaces/guest/activations/{run.activation_id}"
    assert "/actions/copied" in code
    assert runtime.auth.partition(":")[2] not in code


async def test_the_key_is_copied_only_after_it_was_asked_for(
    runtime: RunningRuntime, world: World, clipboard: list[str]
) -> None:
    await world.action("keyed")
    async with connected(runtime.endpoint) as stage:
        await stage.press("1")
        await stage.until(lambda: "keyed" in stage.text, "the action")
        assert stage.app.screen.current.lines.move_to("keyed")  # type: ignore[attr-defined]
        await stage.press("y")
        await stage.type("keys")
        await stage.press("enter")
        await stage.until_said("in clear")
        assert runtime.auth.partition(":")[2] not in stage.text
        await stage.type("curl: invoke")
        await stage.press("enter")
        await stage.until_said("copied with a tool")

    assert runtime.auth in clipboard[0]


async def test_without_a_tool_the_terminal_is_asked_and_what_is_too_long_goes_to_a_file(
    runtime: RunningRuntime, world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(copying, "copy_text", lambda text: None)
    monkeypatch.chdir(tmp_path)
    await world.action("copied-long", "def main(args):\n    return {'long': 'x' * 100_000}\n")
    run = await world.ran("copied-long")
    async with dashboard(runtime) as stage:
        await stage.until_ended(run.activation_id)
        await stage.open(ActivationScreen(stage.operations, run.activation_id, state=stage.book))
        written: list[str] = []
        monkeypatch.setattr(stage.app._driver, "write", written.append)
        await stage.press("y")
        await stage.type("id")
        await stage.press("enter")
        await stage.until_said("id given to the terminal's clipboard")
        assert any(text.startswith("\x1b]52;c;") for text in written)

        await stage.press("y")
        await stage.type("result")
        await stage.press("enter")
        await stage.until(lambda: isinstance(stage.app.screen, SaveScreen), "the form that saves")
        await stage.press("enter")
        await stage.until_said("saved")

    (saved,) = tmp_path.glob("copied-long-*.txt")
    assert json.loads(saved.read_text()) == {"long": "x" * 100_000}


async def test_saving_asks_before_it_replaces_a_file(
    runtime: RunningRuntime, world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    await world.action("saved", SPEAKING)
    run = await world.ran("saved")
    file = tmp_path / f"saved-{run.activation_id[:8]}.json"
    file.write_text("mine")
    async with dashboard(runtime) as stage:
        await stage.until_ended(run.activation_id)
        run_screen = await stage.open(ActivationScreen(stage.operations, run.activation_id, state=stage.book))
        await stage.until_said('"late"')
        await stage.press("ctrl+s", "enter")
        await stage.until_said("is there already")
        assert file.read_text() == "mine"
        await stage.press("enter")
        await stage.until(lambda: stage.app.screen is run_screen, "the way back")
        assert json.loads(file.read_text()) == {"items": [{"id": 7, "late": True}], "n": 1}
        assert file.stat().st_mode & 0o777 == 0o600

        await stage.press("ctrl+s", "ctrl+t")
        await stage.until_said(f"saved-{run.activation_id[:8]}.csv")
        await stage.press("enter")
        await stage.until(lambda: file.with_suffix(".csv").exists(), "the table")

    assert file.with_suffix(".csv").read_text() == "id,late\n7,true\n"


async def test_a_list_is_saved_as_it_is_shown(
    runtime: RunningRuntime, world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    await world.operations.triggers.create("listed-trigger")
    async with connected(runtime.endpoint) as stage:
        await stage.press("2")
        assert stage.app.screen.current.lines.move_to("listed-trigger")  # type: ignore[attr-defined]
        await stage.press("ctrl+s", "enter")
        await stage.until_said("saved")

    listed = json.loads((tmp_path / "triggers.json").read_text())
    assert "listed-trigger" in [trigger["name"] for trigger in listed]


async def test_packages_and_wires_are_copied_and_saved_where_they_are_looked_at(
    runtime: RunningRuntime, world: World, clipboard: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    await world.operations.packages.create("copied-package")
    await world.chain("copied-chain")
    async with dashboard(runtime) as stage:
        packages = await stage.open(PackagesScreen(stage.operations))
        await stage.until_said("copied-package")
        packages.query_one("#list", LineView).move_to("copied-package")
        for words in ("full", "url", "curl"):
            await copy(stage, words)
        await stage.press("ctrl+s", "enter")
        await stage.until_said("saved")
        await stage.press("escape")

        trigger = await stage.operations.triggers.get("copied-chain")
        wires = await stage.open(WiringScreen(stage.operations, trigger))
        await stage.until(lambda: len(wires.query_one("#uses", LineView).source), "the wires")
        await copy(stage, "name")

    full_name, url, call, rule = clipboard
    assert full_name == "/guest/copied-package"
    assert url == f"{runtime.url}/api/v1/namespaces/guest/packages/copied-package"
    assert url in call
    assert rule == "copied-chain-rule"
    assert json.loads((tmp_path / "copied-package.json").read_text())["name"] == "copied-package"
