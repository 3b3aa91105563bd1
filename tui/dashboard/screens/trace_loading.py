"""How a trace's screen gets to know its trace: from what the feed told, and for the rest from the platform."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tui.client.errors import NotFound
from tui.errors import UserError
from tui.operations.inferred import inferred_ids
from tui.operations.trace import load_trace
from tui.operations.trace_node import TraceNode

from ..jobs import Jobs
from ..panels.activation_book import ActivationBook
from .run import node_of_entry, trace_from_book

if TYPE_CHECKING:
    from tui.operations import Operations


class TraceLoading(Jobs):
    """For a screen that shows one trace as it grows."""

    operations: Operations
    book: ActivationBook
    root_id: str

    def __init__(self) -> None:
        super().__init__()
        self._asking = False
        self._searched: set[str] = set()
        """Activations whose result and log were searched for the ids of others."""
        self._strangers: set[str] = set()
        """Ids found there that belong to no run, as far as is known."""

    @property
    def root(self) -> TraceNode | None:
        """The trace as it is known now."""
        raise NotImplementedError

    def show_trace(self, root: TraceNode) -> None:
        """The trace is another one now."""
        raise NotImplementedError

    def show_missing(self, error: UserError) -> None:
        """There is no trace to show."""
        raise NotImplementedError

    def told(self, changed: frozenset[str]) -> None:
        """The feed told something: these ids changed."""
        if (root := self.root) is None:
            if self.root_id in changed and (entry := self.book.find(self.root_id)) is not None:
                self.show_trace(node_of_entry(entry, self.book))
            return
        turned_up = changed & self._strangers
        self._strangers -= turned_up
        if turned_up:
            self._load()
        elif changed & {node.activation_id for node in root.walk()}:
            self.show_trace(trace_from_book(root, self.book))
            self.load_if_needed()

    def load_if_needed(self) -> None:
        """Ask the platform for what the feed has not told."""
        root = self.root
        if root is None or any(map(self._is_unknown, root.walk())) or self._mentions_more(root):
            self._load()

    def ask_again(self) -> None:
        """Some time passed: what is not known yet may be by now."""
        if self.root is None or not self.root.settled:
            self.load_if_needed()

    def _load(self) -> None:
        if self._asking:
            return
        self._asking = True
        load = partial(
            load_trace,
            self.operations,
            self.root_id,
            known=self.book.known,
            infer=True,
            strangers=self._strangers,
        )
        self.start_job(load, then=self._loaded, failed=self._not_loaded, group="trace", latest_only=True)

    def _loaded(self, root: TraceNode) -> None:
        self._asking = False
        self.show_trace(trace_from_book(root, self.book))
        if self._mentions_more(root):
            self._load()

    def _not_loaded(self, error: UserError) -> None:
        self._asking = False
        if self.root is None:
            self.show_missing(error)
        elif not isinstance(error, NotFound):
            self.say_error(error)

    def _is_unknown(self, node: TraceNode) -> bool:
        return node.pending and (node.activation_id is None or self.book.find(node.activation_id) is None)

    def _mentions_more(self, root: TraceNode) -> bool:
        """Whether a run that has ended since mentions ids that are no part of the trace yet."""
        ended = [node.activation for node in root.walk() if node.activation is not None]
        fresh = [record for record in ended if record.activation_id not in self._searched]
        self._searched.update(record.activation_id for record in fresh)
        known = {node.activation_id for node in root.walk()} | self._strangers
        return any(set(inferred_ids(record)) - known for record in fresh)
