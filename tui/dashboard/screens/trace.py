"""A trace: what one firing, sequence or run set off, as a tree, and the chosen branch beside it."""

from __future__ import annotations

from collections.abc import Hashable
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen

from tui.errors import UserError
from tui.operations.exports import json_bytes
from tui.operations.trace_node import TraceNode

from ..jobs import HELP
from ..panels.activation_book import ActivationBook
from ..panels.messages import CauseRequested
from ..render.glyphs import glyphs_of
from ..render.line import Line, Span
from ..render.source import Rows
from ..render.trace import TraceRow, counts, draw_row, is_off, node_id, rows_of, so_far
from ..widgets.breadcrumb import Breadcrumb
from ..widgets.footer import Footer
from ..widgets.header import Header
from ..widgets.line_view import LineView
from ..widgets.payload_history import payload_history
from ..widgets.title_line import TitleLine
from .activation import ActivationScreen
from .confirm import ask_in_production
from .copies import Copyable, Savable, copies_of_run, printed
from .copying import COPY, SAVE, Copying
from .earlier import ask_for_lines
from .merged_log import MergedLog
from .now import now_ms
from .pane_finding import Finding
from .run import Run, node_of_entry, run_of_node
from .run_keys import WHY
from .run_pane import RunPane
from .settling import Settling
from .trace_loading import TraceLoading
from .trace_views import MERGED, TREE, VIEW_KEYS, VIEW_NAMES, VIEWS, TraceViews

if TYPE_CHECKING:
    from tui.operations import Operations

_TICK_S = 1.0
_ASK_AGAIN_S = 2.0


