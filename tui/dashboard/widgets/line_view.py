"""The one widget that shows rows: lists, logs, results and code, up to millions of them.

It asks its source only for rows on the screen and keeps what it drew. The cursor is the id of a row, not a number: rows
may come and go around it. A move of the cursor repaints two lines.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from functools import partial
from typing import Literal

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.cache import LRUCache
from textual.geometry import Region, Size
from textual.selection import Selection
from textual.strip import Strip

from ..render.glyphs import glyphs_of
from ..render.line import Line, broken, natural_width, to_segments
from ..render.palette import Palette, RowState, palette_of
from ..render.source import Lines, LineSource
from .drawn_line import base_style
from .line_moves import LineMoves, RowMessage, ViewMessage
from .line_selection import selected_text, with_selection

Stick = Literal["none", "top", "end"]
GUTTER = 2
"""Cells on the left that belong to the cursor."""
_STRIPS_KEPT = 4096


class LineView(LineMoves, can_focus=True):
    """Rows with a cursor, or without one as a text to scroll."""

    DEFAULT_CSS = """
    LineView {
        height: 1fr;
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size-vertical: 1;
        scrollbar-size-horizontal: 0;
        scrollbar-gutter: stable;
        background: transparent;
    }
    """

    class Moved(RowMessage):
        """The cursor is on another row, or on none."""

    class Chosen(RowMessage):
        """The user opened a row: `enter`, or a second click on it."""

    class Scrolled(ViewMessage):
        """The view moved to the first or last row, or away from it (`view.at_top`, `view.at_end`)."""

    def __init__(
        self,
        *,
        cursor: bool = True,
        fit: bool = True,
        stick: Stick = "none",
        empty: Sequence[Line] = (),
        id: str | None = None,  # noqa: A002
        classes: str | None = None,
    ) -> None:
        """
        Args:
            cursor: Whether one row is chosen. Without, the keys scroll.
            fit: Cut every line to the width of the view. Otherwise long lines are reached with `left` and `right`.
            stick: `top` and `end` keep the cursor, or the view, at that edge while it is there and rows arrive.
            empty: Shown while there are no rows.
        """
        super().__init__(id=id, classes=classes)
        self._has_cursor = cursor
        self._fit = fit
        self.stick: Stick = stick
        self._said = tuple(empty)
        """What is said while there are no rows, and the same broken to the width of the view."""
        self._empty: tuple[Line, ...] = self._said
        self._source: LineSource = Lines()
        self._cursor_id: Hashable | None = None
        self._cursor_index = 0
        self._top_id: Hashable | None = None
        self._strips: LRUCache[Hashable, Strip] = LRUCache(_STRIPS_KEPT)
        self._palette: Palette | None = None
        self._base = Style()
        self._widest = 0
        self._edges = (True, True)

    # What is shown

    @property
    def source(self) -> LineSource:
        return self._source

    @property
    def cursor_id(self) -> Hashable | None:
        """The row under the cursor; `None` where there are no rows."""
        return self._cursor_id

    @property
    def cursor_index(self) -> int:
        return self._cursor_index

    @property
    def at_top(self) -> bool:
        """Whether the first row is the one under the cursor, or without a cursor, in view."""
        return (self._cursor_index if self._has_cursor else self.scroll_offset.y) == 0

    @property
    def at_end(self) -> bool:
        if self._has_cursor:
            return self._cursor_index >= len(self._source) - 1
        return self.scroll_offset.y >= self.max_scroll_y

    def show(self, source: LineSource, *, cursor: Hashable | None = None) -> None:
        """Show other rows. The cursor goes to the row `cursor`, else stays on its id, else on its line."""
        self._strips.clear()
        self._widest = 0
        self._source = source
        if cursor is not None and source.index_of(cursor) is not None:
            self._cursor_id = cursor
        self._settle(keep_place=False)

    def show_lines(self, lines: Iterable[Line]) -> None:
        """Show plain lines, from their start, or from their end where the view sticks to it."""
        self._cursor_id, self._cursor_index = None, 0
        self._source = Lines(lines)
        self._strips.clear()
        self._widest = 0
        if self.stick == "end":
            self._cursor_index = max(0, len(self._source) - 1)
        self._settle(keep_place=False)
        self.scroll_to(0, None if self.stick == "end" else 0, animate=False, immediate=True, force=True)

    def append(self, lines: Iterable[Line]) -> None:
        """Add plain lines at the end of those that `show_lines` gave."""
        assert isinstance(self._source, Lines)
        self._source.append(lines)
        self.source_changed()

    def prepend(self, lines: Iterable[Line]) -> None:
        """Add plain lines above the others; what is in view stays there."""
        assert isinstance(self._source, Lines)
        self._source.prepend(lines)
        self.source_changed()

    def set_empty(self, lines: Sequence[Line]) -> None:
        """What to show while there are no rows."""
        self._said = tuple(lines)
        self._wrap_said()
        if not len(self._source):
            self._settle(keep_place=False)

    @property
    def said_height(self) -> int:
        """Rows that what is said takes."""
        return len(self._empty)

    def _wrap_said(self) -> None:
        width = self.scrollable_content_region.width - GUTTER
        self._empty = tuple(piece for line in self._said for piece in broken(line, width)) if width > 0 else self._said

    def source_changed(self) -> None:
        """Rows of the source came, went, moved or look different: call this once per frame, not per row."""
        self._settle(keep_place=True)

    def refresh_row(self, row_id: Hashable) -> None:
        """One row looks different."""
        if (index := self._source.index_of(row_id)) is not None:
            self._refresh_index(index)

    def redraw(self) -> None:
        """Every row looks different, for a reason that no revision tells."""
        self._strips.clear()
        self.refresh()

    # The cursor

    def move_to(self, row_id: Hashable) -> bool:
        """Put the cursor on a row and bring it into view; `False` if there is no such row."""
        index = self._source.index_of(row_id)
        if index is None:
            return False
        self._move_to_index(index)
        return True

    def move_to_index(self, index: int) -> None:
        """As `move_to`, by place; clamped."""
        self._move_to_index(index)

    def action_choose(self) -> None:
        if self._has_cursor and self._cursor_id is not None:
            self.post_message(self.Chosen(self, self._cursor_id))

    def _move_to_index(self, index: int) -> None:
        count = len(self._source)
        if not count:
            return
        old, new = self._cursor_index, max(0, min(index, count - 1))
        self._cursor_index, self._cursor_id = new, self._source.id_at(new)
        self._bring_into_view(new)
        self._note_edges()
        if new != old:
            self._refresh_index(old)
            self._refresh_index(new)
            self._cursor_shown = new - self.scroll_offset.y
            self.post_message(self.Moved(self, self._cursor_id))

    def _bring_into_view(self, index: int) -> None:
        height, top = self.scrollable_content_region.height, self.scroll_offset.y
        if index < top:
            self._scroll_y(index)
        elif height and index >= top + height:
            self._scroll_y(index - height + 1)

    def _scroll_y(self, y: int) -> None:
        if y > self.max_scroll_y:
            self.catch_up()
        self.scroll_to(y=max(0, y), animate=False, immediate=True, force=True)
        self._note_edges()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._note_edges()
        self._top_id = self._id_or_none(round(new_value))

    def _note_edges(self) -> None:
        edges = (self.at_top, self.at_end)
        if edges != self._edges:
            self._edges = edges
            self.post_message(self.Scrolled(self))

    def _id_or_none(self, index: int) -> Hashable | None:
        return self._source.id_at(index) if 0 <= index < len(self._source) else None

    def _settle(self, *, keep_place: bool) -> None:
        """Find cursor and view again after the source changed."""
        count = len(self._source)
        top = self.scroll_offset.y
        was_at_top = self.stick == "top" and self._edges[0]
        was_at_end = self.stick == "end" and self._edges[1]
        old_id, old_index = self._cursor_id, self._cursor_index
        anchor = self._cursor_anchor(top) if keep_place else None
        self._place_cursor(count, to_top=was_at_top, to_end=was_at_end)
        self._set_virtual_size(count)
        if was_at_end:
            self._scroll_y(max(0, self.virtual_size.height - self.scrollable_content_region.height))
        elif was_at_top and self._has_cursor:
            self._scroll_y(0)
        elif anchor is not None and (index := self._source.index_of(anchor[0])) is not None:
            self._is_settling = True
            self._scroll_y(index - anchor[1])
            self._is_settling = False
        elif self._has_cursor and count:
            self._bring_into_view(self._cursor_index)
        self._top_id = self._id_or_none(self.scroll_offset.y)
        self._refresh_what_differs(everything=not keep_place or not count)
        self._note_edges()
        if self._has_cursor and (self._cursor_id != old_id or (self._cursor_index != old_index and old_id is None)):
            self.post_message(self.Moved(self, self._cursor_id))

    def _cursor_anchor(self, top: int) -> tuple[Hashable, int] | None:
        """A row that has to stay where it is, and how far below the top that is."""
        if top == 0 and not self._has_cursor:
            return None
        height = self.scrollable_content_region.height
        if self._has_cursor and self._cursor_id is not None and 0 <= self._cursor_index - top < height:
            return self._cursor_id, self._cursor_index - top
        return None if self._top_id is None else (self._top_id, 0)

    def _place_cursor(self, count: int, *, to_top: bool, to_end: bool) -> None:
        if not count or not self._has_cursor:
            self._cursor_id, self._cursor_index = None, 0
            return
        index = None if self._cursor_id is None else self._source.index_of(self._cursor_id)
        if to_top:
            index = 0
        elif to_end:
            index = count - 1
        elif index is None:
            index = max(0, min(self._cursor_index, count - 1))
        self._cursor_index, self._cursor_id = index, self._source.id_at(index)

    def _set_virtual_size(self, count: int) -> None:
        width = self.scrollable_content_region.width if self._fit else self._widest
        self.set_rows_size(Size(width, count or len(self._empty)))

    # Drawing

    @property
    def palette(self) -> Palette:
        if self._palette is None:
            self._palette = palette_of(self.app)
        return self._palette

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._palette = None
        self._strips.clear()

    def on_resize(self, event: events.Resize) -> None:
        self._wrap_said()
        self._settle(keep_place=True)

    def on_focus(self) -> None:
        self._refresh_index(self._cursor_index)

    def on_blur(self) -> None:
        self._refresh_index(self._cursor_index)

    def _refresh_index(self, index: int) -> None:
        self._refresh_line(index - self.scroll_offset.y)

    def render_lines(self, crop: Region) -> list[Strip]:
        self._base = base_style(self)
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        scroll_x, scroll_y = self.scroll_offset
        width = self.scrollable_content_region.width
        index = y + scroll_y
        if not len(self._source):
            return self._empty_strip(index, width)
        if index >= len(self._source):
            return Strip.blank(width, self._base)
        strip = self._strip(index, width)
        if self.text_selection is not None:
            style = self.screen.get_component_rich_style("screen--selection")
            strip = with_selection(strip, self.text_selection.get_span(index), style, begins_at=GUTTER)
        if not self._fit:
            strip = strip.crop_extend(scroll_x, scroll_x + width, self._row_style(index))
        return self._with_offsets(strip, scroll_x, index)

    def _row_state(self, index: int) -> RowState:
        if not self._has_cursor or index != self._cursor_index:
            return RowState.PLAIN
        return RowState.CURSOR if self.has_focus else RowState.CURSOR_BLURRED

    def _row_style(self, index: int) -> Style:
        return self._base + self.palette.row_background(self._row_state(index))

    def _strip(self, index: int, width: int) -> Strip:
        state = self._row_state(index)
        key = (self._source.id_at(index), self._source.revision_at(index), width, state, self._base.bgcolor)
        if (strip := self._strips.get(key)) is None:
            strip = self._strips[key] = self._draw(self._source.line_at(index, width - GUTTER), width, state)
        return strip

    def _draw(self, line: Line, width: int, state: RowState) -> Strip:
        glyphs, palette = glyphs_of(self), self.palette
        needed = width - GUTTER if self._fit else max(width - GUTTER, natural_width(line))
        segments = [self._gutter(state), *to_segments(line, needed, palette, state, glyphs.more)]
        if not self._fit and needed + GUTTER > self._widest:
            self._widest = needed + GUTTER
            self.call_later(self._set_virtual_size, len(self._source))
        background = self._base + palette.row_background(state)
        return Strip(list(Segment.apply_style(segments, background)), needed + GUTTER)

    def _gutter(self, state: RowState) -> Segment:
        glyphs = glyphs_of(self)
        if state is RowState.CURSOR:
            return Segment(glyphs.cursor + " ", self.palette.style("primary", state))
        if state is RowState.CURSOR_BLURRED:
            return Segment(glyphs.cursor_blurred + " ", self.palette.style("faint", state))
        return Segment("  ", self.palette.style("foreground"))

    def _empty_strip(self, index: int, width: int) -> Strip:
        line: Line = self._empty[index] if index < len(self._empty) else ()
        return self._draw(line, width, RowState.PLAIN) if line else Strip.blank(width, self._base)

    # The mouse

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        if not len(self._source):
            return None
        width, last = self.scrollable_content_region.width, len(self._source) - 1
        return selected_text(selection, partial(self._text_at, width), last=last, begins_at=GUTTER), "\n"

    def _text_at(self, width: int, index: int) -> str:
        return self._strip(index, width).text

    def on_click(self, event: events.Click) -> None:
        if not self._has_cursor:
            return
        index = event.y + self.scroll_offset.y
        if not 0 <= index < len(self._source):
            return
        if index == self._cursor_index and event.chain >= 2:
            self.action_choose()
        else:
            self._move_to_index(index)
