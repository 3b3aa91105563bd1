"""Programs of the configuration: asked for, confirmed, and run on what the cursor is on."""

import contextlib
import io
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from textual.app import App

from tests.dashboard.stage import Stage, connected
from tests.dashboard.world import World, world_of
from tests.running import RunningRuntime
from tui.config import CommandSettings, Settings
from tui.dashboard.app import WhisktopApp
from tui.dashboard.screens.key_report import key_troubles

WRITE = "env > {file}.new && mv {file}.new {file}"


@pytest.fixture
async def world(runtime: RunningRuntime, tmp_path: Path) -> AsyncIterator[World]:
    async with world_of(runtime, tmp_path) as world:
        yield world


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that can be given away, whose user presses enter."""

    @contextlib.contextmanager
    def suspended(app: App[None]) -> Iterator[None]:
        yield

    monkeypatch.setattr(App, "suspend", suspended)
    monkeypatch.setattr("sys.stdin", io.StringIO("\n\n\n"))


def settings_for(file: Path, **command: object) -> Settings:
    run = ("sh", "-c", WRITE.format(file=file))
    return Settings(commands={"note": replace(CommandSettings(run=run), **command)})  # type: ignore[arg-type]


def environment(file: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in file.read_text().splitlines() if "=" in line)


async def cursor_on(stage: Stage, name: str) -> None:
    await stage.press("1")
    lines = stage.app.screen.current.lines  # type: ignore[attr-defined]
    await stage.until(lambda: lines.move_to(name), name)
    await stage.pilot.pause()


async def test_a_command_has_the_thing_under_the_cursor_and_the_answers_in_its_environment(
    runtime: RunningRuntime, world: World, terminal: None
) -> None:
    await world.action("owned")
    file = world.folder / "environment"
    settings = settings_for(file, key="ctrl+n", panel="actions", confirm=True, inputs=("issue number",))
    async with connected(runtime.endpoint, settings=settings) as stage:
        await stage.press("4", "ctrl+n")
        assert not file.exists()

        await cursor_on(stage, "owned")
        await stage.press("ctrl+n")
        await stage.until_said("note", "issue number")
        await stage.type("42")
        await stage.press("enter")
        await stage.until_said("Run note?", "on owned")
        await stage.press("y")
        await stage.until_said("note ended with code 0")

        seen = environment(file)
        assert seen["WHISKTOP_NAME"] == "owned"
        assert seen["WHISKTOP_COLLECTION"] == "actions"
        assert seen["WHISKTOP_INPUT_ISSUE_NUMBER"] == "42"
        assert seen["WHISK_AUTH"] == runtime.endpoint.auth.reveal()


async def test_a_read_only_context_keeps_its_key_and_what_is_marked_is_told(
    runtime: RunningRuntime, world: World, terminal: None
) -> None:
    await world.action("kept-key")
    file = world.folder / "environment"
    locked = replace(runtime.endpoint, read_only=True)
    async with connected(locked, settings=settings_for(file)) as stage:
        await cursor_on(stage, "kept-key")
        await stage.press("space", "colon")
        await stage.type("run note")
        await stage.press("enter")
        await stage.until_said("note ended with code 0")

        assert "WHISK_AUTH" not in environment(file)
        assert environment(file)["WHISKTOP_MARKED"] == "kept-key"
        assert runtime.endpoint.auth.reveal() not in file.read_text()


async def test_a_program_that_is_missing_is_said(runtime: RunningRuntime, terminal: None) -> None:
    settings = Settings(commands={"gone": CommandSettings(run=("no-such-program",), key="ctrl+n")})
    async with connected(runtime.endpoint, settings=settings) as stage:
        await stage.press("ctrl+n")

        await stage.until_said("no-such-program is not installed.")


def test_keys_of_commands_are_checked_like_all_others() -> None:
    commands = {
        "taken": CommandSettings(run=("true",), key="p"),
        "free": CommandSettings(run=("true",), key="p", panel="rules"),
        "lost": CommandSettings(run=("true",), panel="nothing"),
    }
    troubles = key_troubles(Settings(commands=commands), {}, WhisktopApp.BINDINGS)

    assert any("activations.pause" in text and "commands.taken" in text for text in troubles)
    assert "command lost is for a panel nothing, which there is not" in troubles
    assert not any("commands.free" in text and "activations.pause" in text for text in troubles)
