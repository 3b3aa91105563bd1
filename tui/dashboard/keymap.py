"""Keys that the user's configuration gives to bindings, and which of them clash."""

import pkgutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import import_module

from textual.binding import Binding, BindingType


def find_clashes(
    tables: Iterable[Sequence[BindingType]], keymap: Mapping[str, str]
) -> list[tuple[str, tuple[str, ...]]]:
    """Keys that mean two things at one place: each with the ids that share it.

    Args:
        tables: Binding tables that are in force together, such as a panel's, its list's, the screen's and the app's.
        keymap: Keys by binding id, from the config.
    """
    ids_by_key: dict[str, list[str]] = {}
    for table in tables:
        for binding in Binding.make_bindings(table):
            name = binding.id or binding.action
            keys = keymap[name].split(",") if name in keymap else [binding.key]
            for key in keys:
                names = ids_by_key.setdefault(key.strip(), [])
                if name not in names:
                    names.append(name)
    return [(key, tuple(names)) for key, names in ids_by_key.items() if len(names) > 1]


def unknown_ids(tables: Iterable[Sequence[BindingType]], keymap: Mapping[str, str]) -> list[str]:
    """Ids of the keymap that no binding has."""
    known = {binding.id for table in tables for binding in Binding.make_bindings(table)}
    return [name for name in keymap if name not in known]


def all_tables() -> Iterator[Sequence[BindingType]]:
    """The binding tables of every screen and widget of the dashboard. Imports all of them."""
    from . import screens, widgets

    for package in (screens, widgets):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            for thing in vars(import_module(module.name)).values():
                if isinstance(thing, type) and thing.__module__ == module.name:
                    yield vars(thing).get("BINDINGS", ())
