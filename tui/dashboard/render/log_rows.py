"""Log lines as rows: numbered, with time and stream, wrapped or cut, matches marked."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Hashable, Sequence
from itertools import accumulate

from rich.cells import cell_len

from tui.entities.activation import LogLine
from tui.entities.json import JsonObject

from .formats import count
from .glyphs import Glyphs
from .json_text import coloured_line
from .line import Line, Span, gap
from .log_json import LineFilter, may_be_object, object_of, summary, unfolded
from .logs import TEXT_AT, LogText, Match, local_time

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
        self.narrowed: LineFilter | None = None
        self._glyphs = glyphs
        self._wrap_width: int | None = None
        self._open: set[int] = set()
        """Lines whose JSON is unfolded."""
        self._kept: list[int] | None = None
        """Lines that are shown, in order; `None` is all of them."""
        self._counted = 0
        """Lines of the text that were looked at."""
        self._starts: list[int] | None = None
        """The row on which each line begins, and the number of all rows; `None` while every line is one row."""
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
        position = self._position(row_id[0])
        if position is None or self._starts is None:
            return position
        piece: int = row_id[1]
        return min(self._starts[position] + piece, self._starts[position + 1] - 1)

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
        return self.times, self._number_width, len(self._matches.get(line, ())), current, line in self._open

    # What the user changes

    def wrap_at(self, width: int | None) -> None:
        """Wrap lines so that rows have at most `width` cells, the gutter not counted; `None` cuts them instead."""
        self._wrap_width = None if width is None else max(8, width - self._prefix_width)
        self._count_rows()

    def narrow(self, narrowed: LineFilter | None, kept: list[int] | None) -> None:
        """Show only the lines `kept`, and of those that come those that `narrowed` admits; `None` shows all."""
        self.narrowed, self._kept = narrowed, kept
        self._counted = len(self.text.lines)
        self._count_rows()

    def toggle(self, line: int) -> bool:
        """Unfold a line of JSON, or fold it; `False` where it is none."""
        if object_of(self.text.parsed(line).text) is None:
            return False
        self._open ^= {line}
        self._count_rows()
        return True

    def grew(self) -> None:
        """Lines were appended."""
        new = range(self._counted, len(self.text.lines))
        self._counted = len(self.text.lines)
        if self._kept is not None and self.narrowed is not None:
            added = self.narrowed.kept((self.text.lines[line] for line in new), first=new.start)
            self._kept += added
            new_lines: Sequence[int] = added
        else:
            new_lines = new
        if self._starts is not None:
            counts = map(self._pieces, new_lines)
            self._starts += list(accumulate(counts, initial=self._starts[-1]))[1:]

    @property
    def shown_count(self) -> int:
        """Lines that are shown."""
        return len(self.text.lines) if self._kept is None else len(self._kept)

    def shows(self, line: int) -> bool:
        return self._position(line) is not None

    def _count_rows(self) -> None:
        self._counted = len(self.text.lines)
        if self._wrap_width is None and not self._open:
            self._starts = None
            return
        lines = range(len(self.text.lines)) if self._kept is None else self._kept
        self._starts = list(accumulate(map(self._pieces, lines), initial=0))

    def mark(self, matches: Sequence[Match], current: Match | None) -> None:
        """Show where a search found something."""
        self._matches = {}
        for match in matches:
            self._matches.setdefault(match.line, []).append(match)
        self._current = current

    def row_of(self, match: Match) -> Hashable:
        """The id of the row on which a match begins."""
        is_whole = self._wrap_width is None or may_be_object(self.text.parsed(match.line).text)
        return (match.line, 0 if is_whole else match.start // (self._wrap_width or 1))

    def copy_text(self, row_id: Hashable) -> str | None:
        """What the line of a row says, whole."""
        return LogLine.parse(self.text.lines[row_id[0]]).text if isinstance(row_id, tuple) else None

    # How it is drawn

    @property
    def _line_rows(self) -> int:
        return self.shown_count if self._starts is None else self._starts[-1]

    @property
    def _number_width(self) -> int:
        return max(4, len(count(len(self.text.lines))))

    @property
    def _prefix_width(self) -> int:
        return self._number_width + 2 + (_TIME_WIDTH + 2 if self.times else 0) + self._label_width + 6

    @property
    def _label_width(self) -> int:
        """Of what stands between time and stream."""
        return 0

    def _label(self, line: int, piece: int) -> Sequence[Span]:
        """Whose line it is, where a log has lines of several runs."""
        return ()

    def _place(self, index: int) -> tuple[int, int]:
        position, piece = index, 0
        if self._starts is not None:
            position = bisect_right(self._starts, index) - 1
            piece = index - self._starts[position]
        return (position if self._kept is None else self._kept[position]), piece

    def _position(self, line: int) -> int | None:
        """Where a line stands among those that are shown."""
        if self._kept is None:
            return line if 0 <= line < len(self.text.lines) else None
        position = bisect_left(self._kept, line)
        return position if position < len(self._kept) and self._kept[position] == line else None

    def _pieces(self, line: int) -> int:
        """How many rows a line takes. What looks like JSON is folded, so it takes one."""
        if line in self._open:
            return len(unfolded(object_of(self.text.parsed(line).text) or {}))
        if self._wrap_width is None or may_be_object(self.text.lines[line][TEXT_AT:]):
            return 1
        return max(1, -(-self.text.cells(line) // self._wrap_width))

    def _drawn(self, line: int, piece: int) -> Line:
        parsed = self.text.parsed(line)
        is_error = parsed.stream == "stderr"
        time = local_time(parsed.timestamp) if piece == 0 else ""
        spans = [Span(f"{line + 1:,}" if piece == 0 else "", "faint", self._number_width, "right"), gap(2)]
        if self.times:
            spans += [Span(time, "faint", _TIME_WIDTH), gap(2)]
        spans += self._label(line, piece)
        mark = self._glyphs.stderr if is_error else self._glyphs.stdout
        spans.append(Span(mark, "error" if is_error else "hairline"))
        spans.append(Span(" err " if is_error and piece == 0 else "     ", "error"))
        value = None if line in self._matches and line not in self._open else object_of(parsed.text)
        if value is not None:
            return [*spans, *self._object(value, line, piece)]
        start, end = 0, len(parsed.text)
        if self._wrap_width is not None and not may_be_object(parsed.text):
            start, end = piece_of(parsed.text, piece, self._wrap_width)
        return [*spans, *self._said(parsed.text, line, start, end)]

    def _object(self, value: JsonObject, line: int, piece: int) -> list[Span]:
        """Folded what matters of it, unfolded one of its lines."""
        if line not in self._open:
            return [Span(f"{self._glyphs.folded} ", "muted"), *summary(value)]
        mark = Span(f"{self._glyphs.unfolded} ", "muted") if piece == 0 else gap(2)
        lines = unfolded(value)
        return [mark, *coloured_line(lines[min(piece, len(lines) - 1)])]

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


def piece_of(text: str, piece: int, width: int) -> tuple[int, int]:
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
