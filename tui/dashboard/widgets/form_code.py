"""The code of an action, coloured as far as it is looked at."""

from __future__ import annotations

from collections.abc import Hashable

from ..render.code import CodeLines
from ..render.line import Line, Span, gap
from .line_view import LineView


class CodeRows:
    """Code as a `LineSource`."""

    def __init__(self, code: CodeLines) -> None:
        self._code = code
        self._number_width = max(4, len(f"{len(code):,}"))

    def __len__(self) -> int:
        return len(self._code)

    def id_at(self, index: int) -> Hashable:
        return index

    def index_of(self, row_id: Hashable) -> int | None:
        return row_id if isinstance(row_id, int) and 0 <= row_id < len(self._code) else None

    def line_at(self, index: int, width: int) -> Line:
        return [Span(f"{index + 1:,}", "faint", self._number_width, "right"), gap(2), *self._code.spans(index)]

    def revision_at(self, index: int) -> Hashable:
        return None


class CodePreview(LineView):
    """Code to scroll through."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(cursor=False, id=id)

    def show_code(self, code: CodeLines) -> None:
        top = self.scroll_offset.y
        self.styles.max_height = len(code)  # what comes below stands right below it
        self.show(CodeRows(code))
        self.scroll_to(y=min(top, max(0, len(code) - self.size.height)), animate=False, immediate=True)

    def show_nothing(self, said: Line = ()) -> None:
        self.set_empty((said,) if said else ())
        self.show_lines(())
