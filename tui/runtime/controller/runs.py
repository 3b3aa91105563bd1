"""Accept, run, record: every run of an action from its acceptance to its record.

Work that nobody waits for is durable before its id is told: accepted rows of many requests share one commit, and the
jobs go to the pool when it is done. A blocking call waits for the result instead; its row is written without anybody
waiting for that. Either way the record and the end of the row are one commit.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Protocol

from tui.entities.live import EventName

from ..faults import Unavailable
from ..invoker.jobs import Executable, Job, Outcome
from ..store.database import Database
from ..store.ids import make_activation_id
from ..store.records import Record
from ..store.writer import Told, settle
from .backlog import Backlog
from .events import EventHub
from .run import Run, RunView
from .runnable import Manner, Runnable

logger = logging.getLogger(__name__)

_WORKER = Manner.WORKER
_LOG_EVENT = b'{"activationId":"%b","logs":%b}'.__mod__


class Pool(Protocol):
    """What runs jobs."""

    def submit(self, job: Job) -> bool: ...

    def would_start(self, executable: Executable, ahead: int = 0) -> bool: ...

    def cancel(self, activation_id: str) -> bool: ...


class Runs:
    """All runs that have no record yet, and the only place where records of runs are made."""

    def __init__(
        self, database: Database, pool: Pool, events: EventHub, backlog: Backlog, *, clock_ms: Callable[[], float]
    ) -> None:
        self._database = database
        self._pool = pool
        self._events = events
        self.backlog = backlog
        self._clock_ms = clock_ms
        self._running: dict[str, Run] = {}
        self._promised = 0
        self._draining = False
        self.begin_by: dict[Manner, Callable[[Run], None]] = {}
        """Takes the runs of each manner but those for workers; filled by whoever puts the controller together."""
        self.drop_cancelled: Callable[[Run], None] = _not_put_together
        """Takes the runs that were cancelled before they began."""
        self.accepted = 0
        self.finished = [0, 0, 0, 0]
        """Records of runs since the start, by status code."""
        self.fired = 0

    def __len__(self) -> int:
        return len(self._running)

    def under_way(self, namespace: str) -> list[Run]:
        """In the order of their acceptance."""
        return [run for run in self._running.values() if run.runnable.identity.namespace == namespace]

    def in_flight(self, namespace: str) -> int:
        """What counts as concurrent: a sequence is one, whatever its steps."""
        return sum(run.cause is None for run in self._running.values() if run.runnable.identity.namespace == namespace)

    def find(self, namespace: str, activation_id: str) -> Run | None:
        run = self._running.get(activation_id)
        return None if run is None or run.runnable.identity.namespace != namespace else run

    def cancel(self, run: Run) -> None:
        """End `run` now. One whose acceptance is not committed yet ends in the moment in which it would begin."""
        run.cancelled = True
        if self._pool.cancel(run.activation_id):
            return
        for step in [each for each in self._running.values() if each.cause == run.activation_id]:
            self.cancel(step)

    def stop_starting(self) -> None:
        """From now on work is only kept: the next start of the runtime runs it."""
        self._draining = True

    def new_activation_id(self) -> str:
        return make_activation_id(int(self._clock_ms()))

    def prepare(
        self,
        runnable: Runnable,
        arguments: bytes,
        transaction_id: str,
        *,
        trigger_id: str | None = None,
        cause: str | None = None,
    ) -> Run:
        """A run that is not accepted yet."""
        now_ms = self._clock_ms()
        job = Job(runnable.executable, make_activation_id(int(now_ms)), transaction_id, arguments, now_ms, self)
        return Run(job, runnable, trigger_id, cause)

    def accept(self, runs: Sequence[Run], record: Record | None = None) -> "asyncio.Future[None]":
        """Make `runs` durable, together with the record of the firing that set them off, then start them.

        Done when committed; from then on they run or have run, whatever happens to the caller or the process.

        Raises:
            TooManyRequests: As much as may wait waits already; nothing of it is kept.
        """
        committed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.accept_then(runs, record, partial(settle, committed))
        return committed

    def accept_then(self, runs: Sequence[Run], record: Record | None, told: Told) -> None:
        """The same for a caller who is called back."""
        self.backlog.check_room(len(runs), sum([len(run.job.arguments) for run in runs]))
        for run in runs:
            self._promise(run)
            self._keep(run)
        self._database.writer.accept_then(runs, record, partial(self._accepted, runs, record, told))

    def check_room(self, run: Run) -> None:
        """Raises `TooManyRequests` where as much as may wait waits already."""
        self.backlog.check_room(1, len(run.job.arguments))

    def when_durable(self, told: Told) -> None:
        """For a caller who stopped waiting for a run, and from now on has nothing but its id."""
        self._database.writer.accept_then((), None, told)

    def start(self, run: Run, when_finished: Callable[[Record | None], None]) -> None:
        """Start a run whose caller waits for the result; it belongs to work that was let in already."""
        if self._draining:
            raise Unavailable
        run.when_finished = when_finished
        job = run.job
        job.marked = not run.takes_worker or self._pool.would_start(job.executable)
        self._running[job.activation_id] = run
        self._tell_accepted(run)
        self._database.writer.accept_unawaited(run)
        self._begin(run)
        if run.started_ms is None and job.activation_id in self._running:  # most have begun, and wait for nothing
            self._enter_backlog(run)

    async def wait(self, run: Run, timeout_s: float) -> Record | None:
        """Start `run` and wait for its end; `None` when that takes longer. The run then goes on.

        Raises:
            TooManyRequests: As much as may wait waits already.
        """
        self.check_room(run)
        loop = asyncio.get_running_loop()
        finished: asyncio.Future[Record | None] = loop.create_future()

        def tell(record: Record | None) -> None:
            if not finished.done():
                finished.set_result(record)

        timer = loop.call_later(timeout_s, tell, None)
        try:
            self.start(run, tell)
            record = await finished
            if record is None:
                await self._database.writer.accept(())
            return record
        finally:
            timer.cancel()
            run.when_finished = None

    def release_waiting(self) -> None:
        """Let go of those who wait for work that only the next start of the runtime will run."""
        for run in list(self._running.values()):
            if run.when_finished is not None:
                run.when_finished(None)

    def resume(self, runs: Iterable[Run]) -> None:
        """Start what an earlier process accepted; its rows are there."""
        for run in runs:
            self._keep(run)
            self._tell_accepted(run)
            if not run.takes_worker:
                self._database.writer.mark_started(run.activation_id, partial(self._begin, run))
            else:
                self._begin(run)

    def note_started(self, run: Run, start_ms: int) -> None:
        run.started_ms = start_ms
        if run.is_in_backlog:
            self._leave_backlog(run)
        if self._events.is_followed:
            self._publish_state(EventName.STARTED, run)

    def finish(self, run: Run, record: Record) -> None:
        """Keep the record of `run`, which ends it, and tell whoever waits."""
        del self._running[record.activation_id]
        if run.is_in_backlog:
            self._leave_backlog(run)
        self._database.writer.finish(record)
        self.publish_record(record)
        if run.when_finished is not None:
            run.when_finished(record)

    def publish_record(self, record: Record) -> None:
        """Tell listeners about a record that is kept already."""
        if record.end_ms is None:
            self.fired += 1
        else:
            self.finished[record.status_code] += 1
        if self._events.is_followed:
            size = len(record.result or b"") + len(record.logs)
            self._events.publish(EventName.FINISHED, record.origin.namespace, Record.document, record, size)

    # Called by the pool.

    def job_started(self, job: Job, start_ms: int) -> None:
        self.note_started(self._running[job.activation_id], start_ms)

    def job_logged(self, job: Job, lines: bytes) -> None:
        if run := self._running.get(job.activation_id):
            if run.logged is None:
                run.logged = []
            run.logged.append(lines)
        subject = (job.activation_id.encode(), lines)
        self._events.publish(EventName.LOG, job.executable.namespace, _LOG_EVENT, subject, len(lines))

    def job_finished(self, job: Job, outcome: Outcome) -> None:
        run = self._running[job.activation_id]
        record = Record(
            activation_id=job.activation_id,
            origin=run.runnable.origin,
            start_ms=outcome.start_ms,
            end_ms=outcome.end_ms,
            status_code=outcome.status_code,
            result=outcome.result,
            size_bytes=outcome.size_bytes,
            logs=outcome.logs,
            cause=run.cause,
            wait_ms=outcome.wait_ms,
            init_ms=outcome.init_ms,
            timed_out=outcome.timed_out,
        )
        self.finish(run, record)

    def _begin(self, run: Run) -> None:
        if run.cancelled:
            self.drop_cancelled(run)
        elif run.runnable.manner is _WORKER:
            self._pool.submit(run.job)
        else:
            self.begin_by[run.runnable.manner](run)

    def _promise(self, run: Run) -> None:
        """Whether it is accepted as started: only if a worker is there for it, after those promised to others."""
        if not run.takes_worker:
            run.job.marked = not self._draining
        else:
            run.job.marked = not self._draining and self._pool.would_start(run.job.executable, self._promised)
            self._promised += run.job.marked

    def _accepted(self, runs: Sequence[Run], record: Record | None, told: Told, failure: Exception | None) -> None:
        self._promised -= sum(run.job.marked and run.takes_worker for run in runs)
        if failure is None:
            self._go_on(runs, record)
        else:
            for run in runs:
                self._let_go(run)
        told(failure)

    def _go_on(self, runs: Sequence[Run], record: Record | None) -> None:
        """They are durable."""
        for run in runs:
            self._tell_accepted(run)
        if record is not None:
            self.publish_record(record)
        for run in runs:
            if self._draining and not run.job.marked:
                self._let_go(run)
            else:
                self._begin(run)

    def _tell_accepted(self, run: Run) -> None:
        self.accepted += 1
        if self._events.is_followed:
            self._publish_state(EventName.ACCEPTED, run)

    def _keep(self, run: Run) -> None:
        self._running[run.activation_id] = run
        self._enter_backlog(run)

    def _enter_backlog(self, run: Run) -> None:
        run.is_in_backlog = True
        self.backlog.enter(len(run.job.arguments))

    def _let_go(self, run: Run) -> None:
        self._running.pop(run.activation_id, None)
        self._leave_backlog(run)

    def _leave_backlog(self, run: Run) -> None:
        if run.is_in_backlog:
            run.is_in_backlog = False
            self.backlog.leave(len(run.job.arguments))

    def _publish_state(self, name: EventName, run: Run) -> None:
        """To be called only where somebody follows."""
        self._events.publish(name, run.runnable.identity.namespace, RunView.render, run.view())


def _not_put_together(run: Run) -> None:
    raise NotImplementedError(run.activation_id)
