"""The history for an event loop: threads that write, read and search, each with a connection of its own."""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from threading import Lock
from types import MappingProxyType
from typing import Final, TypeVar

from tui.config import HistorySettings
from tui.entities.activation import Activation
from tui.entities.live import RunningActivation

from . import activations, coverage, graph, inflight, retention, rollups
from .activations import PAGE, Added, Kept, Position
from .database import Database, open_database, unusable
from .filters import EVERYTHING, Filter
from .graph import Child
from .inflight import BY_OTHERS, InFlight
from .rollups import Durations, Tally

logger = logging.getLogger(__name__)

_LOOKED_UP_AFTER: Final = 20_000
"""Steps of SQLite's machine, less than a millisecond: so often a search looks whether it is still wanted."""

T = TypeVar("T")


class History:
    """Opened where it is made, which takes a few milliseconds; `close` ends it.

    Every method may raise `UnusableHistory`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._looking = open_database(path)
        self._threads = {name: _Thread(path, name) for name in ("writer", "reader", "searcher")}

    def look(self, query: Callable[[Database], T]) -> T:
        """Run a reading function here and now: for what takes about a millisecond, such as one page."""
        return _told(self._looking, query)

    async def read(self, query: Callable[[Database], T]) -> T:
        """Run any reading function of this package: `history.read(partial(rollups.by_version, name="hello"))`."""
        return await self._threads["reader"].run(query)

    async def search(self, query: Callable[[Database], T]) -> T:
        """As `read`, for what may look at every record; it ends when the caller is cancelled."""
        return await self._threads["searcher"].run(query, interrupted=True)

    async def write(self, change: Callable[[Database], T]) -> T:
        """Run any writing function; it is committed when this returns, and goes on if the caller is cancelled."""
        return await self._threads["writer"].run(change)

    async def close(self) -> None:
        """What was begun is finished first."""
        for thread in self._threads.values():
            await thread.close()
        self._looking.close()

    # Writing

    async def add(self, records: Iterable[Activation], *, late_ms: Mapping[str, int] = MappingProxyType({})) -> Added:
        """Take in records that became known: repeats are ignored, what set off what and in-flight rows follow."""
        added = await self.write(partial(activations.add, activations=tuple(records), late_ms=late_ms))
        for activation_id, reason in added.bad:
            logger.warning("activation %s is not kept: %s", activation_id, reason)
        return added

    async def replace(self, record: Activation) -> bool:
        """Keep a record that was read again; `False` if it was not there."""
        return await self.write(partial(activations.replace, activation=record))

    async def note_running(
        self, running: Iterable[RunningActivation], *, started_by: str = BY_OTHERS, now_ms: int
    ) -> None:
        """Accepted runs without a record, or what is newly known of them.

        Args:
            started_by: Who of us started them; `BY_OTHERS` if they were only seen.
        """
        await self.write(partial(inflight.note, running=tuple(running), started_by=started_by, now_ms=now_ms))

    async def stop_waiting(self, activation_ids: Iterable[str]) -> None:
        await self.write(partial(inflight.stop_waiting, activation_ids=tuple(activation_ids)))

    async def note_covered(self, since_ms: int, upto_ms: int) -> None:
        await self.write(partial(coverage.note_covered, since_ms=since_ms, upto_ms=upto_ms))

    async def prune(self, settings: HistorySettings, *, now_ms: int) -> int:
        """Remove what is beyond the bounds, in steps between which others may write; how many records went."""
        steps = await self.write(lambda database: retention.prune(database, settings, now_ms=now_ms))
        removed = 0
        while (step := await self.write(lambda _: next(steps, None))) is not None:
            removed += step
        return removed

    # Reading

    async def page(
        self, matching: Filter = EVERYTHING, *, before: Position | None = None, limit: int = PAGE
    ) -> tuple[Kept, ...]:
        """Newest first; go on with `before=page[-1].position`."""
        return await self.read(partial(activations.page, matching=matching, before=before, limit=limit))

    async def page_above(
        self, matching: Filter = EVERYTHING, *, after: Position, limit: int = PAGE
    ) -> tuple[Kept, ...]:
        return await self.read(partial(activations.page_above, matching=matching, after=after, limit=limit))

    async def find(self, activation_id: str) -> Kept | None:
        return await self.read(partial(activations.find, activation_id=activation_id))

    async def find_all(self, activation_ids: Iterable[str]) -> tuple[Kept, ...]:
        return await self.read(partial(activations.find_all, activation_ids=tuple(activation_ids)))

    async def find_by_prefix(self, prefix: str, *, limit: int = 10) -> tuple[Kept, ...]:
        return await self.read(partial(activations.find_by_prefix, prefix=prefix, limit=limit))

    async def count(self) -> int:
        return await self.read(activations.count)

    async def in_flight(self) -> tuple[InFlight, ...]:
        """Accepted runs without a record, those of earlier sessions included."""
        return await self.read(inflight.in_flight)

    async def parents(self, activation_ids: Iterable[str]) -> dict[str, str]:
        """Who set off each, where it is known."""
        return await self.read(partial(graph.parents, activation_ids=tuple(activation_ids)))

    async def ancestors(self, activation_id: str) -> tuple[str, ...]:
        """From the parent up to the root."""
        return await self.read(partial(graph.ancestors, activation_id=activation_id))

    async def children(self, activation_id: str) -> tuple[Child, ...]:
        return await self.read(partial(graph.children, activation_id=activation_id))

    async def covered(self) -> tuple[tuple[int, int], ...]:
        """Intervals of start times for which everything is known, the latest first."""
        return await self.read(coverage.covered)

    async def by_minute(
        self, *, since_ms: int, upto_ms: int, name: str | None = None, is_trigger: bool = False
    ) -> dict[int, Tally]:
        query = partial(rollups.by_minute, since_ms=since_ms, upto_ms=upto_ms, name=name, is_trigger=is_trigger)
        return await self.read(query)

    async def by_version(self, name: str, *, since_ms: int = 0) -> dict[str, Tally]:
        return await self.read(partial(rollups.by_version, name=name, since_ms=since_ms))

    async def durations(self, name: str, *, version: str | None = None) -> Durations | None:
        """p50, p95 and p99 of the last runs that went well."""
        return await self.read(partial(rollups.durations, name=name, version=version))


class _Thread:
    """One thread with a connection of its own, which is opened when it is needed first."""

    def __init__(self, path: Path, name: str) -> None:
        self._path = path
        self._executor = ThreadPoolExecutor(1, thread_name_prefix=f"history {name}")
        self._database: Database | None = None
        self._lock = Lock()
        self._turn: object | None = None
        """Whose query runs now."""

    async def run(self, query: Callable[[Database], T], *, interrupted: bool = False) -> T:
        turn = object()
        future = asyncio.get_running_loop().run_in_executor(self._executor, self._run, query, turn)
        try:
            return await future
        except asyncio.CancelledError:
            if interrupted:
                self._interrupt(turn)
            raise

    def _interrupt(self, turn: object) -> None:
        """What is looked for in this turn; one that waits is not begun, and others are left alone."""
        with self._lock:
            if self._turn is turn and self._database is not None:
                self._database.is_cancelled = True

    def _run(self, query: Callable[[Database], T], turn: object) -> T:
        if self._database is None:
            self._database = database = open_database(self._path)
            # `interrupt` would miss what falls between two statements.
            database.connection.set_progress_handler(lambda: database.is_cancelled, _LOOKED_UP_AFTER)
        with self._lock:
            self._turn, self._database.is_cancelled = turn, False
        try:
            return _told(self._database, query)
        finally:
            with self._lock:
                self._turn = None

    async def close(self) -> None:
        await asyncio.to_thread(self._executor.shutdown)
        if self._database is not None:
            self._database.close()


def _told(database: Database, query: Callable[[Database], T]) -> T:
    try:
        return query(database)
    except sqlite3.DatabaseError as error:
        raise unusable(database.path, error) from error


@asynccontextmanager
async def open_history(path: Path) -> AsyncIterator[History]:
    """The history in the file at `path` (see `history_path`) for as long as the block lasts.

    Raises:
        UnusableHistory: A newer version wrote it, it is damaged, or its folder cannot be written.
    """
    history = await asyncio.to_thread(History, path)
    try:
        yield history
    finally:
        await history.close()
