"""Watching the file of an action by key: from the save to the new result, errors inline, several at once."""

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tests.dashboard.stage import Stage, connected
from tests.dashboard.world import World, world_of
from tests.journeys.by_key import go_to_row
from tests.running import RunningRuntime
from tui.dashboard.render.glyphs import choose_glyphs
from tui.dashboard.render.line import plain_text
from tui.dashboard.render.watch_rows import value_lines, watching_note
from tui.errors import UsageError
from tui.operations import open_operations
from tui.operations.watching import Watch

SAYS = "def main(args):\n    return {{'said': '{word}', 'to': args.get('name')}}\n"
BOUND_S = 2.0


@pytest.fixture
async def world(runtime: RunningRuntime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    monkeypatch.chdir(tmp_path)
    async with world_of(runtime, tmp_path) as world:
        yield world


async def watch(stage: Stage, path: Path) -> None:
    """Begin at the row of the action, whose file nobody has told yet."""
    await go_to_row(stage, "1", path.stem)
    await stage.press("w")
    await stage.until_said(f"Watch for {path.stem}")
    await stage.type(path.name)
    await stage.press("enter")
    await stage.until_said("Watched", "Every save is deployed")


async def invoke_with(stage: Stage, name: str, text: str) -> None:
    await go_to_row(stage, "1", name)
    await stage.press("f")
    await stage.until_said("Payload")
    stage.app.screen.editor.load_text(text)  # type: ignore[attr-defined]
    await stage.press("ctrl+b")
    await stage.until_said("Result")
    await stage.press("escape")


async def test_a_save_is_on_the_screen_as_a_new_result_within_two_seconds(
    runtime: RunningRuntime, world: World
) -> None:
    await world.action("watched-soon", SAYS.format(word="old"))
    path = world.folder / "watched-soon.py"
    async with connected(runtime.endpoint) as stage:
        await invoke_with(stage, "watched-soon", '{"name": "Jane"}')
        await watch(stage, path)

        took_s = []
        for number in range(3):  # one slow moment of a loaded machine does not count
            saved_at = time.monotonic()
            path.write_text(SAYS.format(word=f"new {number}"))
            await stage.until_said(f'"said": "new {number}"', "is deployed")
            took_s.append(time.monotonic() - saved_at)
        assert min(took_s) < BOUND_S

        assert '"to": "Jane"' in stage.text
        assert stage.row("- ", '"said": "new 1"')
        assert stage.row("+ ", '"said": "new 2"')
        assert "+1 -1" in stage.row("Changed in the result")
        await stage.press("enter")
        await stage.until_said("Result", "new 2")
        await stage.press("escape")

        path.write_text("def main(args:\n")
        await stage.until_said("line 1, column", "0.0.4 stays deployed.")
        assert '"said": "new 2"' in stage.text


async def test_saves_are_deployed_over_the_connection_that_came_after_the_first(
    runtime: RunningRuntime, world: World
) -> None:
    await world.action("watched-again", SAYS.format(word="old"))
    path = world.folder / "watched-again.py"
    async with connected(runtime.endpoint) as stage:
        await watch(stage, path)
        main: Any = stage.app.screen_stack[0]
        path.write_text(SAYS.format(word="first"))
        await stage.until_said('"said": "first"', "0.0.2 is deployed")

        async with open_operations(runtime.endpoint) as second:
            main.operations.lock()  # nothing goes over the first any more
            main.attach(second)
            path.write_text(SAYS.format(word="second"))
            await stage.until_said('"said": "second"', "0.0.3 is deployed")
            assert main.watches["watched-again"].saves == 2


async def test_several_are_watched_and_told_in_the_footer_until_their_keys_end_them(
    runtime: RunningRuntime, world: World
) -> None:
    names = ("watched-one", "watched-two")
    for name in names:
        await world.action(name)
    async with connected(runtime.endpoint) as stage:
        for name in names:
            await watch(stage, world.folder / f"{name}.py")
            await stage.press("escape")
        await stage.until(lambda: "watching watched-one, watched-two" in stage.lines[-1], "the note")
        (world.folder / "watched-one.py").write_text("def main(")
        await stage.until(lambda: "✗ watched-one" in stage.lines[-1], "the trouble")

        await go_to_row(stage, "1", "watched-one")
        await stage.press("w")
        await stage.until(lambda: "watching watched-two" in stage.lines[-1], "one of them")
        await stage.press("ctrl+w")
        await stage.until_said("Watches", "watched-two")
        await stage.press("w")
        await stage.until_said("Nothing is watched")
        await stage.press("escape")
        assert "watching" not in stage.lines[-1]

        await go_to_row(stage, "1", "watched-two")
        await stage.press("w")
        await stage.until_said("Watched", "Every save is deployed")  # its file is known now
        saves_before = (await world.operations.actions.get("watched-two")).version
    (world.folder / "watched-two.py").write_text(SAYS.format(word="after the end"))
    assert (await world.operations.actions.get("watched-two")).version == saves_before


async def test_what_cannot_be_watched_is_said(runtime: RunningRuntime, world: World) -> None:
    await world.action("watched-step")
    await world.operations.actions.create_sequence("watched-sequence", ["watched-step"])
    async with connected(runtime.endpoint) as stage:
        await go_to_row(stage, "1", "watched-sequence")
        await stage.press("w")
        await stage.until_said("a sequence has no file of its own")
        await stage.press("colon")
        await stage.type("watch watched-step.py")
        await stage.press("enter")
        await stage.until_said("watched-sequence cannot be watched")
        await stage.press("escape")
        await go_to_row(stage, "1", "watched-step")
        await stage.press("w")
        await stage.until_said("Watch for watched-step")
        await stage.type("/no.py")
        await stage.press("enter")
        await stage.until_said("there is no file /no.py")


async def test_in_production_a_watch_is_asked_for(runtime: RunningRuntime, world: World) -> None:
    await world.action("watched-prod")
    async with connected(replace(runtime.endpoint, production=True)) as stage:
        await go_to_row(stage, "1", "watched-prod")
        await stage.press("w")
        await stage.until_said("Watch for watched-prod")
        await stage.type("watched-prod.py")
        await stage.press("enter")
        await stage.until_said("PROD", "Deploy watched-prod at every save?")
        await stage.press("y")
        await stage.until_said("Every save is deployed")


def test_many_watches_are_counted_and_only_those_in_trouble_named() -> None:
    watches = [Watch(action=f"worker-{letter}", path=Path("gone.py"), payload=dict) for letter in "abc"]
    watches[1].trouble = UsageError("line 3: it is broken")

    note = "".join(span.text for span in watching_note(watches, choose_glyphs("unicode")))

    assert note == "watching 3 files ✗ worker-b"


def test_secrets_in_a_list_of_results_stay_hidden_until_they_are_asked_for() -> None:
    hidden = [plain_text(line) for line in value_lines([{"token": "not-to-be-seen"}], revealed=False)]

    assert any("token" in line for line in hidden)
    assert not any("not-to-be-seen" in line for line in hidden)
    assert any(
        "not-to-be-seen" in plain_text(line) for line in value_lines([{"token": "not-to-be-seen"}], revealed=True)
    )
