"""All panels on one line, for screens that have room for one panel at a time."""

from dataclasses import dataclass

from ..render import formats
from ..render.line import Line, Span, gap, natural_width
from ..widgets.drawn_line import DrawnLine


@dataclass(frozen=True, slots=True)
class TabState:
    """One panel on the line."""

    number: int
    name: str
    count: int | None


class TabLine(DrawnLine):
    """`─ 1  Actions 6 ─ 2  Triggers 2 ─ 3  Rules 3 ─ 4  Activations 40 ────── 12 new ↑ ─`."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._tabs: tuple[TabState, ...] = ()
        self._current = 0
        self._end: Line = ()

    def show(self, tabs: tuple[TabState, ...], current: int, end: Line = ()) -> None:
        """`current` is the number of the panel that is shown."""
        state = (tabs, current, tuple(end))
        if state != (self._tabs, self._current, self._end):
            self._tabs, self._current, self._end = state
            self.redraw()

    def line(self, width: int) -> Line:
        rule = self.glyphs.rule
        spans: list[Span] = []
        for tab in self._tabs:
            is_current = tab.number == self._current
            role = "primary" if is_current else "hairline"
            spans += [
                Span(rule if not spans else f" {rule}", role if not spans else "hairline"),
                Span(f" {tab.number} ", "chip bold" if is_current else "chip-blurred"),
                gap(1),
                Span(tab.name, "primary bold" if is_current else "foreground"),
                Span("" if tab.count is None else f" {formats.count(tab.count)}", "faint"),
            ]
        rest = width - natural_width(spans) - natural_width(self._end) - 1
        if rest < 1:
            return spans
        return [*spans, gap(1), Span(rule * rest, "hairline"), *self._end]
