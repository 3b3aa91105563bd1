"""Log lines as rows: numbered, with time and stream, wrapped or cut, matches marked."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Hashable, Sequence
from itertools import accumulate

from rich.cells import cell_len

from tui.entities.activation import LogLine

from .formats import count
from .glyphs import Glyphs
from .line import Line, Span, gap
from .logs import LogText, Match, local_time

NOTE = "note"
"""Id of the row behind the last line."""
_TIME_WIDTH = 12


class LogRows:
    """The rows of one log, as a `LineSource`. A row's id is the number of its line and of the piece of it."""

    def __init__(self, text: LogText, glyphs: Glyphs) -> None:
        self.text = text
        self.note: Line | None = None
        """Said below the last line."""
        self.times = True
        self._glyphs = glyphs
        self._wrap_width: int | None = None
        self._starts: list[int] = [0]
        """Of wrapped lines: the row on which each begins, and the number of all rows."""
        self._matches: dict[int, list[Match]] = {}
        self._current: Match | None = None

    # As a source of rows

    def __len__(self) -> int:
        return self._line_rows + (self.note is not None)

    def id_at(self, index: int) -> Hashable:
        return NOTE if index >= self._line_rows else self._place(index)

    def index_of(self, row_id: Hashable) -> int | None:
        if row_id == NOTE:
            return self._line_rows if self.note is not None else None
        if not isinstance(row_id, tuple):
            return None
        line: int = row_id[0]
        piece: int = row_id[1]
        if not 0 <= line < len(self.text.lines):
            return None
        return line if self._wrap_width is None else min(self._starts[line] + piece, self._starts[line + 1] - 1)

    def line_at(self, index: int, width: int) -> Line:
        if index >= self._line_rows:
            return self.note or ()
        line, piece = self._place(index)
        return self._drawn(line, piece)

    def revision_at(self, index: int) -> Hashable:
        if index >= self._line_rows:
            return tuple(self.note or ())
        line, _ = self._place(index)
        current = self._current if self._current is not None and self._current.line == line else None
        return self.times, self._number_width, len(self._matches.get(line, ())), current

    # What the user changes

    def wrap_at(self, width: int | None) -> None:
        """Wrap lines so that rows have at most `width` cells, the gutter not counted; `None` cuts them instead."""
        self._wrap_width = None if width is None else max(8, width - self._prefix_width)
        self._starts = [0]
        self.grew()

    def grew(self) -> None:
        """Lines were appended."""
        if self._wrap_width is not None:
            new = range(len(self._starts) - 1, len(self.text.lines))
            counts = (self._pieces(line) for line in new)
            self._starts += list(accumulate(counts, initial=self._starts[-1]))[1:]

    def mark(self, matches: Sequence[Match], current: Match | None) -> None:
        """Show where a search found something."""
        self._matches = {}
        for match in matches:
            self._matches.setdefault(match.line, []).append(match)
        self._current = current

    def row_of(self, match: Match) -> Hashable:
        """The id of the row on which a match begins."""
        return (match.line, 0 if self._wrap_width is None else match.start // self._wrap_width)

    def copy_text(self, row_id: Hashable) -> str | None:
        """What the line of a row says, whole."""
        return LogLine.parse(self.text.lines[row_id[0]]).text if isinstance(row_id, tuple) else None

    # How it is drawn

    @property
    def _line_rows(self) -> int:
        return len(self.text.lines) if self._wrap_width is None else self._starts[-1]

    @property
    def _number_width(self) -> int:
        return max(4, len(count(len(self.text.lines))))

    @property
    def _prefix_width(self) -> int:
        return self._number_width + 2 + (_TIME_WIDTH + 2 if self.times else 0) + 6

    def _place(self, index: int) -> tuple[int, int]:
        if self._wrap_width is None:
            return index, 0
        line = bisect_right(self._starts, index) - 1
        return line, index - self._starts[line]

    def _pieces(self, line: int) -> int:
        assert self._wrap_width is not None
        return max(1, -(-self.text.cells(line) // self._wrap_width))

    def _drawn(self, line: int, piece: int) -> Line:
        parsed = self.text.parsed(line)
        is_error = parsed.stream == "stderr"
        time = local_time(parsed.timestamp) if piece == 0 else ""
        spans = [Span(f"{line + 1:,}" if piece == 0 else "", "faint", self._number_width, "right"), gap(2)]
        if self.times:
            spans += [Span(time, "faint", _TIME_WIDTH), gap(2)]
        mark = self._glyphs.stderr if is_error else self._glyphs.stdout
        spans.append(Span(mark, "error" if is_error else "hairline"))
        spans.append(Span(" err " if is_error and piece == 0 else "     ", "error"))
        start, end = 0, len(parsed.text)
        if self._wrap_width is not None:
            start, end = _piece_of(parsed.text, piece, self._wrap_width)
        return [*spans, *self._said(parsed.text, line, start, end)]

    def _said(self, text: str, line: int, start: int, end: int) -> list[Span]:
        spans: list[Span] = []
        at = start
        for match in self._matches.get(line, ()):
            left, right = max(match.start, start), min(match.end, end)
            if left < right:
                spans.append(Span(text[at:left]))
                role = "match-current bold" if match == self._current else "warning underline"
                spans.append(Span(text[left:right], role))
                at = right
        spans.append(Span(text[at:end]))
        return spans


def _piece_of(text: str, piece: int, width: int) -> tuple[int, int]:
    """Where piece number `piece` of a wrapped text begins and ends."""
    if text.isascii():
        return piece * width, min(len(text), (piece + 1) * width)
    start, at, used, number = 0, 0, 0, 0
    for at, character in enumerate(text):
        size = cell_len(character)
        if used + size > width:
            if number == piece:
                return start, at
            number, start, used = number + 1, at, 0
        used += size
    return (start, len(text)) if number == piece else (len(text), len(text))
