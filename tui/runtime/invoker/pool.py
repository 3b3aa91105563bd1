"""The pool: which job runs in which worker.

A job goes to a warm worker of its lane that has room for it, else it waits until one has, or until the `fleet` has
brought up another; where the pool is full it waits its turn.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager

from . import outcomes, protocol
from .action_modules import ActionModules
from .children import bound_children
from .dependencies import Dependencies
from .fleet import Fleet, PoolState, cap_by_memory
from .folders import WorkFolders
from .handover import Handover, MarkStarted
from .interpreters import Interpreters
from .jobs import Executable, Job, Outcome
from .lanes import Lane
from .outcomes import Verdict
from .owner import State
from .process import HOSTS
from .running_ahead import RunningAhead
from .runs import unrun
from .sandbox import Enclosure, find_sandbox
from .settings import PoolSettings
from .warden import Warden
from .worker import Worker

logger = logging.getLogger(__name__)

_LOOK_S = 0.02
_STOP_WITHIN_S = 5.0
_MAX_MOVES = 3
"""So often a job goes to another worker because one ended before it had read the job."""

_STOPPED = outcomes.failed(outcomes.STOPPED, outcomes.INTERNAL_ERROR)
_NO_RESOURCES = outcomes.failed(outcomes.NO_RESOURCES, outcomes.INTERNAL_ERROR)


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
    sandbox = settings.containers or find_sandbox(settings.sandbox, settings.work_dir, (HOSTS, settings.cache_dir))
    folders = WorkFolders(settings.work_dir, settings.containers)
    await folders.clear()
    warden = Warden(folders.mark)
    try:
        async with asyncio.TaskGroup() as tasks:
            modules = ActionModules(settings.cache_dir, interpreters)
            pool = WorkerPool(settings, interpreters, api_host, mark_started, warden, folders, modules, tasks, sandbox)
            own_tasks = [
                tasks.create_task(pool.reap_idle(), name="reap idle workers"),
                tasks.create_task(folders.remove_retired(), name="remove workers' folders"),
                tasks.create_task(bound_children(pool._fleet), name="bound children"),
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
        sandbox: Enclosure | None,
    ) -> None:
        self._interpreters = interpreters
        self._api_host = api_host
        self._warden = warden
        self._modules = modules
        self._dependencies = Dependencies(interpreters, tasks, sandboxed=sandbox is not None)
        self._fleet = Fleet(
            self,
            interpreters,
            workers_max=settings.workers_max or cap_by_memory(settings.memory_max_mb),
            warden=warden,
            folders=folders,
            sandbox=sandbox,
            hand_on=self._hand_on,
            end_unrun=self._end_unrun,
        )
        self._handover = Handover(
            mark_started,
            modules,
            tasks,
            lane_of=lambda job: self._fleet.lanes.get(job.executable.key),
            refused=self.submit,
            failed=self._undeliverable,
        )
        self._ahead = RunningAhead(self.jobs_unbegun)
        self._idle_worker_s = settings.idle_worker_s
        self._loop = asyncio.get_running_loop()
        self._fresh_idle: set[Worker] = set()
        self._look: asyncio.TimerHandle | None = None
        self._stopped = False
        self._changed = asyncio.Event()

    @property
    def installing(self) -> Iterable[asyncio.Task[None]]:
        """Tasks that the pool has started by itself."""
        return (*self._handover.installing, *self._dependencies.tasks)

    # ---- what the controller calls ----

    def would_start(self, executable: Executable, ahead: int = 0) -> bool:
        """Whether a job submitted now would begin at once or in a moment: see `Fleet.would_start`."""
        return self._fleet.would_start(executable, ahead)

    def submit(self, job: Job) -> bool:
        """Run `job` as soon as possible.

        Gives back whether a worker has it, or is being started for it; otherwise it waits in the queue.
        """
        if self._stopped:
            if job.marked:
                self._end_unrun(job, _STOPPED)
            return False
        lane = self._fleet.lane_for(job.executable)
        if lane is None:
            self._end_unrun(job, _NO_RESOURCES)
            return True
        if not self._fleet.closing:
            if not self._fleet.waiting and self._ahead.give(lane, job):
                self._plan_look()
                return True
            if worker := lane.find_room():
                self._handover.offer(worker, job)
                if worker.slots > 1 and worker.room > 0:
                    self._rest(lane, worker)
                return True
        lane.enqueue(job, self._loop.time())
        return self._wait_for_worker(lane)

    def _wait_for_worker(self, lane: Lane) -> bool:
        """Its queue is longer now; says whether the last job of it has a place coming."""
        self._fleet.waiting.setdefault(lane.key, lane)
        served = self._fleet.grow(lane)
        self._handover.mark_ahead(lane)
        self._plan_look()
        return served

    def listen_closely(self) -> None:
        """To be called where the run that was submitted last is the only one: hear its end in the moment it comes."""
        self._handover.listen_closely()

    def cancel(self, activation_id: str) -> bool:
        """End the job, running or waiting, with the outcome of a cancelled one; `False` if there is none."""
        if held := self._handover.take_back(activation_id):
            worker, job = held
            self._end_unrun(job, outcomes.cancelled())
            self._hand_on_again(worker)
            return True
        for worker in list(self._fleet.alive):  # what it does may end some of them
            if unbegun := self._ahead.take_back(worker, activation_id):
                self._end_unrun(unbegun, outcomes.cancelled())
                return True
            if activation_id in worker.runs:
                worker.end_job(activation_id, outcomes.cancelled())
                return True
        for lane in self._fleet.waiting.values():
            for job in lane.queue:
                if job.activation_id == activation_id:
                    lane.queue.remove(job)
                    self._fleet.note_taken_away(lane)
                    self._end_unrun(job, outcomes.cancelled())
                    return True
        return False

    def state(self) -> PoolState:
        return self._fleet.state()

    @property
    def warden_pid(self) -> int | None:
        """Of the process that ends all others if this one dies; `None` while it is being replaced."""
        return self._warden.pid

    def start_first(self) -> None:
        """Start a worker before anybody asks for one."""
        self._fleet.start_first()

    async def prepare(self) -> None:
        """Install the modules that actions may require; worth doing in the background."""
        if any(one.is_bare_node for one in self._interpreters.found):
            await self._modules.prepare()

    async def drain(self, seconds: float) -> None:
        """Give workers nothing any more, and wait until what they have has ended, at most so long.

        That includes the few short runs that they were given ahead: those are marked as started, and would be lost.
        """
        self._fleet.closing = True
        try:
            async with asyncio.timeout(seconds):
                while any(worker.runs for worker in self._fleet.alive):
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            pass

    async def stop_all(self) -> None:
        """End every worker and wait until it is reaped. Jobs that had started get their outcome; others get none."""
        fleet = self._fleet
        fleet.closing = self._stopped = True
        if self._look is not None:
            self._look.cancel()
            self._look = None
        unrun = [*self._handover.clear(), *(job for lane in fleet.waiting.values() for job in lane.queue)]
        for lane in fleet.waiting.values():
            lane.queue.clear()
        fleet.waiting.clear()
        for job in unrun:
            if job.marked:
                self._end_unrun(job, _STOPPED)
        for worker in list(fleet.alive):
            if worker.runs:
                worker.end_all(_STOPPED)
            else:
                worker.kill()
        try:
            async with asyncio.timeout(_STOP_WITHIN_S):
                while fleet.alive:
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            for worker in fleet.alive:
                logger.error("worker %d cannot be reaped", worker.process.pid)
                worker.process.stop_watching()

    async def reap_idle(self) -> None:
        """Runs as long as the pool: ends workers and stem cells that nobody used for a while."""
        while True:
            await asyncio.sleep(min(max(self._idle_worker_s / 10, 0.1), 30.0))
            self._fleet.reap_idle(self._loop.time() - self._idle_worker_s)

    # ---- jobs to workers ----

    def _hand_on(self, worker: Worker) -> None:
        """A worker of a lane has room: the next jobs of the lane, or a rest."""
        lane = self._fleet.lane_of[worker]
        while lane.queue and worker.room > 0 and not self._fleet.closing and not self._fleet.yields(lane, worker):
            job = lane.queue.popleft()
            self._fleet.forget_if_done(lane)
            self._handover.offer(worker, job)
            self._handover.mark_ahead(lane)
        if lane.slots > 1 and (worker.state is State.INITIALISING or (worker.state is State.STEM and worker.reserved)):
            lane.initialising.add(worker)
        if lane.queue and len(self._fleet.waiting) == 1 and worker.takes_ahead and not self._fleet.closing:
            self._ahead.fill(lane, worker)
            self._fleet.forget_if_done(lane)
            self._plan_look()
        self._rest(lane, worker)

    def _hand_on_again(self, worker: Worker) -> None:
        if worker in self._fleet.lane_of and worker.room > 0:
            self._hand_on(worker)

    def _rest(self, lane: Lane, worker: Worker) -> None:
        """Note where the worker is to be found by the next job."""
        if worker.state is State.IDLE and not worker.reserved:
            if worker in lane.open:
                lane.open.remove(worker)
            if worker not in lane.idle:
                lane.idle.append(worker)
            self._fresh_idle.add(worker)
            self._plan_look()
            if self._fleet.waiting:
                self._fleet.grow_waiting()
        elif worker.state is State.STEM and not worker.reserved:  # others have taken the jobs that it came up for
            self._fleet.let_go(worker)
            self._fleet.stems.add(worker)
        elif worker.state in (State.IDLE, State.RUNNING) and worker.room > 0 and worker not in lane.open:
            lane.open.append(worker)

    def _undeliverable(self, worker: Worker, job: Job) -> None:
        self._end_unrun(job, _NO_RESOURCES)
        self._loop.call_soon(self._hand_on_again, worker)

    def _end_unrun(self, job: Job, verdict: Verdict) -> None:
        job.listener.job_finished(job, unrun(job, verdict))

    # ---- what workers report ----

    def worker_ready(self, worker: Worker) -> None:
        self._fleet.note_ready(worker)
        if worker in self._fleet.lane_of:
            self._hand_on(worker)
        self._fleet.grow_waiting()

    def worker_initialised(self, worker: Worker) -> None:
        self._fleet.lane_of[worker].initialising.discard(worker)
        self._hand_on(worker)

    def worker_finished(self, worker: Worker, job: Job, outcome: Outcome, run_ms: float) -> None:
        lane, is_spent = self._fleet.lane_of.get(worker), worker.takes_no_more
        if lane is not None:
            lane.note_run(run_ms, self._loop.time())
            if is_spent:
                self._fleet.let_go(worker)
            elif lane.queue or lane.slots > 1 or not worker.runs:  # else it is at the next already, and all is said
                self._hand_on(worker)
        job.listener.job_finished(job, outcome)
        if is_spent:
            self._fleet.grow_waiting()
        if self._fleet.closing:
            self._changed.set()

    def worker_broken(self, worker: Worker) -> None:
        self._fleet.note_broken(worker)

    def worker_gone(self, worker: Worker, *, before_ready: bool) -> None:
        self._fleet.note_gone(worker, before_ready=before_ready)
        self._dependencies.cancel(worker)
        for job in self._handover.take_from(worker):
            self.submit(job)
        self._fleet.grow_waiting()
        self._changed.set()

    def jobs_unbegun(self, jobs: Sequence[Job]) -> None:
        lane = self._fleet.lane_for(jobs[0].executable) if jobs else None
        if lane is None or self._stopped:
            for job in jobs:
                self.submit(job)
            return
        lane.put_back(jobs)
        while lane.queue and not self._fleet.closing and (worker := lane.find_room()):
            self._hand_on(worker)
        if lane.queue:
            self._wait_for_worker(lane)

    def job_unread(self, job: Job) -> None:
        logger.info("activation %s goes to another worker: one ended before it had read it", job.activation_id)
        job.moves += 1
        if job.moves > _MAX_MOVES:
            self._end_unrun(job, _NO_RESOURCES)
        else:
            self.submit(job)

    def end_descendants(self, worker: Worker) -> None:
        if not self._stopped:  # the warden looks for all of them at the end
            self._warden.end_marked(worker.folder.name)

    def init_request(self, job: Job, deadline_ms: int) -> bytes:
        self._warden.want()
        return protocol.init_request(
            job,
            deadline_ms=deadline_ms,
            api_host=self._api_host(),
            slots=self._fleet.lanes[job.executable.key].slots,
            openwhisk_trouble=self._modules.trouble,
        )

    def install_dependencies(self, worker: Worker, within_s: float) -> None:
        self._dependencies.install(worker, within_s)

    # ---- now and then ----

    def _plan_look(self) -> None:
        if self._look is None and not self._fleet.closing:
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
        self._ahead.take_back_stalled()
        if self._fleet.waiting:
            self._fleet.grow_waiting(only_long=True)
        if self._fresh_idle or self._fleet.waiting or self._ahead:
            self._plan_look()
