"""What is wrong with the keys of a configuration, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual.binding import BindingType

from tui.config import Settings

from ..keymap import Tables, all_tables, class_tables, find_clashes, new_clashes, screen_tables, unknown_ids
from ..widgets.line_view import LineView
from .commands import PANEL_TABLES
from .main import MainScreen
from .own_commands import own_bindings
from .places import PANEL_NAMES

_COMMAND = "commands."


def key_troubles(settings: Settings, keys: Mapping[str, str], app_table: Sequence[BindingType]) -> list[str]:
    """Keys that mean two things, ids that nothing has, and panels of commands that there are not.

    Args:
        keys: Keys by binding id, those of the chosen keymap included.
    """
    own = settings.keys
    if not own and not settings.commands:
        return []
    main = [(*class_tables(panel), *class_tables(MainScreen), LineView.BINDINGS, app_table) for panel in PANEL_TABLES]
    others: list[Tables] = [(*tables, LineView.BINDINGS, app_table) for tables in screen_tables()]
    clashes = [clash for clash in new_clashes([*main, *others], keys) if set(clash[1]) & set(own)]
    clashes += _command_clashes(main, settings, keys)
    texts = [f"{key} is {' and '.join(names)}" for key, names in clashes]
    texts += [f"there is no key with the id {name}" for name in _unknown(settings, app_table)]
    for name, command in settings.commands.items():
        if command.panel is not None and command.panel not in PANEL_NAMES:
            texts.append(f"command {name} is for a panel {command.panel}, which there is not")
    return texts


def _command_clashes(
    main: Sequence[Tables], settings: Settings, keys: Mapping[str, str]
) -> list[tuple[str, tuple[str, ...]]]:
    found = set()
    for number, place in enumerate(main):
        here = [
            own_bindings(name, command)
            for name, command in settings.commands.items()
            if command.key and command.panel in (None, PANEL_NAMES[number])
        ]
        found.update(find_clashes([*place, *here], keys))
    return sorted(clash for clash in found if any(name.startswith(_COMMAND) for name in clash[1]))


def _unknown(settings: Settings, app_table: Sequence[BindingType]) -> list[str]:
    commands = {f"{_COMMAND}{name}" for name in settings.commands}
    names = unknown_ids([*all_tables(), app_table], settings.keys) if settings.keys else []
    return [name for name in names if name not in commands]
