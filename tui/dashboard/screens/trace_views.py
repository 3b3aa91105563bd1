"""Three views of one trace: the tree, bars against time, and what all its runs printed, merged by time."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Final

from textual.binding import Binding
from textual.widget import Widget

from tui.operations.merged_logs import LoggedRun
from tui.operations.trace_node import TraceNode

from ..render.trace import node_id
from ..widgets.line_view import LineView
from .merged_log import MergedLog
from .now import now_ms
from .run import run_of_node
from .run_keys import RunKeys
from .waterfall import Waterfall

TREE, WATERFALL, MERGED = "tree", "waterfall", "merged"
VIEWS: Final = (TREE, WATERFALL, MERGED)
VIEW_NAMES: Final = (TREE, WATERFALL, "merged log")
VIEW_KEYS: Final = (
    Binding("w", "view('waterfall')", "waterfall", id="trace.waterfall", tooltip="bars against time, and back"),
    Binding("m", "view('merged')", "merged log", id="trace.merged", tooltip="all its logs in one, by time, and back"),
)


class TraceViews(RunKeys):
    """For a screen with `#tree`, whose cursor is the one of every view, and `VIEW_KEYS` in its table."""

    view = TREE

    @property
    def root(self) -> TraceNode | None:
        """The trace as it is known now."""
        raise NotImplementedError

    def view_changed(self) -> None:
        """Another view is shown."""
        raise NotImplementedError

    def compose_views(self) -> Iterator[Widget]:
        """Beside the tree."""
        yield Waterfall()
        yield MergedLog()

    @property
    def view_body(self) -> LineView:
        """Where the keys go in the view that is shown."""
        return self.query_one({TREE: "#tree", WATERFALL: "#bars", MERGED: "#merged"}[self.view], LineView)

    def show_as(self, view: str) -> None:
        """Turn to a view."""
        self.view = view
        for name in VIEWS:
            self.query_one(".trace").set_class(name == view, f"-{name}")
        self.show_view()
        self.view_body.focus()
        self.view_changed()

    def show_view(self) -> None:
        """Draw what stands in place of the tree as it is now."""
        if self.root is None:
            return
        if self.view == WATERFALL:
            self.query_one(Waterfall).show(self.root, now_ms(self.app))
            self.show_cursor()
        elif self.view == MERGED:
            self.query_one(MergedLog).show(list(self._logged()), running=not self.root.settled)

    def _logged(self) -> Iterator[LoggedRun]:
        """Every run that can print something, with its lines so far."""
        for _, node in self._branches():
            if node.kind == "action" and node.activation_id is not None:
                run = run_of_node(node, self.book)
                yield LoggedRun(node.activation_id, run.name, tuple(run.logs))

    def show_cursor(self) -> None:
        """Let the view have its cursor where the tree has it."""
        node = next((node for node in self._branches() if node[0] == self._tree_cursor()), None)
        if self.view == WATERFALL and node is not None:
            self.query_one(Waterfall).choose(node[0], self.book.typical_ms(node[1].name))

    def _branches(self) -> Iterator[tuple[Hashable, TraceNode]]:
        if self.root is not None:
            yield from ((node_id(node), node) for node in self.root.walk())

    def _tree_cursor(self) -> Hashable:
        """The run under the tree's cursor; of a rule, the run that it set off."""
        cursor = self.query_one("#tree", LineView).cursor_id
        if isinstance(cursor, tuple) and cursor[0] == "rule":
            return next((key for key, node in self._branches() if node.rule == cursor[1]), None)
        return cursor

    def footer_label(self, binding: Binding) -> str | None:
        """The key of the view that is shown leads back to the tree."""
        if binding.id == f"trace.{self.view}":
            return TREE
        return super().footer_label(binding)

    def action_view(self, name: str) -> None:
        self.show_as(TREE if self.view == name else name)
