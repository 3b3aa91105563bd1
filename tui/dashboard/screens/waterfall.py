"""The waterfall of a trace: bars against time, zoomed and moved by key."""

from __future__ import annotations

from collections.abc import Hashable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message

from tui.operations.trace_node import TraceNode

from ..render import formats
from ..render.glyphs import glyphs_of
from ..render.line import Line, Span, gap
from ..render.source import Rows
from ..render.waterfall import (
    WaterfallRow,
    Window,
    axis,
    draw_waterfall_row,
    legend,
    row_key,
    skew_sentence,
    times,
    waterfall_rows,
    whole_window,
)
from ..widgets.drawn_line import DrawnLine
from ..widgets.line_view import GUTTER, LineView
from ..widgets.title_line import TitleLine

_LEAST_SPAN_MS = 10


class Words(DrawnLine):
    """A line of its own above or below the bars."""

    text: Line = ()

    def line(self, width: int) -> Line:
        return [gap(GUTTER), *self.text]

    def say(self, text: Line) -> None:
        self.text = text
        self.redraw()


class Bars(LineView):
    """The rows; its own `enter`, so that the footer shows it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "open", id="waterfall.open", tooltip="open the run under the cursor"),
        Binding("plus", "zoom(1)", "zoom", key_display="+", id="waterfall.zoom_in", tooltip="more of less time"),
        Binding(
            "underscore",
            "zoom(-1)",
            "zoom out",
            key_display="_",
            show=False,
            id="waterfall.zoom_out",
            tooltip="less of more time",
        ),
        Binding("0", "whole", "fit all", id="waterfall.whole", tooltip="all of it, from first to last"),
        Binding("left", "shift(-1)", "earlier", show=False, id="waterfall.earlier", tooltip="move to earlier times"),
        Binding("right", "shift(1)", "later", show=False, id="waterfall.later", tooltip="move to later times"),
    ]

    class Asked(Message):
        """Another part of time is to be shown: zoomed by `zoom` steps, moved by `shift` quarters; all with neither."""

        def __init__(self, *, zoom: int = 0, shift: int = 0) -> None:
            super().__init__()
            self.zoom = zoom
            self.shift = shift

    def action_zoom(self, step: int) -> None:
        self.post_message(self.Asked(zoom=step))

    def action_shift(self, step: int) -> None:
        self.post_message(self.Asked(shift=step))

    def action_whole(self) -> None:
        self.post_message(self.Asked())


class Waterfall(Vertical):
    """Shows one trace; tells by `LineView.Moved` and `LineView.Chosen` of `#bars` what the cursor is on."""

    def __init__(self) -> None:
        super().__init__(classes="waterfall")
        self._rows: list[WaterfallRow] = []
        self._window: Window | None = None
        """`None`: all of it, also as it grows."""
        self._now_ms = 0
        self._typical_ms: float | None = None

    def compose(self) -> ComposeResult:
        yield TitleLine("Waterfall", number=1, id="waterfall-title")
        yield Words(id="waterfall-axis")
        yield Bars(id="bars")
        yield Words(id="waterfall-legend")
        yield Words(id="waterfall-times")

    @property
    def bars(self) -> LineView:
        return self.query_one("#bars", LineView)

    @property
    def window(self) -> Window:
        return self._window or whole_window(self._rows)

    def show(self, root: TraceNode, now_ms: int) -> None:
        """The trace as it is now."""
        self._rows, self._now_ms = waterfall_rows(root, now_ms), now_ms
        self._draw()

    def choose(self, row_id: Hashable, typical_ms: float | None) -> None:
        """Put the cursor on a branch, and tell its times."""
        self._typical_ms = typical_ms
        self.bars.move_to(row_id)
        self._draw_words()

    def _draw(self) -> None:
        glyphs, window = glyphs_of(self), self.window
        source = Rows(
            self._rows,
            key=row_key,
            draw=lambda row, width: draw_waterfall_row(row, width, window, self._now_ms, glyphs),
        )
        self.bars.show(source, cursor=self.bars.cursor_id)
        self._draw_words()

    def _draw_words(self) -> None:
        glyphs, whole = glyphs_of(self), whole_window(self._rows)
        width = self.bars.scrollable_content_region.width - GUTTER
        self.query_one("#waterfall-axis", Words).say(axis(width, self.window, whole.from_ms, glyphs))
        self.query_one("#waterfall-legend", Words).say(legend(self._rows, glyphs))
        self.query_one("#waterfall-times", Words).say(self._said_below())
        self.query_one(TitleLine).show(state=self._title_state(whole))

    def _said_below(self) -> Line:
        """The figures of what the cursor is on, or what was done to its bar."""
        row = next((row for row in self._rows if row_key(row) == self.bars.cursor_id), None)
        if row is None:
            return ()
        spans = list(times(row, self._typical_ms, glyphs_of(self)))
        if (said := skew_sentence(row)) is not None:
            spans += [gap(3), Span(f"{glyphs_of(self).skew} ", "warning"), Span(said, "muted")]
        return spans

    def _title_state(self, whole: Window) -> Line:
        if self._window is None:
            return (Span(formats.duration(whole.span_ms), "muted"),)
        shown, all_ = formats.duration(self._window.span_ms), formats.duration(whole.span_ms)
        return (Span(f"{shown} of {all_}", "muted"), Span("   0", "primary bold"), Span(" all", "muted"))

    @on(Bars.Asked)
    def _look_elsewhere(self, asked: Bars.Asked) -> None:
        asked.stop()
        whole, shown = whole_window(self._rows), self.window
        span_ms = shown.span_ms
        if asked.zoom:
            span_ms = max(_LEAST_SPAN_MS, span_ms // 2) if asked.zoom > 0 else span_ms * 2
        from_ms = (self._begin_of_chosen(shown) if asked.zoom > 0 else shown.from_ms) + asked.shift * span_ms // 4
        if (not asked.zoom and not asked.shift) or span_ms >= whole.span_ms:
            self._window = None
        else:
            latest_ms = whole.from_ms + whole.span_ms - span_ms
            self._window = Window(max(whole.from_ms, min(from_ms, latest_ms)), span_ms)
        self._draw()

    def _begin_of_chosen(self, shown: Window) -> int:
        """Where to look closer: at the branch under the cursor, unless it begins outside of what is shown."""
        row = next((row for row in self._rows if row_key(row) == self.bars.cursor_id), None)
        begin_ms = shown.from_ms if row is None or row.bar is None else row.bar.begin_ms
        return begin_ms if 0 <= begin_ms - shown.from_ms < shown.span_ms else shown.from_ms

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw_words)

    def on_descendant_focus(self) -> None:
        self.query_one(TitleLine).show(focused=True)

    def on_descendant_blur(self) -> None:
        self.query_one(TitleLine).show(focused=self.has_focus_within)
