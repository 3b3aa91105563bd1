"""All panels on one line, for screens that have room for one panel at a time."""

from msgspec import Struct

from ..render import formats
from ..render.line import Line, Span, gap, natural_width
from ..widgets.drawn_line import DrawnLine


class TabState(Struct, frozen=True):
    """One panel on the line."""

    number: int
    name: str
    count: int | None


class TabLine(DrawnLine):
    """`─ 1  Actions 6 ─ 2  Triggers 2 ─ 3  Rules 3 ─ 4  Activations 40 ────── 12 new ↑ ─`.

    Where there is not enough room for the end, the other panels give up their counts, then their names.
    """

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
        end = [gap(1), *self._end, gap(1), Span(self.glyphs.rule, "hairline")] if self._end else []
        for words in (2, 1, 0):
            spans = self._drawn(words)
            rest = width - natural_width(spans) - natural_width(end) - 1
            if rest >= 1:
                return [*spans, gap(1), Span(self.glyphs.rule * rest, "hairline"), *end]
        return [*self._drawn(0), *end]

    def _drawn(self, words: int) -> list[Span]:
        """All tabs; of those that are not shown, 2: name and count, 1: the name, 0: the number alone."""
        rule = self.glyphs.rule
        spans: list[Span] = []
        for tab in self._tabs:
            is_current = tab.number == self._current
            spans += [
                Span(f" {rule}", "hairline") if spans else Span(rule, "primary" if is_current else "hairline"),
                Span(f" {tab.number} ", "chip bold" if is_current else "chip-blurred"),
            ]
            if is_current or words:
                spans += [gap(1), Span(tab.name, "primary bold" if is_current else "foreground")]
            if tab.count is not None and (is_current or words == 2):
                spans.append(Span(f" {formats.count(tab.count)}", "faint"))
        return spans
