"""Many payloads on their way: how far they are, what came of each, and the key that stops."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import Screen

from ..jobs import HELP, Jobs
from ..panels.messages import RunRequested
from ..render import formats
from ..render.glyphs import glyphs_of
from ..render.line import Line, Span, gap
from ..render.many_rows import counts_line, item_row, progress, revision
from ..render.source import Rows
from ..widgets.breadcrumb import Breadcrumb
from ..widgets.drawn_line import DrawnLine
from ..widgets.footer import Footer
from ..widgets.header import Header
from ..widgets.line_view import LineView
from ..widgets.title_line import TitleLine

if TYPE_CHECKING:
    from tui.operations import Operations
    from tui.operations.batch import Batch, Item

    from .verbs import Verbs

_FRAMES_PER_S = 8


class Progress(DrawnLine):
    """One line of the progress."""

    text: Line = ()

    def line(self, width: int) -> Line:
        return self.text

    def say(self, text: Line) -> None:
        if self.text != text:
            self.text = text
            self.redraw()


class ManyScreen(Jobs, Screen[None]):
    """Begins at once. `esc` stops it, and once more leaves: what is under way goes on."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "open", id="many.open", tooltip="open the run under the cursor"),
        Binding(
            "exclamation_mark",
            "failures",
            "failures",
            key_display="!",
            id="many.failures",
            tooltip="failures only, and back",
        ),
        Binding("x", "stop", "stop", id="many.stop", tooltip="begin no more; what runs is waited for"),
        HELP,
        Binding("escape,q", "back", "back", id="many.back", tooltip="stop; once more: back"),
    ]

    def __init__(self, operations: Operations, batch: Batch, main: Verbs) -> None:
        super().__init__()
        self.operations = operations
        self.many = batch
        self._main = main
        self._failed: list[Item] = []
        self._failures_only = False
        self._has_news = True

    def compose(self) -> ComposeResult:
        yield Header()
        yield Breadcrumb()
        with Vertical(classes="many"):
            yield Progress(id="progress")
            yield TitleLine("Outcomes", number=1, id="outcomes-title")
            yield LineView(id="outcomes", empty=((Span("none failed so far", "muted"),),))
        yield Footer()

    def on_mount(self) -> None:
        batch, glyphs = self.many, glyphs_of(self)
        is_trigger = batch.kind == "trigger"
        mark = Span(f"{glyphs.trigger} ", "secondary") if is_trigger else Span(f"{glyphs.action} ", "faint")
        times = Span(f" {formats.counted(len(batch.items), 'payload')}", "muted")
        place = Span("Triggers" if is_trigger else "Actions", "muted")
        self.query_one(Breadcrumb).show([(place,), (mark, Span(batch.name, "foreground bold"), times)])
        self.query_one("#outcomes-title", TitleLine).show(focused=True)
        self._list.focus()
        self._show_rows()
        self.set_interval(1 / _FRAMES_PER_S, self._frame)
        self.start_job(self._run, then=lambda _: self._frame(), group="many")

    async def _run(self) -> None:
        await self.many.run(self.operations, self._changed)
        self.say([Span(self.many.name), gap(2), *counts_line(self.many)])

    def _changed(self, item: Item) -> None:
        self._has_news = True
        if item.activation_id is not None:
            self._main.own.add(item.activation_id)
        if item.failed:
            self._failed.append(item)

    # Showing

    @property
    def _list(self) -> LineView:
        return self.query_one("#outcomes", LineView)

    def _frame(self) -> None:
        if not self.is_there:
            return
        pause_s = max(0.0, self.many.held_until - time.monotonic())
        if not self._has_news and not pause_s:
            return
        self._has_news = False
        self.query_one("#progress", Progress).say(progress(self.many, glyphs_of(self), pause_s=pause_s))
        state = (Span("failures only", "warning"), gap(3)) if self._failures_only else ()
        self.query_one("#outcomes-title", TitleLine).show(state=(*state, *counts_line(self.many)))
        if self._failures_only:
            self._show_rows()
        else:
            self._list.source_changed()
        self.refresh_bindings()

    def _show_rows(self) -> None:
        items = list(self._failed) if self._failures_only else self.many.items
        rows = Rows(items, key=lambda item: item.number, draw=self._row, revision=revision)
        self._list.show(rows, cursor=self._list.cursor_id)

    def _row(self, item: Item, width: int) -> Line:
        return item_row(item, width, glyphs_of(self))

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("stop", "open") and self.is_mounted:
            return True if self.reason_disabled(action) is None else None
        return super().check_action(action, parameters)

    def reason_disabled(self, action: str) -> str | None:
        if action == "stop" and (self.many.is_stopped or self.many.is_over):
            return "it is over" if self.many.is_over else "no more are begun already"
        if action == "open" and self._chosen_id() is None:
            return "nothing ran there"
        return super().reason_disabled(action)

    def footer_label(self, binding: Binding) -> str | None:
        if binding.id == "many.failures":
            return "all" if self._failures_only else "failures"
        if binding.id == "many.back":
            return "back" if self.many.is_over or self.many.is_stopped else "stop"
        if binding.id == "many.stop" and self.many.is_over:
            return ""
        return None

    def _chosen_id(self) -> str | None:
        source, index = self._list.source, self._list.cursor_index
        item = source.items[index] if isinstance(source, Rows) and index < len(source) else None
        return None if item is None else item.activation_id

    @on(LineView.Moved)
    def _moved(self) -> None:
        self.refresh_bindings()

    @on(LineView.Chosen)
    def action_open(self) -> None:
        if (activation_id := self._chosen_id()) is not None:
            self._main.post_message(RunRequested(activation_id))

    def action_failures(self) -> None:
        self._failures_only = not self._failures_only
        self._has_news = True
        self._show_rows()
        self._frame()

    def action_stop(self) -> None:
        self.many.stop()
        self._has_news = True

    def action_back(self) -> None:
        if self.many.is_over or self.many.is_stopped:
            self.many.stop()
            self.dismiss(None)
        else:
            self.action_stop()
