"""What was seen of one account, for a screen: painted from before there is a connection, and fed by the feed.

Reading a page or a record takes about a millisecond and is done at once; whatever may look at many records, and every
write, is done in a thread of its own.
"""

import logging
import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import Final, TypeAlias

from msgspec.structs import replace

from tui.config import HistorySettings
from tui.entities.activation import State
from tui.entities.endpoint import Endpoint
from tui.entities.live import RunningActivation
from tui.history import (
    EVERYTHING,
    Filter,
    History,
    InFlight,
    Kept,
    Position,
    activations,
    coverage,
    graph,
    history_path,
    inflight,
    log_search,
    nesting,
    rollups,
)
from tui.history.database import Database
from tui.history.log_search import FoundLines
from tui.history.rollups import Tally

from .feed_batch import FeedBatch
from .serials import Serials
from .statistics import ActionNumbers, Ranked, count_action

logger = logging.getLogger(__name__)

STARTED_HERE: Final = "dashboard"
Covered = tuple[int, int]
Rank: TypeAlias = Callable[[Database, Filter], tuple[Ranked, ...]]
_LONGEST_GAP_MS: Final = 86_400_000
"""A longer absence is not read whole unasked."""
_RUNS_FOR_TYPICAL: Final = 200
PRUNE_EVERY_S: Final = 600.0


class Past:
    """One account's history. Made by `open_past`; every method may raise `UnusableHistory`."""

    def __init__(self, history: History, settings: HistorySettings) -> None:
        self.path = history.path
        self._history = history
        self._settings = settings

    # At once

    def find(self, activation_id: str) -> Kept | None:
        return self._history.look(partial(activations.find, activation_id=activation_id))

    def newest(self, matching: Filter = EVERYTHING, *, limit: int = 1) -> tuple[Kept, ...]:
        """The newest records that match; by name, state or time alone, which indices know."""
        return self._history.look(partial(activations.page, matching=matching, limit=limit))

    def page(self, serials: Iterable[int]) -> dict[int, Kept]:
        """Records by serial, without those that are gone."""
        return self._history.look(partial(activations.with_serials, wanted=serials))

    def start_of(self, serial: int) -> int | None:
        return self._history.look(partial(activations.start_of, serial=serial))

    def count(self) -> int:
        return self._history.look(activations.count)

    def parent_of(self, activation_id: str) -> str | None:
        """What set it off, where that is known."""
        found = self._history.look(partial(graph.parents, activation_ids=[activation_id]))
        return found.get(activation_id)

    def children_of(self, activation_id: str) -> tuple[str, ...]:
        """What it set off."""
        found = self._history.look(partial(graph.children, activation_id=activation_id))
        return tuple(child.activation_id for child in found)

    def in_flight(self) -> tuple[InFlight, ...]:
        """Accepted runs without a record, those of earlier sessions included."""
        return self._history.look(inflight.in_flight)

    def covered(self) -> Covered | None:
        """The latest interval for which everything is known."""
        return next(iter(self._history.look(coverage.covered)), None)

    def resume_ms(self, now_ms: int) -> int | None:
        """From when on a feed has to tell; `None` where nothing was seen yet."""
        covered = self.covered()
        return None if covered is None else max(covered[1], now_ms - _LONGEST_GAP_MS)

    def durations(self, name: str, version: str | None = None) -> rollups.Durations | None:
        """Percentiles of the last runs of an action that went well."""
        return self._history.look(partial(rollups.durations, name=name, version=version, runs=_RUNS_FOR_TYPICAL))

    def minutes(self, since_ms: int, upto_ms: int) -> dict[int, Tally]:
        """Runs of all actions by the minute in which they started."""
        return self._history.look(partial(rollups.by_minute, since_ms=since_ms, upto_ms=upto_ms))

    # In threads

    async def serials(self, matching: Filter = EVERYTHING) -> Serials:
        """Of every record that matches, the one that started first in front."""
        return await self._history.search(partial(_serials, matching=matching))

    async def nested(self, matching: Filter = EVERYTHING) -> tuple[Serials, bytearray]:
        """Of the newest records that match: each above what it set off, what is shown last in front; and the depths."""
        return await self._history.search(partial(_nested, matching=matching))

    async def matching(self, ids: Iterable[str], matching: Filter = EVERYTHING) -> tuple[Position, ...]:
        """Where those of some records stand that match."""
        return await self._history.read(partial(_positions, ids=tuple(ids), matching=matching))

    async def rank(self, rank: Rank, matching: Filter = EVERYTHING) -> tuple[Ranked, ...]:
        """Records that match, counted as one of the functions of `statistics` does it."""
        return await self._history.search(lambda database: rank(database, matching))

    async def search_logs(self, text: str, *, last: int, matching: Filter = EVERYTHING) -> FoundLines:
        """Lines that have all words of `text`, in the logs of the last so many runs that match."""
        return await self._history.search(partial(log_search.search_logs, text=text, matching=matching, last=last))

    async def numbers(self, name: str, *, since_ms: int = 0, upto_ms: int, chart_since_ms: int = 0) -> ActionNumbers:
        """What was counted of one action's runs that started in this stretch; `since_ms` 0: of all that are kept.

        Args:
            chart_since_ms: The slices begin then; 0: with `since_ms`.
        """
        count = partial(count_action, name=name, since_ms=since_ms, upto_ms=upto_ms, chart_since_ms=chart_since_ms)
        return await self._history.read(count)

    async def firings(self) -> dict[str, int]:
        """How often each trigger was fired."""
        tallies = await self._history.read(partial(rollups.by_name, is_trigger=True))
        return {name: tally.runs for name, tally in tallies.items()}

    async def keep(
        self, batches: Iterable[FeedBatch], *, own: frozenset[str] = frozenset(), now_ms: int
    ) -> Covered | None:
        """Take in what a feed told; gives the latest interval for which everything is known now.

        Args:
            own: Ids of runs that were started here.
        """
        return await self._history.write(partial(_keep, batches=tuple(batches), own=own, now_ms=now_ms))

    async def claim(self, running: RunningActivation, *, now_ms: int) -> None:
        """A run that was started here, before the platform tells of it."""
        await self._history.write(partial(inflight.claim, running=[running], started_by=STARTED_HERE, now_ms=now_ms))

    async def stop_waiting(self, activation_id: str) -> None:
        await self._history.stop_waiting([activation_id])

    async def prune(self) -> int:
        """Remove what is beyond the bounds, in small steps; how many records went."""
        return await self._history.prune(self._settings, now_ms=int(time.time() * 1000))

    async def close(self) -> None:
        await self._history.close()


