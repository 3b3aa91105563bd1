"""Reading an activation list that can only be asked, so that nothing is missed however late it is listed.

A record is listed when its run ends, in the place of its start. Three kinds of reading together see all of them:

- *recent*: what started since shortly before the last look is read whole, at every look;
- the *rest*, back to where a run that ends now may have started at most, is counted: where the platform has more
  than was handed out, the interval is halved until the records that came late are in one page;
- *gaps*: what could not be read, after an outage or at the beginning, is read by pages until nothing is left of it.

What was read stays read: an error in the middle loses nothing, and the next look goes on where this one ended.
"""

import math
from collections.abc import Awaitable
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from tui.client import ServerClock
from tui.client.errors import ApiError
from tui.entities.activation import Activation

from .feed_requests import FeedRequests
from .pace import Budget
from .together import map_together
from .window import Seen

SLACK_MS: Final = 30_000
"""Records may be listed this much later than they end, and clocks of one platform differ by less."""
_REACH_SLACK_MS: Final = 6 * SLACK_MS
"""For what is listed late, and for what was counted in place of another that was known before it was listed."""
_REST_EVERY_MS: Final = 15_000
_REST_UNCOUNTED_EVERY_MS: Final = 60_000
_PAGES_A_MINUTE: Final = 8
"""Of a rest that has to be read since it cannot be counted."""
_BUDGET_KEPT: Final = 3
"""Requests that what started before the beginning leaves to the others."""
_PAGES_PER_LOOK: Final = 50
"""Of gaps, so that what is recent is never out of sight for long."""


class Gap(Struct, frozen=True):
    """An interval of starts, both ends included, that was not read yet; from its end towards its beginning."""

    since_ms: int
    upto_ms: int | None
    skip: int = 0
    """Records of the last millisecond that were read already."""
    ended_since_ms: int | None = None
    """Known, but not told, is what ended before; `None`: all of it is told."""


