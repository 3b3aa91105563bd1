"""A result as rows: a foldable tree, its printed text, or a table of objects."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Hashable, Sequence
from itertools import accumulate

from rich.cells import cell_len

from tui.entities.text import visible_line

from .glyphs import Glyphs
from .json_table import JsonTable
from .json_text import coloured_line
from .json_tree import JsonTree, Row, Shape, scalar_text, summary
from .line import Line, Span, gap
from .log_rows import piece_of
from .logs import MAX_SHOWN_CHARS

_NUMBER_WIDTH = 6


class TreeRows:
    """The tree as a `LineSource`; a row's id is its node and whether it closes it."""

    def __init__(self, tree: JsonTree, glyphs: Glyphs) -> None:
        self.tree = tree
        self._glyphs = glyphs
        self._index: dict[Hashable, int] | None = None
        self._pattern: re.Pattern[str] | None = None
        self._current: int | None = None

    def __len__(self) -> int:
        return len(self.tree.rows)

    def id_at(self, index: int) -> Hashable:
        return _id_of(self.tree.rows[index])

    def index_of(self, row_id: Hashable) -> int | None:
        if self._index is None:
            self._index = {_id_of(row): index for index, row in enumerate(self.tree.rows)}
        return self._index.get(row_id)

    def line_at(self, index: int, width: int) -> Line:
        return self._drawn(self.tree.rows[index])

    def revision_at(self, index: int) -> Hashable:
        row = self.tree.rows[index]
        return row.shape, row.node.shown, self._pattern, row.line == self._current

    def changed(self) -> None:
        """Something was folded or opened."""
        self._index = None

    def mark(self, text: str, current: int | None) -> None:
        """Show where `text` stands, and on which line of the printed text the search is now."""
        self._pattern = re.compile(re.escape(text), re.IGNORECASE) if text else None
        self._current = current

    def _drawn(self, row: Row) -> Line:
        node = row.node
        fold = {Shape.OPEN: self._glyphs.unfolded, Shape.FOLDED: self._glyphs.folded}.get(row.shape, " ")
        depth = node.depth + (row.shape is Shape.MORE)
        number = Span(f"{row.line:,}", "faint", _number_width(self.tree.line_count), "right")
        head = [number, gap(2), Span(fold, "muted"), gap(1 + 2 * depth)]
        return [*head, *marked(self._said(row), self._pattern, current=row.line == self._current)]

    def _said(self, row: Row) -> list[Span]:
        node = row.node
        comma = "" if node.is_last else ","
        brackets = "{}" if isinstance(node.value, dict) else "[]"
        if row.shape is Shape.CLOSE:
            return [Span(brackets[1] + comma, "punctuation")]
        if row.shape is Shape.MORE:
            left = len(node.value) - len(node.children)
            noun = "more key" if isinstance(node.value, dict) else "more item"
            return [Span(f"{self._glyphs.more} {left:,} {noun}{'' if left == 1 else 's'}", "muted")]
        spans: list[Span] = []
        if isinstance(node.key, str):
            spans += [Span(scalar_text(node.key), "key"), Span(": ", "punctuation")]
        if row.shape is Shape.OPEN:
            spans.append(Span(brackets[0], "punctuation"))
        elif row.shape is Shape.FOLDED:
            spans.append(Span(summary(node.value), "muted"))
        else:
            spans += [*coloured_line(scalar_text(node.value)), Span(comma, "punctuation")]
        return spans