def open_past(endpoint: Endpoint, settings: HistorySettings) -> Past:
    """Open the history of an endpoint's account, which needs no connection.

    Raises:
        UnusableHistory: A newer version wrote it, it is damaged, or its folder cannot be written.
    """
    return Past(History(history_path(endpoint)), settings)


def _serials(database: Database, matching: Filter) -> Serials:
    return Serials(activations.serials(database, matching))


def _nested(database: Database, matching: Filter) -> tuple[Serials, bytearray]:
    serials, depths = nesting.nested(database, matching)
    return Serials(serials), depths


def _positions(database: Database, ids: tuple[str, ...], matching: Filter) -> tuple[Position, ...]:
    wanted = _serials(database, replace(matching, ids=ids))
    return tuple(kept.position for kept in activations.with_serials(database, wanted).values())


def _keep(database: Database, batches: tuple[FeedBatch, ...], own: frozenset[str], now_ms: int) -> Covered | None:
    """What is in flight goes first: coverage must never reach beyond what is known of it."""
    finished = [record for batch in batches for record in batch.finished]
    ended = {record.activation_id for record in finished}
    running = {one.activation_id: one for batch in batches for one in batch.running if one.state is not State.LOST}
    moving = [one for one in running.values() if one.activation_id not in ended]
    for ours in (True, False):
        some = [one for one in moving if (one.activation_id in own) is ours]
        if some:
            inflight.note(database, some, started_by=STARTED_HERE if ours else inflight.BY_OTHERS, now_ms=now_ms)
    late = [one for one in finished if any(one.activation_id in batch.late for batch in batches)]
    late_ms = {one.activation_id: now_ms - (one.end_ms or one.start_ms) for one in late}
    if finished:
        for activation_id, reason in activations.add(database, finished, late_ms=late_ms).bad:
            logger.warning("activation %s is not kept: %s", activation_id, reason)
    told = [batch for batch in batches if not batch.is_dug][-1:]  # the last one of a feed says it for all
    for batch in (*told, *(batch for batch in batches if batch.is_dug)):
        if batch.complete_since_ms is not None and batch.complete_upto_ms is not None:
            coverage.note_covered(database, batch.complete_since_ms, batch.complete_upto_ms)
    return next(iter(coverage.covered(database)), None)
