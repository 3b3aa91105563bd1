"""What can be done here and now, by key: for the palette and for the command line."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import Any

from msgspec import Struct
from textual.binding import Binding
from textual.dom import DOMNode
from textual.screen import Screen
from textual.widget import Widget

_MOVES = ("lines.", "app.palette", "app.command")
"""Beginnings of ids of keys that are not worth a line: whoever types a word moves already."""


class KeyOffer(Struct, frozen=True):
    """One key of the screen on top, or of the panel that has the focus."""

    binding_id: str
    key: str
    text: str
    """What it does, in lower case."""
    reason: str | None
    """Why it cannot be done now; `None` where it can."""
    run: Callable[[], Awaitable[Any]]


def key_offers(screen: Screen[Any]) -> Iterator[KeyOffer]:
    """Every key that exists here, those that cannot apply now with the reason."""
    seen: set[str] = set()
    for node, binding, enabled, tooltip in screen.active_bindings.values():
        if not tooltip or binding.id is None or binding.id in seen or binding.id.startswith(_MOVES):
            continue
        seen.add(binding.id)
        reason = None if enabled else reason_of(screen, binding)
        run = partial(screen.app.run_action, binding.action, node)
        yield KeyOffer(binding.id, binding.key, tooltip, reason, run)


def reason_of(screen: Screen[Any], binding: Binding) -> str:
    """Why a greyed key does nothing now."""
    explain = getattr(screen, "reason_disabled", None)
    reason = explain(binding.action) if explain else None
    return reason or "it cannot be done here and now"


def bound_here(screen: Screen[Any]) -> dict[str, tuple[DOMNode, Binding]]:
    """Every binding with an id on a screen, whatever has the focus, and where it belongs."""
    found: dict[str, tuple[DOMNode, Binding]] = {}
    for node in (*screen.walk_children(Widget), screen, screen.app):
        if not node.display and node is not screen.app:
            continue
        for bindings in node._bindings.key_to_bindings.values():
            for binding in bindings:
                if binding.id is not None:
                    found.setdefault(binding.id, (node, binding))
    return found
