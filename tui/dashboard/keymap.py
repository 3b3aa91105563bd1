"""Keys by the id of what they do: the keymaps that ship, what the user's configuration changes, and which keys clash.

Textual lays a keymap over each binding table by itself and silently drops what stood on a key before; it never
compares the tables of a widget, its screen and the app. So clashes are looked for here.
"""

import pkgutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import import_module

from textual.binding import Binding, BindingType
from textual.screen import Screen

from tui.config import Settings

from .render.keys import named_keys

LAZYGIT: Mapping[str, str] = {
    "actions.add": "n",
    "triggers.add": "n",
    "rules.add": "n",
    "actions.delete": "d",
    "triggers.delete": "d",
    "rules.delete": "d",
    "main.zoom": "+",
    "lines.top": "<,g,home",
    "lines.bottom": ">,G,end",
    "lines.page_down": ".,ctrl+f,pagedown",
    "lines.page_up": "comma,ctrl+b,pageup",
}
"""Where lazygit's habits differ from k9s', whose keys are those in the tables."""
KEYMAPS: Mapping[str, Mapping[str, str]] = {"k9s": {}, "lazygit": LAZYGIT}

Tables = Iterable[Sequence[BindingType]]
Clash = tuple[str, tuple[str, ...]]
"""A key, and the ids that share it."""


def keys_in_force(settings: Settings) -> dict[str, str]:
    """Keys by binding id: those of the chosen keymap, and over them the user's own."""
    return {**KEYMAPS[settings.dashboard.keymap], **settings.keys}


def find_clashes(tables: Tables, keymap: Mapping[str, str]) -> list[Clash]:
    """Keys that mean two things at one place: each with the ids that share it.

    Args:
        tables: Binding tables that are in force together, such as a panel's, its list's, the screen's and the app's.
        keymap: Keys by binding id.
    """
    ids_by_key: dict[str, list[str]] = {}
    for table in tables:
        for binding in Binding.make_bindings(table):
            name = binding.id or binding.action
            for key in named_keys(keymap[name]) if name in keymap else [binding.key]:
                names = ids_by_key.setdefault(key, [])
                if name not in names:
                    names.append(name)
    return [(key, tuple(names)) for key, names in ids_by_key.items() if len(names) > 1]


def new_clashes(places: Iterable[Tables], keymap: Mapping[str, str]) -> list[Clash]:
    """Clashes that `keymap` brings about: at each place, those that the tables alone do not have."""
    found: set[Clash] = set()
    for place in places:
        tables = list(place)
        found |= {
            clash
            for clash in set(find_clashes(tables, keymap)) - set(find_clashes(tables, {}))
            if set(clash[1]) & set(keymap)
        }
    return sorted(found)


def unknown_ids(tables: Tables, keymap: Mapping[str, str]) -> list[str]:
    """Ids of the keymap that no binding has."""
    known = {binding.id for table in tables for binding in Binding.make_bindings(table)}
    return [name for name in keymap if name not in known]


def all_tables() -> Iterator[Sequence[BindingType]]:
    """The binding tables of every screen, panel and widget of the dashboard. Imports all of them."""
    for thing in _classes():
        yield vars(thing).get("BINDINGS", ())


def screen_tables() -> Iterator[list[Sequence[BindingType]]]:
    """For each screen, the tables that are in force on it whatever has the focus. Imports all of them."""
    for thing in _classes():
        if issubclass(thing, Screen):
            yield class_tables(thing)


def class_tables(thing: type) -> list[Sequence[BindingType]]:
    """The tables of a widget's class and of those of ours that it inherits from."""
    return [vars(owner)["BINDINGS"] for owner in thing.__mro__ if _is_ours(owner) and "BINDINGS" in vars(owner)]


def _is_ours(owner: type) -> bool:
    return owner.__module__.startswith(__package__)


def _classes() -> Iterator[type]:
    from . import panels, screens, widgets

    for package in (screens, panels, widgets):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            for thing in vars(import_module(module.name)).values():
                if isinstance(thing, type) and thing.__module__ == module.name:
                    yield thing
