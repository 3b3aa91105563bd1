"""The last hour at a glance: how many runs ended in each slice of it, how many failed, and how long they took."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from textual.app import ComposeResult
from textual.geometry import Size
from textual.widget import Widget

from tui.entities.activation import State
from tui.entities.percentile import percentile

from ..render import formats
from ..render.bars import columns
from ..render.entry import Entry
from ..render.glyphs import glyphs_of
from ..render.line import Line, Span, gap
from ..widgets.line_view import LineView
from ..widgets.title_line import TitleLine
from .activation_book import MINUTE_MS, ActivationBook

HEIGHT = 10
"""Lines, title included."""
_CHART_ROWS = 4
_MINUTES = 60
_EVERY_MS = 1000
_RUNS_READ = 2000
"""At most so many of the newest runs tell the percentiles."""


class _Run(NamedTuple):
    """What the figures need of one."""

    start_ms: int
    is_cold: bool
    took_ms: int | None
    """Where it went well."""

    @classmethod
    def of(cls, entry: Entry) -> _Run:
        record = entry.activation
        if record is None or record.is_trigger:
            return cls(entry.start_ms, is_cold=False, took_ms=None)
        took_ms = record.duration_ms if entry.state is State.SUCCESS else None
        return cls(entry.start_ms, is_cold=record.init_ms is not None, took_ms=took_ms)


class LastHour(Widget):
    """A chart and three lines of figures."""

    DEFAULT_CSS = "LastHour { layout: vertical; }"

    def __init__(self, book: ActivationBook, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._book = book
        self._shown: object = None
        self._shown_ms = 0
        self._shown_size: Size | None = None
        self._known: dict[str, _Run] = {}
        """Of records kept by the book."""
        self._past: list[_Run] = []
        self._past_key: object = None

    def compose(self) -> ComposeResult:
        yield TitleLine("Last hour", state=[Span("all actions", "muted")])
        lines = LineView(cursor=False)
        lines.can_focus = False
        yield lines

    def refresh_at(self, now_ms: int, known_since_ms: int | None) -> None:
        """Draw again where a minute passed or something ended; at most once a second, since it looks at many runs."""
        if self.size == self._shown_size and 0 <= now_ms - self._shown_ms < _EVERY_MS:
            return
        key = (now_ms // MINUTE_MS, self._book.counts.succeeded, self._book.counts.failed, self.size, known_since_ms)
        if key != self._shown and self.size.width:
            self._shown, self._shown_ms, self._shown_size = key, now_ms, self.size
            self.query_one(LineView).show_lines(self._lines(now_ms, known_since_ms))

    def _lines(self, now_ms: int, known_since_ms: int | None) -> list[Line]:
        width, glyphs = max(10, self.size.width - 3), glyphs_of(self)
        now = now_ms // MINUTE_MS
        first = now - _MINUTES + 1
        total, failed = self._slices(first, width, known_since_ms)
        lines: list[Line] = [(Span(row, "dim-chart"),) for row in columns(total, _CHART_ROWS, glyphs)]
        lines += [(Span(row, "error"),) for row in columns(failed, 1, glyphs)]
        since = formats.clock(first * MINUTE_MS)[:5]
        lines.append((Span(since, "faint"), gap(width - len(since) - 3), Span("now", "faint")))
        return lines + self._figures(first)

    def _slices(
        self, first: int, width: int, known_since_ms: int | None
    ) -> tuple[list[float | None], list[float | None]]:
        """Runs ended and failed per column; nothing where nothing is known."""
        total: list[float | None] = []
        failed: list[float | None] = []
        for column in range(width):
            begin = first + column * _MINUTES // width
            minutes = range(begin, max(begin + 1, first + (column + 1) * _MINUTES // width))
            unknown = known_since_ms is None or minutes.stop * MINUTE_MS <= known_since_ms
            found = [] if unknown else [counts for minute in minutes if (counts := self._book.minutes.get(minute))]
            total.append(sum(counts.succeeded + counts.failed for counts in found) if found else None)
            failed.append(sum(counts.failed for counts in found) if found else None)
        return total, failed

    def _figures(self, first: int) -> list[Line]:
        glyphs = glyphs_of(self)
        succeeded = sum(counts.succeeded for minute, counts in self._book.minutes.items() if minute >= first)
        failed = sum(counts.failed for minute, counts in self._book.minutes.items() if minute >= first)
        cold, durations = self._runs_since(first * MINUTE_MS)
        durations.sort()
        rows = (
            (glyphs.success, "success", succeeded, "ok", "p50", 0.5),
            (glyphs.error, "error", failed, "failed", "p95", 0.95),
            (glyphs.cold, "foreground", cold, "cold", "p99", 0.99),
        )
        lines: list[Line] = []
        for glyph, role, number, label, name, share in rows:
            took = formats.duration(percentile(durations, share)) if durations else ""
            lines.append(
                (
                    Span(glyph, role if number else "faint"),
                    Span(f" {formats.count(number)}", "foreground" if number else "faint", 6),
                    Span(label, "faint", 8),
                    Span(name if took else "", "faint", 4),
                    Span(took, "foreground", 7, "right"),
                )
            )
        return lines

    def _runs_since(self, since_ms: int) -> tuple[int, list[int]]:
        cold, durations = 0, []
        for run in islice(self._runs(), _RUNS_READ):
            if run.start_ms < since_ms:
                break
            cold += run.is_cold
            if run.took_ms is not None:
                durations.append(run.took_ms)
        return cold, durations

    def _runs(self) -> Iterator[_Run]:
        """The newest first, each record looked at once."""
        before, self._known = self._known, {}
        for entry in self._book.residents():
            run = before.get(entry.activation_id) or _Run.of(entry)
            if entry.activation is not None:
                self._known[entry.activation_id] = run
            yield run
        recall, floor_ms = self._book.recall, self._book.floor_ms
        if self._past_key != (recall, floor_ms):  # reading them takes 40 ms, and a late one among so many tells little
            self._past_key = recall, floor_ms
            self._past = [_Run.of(entry) for entry in recall.newest_first(floor_ms)]
        yield from self._past
