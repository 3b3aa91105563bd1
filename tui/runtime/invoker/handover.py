"""The last steps of a job on its way to the worker that was found for it: its mark, and the modules it may require."""

import asyncio
from collections.abc import Callable
from functools import partial

from .action_modules import ActionModules
from .jobs import Job
from .lanes import Lane
from .worker import State, Worker

MarkStarted = Callable[[Job, Callable[[], None]], None]
"""Mark the job durably as started, then call back on the loop."""


class Handover:
    """Holds jobs that have a worker but have not reached it."""

    def __init__(
        self,
        mark_started: MarkStarted,
        modules: ActionModules,
        tasks: asyncio.TaskGroup,
        *,
        lane_of: Callable[[Job], Lane | None],
        refused: Callable[[Job], object],
    ) -> None:
        """`refused` takes back a job whose worker died meanwhile."""
        self._mark_started = mark_started
        self._modules = modules
        self._tasks = tasks
        self._lane_of = lane_of
        self._refused = refused
        self._loop = asyncio.get_running_loop()
        self._jobs: dict[Worker, Job] = {}
        self._unmarked: dict[str, Worker] = {}
        """By activation id: the worker that waits for the job's mark."""
        self.installing: set[asyncio.Task[None]] = set()

    def offer(self, worker: Worker, job: Job) -> None:
        """`worker` is free for `job`, which goes to it as soon as it may."""
        if job.marked:
            self._deliver(worker, job)
            return
        self._jobs[worker] = job
        self._unmarked[job.activation_id] = worker
        self._request_mark(job)

    def mark_ahead(self, lane: Lane) -> None:
        """Ask for the marks of the lane's next jobs, so that no worker has to wait for them."""
        if lane.queue and (ahead := lane.marks_ahead()):
            for _, job in zip(range(ahead), lane.queue, strict=False):
                if not job.marked:
                    self._request_mark(job)

    def take_back(self, activation_id: str) -> tuple[Worker, Job] | None:
        """The job shall not run: give back it and the worker it would have had."""
        for worker, job in self._jobs.items():
            if job.activation_id == activation_id:
                self.take_from(worker)
                return worker, job
        return None

    def take_from(self, worker: Worker) -> Job | None:
        """The worker is gone: give back the job it would have had."""
        job = self._jobs.pop(worker, None)
        if job is not None:
            self._unmarked.pop(job.activation_id, None)
        return job

    def clear(self) -> list[Job]:
        """Give back all jobs."""
        jobs = list(self._jobs.values())
        self._jobs.clear()
        self._unmarked.clear()
        return jobs

    def _request_mark(self, job: Job) -> None:
        if not job.mark_requested:
            job.mark_requested = True
            self._mark_started(job, partial(self._marked, job, self._loop.time()))

    def _marked(self, job: Job, requested_at: float) -> None:
        job.marked = True
        if lane := self._lane_of(job):
            lane.note_mark((self._loop.time() - requested_at) * 1000)
        worker = self._unmarked.pop(job.activation_id, None)
        if worker is not None:
            del self._jobs[worker]
            self._deliver(worker, job)

    def _deliver(self, worker: Worker, job: Job) -> None:
        if worker.state is State.STEM and worker.interpreter.family == "nodejs":
            if self._has_to_wait_for_modules(job):
                self._jobs[worker] = job
                self._modules.when_settled(partial(self._modules_settled, worker, job))
                return
            self._modules.link_into(worker.folder)
        if worker.is_free:
            worker.take(job)
        else:
            self._refused(job)

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

    def _modules_settled(self, worker: Worker, job: Job) -> None:
        if self._jobs.get(worker) is job:
            del self._jobs[worker]
            self._deliver(worker, job)