class RawRows:
    """The printed text as a `LineSource`, long lines wrapped; a row's id is the number of its line and of its piece."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = lines
        self._width: int | None = None
        self._starts: Sequence[int] = range(len(lines) + 1)
        """The row on which each line begins, and the number of all rows."""
        self._pattern: re.Pattern[str] | None = None
        self._current: int | None = None

    def fit(self, width: int) -> bool:
        """Wrap lines so that rows have at most `width` cells; gives whether that changes anything."""
        room = max(8, width - _number_width(len(self.lines)) - 2)
        if room == self._width:
            return False
        self._width = room
        self._starts = list(accumulate((_pieces(line, room) for line in self.lines), initial=0))
        return True

    def __len__(self) -> int:
        return self._starts[-1]

    def id_at(self, index: int) -> Hashable:
        line = bisect_right(self._starts, index) - 1
        return line, index - self._starts[line]

    def index_of(self, row_id: Hashable) -> int | None:
        if not isinstance(row_id, tuple) or not 0 <= row_id[0] < len(self.lines):
            return None
        line: int = row_id[0]
        piece: int = row_id[1]
        return min(self._starts[line] + piece, self._starts[line + 1] - 1)

    def line_at(self, index: int, width: int) -> Line:
        line = bisect_right(self._starts, index) - 1
        piece = index - self._starts[line]
        number = Span("" if piece else f"{line + 1:,}", "faint", _number_width(len(self.lines)), "right")
        text = self.lines[line] if self._width is None else _piece(self.lines[line], piece, self._width)
        said = [Span(visible_line(text), "string")] if piece else list(coloured_line(text))
        return [number, gap(2), *marked(said, self._pattern, current=line + 1 == self._current)]

    def revision_at(self, index: int) -> Hashable:
        line = bisect_right(self._starts, index) - 1
        return self._pattern, line + 1 == self._current, self._width

    def mark(self, text: str, current: int | None) -> None:
        self._pattern = re.compile(re.escape(text), re.IGNORECASE) if text else None
        self._current = current


class TableRows:
    """A list of objects as a `LineSource`; its first row is the heads of the columns."""

    def __init__(self, table: JsonTable) -> None:
        self.table = table

    def __len__(self) -> int:
        return len(self.table.items) + 1

    def id_at(self, index: int) -> Hashable:
        return index

    def index_of(self, row_id: Hashable) -> int | None:
        return row_id if isinstance(row_id, int) and 0 <= row_id < len(self) else None

    def line_at(self, index: int, width: int) -> Line:
        spans = [Span(f"{index:,}" if index else "", "faint", _NUMBER_WIDTH, "right"), gap(2)]
        for column in self.table.columns:
            align = "right" if column.is_number else "left"
            if index == 0:
                spans.append(Span(column.title, "faint", column.width, align))  # type: ignore[arg-type]
            else:
                role = "number" if column.is_number else "foreground"
                spans.append(Span(self.table.cell(index - 1, column), role, column.width, align))  # type: ignore[arg-type]
            spans.append(gap(2))
        return spans

    def revision_at(self, index: int) -> Hashable:
        return None


def marked(spans: list[Span], pattern: re.Pattern[str] | None, *, current: bool) -> list[Span]:
    """The spans with what `pattern` finds underlined, also where it spans two of them."""
    if pattern is None:
        return spans
    found = [
        match.span() for match in pattern.finditer("".join(span.text for span in spans)) if match.end() > match.start()
    ]
    if not found:
        return spans
    role = "match-current bold" if current else "warning underline"
    result: list[Span] = []
    offset = 0
    for span in spans:
        at = 0
        for start, end in found:
            left, right = max(0, start - offset), min(len(span.text), end - offset)
            if at <= left < right:
                result += [span._replace(text=span.text[at:left]), Span(span.text[left:right], role)]
                at = right
        result.append(span._replace(text=span.text[at:]))
        offset += len(span.text)
    return [span for span in result if span.text]


def _pieces(line: str, width: int) -> int:
    """How many rows a line takes."""
    return max(1, -(-(len(line) if line.isascii() else cell_len(_bounded(line))) // width))


def _piece(line: str, piece: int, width: int) -> str:
    """Row number `piece` of a wrapped line."""
    if not line.isascii():
        line = _bounded(line)
    start, end = piece_of(line, piece, width)
    return line[start:end]


def _bounded(line: str) -> str:
    """Cells have to be counted one by one where signs may be wide: what is longer is in the copy and in the file."""
    return visible_line(line if len(line) <= MAX_SHOWN_CHARS else line[:MAX_SHOWN_CHARS] + "…")


def _number_width(lines: int) -> int:
    return max(_NUMBER_WIDTH, len(f"{lines:,}"))


def _id_of(row: Row) -> Hashable:
    kind = row.shape if row.shape in (Shape.CLOSE, Shape.MORE) else Shape.OPEN
    return id(row.node), kind
