"""The activation feed: every finished activation exactly once, and what still runs.

A platform stores a record when a run *ends* but lists and filters by when it *started*, so a cursor on the newest start
would lose every long run that ends after a short one. Where the platform tells events, the feed listens, and reads the
list only to fill the gap after a broken connection. Elsewhere it asks, as `polling` says, and asks for ids it knows to
be in flight one by one. All bounds are on the platform's clock.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing, suppress

from msgspec.structs import replace

from tui.client import Client
from tui.client.errors import ApiError, RateLimited, Unreachable, is_transient
from tui.client.live import finished_activation
from tui.entities.activation import Activation, State
from tui.entities.limits import LimitBounds
from tui.entities.live import EventName, LiveEvent, RunningActivation

from .feed_batch import COLLECTIONS, FeedBatch, LinkState
from .feed_requests import FeedRequests
from .longest_run import LongestRun
from .open_runs import OpenRuns
from .pace import Budget, pause_after_failures_s, pause_when_throttled_s
from .polling import SLACK_MS as SLACK_MS
from .polling import Poller
from .together import map_together
from .window import Seen, read_window

_OFFLINE_AFTER_FAILURES = 5
_IDLE_INTERVAL_S = 3.0
_REACH_EVERY_MS = 300_000
_ASKED_ALONE = 20
"""Ids asked for by themselves in one look."""


class ActivationFeed:
    """Made by `Operations.activation_feed`; `batches` may be walked once."""

    def __init__(
        self,
        client: Client,
        *,
        live: bool,
        since_ms: int | None = None,
        resumes: bool = False,
        bounds: LimitBounds,
        poll_min_s: float = 2.0,
        poll_max_s: float = 30.0,
    ) -> None:
        """
        Args:
            since_ms: Begin with what started since then, by the platform's clock; `None`: with the newest page.
            resumes: An earlier feed told everything that had ended by `since_ms`: begin also with what started before,
                and ended after.
            bounds: The platform's; they tell how long a run can be open where its action does not.
            poll_min_s: The pause between two looks while something is in flight; `poll_max_s` when nothing happens.
        """
        self._client = client
        self._live = live
        self._since_ms = since_ms
        self._poll_min_s = poll_min_s
        self._poll_max_s = max(poll_max_s, poll_min_s)
        self._interval_s = poll_min_s
        self._is_watched = True
        self._seen = Seen()
        self._budget = Budget()
        self._requests = FeedRequests(client, on_request=self._budget.spend)
        self._resumes = resumes and since_ms is not None
        self._poller = Poller(
            self._requests, client.clock, self._seen, self._budget, since_ms=since_ms, resumes=self._resumes
        )
        self._longest_run = LongestRun(client, bounds)
        self._reach_ms = 0
        self._open = OpenRuns(bounds)
        self._told_ms: int | None = None
        """Of events: everything that ended before was told; `None` until the first answer."""
        self._complete_since_ms: int | None = None
        self._failures = 0
        self._woken = asyncio.Event()
        self._noted: list[RunningActivation] = []

    def note_accepted(self, activation_id: str, entity: str) -> None:
        """A run of ours. Where the platform tells no events, it is asked for by itself until its record is there.

        Args:
            entity: `ns/[pkg/]name`.
        """
        if not self._live and activation_id not in self._seen:
            self._noted.append(self._watch(activation_id, entity))
            self.look_now()

    def note_running(self, running: Iterable[RunningActivation]) -> None:
        """As `note_accepted`, for runs that were in flight when an earlier feed ended: before the first batch."""
        for one in running:
            if one.activation_id not in self._seen and one.activation_id not in self._open:
                self._open.add(one)
                if not self._live:
                    self._noted.append(one)

    def watched(self, is_watched: bool) -> None:
        """Whether anybody looks at what this feed tells; while nobody does, it asks as rarely as when all is idle."""
        self._is_watched = is_watched
        if is_watched:
            self.look_now()

    def forget(self, activation_id: str) -> None:
        """No longer ask for a run by itself; its record is told all the same once it is listed."""
        self._open.remove(activation_id)
        self._noted = [one for one in self._noted if one.activation_id != activation_id]

    def look_now(self) -> None:
        """End the present pause, be it between two looks or before the next try."""
        self._woken.set()

    async def batches(self) -> AsyncGenerator[FeedBatch, None]:
        """Batches without an end; trouble with the network is told by `link`, not raised.

        Close the iterator (`contextlib.aclosing`) when leaving it.

        Raises:
            ApiError: Trying again would not help: the key is no longer accepted, for example.
        """
        while True:
            source = self._listen() if self._live else self._poll()
            failure: ApiError | None = None
            try:
                async with aclosing(source) as batches:
                    async for batch in batches:
                        self._failures = 0
                        yield batch
            except ApiError as error:
                if not is_transient(error):
                    raise
                failure = error
            pause_s = self._next_pause_s(failure)
            yield self._broken(pause_s, failure)
            await self._pause(pause_s)

    def _broken(self, pause_s: float, failure: ApiError | None) -> FeedBatch:
        """What was read before the error is told all the same."""
        finished, late = self._hand_out_polled()
        if not self._live:
            self._complete_since_ms = self._poller.complete_since_ms
        return FeedBatch(
            link=LinkState.OFFLINE if self._failures > _OFFLINE_AFTER_FAILURES else LinkState.RECONNECTING,
            finished=finished,
            late=late,
            retry_in_s=pause_s,
            trouble="" if failure is None else failure.message,
            complete_since_ms=self._complete_since_ms,
        )

    # Where the platform tells events

    async def _listen(self) -> AsyncGenerator[FeedBatch, None]:
        async with self._client.live.open_events() as batches:
            async for batch in self._catch_up():
                yield batch
            async for events in batches:
                if any(event.name is EventName.RESET for event in events):
                    async for batch in self._catch_up():
                        yield batch
                elif (told := self._take_events(events)) is not None:
                    yield told
        raise Unreachable(f"{self._client.endpoint.host} ended its events.")

    async def _catch_up(self) -> AsyncGenerator[FeedBatch, None]:
        """Fill the gap before the events that are about to come, its newest end first.

        What ended in the gap was either known to be open when it began, or was accepted, and so started, after that.
        """
        is_first = self._told_ms is None
        since_ms = self._gap_since_ms()
        now_ms = self._client.clock.now_ms()
        running = await self._client.live.running()
        changed = tuple(one for one in running if self._take_running(one))
        open_now = {one.activation_id for one in running}
        last: tuple[Activation, ...] = ()
        oldest_ms = now_ms
        async with aclosing(read_window(self._client.activations.list, since_ms=since_ms)) as pages:
            async for records in pages:
                open_now.update(record.activation_id for record in records)
                if last:
                    yield self._part_of_gap(changed, last, oldest_ms if is_first else None)
                    changed = ()
                last = records
                oldest_ms = min((record.start_ms for record in records), default=oldest_ms)
        found, lost = await self._look_after([one for one in self._open if one.activation_id not in open_now])
        if self._complete_since_ms is None:
            self._complete_since_ms = self._since_ms if self._since_ms is not None else oldest_ms
        self._told_ms = now_ms
        yield FeedBatch(
            link=LinkState.LIVE,
            running=(*changed, *lost),
            finished=self._hand_out((*last, *found)),
            entities_changed=frozenset() if is_first else COLLECTIONS,
            complete_since_ms=self._complete_since_ms,
            complete_upto_ms=now_ms,
        )

    def _part_of_gap(
        self, running: tuple[RunningActivation, ...], records: tuple[Activation, ...], oldest_ms: int | None
    ) -> FeedBatch:
        """Of a long gap all pages but the last, which completes it."""
        since_ms = self._complete_since_ms if oldest_ms is None else oldest_ms + 1
        return FeedBatch(
            link=LinkState.LIVE, running=running, finished=self._hand_out(records), complete_since_ms=since_ms
        )

    def _gap_since_ms(self) -> int | None:
        if self._told_ms is not None:
            return self._told_ms - SLACK_MS
        return self._since_ms - SLACK_MS if self._resumes and self._since_ms is not None else self._since_ms

    async def _look_after(
        self, vanished: list[RunningActivation]
    ) -> tuple[list[Activation], tuple[RunningActivation, ...]]:
        """What became of runs that were open before the gap: their records, and those that left none."""
        records = await map_together(self._requests.find, [one.activation_id for one in vanished])
        lost = [replace(one, state=State.LOST) for one, record in zip(vanished, records, strict=True) if record is None]
        for one in lost:
            self._open.remove(one.activation_id)
        return list(filter(None, records)), tuple(lost)

    def _take_events(self, events: list[LiveEvent]) -> FeedBatch | None:
        running: dict[str, RunningActivation] = {}
        records: list[Activation] = []
        logs: dict[str, list[str]] = {}
        changed: set[str] = set()
        ended = {event.data.get("activationId") for event in events if event.name is EventName.FINISHED}
        for event in events:
            activation_id = event.data.get("activationId", "")
            if event.name in (EventName.ACCEPTED, EventName.STARTED):
                if activation_id in ended:  # its record tells it all
                    continue
                one = RunningActivation.from_json(event.data)
                if self._take_running(one):
                    running[activation_id] = one
            elif event.name is EventName.LOG and activation_id not in self._seen:
                logs.setdefault(activation_id, []).extend(event.data["logs"])
            elif event.name is EventName.FINISHED:
                records.append(finished_activation(event))
            elif event.name is EventName.ENTITY:
                changed.add(event.data["collection"])
        # By the events' own times: who reads slowly gets old events, and the gap behind them begins there, not now.
        self._told_ms = max(
            self._told_ms or 0, *(one.accepted_ms for one in running.values()), *map(_end_ms, records), 0
        )
        self._seen.forget_before(self._told_ms - 4 * SLACK_MS)
        if not (running or records or logs or changed):
            return None
        finished = self._hand_out(records)
        return FeedBatch(
            link=LinkState.LIVE,
            running=tuple(one for key, one in running.items() if key not in self._seen),
            finished=finished,
            logs=tuple((key, tuple(lines)) for key, lines in logs.items()),
            entities_changed=frozenset(changed) & COLLECTIONS,
            complete_since_ms=self._complete_since_ms,
            complete_upto_ms=self._told_ms,
        )

    def _take_running(self, one: RunningActivation) -> bool:
        """Whether it is news: events may be older than what the list of running ones told."""
        before = self._open.find(one.activation_id)
        if one.activation_id in self._seen or one == before:
            return False
        if before is not None and before.state is State.RUNNING and one.state is State.QUEUED:
            return False
        self._open.add(one)
        return True

    # Where it has to be asked

    async def _poll(self) -> AsyncGenerator[FeedBatch, None]:
        while True:
            batch = await self._look()
            yield batch
            await self._pause(batch.poll_interval_s or self._poll_min_s)

    async def _look(self) -> FeedBatch:
        now_ms = self._client.clock.now_ms()
        self._budget.refill(self._client.clock.local_ms())
        if self._noted:
            self._budget.something_happened()
        await self._know_reach(now_ms)
        await self._poller.look()
        self._complete_since_ms = self._poller.complete_since_ms
        await self._ask_for_open_ones(now_ms)
        finished, late = self._hand_out_polled()
        started = {one.activation_id: one for one in (*self._noted, *self._watch_outcomes(finished))}
        started |= {one.activation_id: one for one in self._open.note_actions(self._longest_run.action)}
        happened = bool(finished or self._noted)
        self._noted.clear()
        lost = self._open.give_up(now_ms)
        return FeedBatch(
            link=LinkState.POLLING,
            running=(*(one for key, one in started.items() if key in self._open), *lost),
            finished=finished,
            late=late,
            poll_interval_s=self._next_interval_s(something_happened=happened),
            complete_since_ms=self._complete_since_ms,
            complete_upto_ms=self._poller.complete_upto_ms,
        )

    async def _know_reach(self, now_ms: int) -> None:
        """Not before the first look: whoever waits for that has no long runs to miss yet."""
        if not self._poller.has_begun or (self._poller.reach_is_known and now_ms - self._reach_ms < _REACH_EVERY_MS):
            return
        self._poller.set_reach(await self._longest_run.load_ms())
        self._reach_ms = now_ms

    async def _ask_for_open_ones(self, now_ms: int) -> None:
        """Ids that are known to be in flight, each by itself: those that waited longest first, as the budget allows."""

        async def ask(activation_id: str) -> None:
            record = await self._requests.find(activation_id)
            self._open.was_asked(activation_id, now_ms)
            if record is not None:
                self._poller.take(record)

        due = [key for key in self._open.due(now_ms) if key not in self._seen]
        await map_together(ask, due[: min(_ASKED_ALONE, self._budget.left)])

    def _hand_out_polled(self) -> tuple[tuple[Activation, ...], frozenset[str]]:
        finished, late = self._poller.hand_out()
        for record in finished:
            self._open.remove(record.activation_id)
        return finished, late

    def _watch(self, activation_id: str, entity: str, *, trigger_activation_id: str | None = None) -> RunningActivation:
        one = RunningActivation(
            activation_id=activation_id,
            entity=entity,
            kind="",
            state=State.RUNNING,
            accepted_ms=self._client.clock.now_ms(),
            started_ms=None,
            limits=None,
            trigger_activation_id=trigger_activation_id,
        )
        self._open.add(one)
        return one

    def _watch_outcomes(self, finished: Iterable[Activation]) -> list[RunningActivation]:
        """The runs that a trigger's record names are in flight until they have one of their own."""
        return [
            self._watch(outcome.activation_id, outcome.action, trigger_activation_id=record.activation_id)
            for record in finished
            if record.is_trigger
            for outcome in record.rule_outcomes()
            if outcome.activation_id and outcome.activation_id not in self._seen
        ]

    def _next_interval_s(self, *, something_happened: bool) -> float:
        if something_happened:
            self._budget.something_happened()
        if not self._is_watched:
            self._interval_s = self._poll_max_s
        elif self._open or something_happened:
            self._interval_s = self._poll_min_s
        else:
            self._interval_s = min(max(self._interval_s * 1.5, _IDLE_INTERVAL_S), self._poll_max_s)
        # Beside the look itself something has to be left for the ids that are asked for alone.
        return max(self._interval_s, self._budget.wait_s(3 if self._open else 1))

    # Both

    def _hand_out(self, records: Iterable[Activation]) -> tuple[Activation, ...]:
        finished = self._seen.new_ones(tuple(records), now_ms=self._client.clock.now_ms())
        for record in finished:
            self._open.remove(record.activation_id)
        return finished

    def _next_pause_s(self, error: ApiError | None) -> float:
        pause_s = pause_after_failures_s(self._failures)
        self._failures += 1
        return max(pause_s, pause_when_throttled_s(error.retry_after_s)) if isinstance(error, RateLimited) else pause_s

    async def _pause(self, pause_s: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(pause_s):
                await self._woken.wait()
        self._woken.clear()


def _end_ms(record: Activation) -> int:
    return record.end_ms or record.start_ms
