"""One run, firing or refused branch as the detail views show it, put together from what the feed and a trace know."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from tui.entities.activation import Activation, State
from tui.operations.trace_node import NodeKind, TraceNode

if TYPE_CHECKING:
    from tui.entities.json import JsonObject
    from tui.entities.limits import Limits
    from tui.entities.live import RunningActivation

    from ..panels.activation_book import ActivationBook
    from ..render.entry import Entry


class Run(Struct, frozen=True, kw_only=True):
    """Everything there is to show."""

    activation_id: str | None
    """`None` where a rule refused."""
    name: str
    kind: NodeKind
    state: State | None
    activation: Activation | None = None
    running: RunningActivation | None = None
    rule: str | None = None
    error: str | None = None
    logs: Sequence[str] = ()
    """Raw lines so far; of an ended run, all of them."""
    logs_edition: int = 0
    """While this stays, `logs` only grows at its end."""
    cause: Entry | None = None
    """The firing or sequence that caused it, where that is known."""
    typical_ms: float | None = None
    slow_ms: float | None = None
    """What 95 of 100 such runs do not take."""
    missing: str | None = None
    """Why nothing is known of it."""
    is_arriving: bool = False
    """It has ended, and the platform may still be collecting its lines."""
    logs_sent_to: str | None = None
    """Where the platform sends the lines of its log, instead of keeping them."""

    @property
    def is_open(self) -> bool:
        """Whether there is no record yet, and there may be one."""
        return self.activation is None and self.error is None and self.missing is None

    @property
    def is_moving(self) -> bool:
        return self.activation is None and self.state in (State.QUEUED, State.RUNNING)

    @property
    def limits(self) -> Limits | None:
        if self.activation is not None:
            return self.activation.limits
        return None if self.running is None else self.running.limits

    @property
    def record(self) -> JsonObject | None:
        """What the platform tells, as it tells it."""
        if self.activation is not None:
            return self.activation.received
        return None if self.running is None else self.running.to_json()

    @property
    def revision(self) -> Hashable:
        """Differs once any view of it has to be drawn anew; lines of the log are told by their number."""
        return self.activation_id, self.rule, self.state, self.activation is None, self.missing, self.error

    def elapsed_ms(self, now_ms: int) -> int | None:
        """How long it ran, or has run until now."""
        if self.activation is not None:
            return self.activation.duration_ms
        if self.running is None or self.state is not State.RUNNING:
            return None
        return max(0, now_ms - (self.running.started_ms or self.running.accepted_ms))


def run_of_node(node: TraceNode, book: ActivationBook) -> Run:
    """What a node of a trace stands for, with what the feed told about it meanwhile."""
    run = Run(
        activation_id=node.activation_id,
        name=node.name,
        kind=node.kind,
        state=node.state,
        activation=node.activation,
        running=node.running,
        rule=node.rule,
        error=node.error,
        logs=() if node.activation is None else node.activation.logs,
    )
    return _with_book(run, book)


def run_of_id(activation_id: str, book: ActivationBook, loaded: Activation | None, missing: str | None = None) -> Run:
    """One activation by its id; `loaded` is its record where the feed has not told it."""
    if loaded is None:
        return _with_book(Run(activation_id=activation_id, name="", kind="action", state=None, missing=missing), book)
    run = Run(
        activation_id=activation_id,
        name=loaded.entity_name,
        kind=kind_of(loaded),
        state=loaded.state,
        activation=loaded,
        logs=loaded.logs,
    )
    return _with_book(run, book)


def kind_of(activation: Activation) -> NodeKind:
    if activation.is_trigger:
        return "trigger"
    return "sequence" if activation.is_sequence else "action"


def _with_book(run: Run, book: ActivationBook) -> Run:
    entry = None if run.activation_id is None else book.find(run.activation_id)
    if entry is not None:
        kind: NodeKind = "trigger" if entry.is_trigger else "sequence" if entry.is_sequence else run.kind
        run = replace(
            run,
            name=entry.name,
            kind=kind,
            state=entry.state,
            activation=entry.activation or run.activation,
            running=entry.running or run.running,
            logs=entry.logs if entry.activation is None else entry.activation.logs,
            logs_edition=entry.logs_edition,
            missing=None,
        )
    parent_id = entry.parent_id if entry is not None else None
    if parent_id is None and run.activation is not None:
        parent_id = run.activation.cause
    cause = None if parent_id is None else book.find(parent_id)
    if run.kind != "trigger":
        run = replace(run, typical_ms=book.typical_ms(run.name), slow_ms=book.slow_ms(run.name))
    return replace(run, cause=cause, rule=run.rule or rule_between(cause, run.activation_id))


def rule_between(cause: Entry | None, activation_id: str | None) -> str | None:
    """The rule by which a firing set off a run."""
    if cause is None or cause.activation is None or activation_id is None:
        return None
    for outcome in cause.activation.rule_outcomes():
        if outcome.activation_id == activation_id:
            return outcome.rule.rpartition("/")[2]
    return None


def trace_from_book(node: TraceNode, book: ActivationBook) -> TraceNode:
    """The trace with everything that the feed told since it was loaded."""
    entry = None if node.activation_id is None else book.find(node.activation_id)
    if entry is None:
        return replace(node, children=tuple(trace_from_book(child, book) for child in node.children))
    activation = entry.activation or node.activation
    return replace(
        node,
        kind="trigger" if entry.is_trigger else "sequence" if entry.is_sequence else node.kind,
        name=entry.name,
        state=entry.state if entry.activation is not None or node.activation is None else node.state,
        activation=activation,
        running=entry.running or node.running,
        pending=activation is None,
        children=tuple(_children(node, entry, activation, book)),
    )


def node_of_entry(entry: Entry, book: ActivationBook, rule: str | None = None) -> TraceNode:
    """A trace from the feed alone."""
    bare = TraceNode(
        activation_id=entry.activation_id, kind="action", name=entry.name, rule=rule, pending=entry.activation is None
    )
    return trace_from_book(bare, book)


def _children(node: TraceNode, entry: Entry, activation: Activation | None, book: ActivationBook) -> list[TraceNode]:
    known = {child.activation_id: child for child in node.children if child.activation_id is not None}

    def child_of(activation_id: str, name: str = "", rule: str | None = None) -> TraceNode:
        if activation_id in known:
            return trace_from_book(known[activation_id], book)
        if (found := book.find(activation_id)) is not None:
            return node_of_entry(found, book, rule)
        return TraceNode(activation_id=activation_id, kind="action", name=name, rule=rule, pending=True)

    if activation is not None and activation.is_trigger:
        children = []
        for outcome in activation.rule_outcomes():
            rule, action = outcome.rule.rpartition("/")[2], outcome.action.partition("/")[2]
            if outcome.activation_id is not None:
                children.append(child_of(outcome.activation_id, action, rule))
            else:
                error = outcome.error or "The platform did not say why."
                children.append(TraceNode(activation_id=None, kind="action", name=action, rule=rule, error=error))
        return children
    steps = activation.step_ids() if activation is not None else ()
    told = steps or entry.children or [child_id for child_id, child in known.items() if not child.inferred]
    inferred = [child_id for child_id, child in known.items() if child.inferred and child_id not in told]
    return [child_of(child_id) for child_id in (*told, *inferred)]
