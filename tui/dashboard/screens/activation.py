"""One activation on the whole screen: result, log, facts and record."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen

from tui.entities.activation import Activation
from tui.errors import UserError

from ..jobs import HELP
from ..panels.activation_book import ActivationBook
from ..panels.messages import CauseRequested
from ..render.glyphs import glyphs_of
from ..render.line import Line, Span
from ..widgets.breadcrumb import Breadcrumb
from ..widgets.footer import Footer
from ..widgets.header import Header
from ..widgets.payload_history import payload_history
from .copies import Copyable, Savable, copies_of_run, files_of_run
from .copying import COPY, SAVE, Copying
from .earlier import ask_for_lines
from .now import now_ms
from .run import Run, run_of_id
from .run_keys import WHY, RunKeys
from .run_pane import TABS, RunPane
from .settling import Settling
from .trace_views import WATERFALL

if TYPE_CHECKING:
    from tui.operations import Operations

_TICK_S = 1.0


class ActivationScreen(Copying, RunKeys, Settling, Screen[None]):
    """`esc` goes back to where it was opened from."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "show('result')", "result", id="run.result", tooltip="what it gave back"),
        Binding("l", "show('logs')", "logs", id="run.logs", tooltip="what it printed"),
        Binding("i", "show('facts')", "facts", id="run.facts", tooltip="what is known about it"),
        Binding("Y", "show('record')", "record", id="run.record", tooltip="the raw record"),
        Binding("U", "up", "up", id="run.up", tooltip="to the firing or sequence that caused it"),
        Binding("J", "sibling(1)", "next beside", show=False, id="run.next_sibling", tooltip="next run beside it"),
        Binding("K", "sibling(-1)", "run before", show=False, id="run.previous_sibling", tooltip="run beside, before"),
        Binding("w", "waterfall", "waterfall", id="run.waterfall", tooltip="its trace against time"),
        Binding("d", "compare", "compare", id="run.compare", tooltip="compare with the last good run of it"),
        Binding("f", "again", "fire again", id="run.again", tooltip="the same again, payload first"),
        Binding("x", "stop", "cancel", id="run.stop", tooltip="cancel it, or stop waiting for it"),
        WHY,
        COPY,
        SAVE,
        HELP,
        Binding("escape,q", "back", "back", id="run.back", tooltip="back to where you came from"),
    ]

    def __init__(
        self, operations: Operations, activation_id: str, tab: str = "result", *, state: ActivationBook
    ) -> None:
        super().__init__()
        self.operations = operations
        self._shown_id = activation_id
        self._tab = tab if tab in TABS else "result"
        self.book = state
        self._loaded: Activation | None = None
        self._missing: str | None = None

    def compose(self) -> ComposeResult:
        yield Header()
        yield Breadcrumb()
        yield RunPane(number=1, tabs_in_title=False, live=self.operations.platform.live)
        yield Footer()

    def on_mount(self) -> None:
        self._stop_listening = self.book.listen(self._told)
        self.set_interval(_TICK_S, self._tick)
        pane = self.query_one(RunPane)
        self._show()
        pane.turn_to(self._tab)
        pane.body.focus()
        self._load_if_needed()

    def on_unmount(self) -> None:
        self._stop_listening()

    @property
    def activation_id(self) -> str:
        return self._shown_id

    @property
    def shown(self) -> Run:
        """The run as it is known now."""
        return self.with_log(run_of_id(self._shown_id, self.book, self._loaded, self._missing))

    def log_settled(self) -> None:
        self._show()

    def looked_at(self) -> Run:
        return self.shown

    def tab_looked_at(self) -> str:
        return self.query_one(RunPane).tab

    def _told(self, changed: frozenset[str]) -> None:
        if self._shown_id in changed:
            self._show()

    def _load_if_needed(self) -> None:
        """Ask for the record of a run that the feed has not told."""
        entry = self.book.find(self._shown_id)
        if self._loaded is None and (entry is None or (entry.activation is None and not entry.is_moving)):
            load = partial(self.operations.activations.get, self._shown_id)
            self.start_job(load, then=self._got, failed=self._not_got, group="record", latest_only=True)

    def _got(self, activation: Activation) -> None:
        self._loaded, self._missing = activation, None
        self._show()

    def _not_got(self, error: UserError) -> None:
        self._missing = f"{error.message} {error.hint}".strip()
        self._show()

    def _show(self) -> None:
        run = self.shown
        self.settle(run)
        self.query_one(RunPane).show(self.with_log(run), now_ms(self.app))
        self._show_way()
        ask_for_lines(self, self.operations, self.book, self._shown_id)

    @on(RunPane.Turned)
    def _show_way(self) -> None:
        run, glyphs = self.shown, glyphs_of(self)
        glyph = {"trigger": glyphs.trigger, "sequence": glyphs.sequence, "action": glyphs.action}[run.kind]
        path: list[Line] = [(Span("Activations", "muted"),)]
        if run.cause is not None:
            mark = glyphs.sequence if run.cause.is_sequence else glyphs.trigger
            short = f" {run.cause.activation_id[:8]}"
            path.append((Span(f"{mark} ", "secondary"), Span(run.cause.name, "muted"), Span(short, "faint")))
        role = "faint" if run.kind == "action" else "secondary"
        name = Span(run.name or "not known yet", "foreground bold")
        path.append((Span(f"{glyph} ", role), name, Span(f" {self._shown_id[:8]}", "faint")))
        pane = self.query_one(RunPane)
        self.query_one(Breadcrumb).show(path, pane.labels(), TABS.index(pane.tab))
        self.refresh_bindings()

    def _tick(self) -> None:
        """Time goes on for what runs."""
        if self.app.screen is self and self.shown.is_moving:
            self.query_one(RunPane).show(self.shown, now_ms(self.app))

    # Keys

    def action_show(self, tab: str) -> None:
        pane = self.query_one(RunPane)
        pane.turn_to(tab)
        pane.body.focus()

    def action_up(self) -> None:
        from .trace import TraceScreen  # the two screens open each other

        cause = self.shown.cause
        if cause is None:
            self.app.screen_stack[0].post_message(CauseRequested(self._shown_id))
            return
        self.app.push_screen(TraceScreen(self.operations, cause.activation_id, self.book, chosen=self._shown_id))

    def action_waterfall(self) -> None:
        from .trace import TraceScreen

        run = self.shown
        root_id = self._shown_id if run.cause is None else run.cause.activation_id
        self.app.push_screen(TraceScreen(self.operations, root_id, self.book, chosen=self._shown_id, view=WATERFALL))

    def action_sibling(self, step: int) -> None:
        cause = self.shown.cause
        ids = () if cause is None else cause.children
        if self._shown_id not in ids or len(ids) < 2:
            self.say("there is no run beside it")
            return
        self._shown_id = ids[(ids.index(self._shown_id) + step) % len(ids)]
        self._loaded, self._missing = None, None
        self._show()
        self._load_if_needed()

    def copy_title(self) -> str:
        return f"{self.shown.name} {self._shown_id[:8]}".strip()

    def copies(self) -> list[Copyable]:
        run = self.shown
        under = self.query_one(RunPane).under_cursor()
        return [*under, *copies_of_run(run, self.operations, payload_history(self.app))]

    def files(self) -> list[Savable]:
        return self.query_one(RunPane).files() or files_of_run(self.shown, "")

    def action_back(self) -> None:
        pane = self.query_one(RunPane)
        if pane.searching:
            pane.end_search()
        else:
            self.dismiss(None)
