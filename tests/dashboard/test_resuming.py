"""Back to where one was: among the views of a session, and from one session to the next."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.dashboard.stage import Stage, connected
from tests.dashboard.world import World, world_of
from tests.running import RunningRuntime
from tui.dashboard.screens.activation import ActivationScreen
from tui.dashboard.screens.visits import Visit, Visits
from tui.operations.sessions import Sessions

A, B, C = (Visit("panel", name) for name in "abc")


@pytest.fixture
async def world(runtime: RunningRuntime, tmp_path: Path) -> AsyncIterator[World]:
    async with world_of(runtime, tmp_path) as world:
        yield world


def test_back_and_forward_keep_the_way_until_another_is_taken() -> None:
    visits = Visits()
    for visit in (A, B, B, C):
        visits.note(visit)

    assert visits.step(-1) == B
    visits.note(B)
    assert visits.step(-1) == A
    visits.note(A)
    assert visits.step(-1) is None
    assert visits.step(1) == B
    visits.note(C)  # what comes up on the way
    visits.note(B)
    visits.note(Visit("run", "x"))
    assert visits.step(1) is None


def test_the_last_view_asked_for_twice_is_where_one_was() -> None:
    visits = Visits()
    assert visits.last() is None
    for visit in (A, B):
        visits.note(visit)

    for expected in (A, B, A):
        assert visits.last() == expected
        visits.note(expected)


async def test_keys_lead_back_to_views_and_forward_again(runtime: RunningRuntime, world: World) -> None:
    await world.action("visited")
    record = await world.ran("visited")
    async with connected(runtime.endpoint) as stage:
        main = stage.app.screen
        await stage.until(lambda: record.activation_id in stage.book.known, "the run")
        await stage.press("2", "4", "g", "enter")
        await stage.until(lambda: isinstance(stage.app.screen, ActivationScreen), "the run's screen")

        await stage.press("alt+left")
        await stage.until(lambda: stage.app.screen is main, "the list")
        assert main.current.NUMBER == 4  # type: ignore[attr-defined]
        await stage.press("alt+left")
        assert main.current.NUMBER == 2  # type: ignore[attr-defined]
        await stage.press("alt+right", "alt+right")
        await stage.until(lambda: isinstance(stage.app.screen, ActivationScreen), "the run again")
        await stage.press("alt+right")
        assert "there is no view further on" in stage.lines[-1]

        await stage.press("escape", "1", "minus")
        await stage.until(lambda: main.current.NUMBER == 4, "the panel before")  # type: ignore[attr-defined]
        await stage.press("minus")
        await stage.until(lambda: main.current.NUMBER == 1, "and back")  # type: ignore[attr-defined]


async def leave(stage: Stage) -> None:
    await stage.press("ctrl+q")
    await stage.until(lambda: not stage.app.is_running or stage.app._exit, "the end")


async def test_a_session_goes_on_where_the_last_one_ended(runtime: RunningRuntime, world: World) -> None:
    for name in ("resumed-a", "resumed-b"):
        await world.action(name)
    async with connected(runtime.endpoint, size=(160, 45)) as stage:
        await stage.press("4", "slash")
        await stage.type("status:error")
        await stage.press("enter", "T", "1", "slash")
        await stage.type("resumed-")
        await stage.press("enter", "colon")
        await stage.type("sort name")
        await stage.press("enter", "s")
        await stage.type("name")
        await stage.press("enter")
        await stage.press("colon")
        await stage.type("theme nord")
        await stage.press("enter")
        await leave(stage)

    async with connected(runtime.endpoint, size=(160, 45)) as stage:
        await stage.until(lambda: "by name ↓" in stage.row(" 1  Actions"), "the order")
        assert "2 of " in stage.row(" 1  Actions", "/resumed-")
        assert "/status:error" in stage.row("Activations", "nested")
        assert stage.app.screen.current.NUMBER == 1  # type: ignore[attr-defined]
        assert stage.app.theme == "nord"
        await stage.press("colon")
        await stage.until_said("theme nord", "again")

    async with connected(runtime.endpoint, restore_view=False, size=(160, 45)) as stage:
        assert "/resumed-" not in stage.text
        assert stage.app.screen.current.NUMBER == 4  # type: ignore[attr-defined]
        assert stage.app.theme == "whisktop-dark"


def test_a_file_that_is_no_session_is_as_if_there_were_none(tmp_path: Path, runtime: RunningRuntime) -> None:
    file = tmp_path / "sessions.json"
    for text in ("", "[]", '{"lines": 3, "accounts": [], "theme": {}}'):
        file.write_text(text)
        sessions = Sessions(file)
        assert (sessions.lines, sessions.theme, sessions.view_of(runtime.endpoint)) == ([], None, {})

    sessions = Sessions(file)
    sessions.note_line("quit")
    sessions.keep_view(runtime.endpoint, {"panel": "rules"})
    sessions.save()
    assert file.stat().st_mode & 0o777 == 0o600
    assert runtime.endpoint.auth.reveal() not in file.read_text()
    assert Sessions(file).view_of(runtime.endpoint) == {"panel": "rules"}
    assert json.loads(file.read_text())["lines"] == ["quit"]
