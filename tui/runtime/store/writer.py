"""The one thread that writes, and the groups in which it commits.

Whatever waits when the thread is free is committed together. Work that somebody waits for (`urgent`: an answer of 202,
a run about to start, an entity) is taken at once; finished records, which nobody waits for, get a short window to
gather in, and stay behind when urgent work goes before: every statement and every page costs the same for one row as
for many. Within a group the order is: entities, accepted work, started work, records.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from functools import partial
from sqlite3 import Connection, DatabaseError
from typing import Any, Protocol, TypeVar

from msgspec import Struct, field

from ..faults import NotKept
from . import activations, queue
from .activations import Dictionary
from .queue import Accepted
from .records import Record

logger = logging.getLogger(__name__)

WINDOW_S = 0.025
"""How long finished records gather before they are committed."""
FULL_GROUP = 500
_RETRY_S = 1.0

_T = TypeVar("_T")

Told = Callable[[Exception | None], None]
"""Called on the event loop when a group is committed, or with what the database said instead."""


class Acceptable(Protocol):
    """Work that may have to be kept."""

    @property
    def activation_id(self) -> str: ...

    def row(self) -> Accepted:
        """Called in the thread that writes."""


class _Group(Struct, eq=False):
    calls: list[tuple[Callable[[Connection], Any], "asyncio.Future[Any]"]] = field(default_factory=list)
    accepted: dict[str, Acceptable] = field(default_factory=dict)
    started: list[str] = field(default_factory=list)
    records: dict[str, tuple[Record, bool]] = field(default_factory=dict)
    """By activation id, each with whether a row of the queue ends with it."""
    records_since: float = 0.0
    """When the first of them came, by the clock that nobody sets."""
    fired: dict[str, Record] = field(default_factory=dict)
    """Records of firings: they stand or fall with what they set off."""
    when_committed: list[Callable[[], None]] = field(default_factory=list)
    waiting: list[Told] = field(default_factory=list)
    urgent: bool = False
    is_whole: bool = False
    """Somebody waits for all of it, records included."""

    def leave_records(self, now: float) -> "_Group":
        """The group that comes after this one, with the records of this one if they may gather for longer."""
        left = _Group()
        if not self.is_whole and len(self.records) < FULL_GROUP and now < self.records_since + WINDOW_S:
            left.records, self.records = self.records, left.records
            left.records_since = self.records_since
        return left

    def find_record(self, activation_id: str) -> Record | None:
        found = self.records.get(activation_id)
        return self.fired.get(activation_id) if found is None else found[0]

    def __len__(self) -> int:
        parts = (self.calls, self.accepted, self.started, self.records, self.fired, self.waiting)
        return sum(map(len, parts))


class Writer:
    """Owns the connection that writes. Its methods are called on the event loop and never block it."""

    def __init__(self, connect: Callable[[], Connection], loop: asyncio.AbstractEventLoop) -> None:
        self._connect = connect
        self._loop = loop
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._asleep = False
        """The thread waits for anything at all."""
        self._open = _Group()
        self._closing = False
        self._untold: list[_Group] = []
        """What the thread has taken, until the event loop hears what became of it."""
        self._refused: list[_Group] = []
        """What the database did not take, to be tried again."""
        self._dictionary = Dictionary()
        self._thread = threading.Thread(target=self._run, name="database writer")
        self.groups = 0

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Commit what is left and end the thread; blocks for as long as that takes."""
        with self._lock:
            while self._refused:
                group = self._refused.pop()
                group.started.clear()  # nobody begins them any more: the next start of the runtime does
                self._merge(group)
            self._closing = True
            self._changed.notify()
        self._thread.join()

    def unwritten(self, activation_id: str) -> Record | None:
        """A finished record that its group has not committed yet."""
        with self._lock:
            found = [group.find_record(activation_id) for group in self._uncommitted()]
        return next((record for record in found if record is not None), None)

    def call(self, function: Callable[[Connection], _T]) -> "asyncio.Future[_T]":
        """Run `function` in a transaction of its own group; what it raises undoes it alone."""
        future: asyncio.Future[_T] = self._loop.create_future()
        with self._lock:
            self._open.calls.append((function, future))
            self._urge()
        return future

    def accept(self, accepted: Collection[Acceptable], record: Record | None = None) -> "asyncio.Future[None]":
        """Make work durable, with the record of what set it off; done when committed."""
        future: asyncio.Future[None] = self._loop.create_future()
        self.accept_then(accepted, record, partial(settle, future))
        return future

    def accept_then(self, accepted: Collection[Acceptable], record: Record | None, told: Told) -> None:
        """The same for a caller who is called back. Without work it is about all that has come by now."""
        with self._lock:
            group = self._open
            for run in accepted:
                group.accepted[run.activation_id] = run
            if record is not None:
                group.fired[record.activation_id] = record
            group.waiting.append(told)
            if not accepted and record is None:
                group.is_whole = True
            self._urge()

    def accept_unawaited(self, run: Acceptable) -> None:
        """Note work whose caller waits for its result anyway; a quick result spares the row."""
        with self._lock:
            self._open.accepted[run.activation_id] = run
            if self._asleep:
                self._changed.notify()

    def mark_started(self, activation_id: str, when_committed: Callable[[], None]) -> None:
        with self._lock:
            self._open.started.append(activation_id)
            self._open.when_committed.append(when_committed)
            self._urge()

    def finish(self, record: Record) -> None:
        """Keep the record of a run and take the run out of the queue."""
        activation_id = record.activation_id
        with self._lock:
            group = self._open
            if not group.records:
                group.records_since = time.monotonic()
            group.records[activation_id] = record, group.accepted.pop(activation_id, None) is None
            if self._asleep or len(group.records) == FULL_GROUP:
                self._changed.notify()

    def flush(self) -> "asyncio.Future[None]":
        """Commit what has gathered; done when committed."""
        with self._lock:
            is_written = not any(group.records or group.fired for group in self._uncommitted())
        if is_written:
            future: asyncio.Future[None] = self._loop.create_future()
            future.set_result(None)
            return future
        return self.accept(())

    def _uncommitted(self) -> tuple[_Group, ...]:
        """As far as the event loop has heard. To be called with the lock."""
        return self._open, *self._untold, *self._refused

    def _urge(self) -> None:
        if not self._open.urgent:
            self._open.urgent = True
            self._changed.notify()

    # What follows runs in the thread, except `_tell`.

    def _run(self) -> None:
        connection = self._connect()
        try:
            while (group := self._take()) is not None:
                self._commit(connection, group)
                # A traceback or a loop variable must not keep a group's payloads until the next one comes.
                del group
        finally:
            connection.close()

    def _take(self) -> _Group | None:
        with self._lock:
            self._asleep = True
            self._changed.wait_for(lambda: len(self._open) or self._closing)
            self._asleep = False
            if not self._open.urgent:
                full = lambda: self._open.urgent or len(self._open.records) >= FULL_GROUP or self._closing  # noqa: E731
                self._changed.wait_for(full, timeout=self._window_left())
            if self._closing and not len(self._open):
                return None
            group = self._open
            self._untold.append(group)
            self._open = group.leave_records(time.monotonic()) if group.urgent and not self._closing else _Group()
            return group

    def _window_left(self) -> float:
        """Seconds for which what is there may gather."""
        if not self._open.records:
            return WINDOW_S
        return max(0.0, self._open.records_since + WINDOW_S - time.monotonic())

    def _commit(self, connection: Connection, group: _Group) -> None:
        outcomes: list[tuple[asyncio.Future[Any], Any, BaseException | None]] = []
        failure: Exception | None = None
        try:
            connection.execute("begin immediate")
            for function, future in group.calls:
                outcomes.append(_call(connection, function, future))
            self._write(connection, group)
            connection.execute("commit")
        except DatabaseError as error:
            logger.error("the database did not take a group of %d: %s", len(group), error)
            failure = NotKept(str(error))
        except Exception as error:
            # Whatever it was, the thread has to live on: everybody waits for it.
            logger.exception("the database did not take a group of %d", len(group))
            failure = error
        if failure is not None:
            self._undo(connection)
        self.groups += 1
        try:
            self._loop.call_soon_threadsafe(self._tell, group, outcomes, failure)
        except RuntimeError:
            logger.debug("the event loop ended before a group was told about")

    def _undo(self, connection: Connection) -> None:
        with suppress(DatabaseError):
            if connection.in_transaction:
                connection.execute("rollback")
        self._dictionary.forget()

    def _write(self, connection: Connection, group: _Group) -> None:
        if group.accepted:
            queue.insert(connection, [run.row() for run in group.accepted.values()])
        if group.started:
            queue.mark_started(connection, group.started)
        if group.records or group.fired:
            records = [*group.fired.values(), *(record for record, _ in group.records.values())]
            activations.insert(connection, self._dictionary, records)
            ended = [activation_id for activation_id, (_, was_queued) in group.records.items() if was_queued]
            if ended:
                queue.delete(connection, ended)

    def _tell(
        self,
        group: _Group,
        outcomes: list[tuple["asyncio.Future[Any]", Any, BaseException | None]],
        failure: Exception | None,
    ) -> None:
        with self._lock:
            self._untold.remove(group)
        if failure is not None:
            self._give_back(group, failure)
            return
        for future, result, error in outcomes:
            if future.done():
                continue
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)
        for told in group.waiting:
            _call_back(partial(told, None))
        for callback in group.when_committed:
            _call_back(callback)

    def _give_back(self, group: _Group, failure: Exception) -> None:
        """Refuse what a caller waits for; keep what must not be lost and try again."""
        for _, future in group.calls:
            settle(future, failure)
        for told in group.waiting:
            _call_back(partial(told, failure))
        refused = bool(group.waiting)
        again = _Group(
            started=group.started,
            records=group.records,
            when_committed=group.when_committed,
            accepted={} if refused else group.accepted,
        )
        if len(again):
            self._refused.append(again)
            self._loop.call_later(_RETRY_S, self._put_back, again)

    def _put_back(self, group: _Group) -> None:
        with self._lock:
            if group in self._refused:
                self._refused.remove(group)
                self._merge(group)
                self._urge()

    def _merge(self, group: _Group) -> None:
        """Have what was refused in the next group."""
        self._open.accepted = group.accepted | self._open.accepted
        self._open.started[:0] = group.started
        self._open.records = group.records | self._open.records
        self._open.when_committed[:0] = group.when_committed


def settle(future: "asyncio.Future[Any]", failure: Exception | None) -> None:
    """Tell whoever waits for `future`, if anybody still does."""
    if future.done():
        return
    if failure is None:
        future.set_result(None)
    else:
        future.set_exception(failure)


def _call_back(callback: Callable[[], None]) -> None:
    """One that fails must not keep the others from hearing."""
    try:
        callback()
    except Exception:
        logger.exception("a group is committed, but whoever waited for it failed")


def _call(
    connection: Connection, function: Callable[[Connection], Any], future: "asyncio.Future[Any]"
) -> tuple["asyncio.Future[Any]", Any, BaseException | None]:
    connection.execute("savepoint call")
    try:
        result = function(connection)
    except DatabaseError:
        raise
    except Exception as error:
        # Handed to the caller, who waits for it on the loop.
        connection.execute("rollback to call")
        connection.execute("release call")
        return future, None, error
    connection.execute("release call")
    return future, result, None
