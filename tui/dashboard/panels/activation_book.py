"""What the feed has told so far: one entry per activation id, in order, with who caused whom.

The book is written by one reader of the feed, once per frame; screens and panels read it and listen to its changes.
Where there is a history, the book keeps what runs and what ended lately, and looks everything else up.
"""

from __future__ import annotations

import time
from bisect import bisect_left, insort
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from tui.entities.activation import Activation, State
from tui.entities.live import RunningActivation
from tui.entities.percentile import percentile

from ..render.entry import TRIGGER, Entry
from ..render.feed_row import FanOut
from .earlier_lines import joined
from .recall import KnownRecords, Recall

if TYPE_CHECKING:
    from tui.history import Durations, Kept
    from tui.operations.feed_batch import FeedBatch

RUNS_FOR_TYPICAL = 5
"""With fewer runs, nothing is said about how long they usually take."""
RUNS_FOR_SLOW = 20
"""With fewer, the slowest of them says nothing about others."""
_RUNS_KEPT = 50
MINUTE_MS = 60_000

Listener = Callable[[frozenset[str]], None]


class Counts(Struct):
    """How many entries are in which state."""

    running: int = 0
    queued: int = 0
    succeeded: int = 0
    failed: int = 0


class ActivationBook:
    """All entries, and what follows from them."""

    def __init__(self) -> None:
        self.revision = 0
        self._listeners: list[Listener] = []
        self._begin()

    def _begin(self) -> None:
        """With nothing known."""
        self.recall = Recall()
        """What is known beside the entries kept here."""
        self.known: Mapping[str, Activation] = KnownRecords(self)
        """Records by id, trigger records included."""
        self.floor_ms = 0
        """Records that started before are kept by the history alone."""
        self.counts = Counts()
        self.fires: dict[str, int] = defaultdict(int)
        """Firings seen, by trigger."""
        self.minutes: dict[int, Counts] = defaultdict(Counts)
        """Ends of runs by minute of the epoch."""
        self._entries: dict[str, Entry] = {}
        self._order: list[tuple[tuple[int, int, int], str]] = []
        self._parents: dict[str, str] = {}
        self._open: dict[str, Entry] = {}
        self._newest: dict[str, Entry] = {}
        self._durations: dict[tuple[str, str | None], deque[int]] = defaultdict(lambda: deque(maxlen=_RUNS_KEPT))
        """By name, for one version or for all."""
        self._serial = 0
        self._is_caught_up = False
        """Whether what is told of runs from now on is told from their beginning."""

    def __len__(self) -> int:
        return len(self._entries) + self.recall.count

    # Reading

    def find(self, activation_id: str) -> Entry | None:
        return self._entries.get(activation_id) or self.recall.find(activation_id)

    def resident(self, activation_id: str) -> Entry | None:
        """As `find`, of the entries kept here."""
        return self._entries.get(activation_id)

    def kept(self, activation_id: str) -> Kept | None:
        """A record of the history."""
        return self.recall.kept(activation_id)

    def newest_of(self, name: str, *, trigger: bool = False) -> Entry | None:
        """The latest run of an action, or firing of a trigger, that is known."""
        return self._newest.get(_newest_key(name, trigger)) or self.recall.newest_of(name, trigger=trigger)

    def newest_first(self) -> Iterator[Entry]:
        """Those kept here, and then the newest ones of the history."""
        yield from self.residents()
        yield from self.recall.newest_first(self.floor_ms)

    @property
    def resident_count(self) -> int:
        return len(self._entries)

    def residents(self) -> Iterator[Entry]:
        """Entries kept here, newest first."""
        return (self._entries[activation_id] for _, activation_id in reversed(self._order))

    def open_entries(self) -> Iterable[Entry]:
        """Those that wait or run now."""
        return self._open.values()

    def oldest_open_ms(self) -> int | None:
        """When the first of those that wait or run now was accepted."""
        return min((entry.order[0] for entry in self._open.values()), default=None)

    def typical_ms(self, name: str, version: str | None = None) -> float | None:
        """The median of the last runs that went well; `None` with fewer than five.

        Of `version`, where that has had as many, else of the action: a run of a new version is like those before.
        """
        return self._usual_ms(name, version, RUNS_FOR_TYPICAL, 0.5, lambda known: known.p50_ms)

    def slow_ms(self, name: str, version: str | None = None) -> float | None:
        """What 95 of 100 of them did not take; `None` where there are too few to tell."""
        return self._usual_ms(name, version, RUNS_FOR_SLOW, 0.95, lambda known: known.p95_ms)

    def _usual_ms(
        self, name: str, version: str | None, runs: int, share: float, kept: Callable[[Durations], int]
    ) -> float | None:
        """Of the last runs here, else what `kept` finds in the history, if either has so many."""
        for counted in dict.fromkeys((version, None)):
            durations = self._durations.get((name, counted), ())
            if len(durations) >= runs:
                return percentile(sorted(durations), share)
            known = self.recall.durations(name, counted)
            if known is not None and known.runs >= runs:
                return kept(known)
        return None

    def queued_before(self, entry: Entry) -> int:
        """Runs that wait in the queue before this one."""
        return sum(1 for other in self._open.values() if other.state is State.QUEUED and other.order < entry.order)

    def fan_out(self, entry: Entry) -> FanOut:
        """What became of the rules of a firing, as far as it is known."""
        if entry.activation is None:
            return FanOut()
        outcomes = entry.activation.rule_outcomes()
        open_, succeeded, failed, refused = 0, 0, 0, 0
        for outcome in outcomes:
            if outcome.activation_id is None:
                refused += 1
            elif (child := self.find(outcome.activation_id)) is None:
                continue
            elif child.is_open:
                open_ += 1
            elif child.state.is_failure:
                failed += 1
            else:
                succeeded += 1
        return FanOut(rules=len(outcomes), open=open_, succeeded=succeeded, failed=failed, refused=refused)

    def can_stop(self, activation_id: str | None) -> bool:
        """Whether it, or a run that it set off, waits or runs."""
        entry = None if activation_id is None else self.find(activation_id)
        return entry is not None and (entry.is_moving or (entry.is_trigger and self.fan_out(entry).open > 0))

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with the ids that changed, after each frame; gives back what ends it."""
        self._listeners.append(listener)

        def stop() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return stop

    # Writing

    def apply(self, batches: Iterable[FeedBatch], *, now_ms: int) -> frozenset[str]:
        """Take in what the feed yielded since the last frame; gives the ids that changed."""
        changed: set[str] = set()
        for batch in batches:
            if not batch.is_connected:
                self.note_break()
                continue
            for running in batch.running:
                changed |= self._note_running(running)
            for activation_id, lines in batch.logs:
                changed |= self._note_logs(activation_id, lines)
            for activation in batch.finished:
                is_late = activation.activation_id in batch.late
                changed |= self._note_finished(activation, now_ms, is_late=is_late, counts=not batch.is_dug)
            self._is_caught_up |= not batch.is_dug
        return self._tell(changed)

    def add_lines_so_far(self, activation_id: str, lines: tuple[str, ...]) -> None:
        """Take in all lines of a run up to now, asked for because those told by the feed are not all."""
        entry = self._entries.get(activation_id)
        if entry is None or entry.activation is not None or entry.logs_from_start:
            return
        entry.logs_since = entry.logs[entry.unbroken_from :]
        entry.logs = joined(lines, entry.logs_since)
        entry.so_far = lines if len(entry.logs) == len(lines) else ()
        entry.unbroken_from, entry.logs_from_start = 0, True
        entry.logs_edition += 1
        self._tell(self._touch(entry))

    def leave_to_past(self, entries: Iterable[Entry]) -> None:
        """The history has these records: they need not be kept here any more."""
        gone = {entry.activation_id: entry for entry in entries}
        if not gone:
            return
        for key, entry in gone.items():
            del self._entries[key]
            self._parents.pop(key, None)
            if self._newest.get(newest := _newest_key(entry.name, entry.is_trigger)) is entry:
                del self._newest[newest]
        self._order = [one for one in self._order if one[1] not in gone]
        self.revision += 1

    def clear(self) -> None:
        """Another account is shown: forget everything, and tell that all of it is gone."""
        ids = frozenset(self._entries)
        self._begin()
        self._tell(set(ids))

    def count_past(self, minute: int, *, succeeded: int, failed: int) -> None:
        """Runs of the history that started in a minute of the last hour."""
        for counts in (self.counts, self.minutes[minute]):
            counts.succeeded += succeeded
            counts.failed += failed

    def forget(self, entry: Entry) -> None:
        """Drop a run that has no record: should one come, it is new."""
        self._entries.pop(entry.activation_id, None)
        self._open.pop(entry.activation_id, None)
        place = bisect_left(self._order, (entry.order, entry.activation_id))
        if self._order[place : place + 1] == [(entry.order, entry.activation_id)]:
            del self._order[place]
        key = _newest_key(entry.name, entry.is_trigger)
        if self._newest.get(key) is entry:
            del self._newest[key]
            others = (other for other in self.residents() if _newest_key(other.name, other.is_trigger) == key)
            if (other := next(others, None)) is not None:
                self._newest[key] = other
        self._tell({entry.activation_id, *([entry.parent_id] if entry.parent_id else [])})

    def _tell(self, changed: set[str]) -> frozenset[str]:
        told = frozenset(changed)
        if told:
            self.revision += 1
            self._recount()
            for listener in tuple(self._listeners):
                listener(told)
        return told

    def note_break(self) -> None:
        """The link is down: lines printed from now on are not told."""
        self._is_caught_up = False
        for entry in self._open.values():
            entry.unbroken_from, entry.logs_from_start, entry.asked_for_lines = len(entry.logs), False, False
            entry.so_far = ()

    def _note_running(self, running: RunningActivation) -> set[str]:
        entry = self._entries.get(running.activation_id)
        if entry is None:
            name = running.entity.partition("/")[2]
            entry = self._add(running.activation_id, name, running.accepted_ms, is_trigger=running.kind == TRIGGER)
            entry.logs_from_start = self._is_caught_up or running.state is State.QUEUED
        elif entry.activation is not None:
            return set()  # its end was told already: an event that was overtaken
        entry.running = running
        if entry.is_moving:
            self._open[entry.activation_id] = entry
        else:
            self._open.pop(entry.activation_id, None)  # lost: no record, and not running either
        return self._touch(entry) | self._link(entry, running.trigger_activation_id or running.cause)

    def _note_logs(self, activation_id: str, lines: tuple[str, ...]) -> set[str]:
        entry = self._entries.get(activation_id)
        if entry is None or entry.activation is not None:
            return set()
        if entry.so_far:
            entry.logs_since.extend(lines)
            entry.logs = joined(entry.so_far, entry.logs_since)
            if len(entry.logs) > len(entry.so_far):  # what was told twice is behind us
                entry.so_far, entry.logs_since = (), []
        else:
            entry.logs.extend(lines)
        return self._touch(entry)

    def _note_finished(self, activation: Activation, now_ms: int, *, is_late: bool, counts: bool) -> set[str]:
        entry = self._entries.get(activation.activation_id)
        if entry is None:
            if activation.start_ms < self.floor_ms and self.recall.kept(activation.activation_id) is not None:
                return set()  # told in an earlier session
            entry = self._add(
                activation.activation_id, activation.entity_name, activation.start_ms, is_trigger=activation.is_trigger
            )
            if is_late:
                entry.late_ms = max(0, now_ms - (activation.end_ms or activation.start_ms))
        elif entry.activation is not None:
            return set()  # told before: a new connection begins with what the old one knew
        else:
            entry.finished_at = time.monotonic()
        self._open.pop(entry.activation_id, None)
        entry.activation = activation
        entry.logs, entry.logs_from_start = list(activation.logs), True
        if activation.is_trigger:
            self.fires[activation.name] += 1
        elif counts:
            self._count_end(entry, activation)
        caused = self._name_children(entry, activation)
        return self._touch(entry) | self._link(entry, activation.cause) | caused

    def _add(self, activation_id: str, name: str, when_ms: int, *, is_trigger: bool) -> Entry:
        self._serial += 1
        entry = Entry(activation_id, name, (when_ms, 0 if is_trigger else 1, self._serial))
        self._entries[activation_id] = entry
        insort(self._order, (entry.order, activation_id))
        key = _newest_key(name, is_trigger)
        if key not in self._newest or self._newest[key].order < entry.order:
            self._newest[key] = entry
        if parent := self._parents.get(activation_id):
            entry.parent_id = parent
        return entry

    def _name_children(self, entry: Entry, activation: Activation) -> set[str]:
        """Take from a firing's or a sequence's record which runs it caused."""
        if activation.is_trigger:
            ids = tuple(outcome.activation_id for outcome in activation.rule_outcomes() if outcome.activation_id)
        else:
            ids = activation.step_ids()
        touched: set[str] = set()
        for child_id in ids:
            self._parents[child_id] = entry.activation_id
            if (child := self._entries.get(child_id)) is not None and child.parent_id is None:
                child.parent_id = entry.activation_id
                touched |= self._touch(child)
        if ids:
            entry.children = ids
        return touched

    def _link(self, entry: Entry, parent_id: str | None) -> set[str]:
        """Note who caused `entry`; the parent changes with every change of its children."""
        if parent_id is not None:
            entry.parent_id = parent_id
            self._parents[entry.activation_id] = parent_id
        parent = None if entry.parent_id is None else self._entries.get(entry.parent_id)
        if parent is None:
            return set()
        if entry.activation_id not in parent.children:
            parent.children += (entry.activation_id,)
        return self._touch(parent)

    @staticmethod
    def _touch(entry: Entry) -> set[str]:
        entry.revision += 1
        return {entry.activation_id}

    def _count_end(self, entry: Entry, activation: Activation) -> None:
        minute = self.minutes[(activation.end_ms or activation.start_ms) // MINUTE_MS]
        for counts in (self.counts, minute):
            if entry.state.is_failure:
                counts.failed += 1
            else:
                counts.succeeded += 1
        if entry.state is State.SUCCESS and activation.duration_ms is not None:
            for version in (activation.version, None):
                self._durations[entry.name, version].append(activation.duration_ms)

    def _recount(self) -> None:
        queued = sum(1 for entry in self._open.values() if entry.state is State.QUEUED)
        self.counts.queued, self.counts.running = queued, len(self._open) - queued


def _newest_key(name: str, trigger: bool) -> str:
    return f"{TRIGGER} {name}" if trigger else name
