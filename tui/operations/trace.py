"""Traces: everything that one activation set off, as a tree.

OpenWhisk keeps no such tree. A trigger's record names its rules' runs in its log lines, a sequence's the ids of its
steps; the way up is told by `cause` for steps only, and for runs behind a trigger by nobody but the local runtime.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Protocol

from msgspec.structs import replace

from tui.client import Client
from tui.client.errors import ApiError, NotFound
from tui.client.live import finished_activation
from tui.entities.activation import Activation, RuleOutcome
from tui.entities.kinds import SEQUENCE
from tui.entities.limits import MAX_LIST_SIZE
from tui.entities.live import EventName, LiveEvent, RunningActivation

from .inferred import inferred_ids
from .live_turns import GrowingPause, Patience, live_turns
from .platform import PlatformInfo
from .together import map_together
from .trace_node import NodeKind, TraceNode

_MAX_INFERRED = 100
"""So many mentioned ids of one trace are asked for."""


class Connected(Protocol):
    """What a trace needs of `Operations`."""

    @property
    def client(self) -> Client: ...
    @property
    def platform(self) -> PlatformInfo: ...


async def load_trace(
    operations: Connected,
    activation_id: str,
    *,
    known: Mapping[str, Activation] | None = None,
    infer: bool = False,
    strangers: set[str] | None = None,
) -> TraceNode:
    """The tree below one activation as it is now.

    Args:
        known: Whole records by id, which need not be asked for again.
        infer: Look for runs whose ids stand in the results and logs of others, a bounded number of them.
        strangers: Ids found there that turned out to belong to no run. They are not asked for; new ones are added.

    Raises:
        NotFound: It has no record, and nobody tells that it runs.
    """
    tree = _Tree(operations.client, known or {})
    if operations.platform.live:
        tree.take_running(await operations.client.live.running())
    root = await tree.load(activation_id)
    if root.pending and root.running is None:
        root = await _load_recorded(operations, tree, activation_id)
    if not infer:
        return root
    tree.strangers = set() if strangers is None else strangers
    return await tree.with_inferred(root, {node.activation_id for node in root.walk()})


async def follow_trace(
    operations: Connected, activation_id: str, *, known: Mapping[str, Activation] | None = None
) -> AsyncGenerator[TraceNode, None]:
    """The tree, and again after each change, until everything in it has ended.

    Close the iterator (`contextlib.aclosing`) when leaving it early.

    Raises:
        NotFound: The platform is sure that there is no such run: only the local runtime ever is.
    """
    tree = _Tree(operations.client, known or {})
    follow = _follow_live if operations.platform.live else _follow_polling
    last: TraceNode | None = None
    async with aclosing(follow(operations, tree, activation_id)) as roots:
        async for root in roots:
            if root != last:
                yield root
            if root.settled:
                return
            last = root


def find_parent_id(
    activation: Activation | None,
    running: RunningActivation | None = None,
    *,
    triggered_by: Mapping[str, str] | None = None,
) -> str | None:
    """What caused a run, where anybody tells: its sequence, or the firing behind it.

    Args:
        triggered_by: Ids of firings by the ids of the runs they set off, as seen in the activation feed.
    """
    activation_id = activation.activation_id if activation else running.activation_id if running else ""
    told = (activation.cause if activation else None) or (
        running.cause or running.trigger_activation_id if running else None
    )
    return told or (triggered_by or {}).get(activation_id)


async def _load_recorded(operations: Connected, tree: "_Tree", activation_id: str) -> TraceNode:
    """A run that was neither recorded nor running: ask once more, since it may have ended in between."""
    tree.known[activation_id] = await operations.client.activations.get(activation_id)
    return await tree.load(activation_id)


async def _follow_live(operations: Connected, tree: "_Tree", activation_id: str) -> AsyncGenerator[TraceNode, None]:
    async with aclosing(live_turns(operations.client)) as turns:
        async for events in turns:
            if events is None:
                tree.take_running(await operations.client.live.running())
                root = await tree.load(activation_id)
                if root.pending and root.running is None:
                    root = await _load_recorded(operations, tree, activation_id)
                tree.watch(root)
                yield root
            elif tree.take_events(events):
                root = await tree.load(activation_id)
                tree.watch(root)
                yield root


async def _follow_polling(operations: Connected, tree: "_Tree", activation_id: str) -> AsyncGenerator[TraceNode, None]:
    pause, patience = GrowingPause(), Patience()
    seen = 0
    while True:
        try:
            yield await tree.load(activation_id)
        except ApiError as error:
            await patience.wait_after(error)
            continue
        patience.restore()
        if len(tree.known) != seen:
            seen = len(tree.known)
            pause.restart()
        await pause.wait()


class _Tree:
    """What is known about the runs of one tree, and how to put it together."""

    def __init__(self, client: Client, known: Mapping[str, Activation]) -> None:
        self._client = client
        self.known = {key: record for key, record in known.items() if record.response is not None}
        self._running: dict[str, RunningActivation] = {}
        self._watched: set[str] = set()
        self.strangers: set[str] = set()
        self._inferred = 0

    def take_running(self, running: tuple[RunningActivation, ...]) -> None:
        """All runs without a record."""
        self._running = {one.activation_id: one for one in running}

    def watch(self, root: TraceNode) -> None:
        """Events about these activations change the tree."""
        self._watched.update(node.activation_id for node in root.walk() if node.activation_id)

    def take_events(self, events: list[LiveEvent]) -> bool:
        """Whether any of them changes the tree."""
        changes = [self._take_event(event) for event in events]  # all of them, not just up to the first
        return any(changes)

    def _take_event(self, event: LiveEvent) -> bool:
        data = event.data
        activation_id = data.get("activationId", "")
        parents = {data.get("cause"), data.get("triggerActivationId")}
        if activation_id not in self._watched and not parents & self._watched:
            return False
        self._watched.add(activation_id)
        if event.name in (EventName.ACCEPTED, EventName.STARTED):
            self._running[activation_id] = RunningActivation.from_json(data)
        elif event.name is EventName.FINISHED:
            self._running.pop(activation_id, None)
            self.known[activation_id] = finished_activation(event)
        return event.name is not EventName.LOG

    async def load(self, activation_id: str, outcome: RuleOutcome | None = None) -> TraceNode:
        """The node of one activation with everything below it."""
        rule = None if outcome is None else _own_part(outcome.rule)
        record = await self._find_record(activation_id)
        if record is None:
            return await self._pending(activation_id, rule, "" if outcome is None else _own_part(outcome.action))
        if record.is_trigger:
            children = await map_together(self._load_outcome, record.rule_outcomes())
        else:
            children = await map_together(self.load, record.step_ids())
        return TraceNode(
            activation_id=activation_id,
            kind="trigger" if record.is_trigger else "sequence" if record.is_sequence else "action",
            name=record.entity_name,
            state=record.state,
            activation=record,
            rule=rule,
            children=tuple(children),
        )

    async def with_inferred(self, node: TraceNode, seen: set[str | None]) -> TraceNode:
        """The tree with the runs that others mention, as far down as they do; each id once.

        A mentioned id counts where it has a record, or is known to run: anything else may be a checksum.
        """
        children = [await self.with_inferred(child, seen) for child in node.children]
        mentioned = () if node.activation is None else inferred_ids(node.activation)
        for activation_id in mentioned:
            if activation_id in seen or activation_id in self.strangers or self._inferred >= _MAX_INFERRED:
                continue
            self._inferred += 1
            child = await self.load(activation_id)
            seen.add(activation_id)
            if child.activation is not None or child.running is not None:
                seen.update(each.activation_id for each in child.walk())
                children.append(await self.with_inferred(replace(child, inferred=True), seen))
            else:
                self.strangers.add(activation_id)
        return replace(node, children=tuple(children))

    async def _load_outcome(self, outcome: RuleOutcome) -> TraceNode:
        if outcome.activation_id is not None:
            return await self.load(outcome.activation_id, outcome)
        return TraceNode(
            activation_id=None,
            kind="action",
            name=_own_part(outcome.action),
            rule=_own_part(outcome.rule),
            error=outcome.error or "The platform did not say why.",
        )

    async def _pending(self, activation_id: str, rule: str | None, name: str) -> TraceNode:
        running = self._running.get(activation_id)
        children: list[TraceNode] = []
        if running is not None and running.kind in ("trigger", SEQUENCE):
            children = await map_together(self.load, await self._children_so_far(running))
        return TraceNode(
            activation_id=activation_id,
            kind=_node_kind(running),
            name=name if running is None else _own_part(running.entity),
            state=None if running is None else running.state,
            running=running,
            rule=rule,
            pending=True,
            children=tuple(children),
        )

    async def _children_so_far(self, parent: RunningActivation) -> list[str]:
        """Of a firing or sequence without a record: the runs it is known to have set off, in order."""
        parent_id = parent.activation_id
        began = {
            one.activation_id: one.accepted_ms
            for one in self._running.values()
            if parent_id in (one.cause, one.trigger_activation_id)
        }
        if parent.kind == SEQUENCE:
            steps = await self._client.activations.list(limit=MAX_LIST_SIZE, since_ms=parent.accepted_ms, docs=True)
            self.known.update({step.activation_id: step for step in steps if step.cause == parent_id})
            began.update({key: record.start_ms for key, record in self.known.items() if record.cause == parent_id})
        return sorted(began, key=lambda child_id: began[child_id])

    async def _find_record(self, activation_id: str) -> Activation | None:
        if activation_id not in self.known and activation_id not in self._running:
            try:
                self.known[activation_id] = await self._client.activations.get(activation_id)
            except NotFound:
                return None
        return self.known.get(activation_id)


def _own_part(reference: str) -> str:
    """`ns/[pkg/]name` → `[pkg/]name`."""
    return reference.removeprefix("/").partition("/")[2] or reference


def _node_kind(running: RunningActivation | None) -> NodeKind:
    if running is not None and running.kind == "trigger":
        return "trigger"
    return "sequence" if running is not None and running.kind == SEQUENCE else "action"