class TreeView(LineView):
    """The tree; its own `enter`, so that the footer shows it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "open", id="trace.open", tooltip="open the run under the cursor"),
    ]


class TraceScreen(Copying, TraceViews, TraceLoading, Settling, Screen[None]):
    """`esc` goes back to where it was opened from."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("U", "up", "up", id="trace.up", tooltip="to the firing or sequence that caused it"),
        Binding("J", "sibling(1)", "next beside", show=False, id="trace.next_sibling", tooltip="next branch beside it"),
        Binding(
            "K", "sibling(-1)", "beside before", show=False, id="trace.previous_sibling", tooltip="branch beside before"
        ),
        *VIEW_KEYS,
        Binding("l", "show('logs')", "logs", id="trace.logs", tooltip="its log"),
        Binding("r", "show('result')", "result", id="trace.result", tooltip="its result"),
        Binding("i", "show('facts')", "facts", id="trace.facts", tooltip="what is known about it"),
        Binding("Y", "show('record')", "record", show=False, id="trace.record", tooltip="the raw record"),
        Binding("t", "turn_on", "turn the rule on", id="trace.turn_on", tooltip="turn on the rule that refused"),
        Binding("1", "focus_tree", "tree", show=False, id="trace.focus_tree", tooltip="to the tree"),
        Binding("2", "focus_pane", "detail", show=False, id="trace.focus_detail", tooltip="to the chosen branch"),
        Binding("tab", "other_side", "other side", show=False, id="trace.other_side", tooltip="tree or chosen branch"),
        Binding("d", "compare", "compare", id="trace.compare", tooltip="compare with the last good run of it"),
        Binding("f", "again", "fire again", id="trace.again", tooltip="the same again, payload first"),
        Binding("x", "stop", "cancel", id="trace.stop", tooltip="cancel it, or stop waiting for it"),
        WHY,
        COPY,
        SAVE,
        HELP,
        Binding("escape,q", "back", "back", id="trace.back", tooltip="back to where you came from"),
    ]

    def __init__(
        self,
        operations: Operations,
        activation_id: str,
        state: ActivationBook,
        *,
        chosen: str | None = None,
        view: str = TREE,
    ) -> None:
        """
        Args:
            chosen: The activation to begin on; else what failed, else what runs, else the first run.
            view: One of `VIEWS`.
        """
        super().__init__()
        self._chosen_first = chosen
        self._first_view = view
        self.operations = operations
        self.root_id = activation_id
        self.book = state
        self._root: TraceNode | None = None
        self._rows: list[TraceRow] = []

    @property
    def root(self) -> TraceNode | None:
        return self._root

    # Layout

    def compose(self) -> ComposeResult:
        yield Header()
        yield Breadcrumb()
        with Horizontal(classes="halves trace"):
            with Vertical(classes="tree-half"):
                yield TitleLine("Trace", number=1, id="tree-title")
                yield TreeView(id="tree", empty=((Span("asking the platform", "faint"),),))
                yield TitleLine("So far", id="so-far-title")
                yield LineView(id="so-far", cursor=False)
            yield from self.compose_views()
            yield RunPane(number=2, live=self.operations.platform.live)
        yield Footer()

    def on_mount(self) -> None:
        self.query_one("#so-far").can_focus = False
        self._stop_listening = self.book.listen(self.told)
        self.set_interval(_TICK_S, self._tick)
        self.set_interval(_ASK_AGAIN_S, self.ask_again)
        entry = self.book.find(self.root_id)
        if entry is not None:
            self.show_trace(node_of_entry(entry, self.book))
        self.load_if_needed()
        self.show_as(self._first_view)

    def on_resize(self) -> None:
        """Sentences are wrapped anew, once the new width is known."""
        self.call_after_refresh(self._show_so_far)

    def on_unmount(self) -> None:
        self._stop_listening()

    # What is shown

    def show_missing(self, error: UserError) -> None:
        lines: list[Line] = [(Span(error.message, "muted"),), (Span(error.hint, "faint"),)]
        self.query_one("#tree", LineView).set_empty(lines)

    def show_trace(self, root: TraceNode) -> None:
        self._root = root
        self._rows = rows_of(root)
        view = self.query_one("#tree", LineView)
        source = Rows(
            self._rows,
            key=lambda row: row.row_id,
            draw=lambda row, width: draw_row(row, width, now_ms(self.app), glyphs_of(self)),
        )
        fresh = not len(view.source)
        view.show(source, cursor=self._first_choice(root) if fresh else None)
        self.query_one("#tree-title", TitleLine).show(state=(Span(counts(root, glyphs_of(self)), "muted"),))
        self._show_way(root)
        self._show_so_far()
        self._show_chosen()
        self.show_view()

    def _first_choice(self, root: TraceNode) -> Hashable:
        """What one most likely came for."""
        if any(node_id(node) == self._chosen_first for node in root.walk()):
            return self._chosen_first
        nodes = [node for node in root.walk() if node is not root]
        for wanted in (
            [node for node in nodes if node.error is not None or (node.state and node.state.is_failure)],
            [node for node in nodes if node.pending],
            nodes,
        ):
            if wanted:
                return node_id(wanted[0])
        return node_id(root)

    def _show_way(self, root: TraceNode) -> None:
        glyphs = glyphs_of(self)
        glyph, role = {
            "trigger": (glyphs.trigger, "secondary"),
            "sequence": (glyphs.sequence, "secondary"),
            "action": (glyphs.action, "faint"),
        }[root.kind]
        short = (root.activation_id or "")[:8]
        name = Span(root.name or "not known yet", "foreground bold")
        here = (Span(f"{glyph} ", role), name, Span(f" {short}", "faint"))
        self.query_one(Breadcrumb).show([(Span("Activations", "muted"),), here], VIEW_NAMES, VIEWS.index(self.view))

    def view_changed(self) -> None:
        if self._root is not None:
            self._show_way(self._root)
        self.refresh_bindings()

    def _show_so_far(self) -> None:
        if self._root is not None:
            view = self.query_one("#so-far", LineView)
            view.show_lines(so_far(self._root, max(20, view.size.width - 4), now_ms(self.app), glyphs_of(self)))

    def _show_chosen(self) -> None:
        node = self._chosen()
        if node is not None:
            run = run_of_node(node, self.book)
            self.settle(run)
            self.query_one(RunPane).show(self.with_log(run), now_ms(self.app))
            ask_for_lines(self, self.operations, self.book, node.activation_id)

    def _chosen(self) -> TraceNode | None:
        row = self._row()
        return None if row is None else row.node

    def looked_at(self) -> Run | None:
        node = self._chosen() if self.is_mounted else None
        return None if node is None else self.with_log(run_of_node(node, self.book))

    def log_settled(self) -> None:
        self._show_chosen()

    def tab_looked_at(self) -> str:
        return self.query_one(RunPane).tab

    def _row(self) -> TraceRow | None:
        cursor = self.query_one("#tree", LineView).cursor_id
        return next((row for row in self._rows if row.row_id == cursor), None)

    def _tick(self) -> None:
        """What moves is time: rows that run, and the chosen one's facts."""
        if self._root is None or self._root.settled or self.app.screen is not self:
            return
        view = self.query_one("#tree", LineView)
        view.redraw()
        self._show_so_far()
        self._show_chosen()
        self.show_view()

    @on(LineView.Moved, "#tree")
    def _moved(self, event: LineView.Moved) -> None:
        event.stop()
        self._show_chosen()
        self.show_cursor()
        self.refresh_bindings()

    @on(LineView.Moved, "#bars")
    def _moved_bars(self, event: LineView.Moved) -> None:
        event.stop()
        if event.row_id is not None:
            self.query_one("#tree", LineView).move_to(event.row_id)

    def on_descendant_focus(self) -> None:
        self.query_one("#tree-title", TitleLine).show(focused=self.query_one("#tree").has_focus)

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if not self.is_mounted:
            return True
        node = self._chosen()
        if action == "turn_on":
            return node is not None and is_off(node)
        return super().check_action(action, parameters)

    @on(LineView.Chosen, "#tree,#bars")
    def _opened(self, event: LineView.Chosen) -> None:
        event.stop()
        self.action_open()

    def action_open(self) -> None:
        node = self._chosen()
        if self.has_class("-narrow") and not self.has_class("-detail") and node is not None:
            self._show_side("-detail")
        elif node is not None and node.activation_id is not None:
            tab = self.query_one(RunPane).tab
            self.app.push_screen(ActivationScreen(self.operations, node.activation_id, tab=tab, state=self.book))
        else:
            self.say("it never ran: there is nothing to open", "warning")

    def action_show(self, tab: str) -> None:
        if self.view == MERGED:
            self.show_as(TREE)
        self.query_one(RunPane).turn_to(tab)
        if self.has_class("-narrow"):
            self._show_side("-detail")

    def action_up(self) -> None:
        """To the node above; from the root, to what caused the whole."""
        row = self._row()
        if row is None or self._root is None:
            return
        parent = _parent_of(self._root, node_id(row.node))
        if parent is not None:
            self.query_one("#tree", LineView).move_to(node_id(parent))
            return
        entry = None if row.node.activation_id is None else self.book.find(row.node.activation_id)
        above = entry.parent_id if entry is not None else row.node.activation.cause if row.node.activation else None
        if above is None:
            if row.node.activation_id is None or row.node.kind == "trigger":
                self.say("nothing above it is known")
            else:
                self.app.screen_stack[0].post_message(CauseRequested(row.node.activation_id))
            return
        self.root_id, child = above, node_id(row.node)
        found = self.book.find(above)
        if found is not None:
            self.show_trace(node_of_entry(found, self.book))
            self.query_one("#tree", LineView).move_to(child)
        self.load_if_needed()

    def action_sibling(self, step: int) -> None:
        row = self._row()
        if row is None or row.is_rule or len(row.siblings) < 2:
            self.say("there is nothing beside it")
            return
        ids = row.siblings
        self.query_one("#tree", LineView).move_to(ids[(ids.index(row.row_id) + step) % len(ids)])

    def action_turn_on(self) -> None:
        node = self._chosen()
        if node is None or node.rule is None:
            return
        rule = node.rule

        def turn_on() -> None:
            enable = partial(self.operations.rules.enable, rule)
            self.start_job(enable, then=lambda _: self.say(f"{rule} is on"), group="turn on")

        ask_in_production(self, self.operations.endpoint, f"Turn on rule {rule}?", turn_on)

    def action_focus_tree(self) -> None:
        self._show_side("")
        self.view_body.focus()

    def action_focus_pane(self) -> None:
        self._show_side("-detail")
        self.query_one(RunPane).body.focus()

    def action_other_side(self) -> None:
        if self.view_body.has_focus:
            self.action_focus_pane()
        else:
            self.action_focus_tree()

    def copy_title(self) -> str:
        run = self.looked_at()
        return "" if run is None else f"{run.name} {(run.activation_id or '')[:8]}".strip()

    def copies(self) -> list[Copyable]:
        run = self.looked_at()
        if run is None or self._root is None:
            return []
        if self.view == MERGED:
            return [*self.query_one(MergedLog).under_cursor(), printed("trace", self._root.to_json())]
        under = self.query_one(RunPane).under_cursor() if self.query_one(RunPane).has_focus_within else []
        forms = copies_of_run(run, self.operations, payload_history(self.app))
        return [*under, *forms, printed("trace", self._root.to_json())]

    def files(self) -> list[Savable]:
        root = self._root
        if root is None:
            return []
        if self.view == MERGED:
            return self.query_one(MergedLog).files()
        return [*self.query_one(RunPane).files(), Savable("trace", ".json", lambda: json_bytes(root.to_json()))]

    def action_back(self) -> None:
        pane: Finding = self.query_one(MergedLog if self.view == MERGED else RunPane)
        if pane.searching:
            pane.end_search()
        elif self.view == MERGED:
            self.show_as(TREE)
        elif self.has_class("-detail") and self.has_class("-narrow"):
            self.action_focus_tree()
        else:
            self.dismiss(None)

    def _show_side(self, side: str) -> None:
        """On a narrow screen there is room for one: the tree, or the chosen branch."""
        self.set_class(side == "-detail", "-detail")
        if side == "-detail" and self.has_class("-narrow"):
            self.query_one(RunPane).body.focus()


def _parent_of(root: TraceNode, wanted: Hashable) -> TraceNode | None:
    return next((node for node in root.walk() if any(node_id(child) == wanted for child in node.children)), None)
