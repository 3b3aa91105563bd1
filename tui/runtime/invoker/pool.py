"""The pool: which job runs in which worker, and when another worker is started.

A job goes to a warm worker of its lane, else to a stem cell, else to a worker that is started for it; where the pool is
full it waits its turn. Lanes whose runs are short share few workers; long runs get one each, up to a cap that follows
memory, since they mostly wait.
"""

import asyncio
import logging
import os
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from . import bounding, outcomes, protocol
from .action_modules import ActionModules
from .folders import WorkFolders
from .handover import Handover, MarkStarted
from .interpreters import Interpreter, Interpreters
from .jobs import Executable, Job, Outcome
from .lanes import Lane
from .outcomes import Verdict
from .sandbox import Sandbox
from .stems import StemCells
from .warden import Warden
from .worker import HOSTS, State, Worker

logger = logging.getLogger(__name__)

MIN_WORKERS = 16
MAX_WORKERS = 512
_EXPECTED_WORKER_MB = 64
"""What a worker takes on average: most never come near their limit."""
_WORKER_DESCRIPTORS = 4
"""Socket, two pipes, and the one that tells of its end."""
_OTHER_DESCRIPTORS = 512
_LOOK_S = 0.02
_SLICE_S = 0.5
_STOP_WITHIN_S = 5.0

_STOPPED = outcomes.failed(outcomes.STOPPED, outcomes.INTERNAL_ERROR)


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSettings:
    work_dir: Path
    """The pool's own: whatever is in it is removed."""
    cache_dir: Path
    workers_max: int | None = None
    """`None`: as memory allows, at least 16."""
    memory_max_mb: int | None = None
    """For all workers together; `None`: what is free."""
    sandbox: str = "none"
    """`bwrap`, or `none`."""
    idle_worker_s: float = 600.0


@dataclass(frozen=True, slots=True)
class PoolState:
    """Counts, for those who look."""

    busy: int
    idle: int
    starting: int
    stems: int
    queued: int
    workers_max: int


@asynccontextmanager
async def open_pool(
    settings: PoolSettings,
    interpreters: Interpreters,
    *,
    api_host: Callable[[], str],
    mark_started: MarkStarted,
) -> AsyncIterator["WorkerPool"]:
    """A pool that lives as long as the block; at its end every process is gone.

    Raises:
        NoSandbox: The sandbox that the settings ask for is not there.

    Args:
        api_host: The runtime's address with its scheme, for `__OW_API_HOST`; asked when a worker gets its code.
        mark_started: Asked before an unmarked job reaches a worker.
    """
    sandbox = Sandbox(settings.work_dir, (HOSTS, settings.cache_dir)) if settings.sandbox == "bwrap" else None
    folders = WorkFolders(settings.work_dir)
    await folders.clear()
    warden = Warden(folders.mark)
    try:
        async with asyncio.TaskGroup() as tasks:
            modules = ActionModules(settings.cache_dir, interpreters)
            pool = WorkerPool(settings, interpreters, api_host, mark_started, warden, folders, modules, tasks, sandbox)
            own_tasks = [
                tasks.create_task(pool.reap_idle(), name="reap idle workers"),
                tasks.create_task(folders.remove_retired(), name="remove workers' folders"),
            ]
            try:
                yield pool
            finally:
                try:
                    await pool.stop_all()
                finally:
                    for task in (*own_tasks, *pool.installing):
                        task.cancel()
    finally:
        await warden.close()
        await folders.clear()


