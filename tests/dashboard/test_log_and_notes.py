"""What was asked and said is kept, and a job that ends unseen is told to whoever looks elsewhere."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from subprocess import run as run_program
from typing import Any

import pytest
from msgspec.structs import replace
from textual import events

from tests.dashboard.stage import connected, whisktop
from tests.dashboard.things import batch, now_ms, run
from tests.dashboard.world import World, world_of
from tests.running import RunningRuntime
from tui.config import Settings
from tui.dashboard.render.notes import desktop_note
from tui.dashboard.screens.log_screen import LogScreen
from tui.dashboard.screens.noticing import note_of
from tui.entities.endpoint import Secret
from tui.operations.requests import RequestLog, as_curl


@pytest.fixture
async def world(runtime: RunningRuntime, tmp_path: Path) -> AsyncIterator[World]:
    async with world_of(runtime, tmp_path) as world:
        yield world


async def test_requests_are_listed_with_method_status_time_and_the_same_as_curl(
    runtime: RunningRuntime, world: World
) -> None:
    await world.operations.triggers.create("logged")
    async with connected(runtime.endpoint) as stage:
        operations = stage.operations
        await operations.triggers.fire("logged", {"password": "s3cret-of-mine", "name": "Jane"})
        await stage.press("at")
        await stage.until(lambda: stage.row("POST", "/triggers/logged", "204"), "the request")
        await stage.until_said("asked", "answered", "curl")

        log: RequestLog = stage.app.requests  # type: ignore[attr-defined]
        key = runtime.endpoint.auth.reveal()
        assert "s3cret-of-mine" not in stage.text
        assert "@body.json" in as_curl(log.requests[-1], None)
        assert key.partition(":")[2] not in stage.text

        await stage.press("right_square_bracket")
        await stage.until(lambda: "messages" in stage.lines[1], "the other view")
        await stage.press("escape")
        assert not isinstance(stage.app.screen, LogScreen)


async def test_the_command_of_a_request_does_the_same(runtime: RunningRuntime, world: World) -> None:
    log = RequestLog()
    log.open()
    try:
        await world.operations.triggers.create("curled")
    finally:
        log.close()
    put = next(request for request in log.requests if request.method == "PUT")
    await world.operations.triggers.delete("curled")

    environ = {"PATH": "/usr/bin:/bin", "WHISK_AUTH": runtime.endpoint.auth.reveal()}
    command = ["/bin/sh", "-c", as_curl(put, put.body)]
    await asyncio.to_thread(run_program, command, env=environ, check=True, capture_output=True, timeout=30)

    assert "curled" in {trigger.name for trigger in await world.operations.triggers.list()}


async def test_a_request_that_nobody_answered_is_in_the_log_with_its_reason(runtime: RunningRuntime) -> None:
    nobody = replace(runtime.endpoint, url="http://127.0.0.1:9", auth=Secret("a:b"))
    async with whisktop(nobody) as stage:
        await stage.until(lambda: len(stage.app.requests.requests) > 0, "the attempt")  # type: ignore[attr-defined]
        await stage.press("at")
        await stage.until(lambda: stage.row("GET", "no answer", "/api/v1/namespaces"), "the row")
        await stage.until_said("nobody answered", "error")


async def test_what_the_footer_said_can_be_read_again(runtime: RunningRuntime) -> None:
    async with connected(runtime.endpoint) as stage:
        await stage.press("ctrl+r")
        await stage.until_said("reading the lists again")
        await stage.press("colon")
        await stage.type("messages")
        await stage.press("enter")

        await stage.until(lambda: isinstance(stage.app.screen, LogScreen), "the log")
        await stage.until(lambda: any("reading the lists again" in line for line in stage.lines[2:-1]), "the message")


async def test_a_message_that_had_no_room_is_read_whole_in_the_log(runtime: RunningRuntime) -> None:
    keys = {"main.zoom": "j", "no.such": "k", "nor.this": "l"}
    async with connected(runtime.endpoint, settings=Settings(keys=keys), size=(80, 24)) as stage:
        await stage.until(lambda: "keys of the configuration" in stage.lines[-1], "the report")
        assert "nor.this" not in stage.text

        await stage.press("at", "right_square_bracket")
        await stage.until_said("j is main.zoom and lines.down", "nor.this")


@pytest.mark.parametrize(
    ("environ", "sequence"),
    [
        ({}, "\x1b]9;my-worker: success\x07"),
        ({"TERM": "foot"}, "\x1b]777;notify;my-worker;success\x07"),
        ({"VTE_VERSION": "7000"}, "\x1b]777;notify;my-worker;success\x07"),
        ({"TMUX": "/tmp/tmux"}, "\x1bPtmux;\x1b\x1b]9;my-worker: success\x07\x1b\\"),
    ],
)
def test_a_note_is_written_in_the_words_of_the_terminal(environ: dict[str, str], sequence: str) -> None:
    assert desktop_note("my-worker", "success", environ) == sequence


def test_a_note_ends_nowhere_but_at_its_end() -> None:
    note = desktop_note("a\x07b\x1b]0;title\x07", "x;y", {})

    assert note.count("\x07") == 1
    assert note.count("\x1b") == 1
    assert note.count(";") == 1


@pytest.mark.parametrize(("bell", "focus", "rings"), [(True, False, 1), (True, True, 0), (False, False, 0)])
async def test_the_terminal_rings_when_a_job_of_ours_ends_unseen(
    runtime: RunningRuntime, monkeypatch: pytest.MonkeyPatch, bell: bool, focus: bool, rings: int
) -> None:
    async with connected(runtime.endpoint, bell=bell) as stage:
        app: Any = stage.app
        rung: list[str] = []
        monkeypatch.setattr(type(app), "bell", lambda _: rung.append("bell"))
        if not focus:
            app.post_message(events.AppBlur())
            await stage.until(lambda: not app.app_focus, "the blur")
        ours, theirs = run("ours"), run("theirs")
        main = app.screen_stack[0]
        main.own.add(ours.activation_id)
        for record in (ours, theirs):
            entry_id = record.activation_id
            stage.book.apply([batch(record)], now_ms=now_ms())
            entry = stage.book.find(entry_id)
            assert entry is not None
            entry.finished_at = 1.0

        main.show_changes(frozenset({ours.activation_id, theirs.activation_id}), now_ms())
        main.show_changes(frozenset({ours.activation_id}), now_ms())

        assert rung == ["bell"] * rings
        assert note_of([stage.book.find(ours.activation_id)])[0] == "ours"  # type: ignore[list-item]


def test_settings_ring_no_bell_unless_told_to() -> None:
    assert Settings().dashboard.bell is False
