"""One payload many times, or a file of payloads, by key: progress, outcomes, a stop, and the way to each run."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tests.dashboard.stage import Stage, connected
from tests.dashboard.world import World, waits_for, world_of
from tests.journeys.by_key import go_to_row, reach_field
from tests.running import RunningRuntime
from tui.dashboard.screens.many import ManyScreen
from tui.dashboard.screens.many_form import ManyForm

PICKY = """\
def main(args):
    if args["n"] == 3:
        return {"error": "three is refused"}
    return {"n": args["n"], "token": "not-to-be-seen"}
"""


@pytest.fixture
async def world(runtime: RunningRuntime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    monkeypatch.chdir(tmp_path)
    async with world_of(runtime, tmp_path) as world:
        yield world


async def open_form(stage: Stage, panel: str, name: str, text: str) -> None:
    await go_to_row(stage, panel, name)
    await stage.press("f")
    await stage.until_said("Payload", "ctrl+n many")
    stage.app.screen.editor.load_text(text)  # type: ignore[attr-defined]
    await stage.pilot.pause()
    await stage.press("ctrl+n")
    await stage.until_said("many times", "or a file")


async def fill(stage: Stage, label: str, text: str) -> None:
    await reach_field(stage, label)
    await stage.press("end", *["backspace"] * 6)
    await stage.type(text)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_payload_goes_out_many_times_and_each_outcome_is_seen(
    runtime: RunningRuntime, world: World, size: tuple[int, int]
) -> None:
    name = f"repeated-counted-{size[0]}"
    await world.action(name, PICKY)
    async with connected(runtime.endpoint, size=size) as stage:
        await open_form(stage, "1", name, '{"n": "{{n}}"}')
        await fill(stage, "times", "5")
        await stage.press("ctrl+s")
        await stage.until_said("5 of 5  done", "success 4", "app error 1")

        assert "not-to-be-seen" not in stage.text
        await stage.press("exclamation_mark")
        await stage.until(lambda: "success  " not in stage.text, "the failures alone")
        assert "three is refused" in stage.row("3", "app error")
        await stage.press("enter")
        await stage.until_said("Result", "three is refused")
        await stage.press("escape", "escape")
        await stage.until(lambda: stage.app.screen is stage.app.screen_stack[0], "the main screen")


async def test_a_file_gives_a_payload_a_line_and_bad_lines_are_named(runtime: RunningRuntime, world: World) -> None:
    await world.chain("repeated-lines", PICKY)
    (world.folder / "lines.jsonl").write_text('{"n": 1}\n{"n": }\n\n{"n": 3}\n{"n": 4}\n')
    async with connected(runtime.endpoint) as stage:
        await open_form(stage, "2", "repeated-lines", "{}")
        await fill(stage, "or a file", "gone.jsonl")
        await stage.press("ctrl+s")
        await stage.until_said("there is no file gone.jsonl")
        await stage.press(*["backspace"] * 10)
        await stage.type("lines.jsonl")
        await stage.press("ctrl+s")

        await stage.until_said("4 of 4  done", "success 2", "app error 1", "not sent 1")
        assert "line 1, column 7" in stage.row("  2  ", "not sent")
        await stage.press("enter")
        await stage.until_said("repeated-lines-worker", "repeated-lines-rule")


async def test_a_stop_begins_no_more_and_leaves_what_runs_alone(runtime: RunningRuntime, world: World) -> None:
    gate = world.folder / "gate"
    await world.action("repeated-stopped", waits_for(gate))
    async with connected(runtime.endpoint) as stage:
        await open_form(stage, "1", "repeated-stopped", "{}")
        await fill(stage, "times", "20")
        await fill(stage, "at a time", "2")
        await stage.press("ctrl+s")
        await stage.until_said("0 of 20", "2 under way")
        await stage.press("x")
        await stage.until_said("no more are begun")
        gate.touch()
        await stage.until_said("20 of 20  stopped", "success 2", "left out 18")


async def test_nothing_is_sent_where_the_form_is_wrong_or_left(runtime: RunningRuntime, world: World) -> None:
    await world.action("repeated-wrong", PICKY)
    async with connected(runtime.endpoint) as stage:
        await open_form(stage, "1", "repeated-wrong", '{"n": 1}')
        await fill(stage, "times", "many")
        await fill(stage, "pace", "fast")
        await fill(stage, "at a time", "0")
        await stage.until_said("a number from 1 to 100k", "written as 10/s", "2 fields to mend first")
        await stage.press("ctrl+s")
        await stage.press("escape")
        await stage.until_said("Payload")
        await stage.press("escape")
        assert await world.operations.activations.list(name="repeated-wrong") == ()


async def test_in_production_many_are_asked_for_once(runtime: RunningRuntime, world: World) -> None:
    await world.action("repeated-asked", PICKY)
    async with connected(replace(runtime.endpoint, production=True)) as stage:
        await open_form(stage, "1", "repeated-asked", '{"n": 1}')
        await stage.press("ctrl+s")
        await stage.until_said("PROD", "Invoke repeated-asked 10 times?")
        assert not isinstance(stage.app.screen, ManyScreen)
        await stage.press("y")
        await stage.until_said("10 of 10  done")


def test_a_number_of_thousands_of_digits_is_too_much_like_any_other() -> None:
    form: Any = ManyForm(None, "action", "repeated", "{}", None, None)  # type: ignore[arg-type]

    errors = form.check({"times": "9" * 5000, "file": "", "rate": "", "at_once": "9" * 5000})

    assert set(errors) == {"times", "at_once"}
