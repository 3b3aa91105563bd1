"""The files that are watched, and what the last save of each came to: an error, or what it changed in the result."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import Screen

from ..jobs import HELP, Jobs
from ..panels.messages import RunRequested, StartRequested
from ..render.glyphs import glyphs_of
from ..render.line import Line, Span
from ..render.source import Rows
from ..render.watch_rows import change_words, changes_of, outcome_lines, result_lines, watch_row
from ..widgets.breadcrumb import Breadcrumb
from ..widgets.footer import Footer
from ..widgets.header import Header
from ..widgets.line_view import LineView
from ..widgets.title_line import TitleLine

if TYPE_CHECKING:
    from tui.operations import Operations
    from tui.operations.watching import Watch

    from .watching import Watching

_MOST_ROWS = 6
_NONE = ((Span("Nothing is watched: w on an action watches its file.", "muted"),),)


class WatchScreen(Jobs, Screen[None]):
    """`esc` goes back; what is watched goes on being watched."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("w", "end", "stop watching", id="watch.end", tooltip="no longer watch the file under the cursor"),
        Binding(
            "f", "start", "payload", id="watch.start", tooltip="invoke it with another payload, kept for the next save"
        ),
        Binding("enter", "open", "open run", id="watch.open", tooltip="open its newest run"),
        Binding("l", "logs", "logs", id="watch.logs", tooltip="logs of its newest run"),
        Binding("V", "reveal", "secrets", show=False, id="watch.reveal", tooltip="show or hide what is masked"),
        HELP,
        Binding("escape,q", "back", "back, watching on", id="watch.back", tooltip="back; files are watched on"),
    ]
    _NEED_ROW: ClassVar = frozenset({"end", "start", "open", "logs"})

    def __init__(self, operations: Operations, main: Watching, *, chosen: str | None) -> None:
        super().__init__()
        self.operations = operations
        self._main = main
        self._chosen = chosen
        self._revealed = False

    def compose(self) -> ComposeResult:
        yield Header()
        yield Breadcrumb()
        with Vertical(classes="watching"):
            yield TitleLine("Watched", number=1, id="watches-title")
            yield LineView(id="watches", empty=_NONE)
            yield TitleLine("Last save", number=2, id="outcome-title")
            yield LineView(id="outcome", cursor=False)
            yield TitleLine("Changed in the result", number=3, id="changes-title")
            yield LineView(id="changes", cursor=False)
            yield TitleLine("Result", number=4, id="result-title")
            yield LineView(id="result", cursor=False)
        yield Footer()

    def on_mount(self) -> None:
        self.query_one(Breadcrumb).show([(Span("Watches", "foreground bold"),)])
        self._list.focus()
        self.query_one("#watches-title", TitleLine).show(focused=True)
        self.show_watches()
        if self._chosen is not None:
            self._list.move_to(self._chosen)
        self._show_selected()

    @property
    def _list(self) -> LineView:
        return self.query_one("#watches", LineView)

    @property
    def selected(self) -> Watch | None:
        """The one under the cursor."""
        name = self._list.cursor_id
        return self._main.watches.get(name) if isinstance(name, str) else None

    # Showing

    def show_watches(self) -> None:
        """Something changed."""
        if not self.query("#watches"):  # not composed yet
            return
        watches = list(self._main.watches.values())
        rows = Rows(watches, key=lambda watch: watch.action, draw=self._row)
        self._list.styles.height = max(1, min(len(watches), _MOST_ROWS))
        self._list.show(rows, cursor=self._list.cursor_id)
        self.query_one("#watches-title", TitleLine).show(state=(Span(str(len(watches)), "muted"),))
        self._show_selected()

    def _row(self, watch: Watch, width: int) -> Line:
        return watch_row(watch, width, glyphs_of(self))

    @on(LineView.Moved, "#watches")
    def _show_selected(self) -> None:
        watch, glyphs = self.selected, glyphs_of(self)
        outcome = [] if watch is None else outcome_lines(watch, glyphs)
        self._show_lines("outcome", outcome)
        diff = None if watch is None else changes_of(watch, revealed=self._revealed)
        changes: list[Line] = [] if diff is None else list(diff.rows)
        self._show_lines("changes", changes)
        self.query_one("#changes-title", TitleLine).show(state=() if watch is None else change_words(watch, diff))
        self.query_one("#result", LineView).show_lines(
            [] if watch is None else result_lines(watch, revealed=self._revealed)
        )
        title = self.query_one("#outcome-title", TitleLine)
        title.show(state=() if watch is None else (Span(watch.action, "muted"),))
        self.refresh_bindings()

    def _show_lines(self, name: str, lines: list[Line]) -> None:
        view = self.query_one(f"#{name}", LineView)
        view.styles.height = max(1, len(lines))
        view.show_lines(lines)

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in self._NEED_ROW and self.is_mounted:
            return True if self.reason_disabled(action) is None else None
        return super().check_action(action, parameters)

    def reason_disabled(self, action: str) -> str | None:
        if action not in self._NEED_ROW:
            return super().reason_disabled(action)
        if self.selected is None:
            return "nothing is watched"
        if action in ("open", "logs") and self._newest_id() is None:
            return "it has not run since it is watched"
        return None

    def _newest_id(self) -> str | None:
        watch = self.selected
        if watch is None:
            return None
        return watch.running_id or (None if watch.after is None else watch.after.activation_id)

    def action_end(self) -> None:
        if (watch := self.selected) is not None:
            self._main.end_watch(watch.action)

    def action_start(self) -> None:
        if (watch := self.selected) is not None:
            self._main.post_message(StartRequested("action", watch.action, again=False))

    @on(LineView.Chosen, "#watches")
    def action_open(self) -> None:
        if (activation_id := self._newest_id()) is not None:
            self._main.post_message(RunRequested(activation_id, "result"))

    def action_logs(self) -> None:
        if (activation_id := self._newest_id()) is not None:
            self._main.post_message(RunRequested(activation_id, "logs"))

    def action_reveal(self) -> None:
        self._revealed = not self._revealed
        self._show_selected()

    def action_back(self) -> None:
        self.dismiss(None)
