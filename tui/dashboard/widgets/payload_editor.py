"""The text in which a payload is typed, with the line of its error marked."""

from __future__ import annotations

from rich.segment import Segment
from rich.text import Text
from textual.geometry import Offset
from textual.strip import Strip
from textual.widgets import TextArea

from tui.entities.text import visible

from ..render.palette import palette_of

MAX_EDITED_CHARS = 100_000
"""A text area gets slow above: longer payloads are edited in `$EDITOR`."""


class PayloadEditor(TextArea):
    """A text area without colours: a payload has some ten lines."""

    def __init__(self, text: str = "", *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(text, compact=True, show_line_numbers=True, highlight_cursor_line=False, id=id)
        self.cursor_blink = False
        self._error_line: int | None = None

    def get_line(self, line_index: int) -> Text:
        """A line as it may reach the terminal; the payload keeps what was pasted into it."""
        line = super().get_line(line_index)
        line.plain = visible(line.plain)
        return line

    def mark_error(self, line: int | None) -> None:
        """Draw the number of a line, from 1, as an error; `None` marks none."""
        if line != self._error_line:
            self._error_line = line
            self.refresh()

    def render_line(self, y: int) -> Strip:
        strip = super().render_line(y)
        if self._error_line is None or not self._is_at(y, self._error_line - 1):
            return strip
        style = palette_of(self.app).style("error bold")
        gutter, rest = strip.divide([self.gutter_width, strip.cell_length])
        marked = [Segment(text, (old + style) if old else style) for text, old, _ in gutter]
        return Strip.join([Strip(marked, gutter.cell_length), rest])

    def _is_at(self, y: int, row: int) -> bool:
        at = y + self.scroll_offset.y
        if at >= self.wrapped_document.height:
            return False
        return self.wrapped_document.offset_to_location(Offset(0, at))[0] == row
