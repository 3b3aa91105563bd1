"""The base of the numbered panels: a title line over rows, and verbs as keys."""

from collections.abc import Hashable, Iterable, Sequence
from typing import Any, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from tui.entities.json import JsonObject

from ..render import formats
from ..render.glyphs import Glyphs, glyphs_of
from ..render.line import Line, Span
from ..widgets.line_view import LineView, Stick
from ..widgets.title_line import TitleLine
from .main_layout import is_compact
from .marks import Marks
from .messages import CursorMoved, MarksChanged, SortRequested, WideChanged

LOCKED = "this context is read-only: R unlocks"


class PanelLines(LineView):
    """Rows of a panel, which has the key to open one itself, and marks."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("choose", "sideways"):
            return False
        return super().check_action(action, parameters)

    def render_line(self, y: int) -> Strip:
        strip = super().render_line(y)
        panel, index = self.parent, y + self.scroll_offset.y
        if not isinstance(panel, Panel) or not len(panel.marks) or index >= len(self.source):
            return strip
        return self._marked(strip) if self.source.id_at(index) in panel.marks else strip

    def _marked(self, strip: Strip) -> Strip:
        """The row with a mark in the second cell of the gutter."""
        behind = next((segment.style for segment in strip.crop(1, 2) if segment.style), None)
        style = (behind or Style.null()) + self.palette.style("primary")
        mark = Strip([Segment(glyphs_of(self).marked, style)], 1)
        return Strip.join([strip.crop(0, 1), mark, strip.crop(2)])


class Panel(Widget):
    """One numbered panel. It shows values and posts what the user asked for."""

    DEFAULT_CSS = "Panel { layout: vertical; }"

    NUMBER: ClassVar[int]
    TITLE: ClassVar[str]
    STICK: ClassVar[Stick] = "none"
    WRITES: ClassVar[frozenset[str]] = frozenset()
    """Actions of keys that change something on the platform."""
    NEEDS_ROW: ClassVar[frozenset[str]] = frozenset()
    """Actions of keys that do something with the row under the cursor."""
    OFFLINE: ClassVar[frozenset[str]] = frozenset()
    """Of these, what can be done without a link: looking at what was seen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "mark", "mark", show=False, id="list.mark", tooltip="mark it; verbs then mean what is marked"),
        Binding("v", "mark_range", "range", show=False, id="list.range", tooltip="mark a range: move, v ends it"),
        Binding("s", "sort", "sort", show=False, id="list.sort", tooltip="sort by a column that is picked"),
        Binding("O", "sort_column", "order", show=False, id="list.order", tooltip="sort by the column chosen"),
        Binding("left", "column(-1)", "column", show=False, id="list.column_left", tooltip="choose the column before"),
        Binding("right", "column(1)", "column", show=False, id="list.column_right", tooltip="choose the next column"),
        Binding("W", "wide", "wide", show=False, id="list.wide", tooltip="more columns, and back"),
    ]

    locked = reactive(False)
    """Whether the context refuses writes."""
    wide = reactive(False)
    """Whether more columns are wanted."""
    connected = reactive(False)

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.marks = Marks()
        self.known_at_ms: int | None = None
        """While there is no link: until when what is shown is known to be true."""

    def compose(self) -> ComposeResult:
        yield TitleLine(self.TITLE, number=self.NUMBER)
        yield self.make_lines()

    def make_lines(self) -> LineView:
        return PanelLines(stick=self.STICK)

    @property
    def lines(self) -> LineView:
        return self.query_one(LineView)

    @property
    def title_line(self) -> TitleLine:
        return self.query_one(TitleLine)

    @property
    def glyphs(self) -> Glyphs:
        return glyphs_of(self)

    @property
    def selected_id(self) -> Hashable | None:
        return self.lines.cursor_id

    @property
    def natural_height(self) -> int:
        """Lines that would show everything: title and rows, or title and the text for no rows."""
        return 1 + max(1, len(self.lines.source) or self.lines.said_height)

    @property
    def is_focused(self) -> bool:
        return self.is_mounted and self.lines.has_focus

    def focus_lines(self) -> None:
        self.lines.focus()

    def show_stale(self, is_stale: bool, known_at_ms: int | None) -> None:
        """There is a link, or there is none and what is shown may have changed since."""
        if is_stale != self.has_class("-stale") or known_at_ms != self.known_at_ms:
            self.known_at_ms = known_at_ms
            self.set_class(is_stale, "-stale")
            self.stale_changed()

    def stale_changed(self) -> None:
        """Say so in the title."""

    def empty_lines(self) -> Sequence[Line]:
        """What to say while there are no rows."""
        return ()

    def records(self, most: int) -> list[JsonObject]:
        """What the platform told of the first rows, at most so many; without those that have no record."""
        return []

    def remarks(self) -> Line:
        """What has to be known to read the rows right, in few words: where there is no title, it stands for it."""
        if not self.filter_text:
            return ()
        shown, all_ = self.found
        note = f"  {formats.count(shown)} of {formats.count(all_)}"
        return [Span(f"/{self.filter_text}", "primary"), Span(note, "faint")]

    # Filter and order

    @property
    def filter_text(self) -> str:
        """The filter in force, as it was typed."""
        return ""

    @property
    def filter_trouble(self) -> str | None:
        """What is wrong with the filter, where something is."""
        return None

    def set_filter(self, text: str) -> None:
        """Show only rows that fit; an empty text shows all."""
        raise NotImplementedError

    @property
    def found(self) -> tuple[int, int]:
        """Rows that are shown, and all there are."""
        raise NotImplementedError

    @property
    def sortable(self) -> tuple[str, ...]:
        """Columns to sort by."""
        return ()

    @property
    def order(self) -> tuple[str, bool]:
        """The column that the rows are sorted by, none in the usual order; and whether from the greatest down."""
        return "", False

    def sort_by(self, column: str, descending: bool | None = None) -> None:
        """Sort by one of `sortable`; `None`: the usual way first, the other way when asked again."""
        raise NotImplementedError

    def action_sort(self) -> None:
        self.post_message(SortRequested(self))

    def action_wide(self) -> None:
        self.wide = not self.wide
        self.post_message(WideChanged())

    # Marks

    @property
    def marked(self) -> list[Any]:
        """The things that are marked, as `selected` gives them."""
        return []

    def action_mark(self) -> None:
        if (row_id := self.selected_id) is not None:
            self.marks.toggle(row_id)
            self.lines.action_cursor(1)
            self.marks_changed()

    def action_mark_range(self) -> None:
        if self.marks.in_range:
            self.marks.end_range()
        elif (row_id := self.selected_id) is not None:
            self.marks.begin_range(row_id)
        self.marks_changed()

    def clear_marks(self) -> bool:
        """Mark nothing; whether anything was."""
        had = self.marks.clear()
        self.marks_changed()
        return had

    def marks_changed(self) -> None:
        self.lines.refresh()
        self.refresh_bindings()
        self.post_message(MarksChanged(self))

    # Keys that cannot apply

    def reason_disabled(self, action: str) -> str | None:
        """Why the key of an action cannot apply now; `None` if it can."""
        if not self.connected and action in (self.WRITES | self.NEEDS_ROW) - self.OFFLINE:
            return "not connected yet"
        if self.locked and action in self.WRITES:
            return LOCKED
        if action in ("sort", "sort_column", "column") and not self.sortable:
            return f"the {self.TITLE.lower()} always stand in this order"
        if action == "wide" and is_compact(self.app.size):
            return "there is no room for more columns"
        if action in self.NEEDS_ROW | {"mark", "mark_range"} and self.selected_id is None:
            return f"there is no {self.TITLE.lower().removesuffix('s')} under the cursor"
        return None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if not self.is_mounted:
            return True
        return True if self.reason_disabled(action) is None else None

    def watch_locked(self) -> None:
        self.refresh_bindings()

    def watch_connected(self) -> None:
        if self.is_mounted:
            self.lines.set_empty(self.empty_lines())
        self.refresh_bindings()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        self.title_line.show(focused=True)
        self.post_message(CursorMoved())

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        self.title_line.show(focused=False)

    @on(LineView.Moved)
    def _moved(self, message: LineView.Moved) -> None:
        message.stop()
        if self.marks.reach(self.lines.source, self.lines.cursor_index):
            self.marks_changed()
        if self.is_focused:
            self.post_message(CursorMoved())

    @on(LineView.Chosen)
    async def _chosen(self, message: LineView.Chosen) -> None:
        message.stop()
        await self.run_action("open")


def teaching(text: str, keys: Iterable[tuple[str, str]] = (), hint: str = "") -> list[Line]:
    """Lines for a panel without rows: what it is, and the keys that fill it."""
    lines: list[Line] = [(Span(text, "muted"),)]
    for key, label in keys:
        lines += [(), (Span(key, "primary bold"), Span(f" {label}"))]
    if hint:
        lines += [(), (Span(hint, "faint"),)]
    return lines