class WorkerPool:
    """Made by `open_pool`."""

    def __init__(
        self,
        settings: PoolSettings,
        interpreters: Interpreters,
        api_host: Callable[[], str],
        mark_started: MarkStarted,
        warden: Warden,
        folders: WorkFolders,
        modules: ActionModules,
        tasks: asyncio.TaskGroup,
        sandbox: Sandbox | None,
    ) -> None:
        self._sandbox = sandbox
        self._interpreters = interpreters
        self._api_host = api_host
        self._warden = warden
        self._folders = folders
        self._modules = modules
        self._handover = Handover(
            mark_started, modules, tasks, lane_of=lambda job: self._lanes.get(job.executable.key), refused=self.submit
        )
        self._stems = StemCells(self._spawn, lambda: not self._closing and self._starting < self._max_starting)
        self._idle_worker_s = settings.idle_worker_s
        self._cap = settings.workers_max or _cap_by_memory(settings.memory_max_mb)
        self._max_starting = max(4, 2 * (os.cpu_count() or 1))
        self._loop = asyncio.get_running_loop()
        self._lanes: dict[str, Lane] = {}
        self._waiting: dict[str, Lane] = {}
        """Lanes with a queue, the one that was served longest ago first."""
        self._lane_of: dict[Worker, Lane] = {}
        self._alive: set[Worker] = set()
        self._starting = 0
        self._fresh_idle: set[Worker] = set()
        self._look: asyncio.TimerHandle | None = None
        self._closing = False
        """Nothing is started any more."""
        self._stopped = False
        self._changed = asyncio.Event()

    @property
    def installing(self) -> Iterable[asyncio.Task[None]]:
        """Tasks that the pool has started by itself."""
        return tuple(self._handover.installing)

    # ---- what the controller calls ----

    def would_start(self, executable: Executable) -> bool:
        """Whether a job submitted now would get a worker at once, so that it can be accepted as started."""
        if self._closing:
            return False
        lane = self._lanes.get(executable.key)
        if lane is not None:
            if lane.idle:
                return True
            if lane.queue or not lane.is_worth_a_start(1):
                return False
        return self._starting < self._max_starting and self._has_room(lane)

    def submit(self, job: Job) -> bool:
        """Run `job` as soon as possible.

        Gives back whether a worker has it, or is being started for it; otherwise it waits in the queue.
        """
        if self._stopped:
            if job.marked:
                self._finish_unrun(job, _STOPPED)
            return False
        lane = self._lanes.get(job.executable.key) or self._new_lane(job)
        if lane is None:
            return True
        if lane.idle and not self._closing:
            self._handover.offer(lane.idle.pop(), job)
            return True
        job.queued_at = self._loop.time()
        lane.queue.append(job)
        self._waiting.setdefault(lane.key, lane)
        served = self._grow(lane)
        self._handover.mark_ahead(lane)
        self._plan_look()
        return served

    def cancel(self, activation_id: str) -> bool:
        """End the job, running or waiting, with the outcome of a cancelled one; `False` if there is none."""
        if taken_back := self._handover.take_back(activation_id):
            worker, job = taken_back
            self._finish_unrun(job, outcomes.cancelled())
            if worker.is_free:
                self._hand_on(worker)
            return True
        for worker in self._alive:
            if worker.job is not None and worker.job.activation_id == activation_id:
                worker.end_job(outcomes.cancelled())
                return True
        for lane in self._waiting.values():
            for job in lane.queue:
                if job.activation_id == activation_id:
                    lane.queue.remove(job)
                    self._forget_if_done(lane)
                    self._finish_unrun(job, outcomes.cancelled())
                    return True
        return False

    def state(self) -> PoolState:
        idle = sum(len(lane.idle) for lane in self._lanes.values())
        return PoolState(
            busy=len(self._lane_of) - idle - self._lane_starting(),
            idle=idle,
            starting=self._starting,
            stems=len(self._stems),
            queued=sum(len(lane.queue) for lane in self._waiting.values()),
            workers_max=self._cap,
        )

    @property
    def warden_pid(self) -> int | None:
        """Of the process that ends all others if this one dies; `None` while it is being replaced."""
        return self._warden.pid

    async def prepare(self) -> None:
        """Install the modules that actions may require; worth starting in the background with the runtime."""
        if self._interpreters.kinds("nodejs"):
            await self._modules.prepare()

    async def drain(self, seconds: float) -> None:
        """Start nothing any more, and wait until what runs has ended, at most so long."""
        self._closing = True
        try:
            async with asyncio.timeout(seconds):
                while any(worker.job is not None for worker in self._alive):
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            pass

    async def stop_all(self) -> None:
        """End every worker and wait until it is reaped. Jobs that had started get their outcome; others get none."""
        self._closing = self._stopped = True
        if self._look is not None:
            self._look.cancel()
            self._look = None
        unrun = [*self._handover.clear(), *(job for lane in self._waiting.values() for job in lane.queue)]
        for lane in self._waiting.values():
            lane.queue.clear()
        self._waiting.clear()
        for job in unrun:
            if job.marked:
                self._finish_unrun(job, _STOPPED)
        for worker in list(self._alive):
            if worker.job is not None:
                worker.end_job(_STOPPED)
            else:
                worker.kill()
        try:
            async with asyncio.timeout(_STOP_WITHIN_S):
                while self._alive:
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            for worker in self._alive:
                logger.error("worker %d cannot be reaped", worker.process.pid)
                worker.stop_watching()

    async def reap_idle(self) -> None:
        """Runs as long as the pool: ends workers and stem cells that nobody used for a while."""
        while True:
            await asyncio.sleep(min(max(self._idle_worker_s / 10, 0.1), 30.0))
            since = self._loop.time() - self._idle_worker_s
            for worker in [one for lane in self._lanes.values() for one in lane.idle if one.idle_since <= since]:
                self._retire_idle(worker)
            self._stems.reap(since)

    # ---- jobs to workers ----

    def _hand_on(self, worker: Worker) -> None:
        """A worker of a lane is free: the next job of the lane, or a rest."""
        lane = self._lane_of[worker]
        if lane.queue and not self._closing and not self._yields(lane, worker):
            job = lane.queue.popleft()
            if not lane.queue:
                self._waiting.pop(lane.key, None)
            self._handover.offer(worker, job)
            self._handover.mark_ahead(lane)
        elif worker.state is State.STEM:  # others have taken the jobs that it came up for
            self._let_go(worker)
            self._stems.add(worker)
        elif worker.state is State.IDLE:
            lane.idle.append(worker)
            self._fresh_idle.add(worker)
            self._plan_look()
            if self._waiting:
                self._grow_waiting()

    def _yields(self, lane: Lane, worker: Worker) -> bool:
        """End a free worker of a full pool where another lane has waited for long and has fewer: nobody starves.

        Only a worker that has served for a while: starting the next one costs more than many short runs.
        """
        if len(self._waiting) < 2 or len(self._lane_of) < self._cap or worker.state is not State.IDLE:
            return False
        now = self._loop.time()
        if now - worker.serving_since < _SLICE_S:
            return False
        for other in self._waiting.values():
            if other is not lane and other.has_waited(now) and other.workers < lane.workers:
                self._let_go(worker)
                worker.kill()
                self._grow(other, force=True)
                return True
        return False

    def _finish_unrun(self, job: Job, verdict: Verdict) -> None:
        """The end of a job that no worker had."""
        now_ms = int(time.time() * 1000)
        outcome = Outcome(
            status_code=verdict.status_code,
            result=verdict.result,
            size_bytes=verdict.size_bytes,
            logs=b"[]",
            start_ms=now_ms,
            end_ms=now_ms,
            init_ms=None,
            wait_ms=max(0, now_ms - int(job.accepted_ms)),
        )
        job.listener.job_finished(job, outcome)

    # ---- lanes and workers ----

    def _new_lane(self, job: Job) -> Lane | None:
        """`None` if nothing runs this kind; the job has its outcome then."""
        interpreter = self._interpreters.resolve(job.executable.kind)
        if interpreter is None:
            self._finish_unrun(job, outcomes.failed(outcomes.NO_RESOURCES, outcomes.INTERNAL_ERROR))
            return None
        lane = self._lanes[job.executable.key] = Lane(job.executable, interpreter)
        return lane

    def _forget_if_done(self, lane: Lane) -> None:
        if not lane.queue:
            self._waiting.pop(lane.key, None)
        if lane.is_empty and self._lanes.get(lane.key) is lane:
            del self._lanes[lane.key]

    def _has_room(self, lane: Lane | None) -> bool:
        return len(self._lane_of) < self._cap or any(one.idle for one in self._lanes.values() if one is not lane)

    def _grow(self, lane: Lane, *, force: bool = False) -> bool:
        """Bring workers to the lane as its queue deserves; says whether the last job of it has one coming."""
        now = self._loop.time()
        while lane.queue and not self._closing and (force or lane.wants_worker(now)):
            force = False
            stem = self._stems.find(lane.interpreter, lane.memory_mb)
            if stem is None and self._starting >= self._max_starting:
                break
            if len(self._lane_of) >= self._cap and not self._evict_idle(lane):
                break
            if stem is not None:
                self._give_stem(stem, lane)
            elif not self._start_worker(lane):
                break
        self._forget_if_done(lane)
        return len(lane.queue) <= lane.starting

    def _grow_waiting(self, *, only_long: bool = False) -> None:
        """Room has come up: lanes take turns at it."""
        now = self._loop.time()
        for lane in list(self._waiting.values()):
            if only_long and not lane.has_waited(now):
                continue
            before = len(self._lane_of)
            self._grow(lane)
            if len(self._lane_of) != before and lane.key in self._waiting:
                self._waiting[lane.key] = self._waiting.pop(lane.key)

    def _start_worker(self, lane: Lane) -> bool:
        worker = self._spawn(lane.interpreter, lane.memory_mb)
        if worker is None:
            self._fail_next(lane)
            return False
        lane.workers += 1
        lane.starting += 1
        self._lane_of[worker] = lane
        self._stems.plan(lane.interpreter, lane.memory_mb)
        return True

    def _spawn(self, interpreter: Interpreter, memory_mb: int) -> Worker | None:
        try:
            worker = Worker(self, interpreter, memory_mb, self._folders.new(), self._sandbox)
        except OSError as error:
            logger.error("no worker for %s can be started: %s", interpreter.kind, error)
            return None
        self._alive.add(worker)
        self._starting += 1
        self._warden.watch(worker.process.pid)
        return worker

    def _fail_next(self, lane: Lane) -> None:
        if lane.queue:
            job = lane.queue.popleft()
            self._finish_unrun(job, outcomes.failed(outcomes.NO_RESOURCES, outcomes.INTERNAL_ERROR))
        self._forget_if_done(lane)

    def _let_go(self, worker: Worker) -> None:
        """The worker serves its lane no longer."""
        lane = self._lane_of.pop(worker, None)
        if lane is None:
            return
        lane.workers -= 1
        if worker in lane.idle:
            lane.idle.remove(worker)
        self._fresh_idle.discard(worker)
        self._forget_if_done(lane)

    def _retire_idle(self, worker: Worker) -> None:
        self._let_go(worker)
        worker.kill()

    def _evict_idle(self, lane: Lane) -> bool:
        """Make room by ending the worker that has been idle for longest, in another lane."""
        idle = [one.idle[0] for one in self._lanes.values() if one.idle and one is not lane]
        if not idle:
            return False
        self._retire_idle(min(idle, key=lambda worker: worker.idle_since))
        return True

    def _lane_starting(self) -> int:
        return sum(lane.starting for lane in self._lanes.values())

    def _give_stem(self, stem: Worker, lane: Lane) -> None:
        self._stems.remove(stem)
        self._stems.plan(stem.interpreter, stem.memory_mb)
        lane.workers += 1
        self._lane_of[stem] = lane
        self._hand_on(stem)

    # ---- what workers report ----

    def worker_ready(self, worker: Worker) -> None:
        self._starting -= 1
        lane = self._lane_of.get(worker)
        if lane is None:
            worker.idle_since = self._loop.time()
        else:
            lane.starting -= 1
            self._hand_on(worker)
        if self._waiting:
            self._grow_waiting()

    def worker_finished(self, worker: Worker, job: Job, outcome: Outcome) -> None:
        lane = self._lane_of[worker]
        lane.note_run(outcome.end_ms - outcome.start_ms - (outcome.init_ms or 0), self._loop.time())
        if worker.state is State.IDLE:
            self._hand_on(worker)
        else:
            self._let_go(worker)
        job.listener.job_finished(job, outcome)
        if worker.state is State.ENDING and self._waiting:
            self._grow_waiting()
        if self._closing:
            self._changed.set()

    def worker_broken(self, worker: Worker) -> None:
        self._let_go(worker)
        self._stems.remove(worker)

    def worker_gone(self, worker: Worker, *, before_ready: bool) -> None:
        self._alive.discard(worker)
        self._warden.forget(worker.process.pid)
        self._folders.retire(worker.folder)
        lane = self._lane_of.get(worker)
        self._let_go(worker)
        self._stems.remove(worker)
        if not worker.was_ready:
            self._starting -= 1
            if lane is not None:
                lane.starting -= 1
                if before_ready and not self._closing:
                    self._fail_next(lane)
        if job := self._handover.take_from(worker):
            self.submit(job)
        if self._waiting:
            self._grow_waiting()
        self._changed.set()

    def end_descendants(self, worker: Worker) -> None:
        if not self._stopped:  # the warden looks for all of them at the end
            self._warden.end_marked(worker.folder.name)

    def init_request(self, job: Job, deadline_ms: int) -> bytes:
        return protocol.init_request(
            job, deadline_ms=deadline_ms, api_host=self._api_host(), openwhisk_trouble=self._modules.trouble
        )

    # ---- now and then ----

    def _plan_look(self) -> None:
        if self._look is None and not self._closing:
            self._look = self._loop.call_later(_LOOK_S, self._look_around)

    def _look_around(self) -> None:
        """Tell workers that they have been idle for a moment, and see to jobs that have waited for long."""
        self._look = None
        now = self._loop.time()
        for worker in list(self._fresh_idle):
            if worker.state is not State.IDLE or worker.told_idle:
                self._fresh_idle.discard(worker)
            elif now - worker.idle_since >= _LOOK_S:
                self._fresh_idle.discard(worker)
                worker.tell_idle()
        if self._waiting:
            self._grow_waiting(only_long=True)
        if self._fresh_idle or self._waiting:
            self._plan_look()


def _cap_by_memory(memory_max_mb: int | None) -> int:
    memory_mb = bounding.available_memory_mb() if memory_max_mb is None else memory_max_mb
    by_descriptors = (bounding.raise_descriptor_limit() - _OTHER_DESCRIPTORS) // _WORKER_DESCRIPTORS
    return max(MIN_WORKERS, min(MAX_WORKERS, memory_mb // _EXPECTED_WORKER_MB, by_descriptors))
