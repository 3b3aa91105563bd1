"""The command line: words, their completion, and what they do from any screen."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.dashboard.stage import Stage, connected
from tests.dashboard.world import World, world_of
from tests.running import RunningRuntime
from tui.dashboard.app import WhisktopApp
from tui.dashboard.screens.command_line import CommandLine
from tui.dashboard.screens.command_words import Word, Words, best
from tui.errors import UsageError


@pytest.fixture
async def world(runtime: RunningRuntime, tmp_path: Path) -> AsyncIterator[World]:
    async with world_of(runtime, tmp_path) as world:
        yield world


def some_words() -> Words:
    def nothing(_: str) -> None: ...

    return Words(
        [
            Word("actions", "to the actions", nothing, "FILTER", optional=True),
            Word("activations", "to the activations", nothing, "FILTER", optional=True),
            Word("fire", "fire a trigger", nothing, "TRIGGER", lambda: ["upload", "nightly-upload"]),
            Word("quit", "leave", nothing),
            Word("main.zoom", "zoom", nothing, hidden=True),
        ]
    )


def offered(line: str) -> list[str]:
    return [candidate.text for candidate in some_words().candidates(line)]


def test_a_word_is_completed_by_its_beginning_and_its_argument_by_what_there_is() -> None:
    assert offered("act") == ["actions", "activations"]
    assert offered("f") == ["fire "]
    assert offered("fire ") == ["fire upload", "fire nightly-upload"]
    assert offered("fire ni") == ["fire nightly-upload"]
    assert "main.zoom" not in offered("")
    assert offered("main") == ["main.zoom"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("act", "act could be actions, activations."),
        ("fir", "fire needs TRIGGER."),
        ("quit now", "quit takes nothing after it."),
        ("quite", "There is no command quite."),
    ],
)
def test_a_line_that_means_nothing_is_refused_in_words(line: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        some_words().find(line)

    assert caught.value.message == said


def test_the_only_word_that_begins_so_is_meant() -> None:
    word, argument = some_words().find("  fi upload ")

    assert (word.name, argument) == ("fire", "upload")


def test_choices_that_begin_so_come_before_those_that_contain_it_and_those_alike() -> None:
    assert best("up", ["pick-up", "upload", "other"]) == ["upload", "pick-up"]
    assert best("upd", ["upload", "other"]) == ["upload"]


async def typed(stage: Stage, line: str) -> None:
    await stage.press("colon")
    await stage.until(lambda: isinstance(stage.app.screen, CommandLine), "the command line")
    await stage.type(line)
    await stage.press("enter")


async def test_words_lead_to_panels_things_runs_and_forms_from_any_screen(
    runtime: RunningRuntime, world: World
) -> None:
    await world.chain("spoken")
    record = await world.ran("spoken-worker", {})
    async with connected(runtime.endpoint) as stage:
        main = stage.app.screen
        await stage.until(lambda: record.activation_id in main.book.known, "the run")  # type: ignore[attr-defined]

        await typed(stage, "rules")
        assert main.current.NUMBER == 3  # type: ignore[attr-defined]

        await typed(stage, f"open {record.activation_id[:12]}")
        await stage.until_said(record.activation_id[:8], '"done": true')

        await typed(stage, "triggers")
        assert stage.app.screen is main
        assert main.current.NUMBER == 2  # type: ignore[attr-defined]

        await typed(stage, "fire spoken")
        await stage.until_said("Fire", "spoken")
        await stage.press("escape")

        await typed(stage, "fire nobody")
        assert "There is no trigger nobody." in stage.lines[-1]

        await typed(stage, "activations.pause")
        await stage.until_said("‖ paused")


async def test_tab_completes_and_what_was_typed_before_is_offered_again(runtime: RunningRuntime) -> None:
    async with connected(runtime.endpoint) as stage:
        await stage.press("colon", "t", "r", "tab", "enter")
        assert stage.app.screen.current.NUMBER == 2  # type: ignore[attr-defined]
        assert isinstance(stage.app, WhisktopApp)

        await stage.press("4", "colon")
        await stage.until_said("triggers", "again")
        await stage.press("down", "enter")

        assert stage.app.screen.current.NUMBER == 2  # type: ignore[attr-defined]


async def test_an_id_is_looked_for_on_the_platform_when_the_feed_has_not_told_it(
    runtime: RunningRuntime, world: World
) -> None:
    await world.action("sought")
    record = await world.ran("sought")
    async with connected(runtime.endpoint) as stage:
        entry = stage.book.find(record.activation_id)
        if entry is not None:
            stage.book.forget(entry)

        await typed(stage, f"open {record.activation_id[:14]}")

        await stage.until_said(record.activation_id[:8], '"done": true')
        await typed(stage, "open zzz")
        await stage.until_said("zzz is no activation id.")