class Poller:
    """What is known of one namespace, and how to learn more. `look` may raise, and goes on at the next call."""

    def __init__(
        self,
        requests: FeedRequests,
        clock: ServerClock,
        seen: Seen,
        budget: Budget,
        *,
        since_ms: int | None,
        resumes: bool = False,
    ) -> None:
        """
        Args:
            since_ms: Begin with what started since then; `None`: with the newest page.
            resumes: What ended since then is told also where it started before.
        """
        self._requests = requests
        self._clock = clock
        self._seen = seen
        self._budget = budget
        self._since_ms = since_ms
        self._resumes_ms = since_ms if resumes else None
        self._gaps: list[Gap] = []
        self._before: Gap | None = None
        """What started before the beginning: a run that goes on may be among it."""
        self._fresh: list[Activation] = []
        self._late: set[str] = set()
        self._opened_ms = 0
        self._told_ms: int | None = None
        """When the last look began that saw what is recent; `None` before the first."""
        self._floor_ms = 0
        """Of what started since then, and is not in a gap, all that has ended is known."""
        self._complete_ms = 0
        """As the floor, but of what was told, gaps left aside."""
        self._reach_ms: int | None = None
        self._rest_ms = 0
        """When the rest was last proven complete."""
        self._rest_pages = 1
        self._forgotten_ms = 0

    @property
    def reach_is_known(self) -> bool:
        return self._reach_ms is not None

    @property
    def has_begun(self) -> bool:
        return self._told_ms is not None

    @property
    def complete_since_ms(self) -> int | None:
        """Every record that started since then, and has ended, was told; `None` before the first answer."""
        if self._told_ms is None:
            return None
        unread = [gap.upto_ms + 1 for gap in self._gaps if gap.upto_ms is not None]
        return max([self._complete_ms, *unread])

    @property
    def complete_upto_ms(self) -> int | None:
        """Until when every end is known of what started since `complete_since_ms`; `None` while that is not known."""
        if not self.has_begun or self._gaps:
            return None
        resumed = self._resumes_ms is None or (self.reach_is_known and self._before is None)
        return self._rest_ms if resumed else None

    def set_reach(self, longest_run_ms: int) -> None:
        """How long before its end a run may have started. It only grows: what was once started goes on."""
        reach_ms = longest_run_ms + _REACH_SLACK_MS
        before_ms = (self._opened_ms if self._resumes_ms is None else self._resumes_ms) - reach_ms
        if self._reach_ms is None and before_ms < self._floor_ms:
            if self._since_ms is None:
                self._before = Gap(before_ms, self._floor_ms)
            else:
                # Rather too much than too little is told: the platform's clock is known to a second at best.
                told_ms = self._opened_ms if self._resumes_ms is None else self._resumes_ms
                self._before = Gap(before_ms, self._floor_ms - 1, ended_since_ms=told_ms - SLACK_MS)
        self._reach_ms = max(reach_ms, self._reach_ms or 0)

    def take(self, record: Activation, *, is_late: bool = False) -> None:
        """A whole record, from wherever."""
        if self._seen.note(record.activation_id, record.start_ms, now_ms=self._clock.now_ms()):
            self._fresh.append(record)
            if is_late:
                self._late.add(record.activation_id)

    def hand_out(self) -> tuple[tuple[Activation, ...], frozenset[str]]:
        """What is new since the last time, in the order in which it ended, and the ids of what was listed late."""
        fresh, late = self._fresh, frozenset(self._late)
        self._fresh, self._late = [], set()
        return tuple(sorted(fresh, key=lambda record: record.end_ms or record.start_ms)), late

    async def look(self) -> None:
        """Learn what is new.

        Raises:
            ApiError: The platform gave no answer to something.
        """
        now_ms = self._clock.now_ms()
        if self._told_ms is None:
            await self._begin(now_ms)
        else:
            await self._read_recent(now_ms, self._told_ms)
        await self._read_gaps()
        if not self._gaps:
            await self._check_rest(now_ms)
            await self._read_before()
            self._forget()

    # What is recent

    async def _begin(self, now_ms: int) -> None:
        records, is_last = await self._requests.page(since_ms=self._since_ms)
        oldest_ms = min((record.start_ms for record in records), default=now_ms)
        self._opened_ms = self._told_ms = self._rest_ms = now_ms
        self._floor_ms = self._complete_ms = oldest_ms if self._since_ms is None else self._since_ms
        if self._since_ms is None and not is_last:
            self._complete_ms += 1  # of its last millisecond there may be more than this page had
        gap = Gap(self._floor_ms, None)
        try:
            await self._take_all(records)
        except ApiError:
            self._leave(gap, now_ms)
            raise
        if not is_last and records and self._since_ms is not None:
            self._leave(rest_of(gap, records), now_ms)

    async def _read_recent(self, now_ms: int, told_ms: int) -> None:
        gap = Gap(max(told_ms - SLACK_MS, self._since_ms or 0), None)
        records, is_last = await self._requests.page(since_ms=gap.since_ms)
        self._told_ms = now_ms  # nothing recent is forgotten from here on: what is not read now is a gap
        try:
            while True:
                await self._take_all(records)
                if is_last or not records:
                    return
                gap = rest_of(gap, records)
                was_read = gap.upto_ms is not None and gap.upto_ms <= told_ms and not gap.skip
                if was_read and await self._check(gap.since_ms, gap.upto_ms or 0):
                    return
                records, is_last = await self._page_of(gap)
        except ApiError:
            self._leave(gap, now_ms)
            raise

    def _leave(self, gap: Gap, now_ms: int) -> None:
        """For later."""
        self._gaps.append(replace(gap, upto_ms=now_ms if gap.upto_ms is None else gap.upto_ms))

    # Gaps

    async def _read_gaps(self) -> None:
        for _ in range(_PAGES_PER_LOOK):
            if not self._gaps:
                return
            gap = self._gaps[-1]
            records, is_last = await self._page_of(gap)
            await self._take_all(records)
            self._gaps[-1:] = [] if is_last or not records else [rest_of(gap, records)]

    async def _read_before(self) -> None:
        """Unless it is to be told, it is only to be told apart from what comes: there is no hurry."""
        for _ in range(_PAGES_PER_LOOK):
            gap = self._before
            if gap is None or self._budget.left < _BUDGET_KEPT:
                return
            records, is_last = await self._page_of(gap, docs=gap.ended_since_ms is None)
            ended_since_ms = gap.ended_since_ms or 0
            for record in records:
                if _end_ms(record) < ended_since_ms:
                    self._seen.note(record.activation_id, record.start_ms, now_ms=self._clock.now_ms())
            await self._take_all(records)
            self._before = None if is_last or not records else rest_of(gap, records)
            self._floor_ms = gap.since_ms if self._before is None else (self._before.upto_ms or 0) + 1
            if gap.ended_since_ms is None:
                self._complete_ms = self._floor_ms

    def _page_of(self, gap: Gap, *, docs: bool = True) -> Awaitable[tuple[tuple[Activation, ...], bool]]:
        return self._requests.page(since_ms=gap.since_ms, upto_ms=gap.upto_ms, skip=gap.skip, docs=docs)

    # The rest

    async def _check_rest(self, now_ms: int) -> None:
        if self._reach_ms is None:
            return
        uncounted_ms = _REST_UNCOUNTED_EVERY_MS * max(1, self._rest_pages // _PAGES_A_MINUTE)
        if now_ms - self._rest_ms < (_REST_EVERY_MS if self._requests.counts else uncounted_ms):
            return
        since_ms, upto_ms = max(self._rest_ms - self._reach_ms, self._floor_ms), now_ms - SLACK_MS
        if since_ms <= upto_ms and not await self._check(since_ms, upto_ms):
            self._rest_pages = await self._read_interval(since_ms, upto_ms, docs=False)
        self._rest_ms = now_ms

    async def _check(self, since_ms: int, upto_ms: int) -> bool:
        """Find what came late into an interval; `False` if the platform does not count."""
        pending = [(since_ms, upto_ms)]
        while pending:
            since_ms, upto_ms = pending.pop()
            there = await self._requests.count(since_ms, upto_ms)
            if there is None:
                return False
            missing = there - self._seen.count(since_ms, upto_ms)
            if missing <= 0:
                continue
            pages = there / self._requests.page_size
            if since_ms == upto_ms or pages <= 1 or missing * (1 + math.log2(pages)) >= pages:
                await self._read_interval(since_ms, upto_ms)
            else:
                middle_ms = (since_ms + upto_ms) // 2
                pending += [(since_ms, middle_ms), (middle_ms + 1, upto_ms)]
        return True

    async def _read_interval(self, since_ms: int, upto_ms: int, *, docs: bool = True) -> int:
        """All of it, page by page; how many pages it took."""
        gap = Gap(since_ms, upto_ms)
        pages = 0
        while True:
            records, is_last = await self._page_of(gap, docs=docs)
            pages += 1
            await self._take_all(records, may_be_late=True)
            if is_last or not records:
                return pages
            gap = rest_of(gap, records)

    # All of them

    async def _take_all(self, records: tuple[Activation, ...], *, may_be_late: bool = False) -> None:
        """Take in a page; where one came without its response, the whole record is asked for."""

        async def find(record: Activation) -> None:
            found = await self._requests.find(record.activation_id)
            if found is not None:  # else it is listed, and not to be had yet: it stays unknown, and is met again
                self.take(found, is_late=may_be_late and self._is_late(found))

        bare = []
        for record in records:
            if record.response is not None:
                self.take(record, is_late=may_be_late and self._is_late(record))
            elif record.activation_id not in self._seen:
                bare.append(record)
        await map_together(find, bare)

    def _is_late(self, record: Activation) -> bool:
        return self._clock.now_ms() - _end_ms(record) > SLACK_MS

    def _forget(self) -> None:
        if self._reach_ms is None or self._before is not None:
            return
        floor_ms = self._rest_ms - self._reach_ms
        if floor_ms - self._forgotten_ms > SLACK_MS and self._seen.forget_before(floor_ms):
            self._forgotten_ms = floor_ms
            self._floor_ms = max(self._floor_ms, floor_ms)


def _end_ms(record: Activation) -> int:
    return record.end_ms or record.start_ms


def rest_of(gap: Gap, records: tuple[Activation, ...]) -> Gap:
    """What is left of a gap below a page of its newest records.

    It goes on with `upto`: `skip` drifts while records arrive, and serves only to get past more than a page of
    records that share one start millisecond.
    """
    oldest_ms = records[-1].start_ms
    skip = gap.skip + len(records) if oldest_ms == gap.upto_ms else 0
    return Gap(gap.since_ms, oldest_ms, skip, gap.ended_since_ms)
