"""Keymaps: every shipped one is free of clashes on every screen, and every key can be reached in three ways."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from textual.binding import Binding, BindingType
from textual.screen import Screen

from tests.dashboard.stage import connected
from tests.running import RunningRuntime
from tui.config import Settings
from tui.dashboard.app import WhisktopApp
from tui.dashboard.keymap import (
    KEYMAPS,
    all_tables,
    class_tables,
    find_clashes,
    keys_in_force,
    new_clashes,
    screen_tables,
    unknown_ids,
)
from tui.dashboard.panels.panel import Panel
from tui.dashboard.render.glyphs import UNICODE
from tui.dashboard.render.keys import key_label, named_keys
from tui.dashboard.screens.action import ActionScreen
from tui.dashboard.screens.activation import ActivationScreen
from tui.dashboard.screens.commands import PANEL_TABLES
from tui.dashboard.screens.help import collect, tables_of
from tui.dashboard.screens.log_screen import LogScreen
from tui.dashboard.screens.main import MainScreen
from tui.dashboard.screens.main_words import MainWords
from tui.dashboard.screens.offers import key_offers
from tui.dashboard.screens.packages import PackagesScreen
from tui.dashboard.screens.thing import ThingScreen
from tui.dashboard.screens.trace import TraceScreen
from tui.dashboard.screens.wiring import WiringScreen
from tui.dashboard.widgets.line_view import LineView

SHARED = (LineView.BINDINGS, MainScreen.BINDINGS, WhisktopApp.BINDINGS)


def places() -> list[Sequence[Sequence[BindingType]]]:
    return [
        *((panel.BINDINGS, Panel.BINDINGS, *SHARED) for panel in PANEL_TABLES),
        *((*tables, LineView.BINDINGS, WhisktopApp.BINDINGS) for tables in screen_tables()),
    ]


@pytest.mark.parametrize("name", KEYMAPS)
def test_a_shipped_keymap_names_keys_that_exist_and_brings_no_clash(name: str) -> None:
    assert unknown_ids([*all_tables(), WhisktopApp.BINDINGS], KEYMAPS[name]) == []
    assert new_clashes(places(), KEYMAPS[name]) == []


def test_a_clash_is_found_where_two_tables_meet() -> None:
    (key, names), *others = new_clashes([SHARED], {"main.zoom": "?"})

    assert (key, set(names), others) == ("question_mark", {"main.zoom", "main.help"}, [])
    assert find_clashes([PANEL_TABLES[0].BINDINGS], {"actions.add": "x"}) == [("x", ("actions.add", "actions.delete"))]


def test_own_keys_lie_over_the_keymap_that_was_chosen() -> None:
    settings = Settings(keys={"main.zoom": "Z"})
    lazygit = replace(settings, dashboard=replace(settings.dashboard, keymap="lazygit"))

    assert keys_in_force(settings) == {"main.zoom": "Z"}
    assert keys_in_force(lazygit)["main.zoom"] == "Z"
    assert keys_in_force(lazygit)["actions.delete"] == "d"


def test_signs_in_a_keymap_are_read_as_keys() -> None:
    assert named_keys("?, ctrl+x,Z,comma") == ["question_mark", "ctrl+x", "Z", "comma"]


async def test_lazygits_keys_work_and_stand_in_the_footer(runtime: RunningRuntime) -> None:
    async with connected(runtime.endpoint, keymap="lazygit", size=(160, 45)) as stage:
        await stage.press("1")
        assert "n add" in stage.lines[-1]

        await stage.press("plus")
        assert "Triggers" not in stage.text
        await stage.press("plus")
        assert "Triggers" in stage.text


async def test_every_key_of_every_panel_is_in_the_palette_and_a_word_of_the_command_line(
    runtime: RunningRuntime,
) -> None:
    async with connected(runtime.endpoint) as stage:
        for panel in stage.app.screen.query(Panel):
            panel.focus_lines()
            await stage.pilot.pause()
            wanted = {
                binding.id
                for table in (panel.BINDINGS, Panel.BINDINGS, MainScreen.BINDINGS, WhisktopApp.BINDINGS)
                for binding in Binding.make_bindings(table)
            }
            offered = {offer.binding_id for offer in key_offers(stage.app.screen)}
            assert wanted - offered <= {"app.palette", "app.command"}

        words = MainWords(stage.app.screen).words()  # type: ignore[arg-type]
        for table in (*(panel.BINDINGS for panel in PANEL_TABLES), *SHARED):
            for binding in Binding.make_bindings(table):
                assert binding.id is not None
                assert words.find(binding.id)[0].name == binding.id


async def test_every_key_of_every_view_is_in_its_help_and_its_palette(runtime: RunningRuntime) -> None:
    async with connected(runtime.endpoint) as stage:
        name = "keymaps-trigger"
        await stage.operations.triggers.create(name)
        trigger = await stage.operations.triggers.get(name)
        views: list[Screen[Any]] = [
            PackagesScreen(stage.operations),
            WiringScreen(stage.operations, trigger),
            ThingScreen(stage.operations, trigger, state=stage.book),
            ActionScreen(stage.operations, "nothing", state=stage.book),
            ActivationScreen(stage.operations, "0" * 32, state=stage.book),
            TraceScreen(stage.operations, "0" * 32, stage.book),
            LogScreen(stage.app.requests, stage.app.told, 0),  # type: ignore[attr-defined]
        ]
        for screen in views:
            await stage.open(screen)
            wanted = {b.id for table in class_tables(type(screen)) for b in Binding.make_bindings(table) if b.tooltip}
            offered = {offer.binding_id for offer in key_offers(screen)}
            told = {entry.binding_id for entry in collect(tables_of(screen), {})}

            assert wanted
            assert wanted - offered <= {"trace.turn_on"}, screen  # a key of rules that are off, and of nothing else
            assert wanted - told == set(), screen
            stage.app.pop_screen()
            await stage.pilot.pause()


def test_the_readmes_keys_are_the_real_ones() -> None:
    """Every key that the table names is bound; what it leaves out, help shows."""
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    table = readme.partition("## Keys")[2].partition("## ")[0]
    named = {key for row in re.findall(r"^\|([^|]+)\|", table, re.M) for key in re.findall(r"`([^`]+)`", row)}
    bound = {
        key_label(binding.key, UNICODE)
        for each in (*all_tables(), WhisktopApp.BINDINGS)
        for binding in Binding.make_bindings(each)
    } | {"enter"}

    assert len(named) > 20
    assert named - bound == set()
