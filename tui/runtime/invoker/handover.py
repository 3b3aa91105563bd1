"""The last steps of a job on its way to the worker that was found for it: its mark, and the modules it may require."""

import asyncio
import logging
import os
from collections.abc import Callable
from functools import partial
from itertools import islice

from .action_modules import ActionModules
from .jobs import Job
from .lanes import Lane
from .owner import State
from .worker import Undeliverable, Worker

logger = logging.getLogger(__name__)

_CLOSELY_S = 0.00025
_PROCESSORS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
MarkStarted = Callable[[Job, Callable[[], None]], None]
"""Mark the job durably as started, then call back on the loop."""


class Handover:
    """Holds jobs that have a worker but have not reached it; the worker keeps room for them."""

    def __init__(
        self,
        mark_started: MarkStarted,
        modules: ActionModules,
        tasks: asyncio.TaskGroup,
        *,
        lane_of: Callable[[Job], Lane | None],
        refused: Callable[[Job], object],
        failed: Callable[[Worker, Job], None],
    ) -> None:
        """`refused` takes back a job whose worker died meanwhile, `failed` one that no worker can be given."""
        self._mark_started = mark_started
        self._modules = modules
        self._tasks = tasks
        self._lane_of = lane_of
        self._refused = refused
        self._failed = failed
        self._loop = asyncio.get_running_loop()
        self._held: dict[str, tuple[Worker, Job]] = {}
        """By activation id."""
        self._delivered_last: Worker | None = None
        """To whom the last job went."""
        self.installing: set[asyncio.Task[None]] = set()

    def offer(self, worker: Worker, job: Job) -> None:
        """`worker` has room for `job`, which goes to it as soon as it may."""
        if job.marked:
            self._deliver(worker, job)
            return
        self._hold(worker, job)
        self._request_mark(job)

    def mark_ahead(self, lane: Lane) -> None:
        """Ask for the marks of the lane's next jobs, so that no worker has to wait for them."""
        if not lane.has_unmarked:
            return
        ahead = lane.marks_ahead()
        for job in islice(lane.queue, ahead):
            if not job.marked:
                self._request_mark(job)
        lane.has_unmarked = len(lane.queue) > ahead

    def take_back(self, activation_id: str) -> tuple[Worker, Job] | None:
        """The job shall not run: give back it and the worker it would have had."""
        held = self._held.pop(activation_id, None)
        if held is not None:
            held[0].reserved -= 1
        return held

    def take_from(self, worker: Worker) -> list[Job]:
        """The worker is gone: give back the jobs it would have had."""
        jobs = [job for holder, job in self._held.values() if holder is worker] if self._held else []
        for job in jobs:
            self.take_back(job.activation_id)
        return jobs

    def clear(self) -> list[Job]:
        """Give back all jobs."""
        jobs = [job for _, job in self._held.values()]
        for job in jobs:
            self.take_back(job.activation_id)
        return jobs

    def _hold(self, worker: Worker, job: Job) -> None:
        worker.reserved += 1
        self._held[job.activation_id] = worker, job

    def _request_mark(self, job: Job) -> None:
        if job.mark_requested:
            return
        job.mark_requested = True
        try:
            self._mark_started(job, partial(self._marked, job, self._loop.time()))
        except Exception:
            logger.exception("activation %s cannot be marked as started", job.activation_id)
            job.mark_requested = False  # it is asked for again when there is a worker, and fails then
            if held := self.take_back(job.activation_id):
                self._failed(*held)

    def _marked(self, job: Job, requested_at: float) -> None:
        job.marked = True
        if lane := self._lane_of(job):
            lane.note_mark((self._loop.time() - requested_at) * 1000)
        if held := self.take_back(job.activation_id):
            self._deliver(*held)

    def _deliver(self, worker: Worker, job: Job) -> None:
        if worker.state is State.STEM and worker.interpreter.is_bare_node:
            if self._has_to_wait_for_modules(job):
                self._hold(worker, job)
                self._modules.when_settled(partial(self._modules_settled, job))
                return
            self._modules.link_into(worker.folder)
        if not worker.room:
            self._refused(job)
            return
        try:
            worker.take(job)
        except Undeliverable as error:
            logger.error("%s: %r", error, error.__cause__)
            self._failed(worker, job)
        else:
            self._delivered_last = worker

    def listen_closely(self) -> None:
        """Hear the end of the job that was delivered last in the moment it comes.

        Nothing else is done meanwhile, so it is done only for runs that take less than that, and never where the
        worker would have to wait for this processor.
        """
        worker = self._delivered_last
        run = None if worker is None or _PROCESSORS == 1 else next(iter(worker.runs.values()), None)
        if worker is not None and run is not None and (lane := self._lane_of(run.job)) and lane.ends_at_once:
            worker.process.listen_closely(_CLOSELY_S)

    def _has_to_wait_for_modules(self, job: Job) -> bool:
        """Asks for their installation on the way."""
        modules = self._modules
        if modules.ready or not modules.wanted_by(job.executable):
            return False
        if modules.worth_trying and not self.installing:
            task = self._tasks.create_task(modules.prepare(), name="install the actions' modules")
            self.installing.add(task)
            task.add_done_callback(self.installing.discard)
        return not modules.settled

    def _modules_settled(self, job: Job) -> None:
        if held := self.take_back(job.activation_id):
            self._deliver(*held)
