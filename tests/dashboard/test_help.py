"""Help is made from the keys themselves, so none can be missing."""

from collections.abc import Sequence
from typing import Any

import pytest
from textual.binding import Binding, BindingType
from textual.screen import Screen

from tests.dashboard.stage import connected
from tests.running import RunningRuntime
from tui.dashboard.app import WhisktopApp
from tui.dashboard.keymap import all_tables, find_clashes, unknown_ids
from tui.dashboard.panels.actions import ActionsPanel
from tui.dashboard.panels.feed import FeedPanel
from tui.dashboard.panels.rules import RulesPanel
from tui.dashboard.panels.triggers import TriggersPanel
from tui.dashboard.render.glyphs import UNICODE
from tui.dashboard.render.keys import key_label
from tui.dashboard.screens.action import ActionScreen
from tui.dashboard.screens.activation import ActivationScreen
from tui.dashboard.screens.help import HelpScreen, collect
from tui.dashboard.screens.main import MainScreen
from tui.dashboard.screens.trace import TraceScreen
from tui.dashboard.widgets.line_view import LineView

PANELS = (ActionsPanel, TriggersPanel, RulesPanel, FeedPanel)
TABLES: tuple[Sequence[BindingType], ...] = (
    *(panel.BINDINGS for panel in PANELS),
    LineView.BINDINGS,
    MainScreen.BINDINGS,
    WhisktopApp.BINDINGS,
)


def bindings() -> list[Binding]:
    return [binding for table in TABLES for binding in Binding.make_bindings(table)]


def test_every_key_of_the_main_screen_has_an_id_and_a_tooltip() -> None:
    assert [binding for binding in bindings() if not binding.id or not binding.tooltip] == []


def test_no_key_means_two_things_at_one_place() -> None:
    for panel in PANELS:
        clashes = find_clashes((panel.BINDINGS, LineView.BINDINGS, MainScreen.BINDINGS, WhisktopApp.BINDINGS), {})
        # a panel's own `enter` opens its row: its list leaves that key to it
        assert [clash for clash in clashes if clash[0] != "enter"] == []


def test_a_keymap_is_checked_against_the_keys_that_stay() -> None:
    clashes = find_clashes((MainScreen.BINDINGS, LineView.BINDINGS), {"main.zoom": "j"})

    assert clashes == [("j", ("main.zoom", "lines.down"))]
    assert unknown_ids(TABLES, {"main.zoom": "Z", "main.zom": "Z"}) == ["main.zom"]


def test_keys_of_every_screen_can_be_remapped() -> None:
    keymap = {"run.logs": "L", "trace.open": "o", "results.fold": "f", "form.send": "ctrl+x", "no.such": "k"}

    assert unknown_ids(all_tables(), keymap) == ["no.such"]


def test_a_remapped_key_is_the_one_that_help_shows() -> None:
    entries = collect([("Screen", MainScreen.BINDINGS)], {"main.zoom": "Z"})

    assert next(entry.keys for entry in entries if entry.binding_id == "main.zoom") == ("Z",)


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_every_key_appears_in_help(runtime: RunningRuntime, size: tuple[int, int]) -> None:
    async with connected(runtime.endpoint, size=size) as stage:
        await stage.press("question_mark")
        help_screen = stage.app.screen
        assert isinstance(help_screen, HelpScreen)
        source = help_screen.query_one(LineView).source
        width = help_screen.query_one(LineView).size.width - 3
        text = "\n".join("".join(span.text for span in source.line_at(index, width)) for index in range(len(source)))

        for binding in bindings():
            assert key_label(binding.key, UNICODE) in text
            assert str(binding.tooltip)[:20] in text


async def test_typing_finds_a_key_by_its_word_and_escape_leaves(runtime: RunningRuntime) -> None:
    async with connected(runtime.endpoint) as stage:
        await stage.press("question_mark")
        await stage.press(*"pause")
        await stage.until_said("pause or resume the feed")
        assert "one row down" not in stage.text

        await stage.press("escape", "escape")

        assert len(stage.app.screen_stack) == 1


async def test_other_screens_list_their_keys_too(runtime: RunningRuntime) -> None:
    async with connected(runtime.endpoint) as stage:
        main = stage.app.screen
        screens: tuple[Screen[Any], ...] = (
            ActivationScreen(main.operations, "0" * 32, state=main.book),  # type: ignore[attr-defined]
            TraceScreen(main.operations, "0" * 32, main.book),  # type: ignore[attr-defined]
            ActionScreen(main.operations, "nothing", state=main.book),  # type: ignore[attr-defined]
        )
        for screen in screens:
            stage.app.push_screen(screen)
            await stage.pilot.pause()
            await stage.press("question_mark")
            assert isinstance(stage.app.screen, HelpScreen)
            source = stage.app.screen.query_one(LineView).source
            text = "\n".join("".join(span.text for span in source.line_at(index, 90)) for index in range(len(source)))
            for binding in Binding.make_bindings((*screen.BINDINGS, *LineView.BINDINGS)):
                assert binding.id
                assert binding.tooltip
                assert binding.tooltip[:20] in text
            assert "pause or resume the feed" not in text
            await stage.press("escape", "escape")


async def test_help_shows_the_ids_to_remap_by(runtime: RunningRuntime) -> None:
    async with connected(runtime.endpoint) as stage:
        await stage.press("question_mark", "ctrl+t")

        await stage.until_said("activations.open", "lines.down")
