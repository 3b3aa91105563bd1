"""Between feed and history: what was told is kept, and rows that ended a while ago are read from there again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

from tui.history import Filter
from tui.operations.feed_batch import FeedBatch, LinkState
from tui.operations.past import PRUNE_EVERY_S, Covered, Past
from tui.operations.serials import Serials

from ..panels.past_rows import PAGE, PastRows
from ..panels.recall import Recall

if TYPE_CHECKING:
    from ..panels.activation_book import ActivationBook
    from ..panels.feed import FeedPanel
    from ..render.entry import Entry

RESIDENTS_MAX: Final = 4000
_RESIDENTS_LEFT: Final = 3500
_RESIDENTS_MAX_PAUSED: Final = 20_000
_MANY_LATE: Final = 200
_KEEP_EVERY_S: Final = 0.3
_FIRST_PRUNE_AFTER_S: Final = 20.0
HOUR_MS: Final = 3_600_000


class PastKeeper:
    """One history for as long as its account is shown; `run` ends by being cancelled.

    Everything that changes the rows of the past happens one after the other, under one lock.
    """

    def __init__(self, past: Past, book: ActivationBook, feed: FeedPanel, *, now_ms: Callable[[], int]) -> None:
        self.past = past
        self.own: set[str] = set()
        """Ids of runs that were started here."""
        self.covered: Covered | None = None
        self._book = book
        self._feed = feed
        self._now_ms = now_ms
        self._everything = PastRows(past)
        self._chosen = PastRows(past)
        self._changing = asyncio.Lock()
        self._inbox: list[FeedBatch] = []
        self._unkept: set[str] = set()
        self._told = asyncio.Event()

    # At once

    def open(self) -> None:
        """Show the newest rows and what is in flight: all that a first look needs."""
        past, book, now_ms = self.past, self._book, self._now_ms()
        newest = past.newest(limit=PAGE)
        book.floor_ms = newest[0].start_ms + 1 if newest else 0
        book.recall = Recall(past)
        book.recall.count = past.count()
        for minute, tally in past.minutes(now_ms - HOUR_MS, now_ms).items():
            book.count_past(minute, succeeded=tally.runs - tally.failures, failed=tally.failures)
        self._everything.show(Serials(kept.position.serial for kept in reversed(newest)))
        self._feed.source.past = self._everything
        self.covered = past.covered()
        running = tuple(one.as_running(now_ms) for one in past.in_flight())
        changed = book.apply([FeedBatch(link=LinkState.LIVE, running=running)], now_ms=now_ms)
        book.note_break()
        self._feed.frame(changed, now_ms)

    def close(self) -> None:
        """The rows of the past go away, and with them the account's entries."""
        self._feed.source.past = None
        self._book.clear()
        self._feed.refilter()

    def put(self, batches: Iterable[FeedBatch]) -> None:
        """What the feed told and the book has taken in."""
        for batch in batches:
            self._inbox.append(batch)
            self._unkept.update(record.activation_id for record in batch.finished)
        self._told.set()

    # Beside everything else

    async def run(self) -> None:
        """
        Raises:
            UnusableHistory: It cannot be read or written any more.
        """
        try:
            # Before anything of this session is kept: that the book counts itself.
            for name, fires in (await self.past.firings()).items():
                self._book.fires[name] += fires
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._load())
                tasks.create_task(self._prune())
                while True:
                    await self._told.wait()
                    self._told.clear()
                    await self._keep()
                    await asyncio.sleep(_KEEP_EVERY_S)  # what is told meanwhile goes into one transaction
        finally:
            try:
                if self._inbox:
                    await self.past.keep(self._inbox, own=frozenset(self.own), now_ms=self._now_ms())
            finally:
                await self.past.close()

    async def _load(self) -> None:
        """Where every record stands."""
        async with self._changing:
            self._everything.show(await self.past.serials(Filter(upto_ms=self._book.floor_ms - 1)))
        self._rows_changed()

    async def _prune(self) -> None:
        await asyncio.sleep(_FIRST_PRUNE_AFTER_S)
        while True:
            if await self.past.prune():
                await self._load_anew()
            await asyncio.sleep(PRUNE_EVERY_S)

    async def search(self) -> None:
        """The filter changed: find which records of the past it keeps."""
        source = self._feed.source
        if source.is_plain:
            source.past = self._everything
            self._feed.past_changed(searching=False)
            return
        self._chosen.show(Serials())
        source.past = self._chosen
        self._feed.past_changed(searching=True)
        async with self._changing:
            await self._choose()
        self._feed.past_changed(searching=False)

    async def _choose(self) -> None:
        source = self._feed.source
        matching = source.filter_of_past(upto_ms=self._book.floor_ms - 1)
        if source.nested:
            self._chosen.show(*await self.past.nested(matching))
        else:
            self._chosen.show(await self.past.serials(matching))

    async def _load_anew(self) -> None:
        async with self._changing:
            self._everything.show(await self.past.serials(Filter(upto_ms=self._book.floor_ms - 1)))
        if not self._feed.source.is_plain:
            await self.search()
        self._rows_changed()

    # What was told

    async def _keep(self) -> None:
        batches, self._inbox = self._inbox, []
        self.covered = await self.past.keep(batches, own=frozenset(self.own), now_ms=self._now_ms())
        records = [record for batch in batches for record in batch.finished]
        self._unkept.difference_update(record.activation_id for record in records)
        self.own.difference_update(record.activation_id for record in records)
        early = [record.activation_id for record in records if record.start_ms < self._book.floor_ms]
        entries = [entry for entry in map(self._book.resident, early) if entry is not None]
        if len(entries) > _MANY_LATE:
            self._leave(entries)
            await self._load_anew()
        elif entries:
            await self._place(entries)
        await self._raise_floor()

    async def _place(self, entries: list[Entry]) -> None:
        """Records that belong among those of the past: a long run that ended, or one that was listed late."""
        ids = [entry.activation_id for entry in entries]
        async with self._changing:
            for position in await self.past.matching(ids):
                self._everything.insert(position)
            source = self._feed.source
            if source.nested:
                await self._choose()
            elif not source.is_everything:
                for position in await self.past.matching(ids, source.filter_of_past(upto_ms=None)):
                    self._chosen.insert(position)
            self._leave(entries)
        self._rows_changed()

    async def _raise_floor(self) -> None:
        """Leave what ended a while ago to the history alone."""
        most = _RESIDENTS_MAX_PAUSED if self._feed.source.holding else RESIDENTS_MAX
        if self._book.resident_count <= most:
            return
        ended = [entry for entry in self._book.residents() if entry.activation is not None]
        if len(ended) <= most:
            return
        old_ms, floor_ms = self._book.floor_ms, ended[_RESIDENTS_LEFT].start_ms
        if floor_ms <= old_ms:
            return
        async with self._changing:
            source = self._feed.source
            stretch = Filter(since_ms=old_ms, upto_ms=floor_ms - 1)
            self._everything.add_newer(await self.past.serials(stretch))
            if not source.is_everything and not source.nested:
                chosen = source.filter_of_past(upto_ms=floor_ms - 1, since_ms=old_ms)
                self._chosen.add_newer(await self.past.serials(chosen))
            self._book.floor_ms = floor_ms
            if source.nested:
                await self._choose()
            self._leave([one for one in ended if one.start_ms < floor_ms and one.activation_id not in self._unkept])
        self._rows_changed()

    def _leave(self, entries: list[Entry]) -> None:
        for entry in entries:
            self._feed.source.drop(entry)
            self._book.recall.forget(entry.activation_id)
        self._book.leave_to_past(entries)

    def _rows_changed(self) -> None:
        self._book.recall.count = len(self._everything)
        self._feed.past_changed()
