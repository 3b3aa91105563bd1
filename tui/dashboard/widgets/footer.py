"""The last line: the keys that apply here, and at its right end what has to be said."""

import time
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from textual import events
from textual.binding import Binding
from textual.screen import Screen
from textual.timer import Timer

from ..render.keys import key_label
from ..render.line import Line, Span, gap, natural_width
from .drawn_line import DrawnLine

MESSAGE_S = 6.0
PALETTE_ID = "app.palette"
OPENS_ROW = "lines.open"
"""The key of every list that opens the row under its cursor."""
_BETWEEN = 3


class FooterKey(NamedTuple):
    """One key as the footer shows it."""

    key: str
    label: str
    enabled: bool
    binding: Binding

    @property
    def is_way_out(self) -> bool:
        """Help, or the way back: whoever is lost needs them."""
        name = self.binding.id or ""
        return name.endswith((".help", ".back", ".leave"))


class Told(NamedTuple):
    """One message as it was shown."""

    at_ms: int
    """Since the epoch."""
    line: Line

    @property
    def text(self) -> str:
        return "".join(span.text for span in self.line)


class Footer(DrawnLine):
    """Keys of the bindings that say `show`, in the order of their tables: the screen's first, then the widget's.

    A screen may have `footer_label(binding) -> str | None` to word a key for the moment (`""` leaves it out),
    `FOOTER_GIVES_WAY`: ends of the ids of keys that are left out first, and `footer_note() -> Line` for the right end
    while there is no message. Messages take the right end; keys that have no room beside them are left out.
    """

    DEFAULT_CSS = "Footer { dock: bottom; }"

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._message: Line = ()
        self._until_key = False
        self._timer: Timer | None = None
        self._spots: list[tuple[int, int, Binding]] = []
        self._drawn: Line = ()
        self._has_palette = False
        self._is_to_look = False

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._bindings_changed)

    def _bindings_changed(self, screen: Screen[object]) -> None:
        if self._drawn and not self._is_to_look:
            self._is_to_look = True
            self.call_next(self._look)

    def _look(self) -> None:
        """Once for all changes of one turn: mostly the same keys apply."""
        self._is_to_look, before = False, self._drawn
        if self.app.is_running and self.line(self.content_size.width) != before:
            self.redraw()

    # Messages

    @property
    def message(self) -> str:
        """What stands at the right end now."""
        return "".join(span.text for span in self._message)

    def say(self, message: str | Line, role: str = "muted", *, until_key: bool = False) -> None:
        """Show a sentence at the right end, for six seconds or until the next key."""
        self._message = (Span(message, role),) if isinstance(message, str) else tuple(message)
        self._until_key = until_key
        self._keep(self._message)
        if self._timer is not None:
            self._timer.stop()
        self._timer = None if until_key else self.set_timer(MESSAGE_S, self.clear)
        self.redraw()

    def _keep(self, message: Line) -> None:
        """In the app's log of messages, where it has one."""
        told: deque[Told] | None = getattr(self.app, "told", None)
        if told is not None and message:
            told.append(Told(int(time.time() * 1000), message))

    def clear(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        self._message = ()
        self.redraw()

    def key_pressed(self) -> None:
        """The user pressed a key: a message that waited for it goes."""
        if self._message and self._until_key:
            self.clear()

    # Drawing

    def keys(self) -> Iterator[FooterKey]:
        """Each binding once, by its first key."""
        label_of = getattr(self.screen, "footer_label", None)
        seen: set[str] = set()
        self._has_palette = False
        for _, active, active_enabled, _ in self.screen.active_bindings.values():
            binding, enabled = self._meant(active, active_enabled)
            name = binding.id or binding.action
            self._has_palette |= name == PALETTE_ID
            if not binding.show or name in seen or name == PALETTE_ID:
                continue
            seen.add(name)
            label = label_of(binding) if label_of else None
            label = binding.description if label is None else label
            if not label:
                continue
            yield FooterKey(key_label(binding.key_display or binding.key, self.glyphs), label, enabled, binding)

    def _meant(self, binding: Binding, enabled: bool) -> tuple[Binding, bool]:
        """A list's own `enter` only tells its screen, which may have a word for what that does then."""
        if binding.id != OPENS_ROW or binding.show:
            return binding, enabled
        for own in self.screen._bindings.key_to_bindings.get(binding.key, ()):
            return own, bool(self.app._check_action_state(own.action, self.screen))
        return binding, enabled

    def line(self, width: int) -> Line:
        self._drawn = self._laid_out(width)
        return self._drawn

    def _laid_out(self, width: int) -> Line:
        keys = self._kept(list(self.keys()), width)
        right = list(self._message) or self._note() or self._palette_key(keys, width)
        room = width - 1 - (natural_width(right) + 1 + _BETWEEN if right else 0)
        spans: list[Span] = [gap(1)]
        self._spots = []
        used = 1
        for number, (key, label, enabled, binding) in enumerate(keys):
            pieces = [
                Span(key, "primary bold" if enabled else "faint"),
                Span(f" {label}", "muted" if enabled else "faint"),
            ]
            between = _BETWEEN if number else 0
            size = natural_width(pieces)
            if used + between + size > room:
                break
            spans += [gap(between), *pieces]
            self._spots.append((used + between, used + between + size, binding))
            used += between + size
        if not right:
            return spans
        rest = width - used - natural_width(right) - 1
        return [*spans, gap(max(1, rest)), *right, gap(1)]

    def _note(self) -> list[Span]:
        note = getattr(self.screen, "footer_note", None)
        return list(note()) if note else []

    def _kept(self, keys: list[FooterKey], width: int) -> list[FooterKey]:
        """The keys without those that give way where there is not room for all; help and the way back stay."""
        for name in getattr(self.screen, "FOOTER_GIVES_WAY", ()):
            if _width(keys) <= width:
                break
            keys = [key for key in keys if not (key.binding.id or "").endswith(name)]
        while _width(keys) > width and (spare := [key for key in keys if not key.is_way_out]):
            keys = [key for key in keys if key is not spare[-1]]
        return keys

    def _palette_key(self, keys: list[FooterKey], width: int) -> list[Span]:
        right = [Span("ctrl+p", "primary bold"), Span(" palette", "muted")]
        needed = _width(keys) + natural_width(right) + 2
        return right if self._has_palette and needed <= width else []

    async def on_click(self, event: events.Click) -> None:
        for start, end, binding in self._spots:
            if start <= event.x < end:
                self.app.simulate_key(binding.key)
                return


def _width(keys: list[FooterKey]) -> int:
    """Cells that they take, with what stands between them."""
    return sum(len(key.key) + 1 + len(key.label) + _BETWEEN for key in keys)


def find_footer(screens: list[Screen[object]]) -> Footer | None:
    """The footer of the topmost screen that has one."""
    for screen in reversed(screens):
        for widget in reversed(screen.children):  # where every screen has it: a query would look at all there is
            if isinstance(widget, Footer):
                return widget
    return None
