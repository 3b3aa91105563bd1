"""Which rows in view have to be painted again after rows came and went: only those that differ.

While rows arrive above, what is in view moves down in the list and stays where it is on the screen.
"""

from __future__ import annotations

from collections.abc import Hashable

from textual.geometry import Region, Size
from textual.strip import Strip

from ..render.source import LineSource, rows_between
from .growing_view import GrowingView
from .painting import is_in_view


class SteadyRows(GrowingView):
    """Say `_refresh_what_differs` once the view stands where it is to stand."""

    _source: LineSource
    _cursor_index: int
    _rows_shown: tuple[Hashable, ...] | None = None
    """Of every line what is painted there, or will be in the next frame; `None` where that is not known."""
    _cursor_shown = 0
    """Line of the view."""
    _size_shown: Size | None = None
    _is_settling = False
    """Whether the view is moved along with its rows, so that nothing may have to be painted."""
    _is_painting = False

    def _refresh_what_differs(self, *, everything: bool) -> None:
        if self.is_attached and not is_in_view(self):
            self._set_dirty()  # for when it comes up
            self._rows_shown = None
            return
        top = self.scroll_offset.y
        rows, cursor = rows_between(self._source, top, self.size.height), self._cursor_index - top
        before = self._rows_shown
        if everything or before is None or self._size_shown != self.size or len(rows) != len(before):
            self.refresh()
        else:
            differ = {line for line, (old, new) in enumerate(zip(before, rows, strict=True)) if old != new}
            if cursor != self._cursor_shown:
                differ |= {self._cursor_shown, cursor}
            for line in differ:
                self._refresh_line(line)
        self._rows_shown = None if self.text_selection is not None else rows  # what is selected goes by numbers
        self._cursor_shown, self._size_shown = cursor, self.size

    def _refresh_line(self, line: int) -> None:
        if 0 <= line < self.size.height:
            self.refresh(Region(0, line, self.size.width, 1))

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        if not self._is_settling:
            self._rows_shown = None
            super().watch_scroll_y(old_value, new_value)
        elif self.show_vertical_scrollbar and not self.bar_waits:
            self.vertical_scrollbar.position = new_value

    def render_lines(self, crop: Region) -> list[Strip]:
        self._is_painting = True
        try:
            return super().render_lines(crop)
        finally:
            self._is_painting = False

    def _with_offsets(self, strip: Strip, x: int, index: int) -> Strip:
        """The row with its place in every cell, by which the mouse selects: not where it is only painted."""
        return strip if self._is_painting else strip.apply_offsets(x, index)
