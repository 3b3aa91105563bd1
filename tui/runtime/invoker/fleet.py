"""The workers of a pool: how many there are, of which lane, and when another one is started.

A lane gets a stem cell, else a new worker, as its queue deserves. Lanes whose runs are short share few workers; long
runs get one each, up to a cap that follows memory, since they mostly wait. A full pool ends idle workers of others.
"""

import asyncio
import logging
import os
from collections import Counter
from collections.abc import Callable

from msgspec import Struct

from tui.entities.limits import Limits

from . import bounding, outcomes
from .folders import WorkFolders
from .interpreters import Interpreter, Interpreters
from .jobs import Executable, Job
from .lanes import Lane
from .outcomes import Verdict
from .owner import State, WorkerOwner
from .sandbox import Enclosure
from .stems import StemCells
from .warden import Warden
from .worker import CANNOT_START, Worker

logger = logging.getLogger(__name__)

MIN_WORKERS = 16
MAX_WORKERS = 512
_EXPECTED_WORKER_MB = 64
"""What a worker takes on average: most never come near their limit."""
_WORKER_DESCRIPTORS = 6
"""Both ends for requests, frames, its output and errors, and the one that tells of its end."""
_OTHER_DESCRIPTORS = 512
_SLICE_S = 0.5


class PoolState(Struct, frozen=True):
    """Counts, for those who look."""

    busy: int
    idle: int
    starting: int
    stems: int
    queued: int
    workers_max: int


class Fleet:
    """Knows every worker that is alive, and the lane it serves."""

    def __init__(
        self,
        owner: WorkerOwner,
        interpreters: Interpreters,
        *,
        workers_max: int,
        warden: Warden,
        folders: WorkFolders,
        sandbox: Enclosure | None,
        hand_on: Callable[[Worker], None],
        end_unrun: Callable[[Job, Verdict], None],
    ) -> None:
        """`hand_on` finds work for a worker that came up for a lane, `end_unrun` ends a job that gets no worker."""
        self._owner = owner
        self._interpreters = interpreters
        self._warden = warden
        self._folders = folders
        self._sandbox = sandbox
        self._hand_on = hand_on
        self._end_unrun = end_unrun
        self._cap = workers_max
        self._max_starting = max(4, 2 * (os.cpu_count() or 1))
        self._loop = asyncio.get_running_loop()
        self.stems = StemCells(self._spawn, self._may_start)
        self.lanes: dict[str, Lane] = {}
        self.waiting: dict[str, Lane] = {}
        """Lanes with a queue, the one that was served longest ago first."""
        self.lane_of: dict[Worker, Lane] = {}
        self.alive: set[Worker] = set()
        self._starting: Counter[str] = Counter()
        """By image, which is empty for processes of this machine: one that does not come up holds up no others."""
        self.closing = False
        """Nothing is started any more."""

    def state(self) -> PoolState:
        idle = sum(len(lane.idle) for lane in self.lanes.values())
        starting_for_lanes = sum(lane.starting for lane in self.lanes.values())
        return PoolState(
            busy=len(self.lane_of) - idle - starting_for_lanes,
            idle=idle,
            starting=self._starting.total(),
            stems=len(self.stems),
            queued=sum(len(lane.queue) for lane in self.waiting.values()) + sum(len(one.ahead) for one in self.alive),
            workers_max=self._cap,
        )

    # ---- lanes ----

    def lane_for(self, executable: Executable) -> Lane | None:
        """`None` if nothing runs this kind."""
        lane = self.lanes.get(executable.key)
        if lane is not None:
            return lane
        interpreter = self._interpreter_for(executable)
        if interpreter is None:
            return None
        lane = self.lanes[executable.key] = Lane(executable, interpreter)
        return lane

    def _interpreter_for(self, executable: Executable) -> Interpreter | None:
        find = self._interpreters
        return find.of_image(executable.image) if executable.image else find.resolve(executable.kind)

    def forget_if_done(self, lane: Lane) -> None:
        if not lane.queue:
            self.waiting.pop(lane.key, None)
        if lane.is_empty and self.lanes.get(lane.key) is lane:
            del self.lanes[lane.key]

    def would_start(self, executable: Executable, ahead: int = 0) -> bool:
        """Whether a job submitted now would begin at once or in a moment, so that it can be accepted as started.

        `ahead`: how many others are about to be submitted before it.
        """
        if self.closing:
            return False
        lane = self.lanes.get(executable.key)
        if lane is not None:
            if (not ahead and lane.has_room()) or lane.begins_soon(ahead, self._loop.time()):
                return True
            if lane.queue or not lane.is_worth_a_start(1):
                return False
        if ahead:
            return False
        if executable.limits.instances:  # other versions of the action count too: left to `grow`
            return False
        interpreter = self._interpreter_for(executable)
        return interpreter is not None and self._may_start(interpreter) and self._has_place(lane)

    def _may_start(self, interpreter: Interpreter) -> bool:
        return not self.closing and self._starting[interpreter.image] < self._max_starting

    def _has_place(self, lane: Lane | None) -> bool:
        return len(self.lane_of) < self._cap or any(one.idle for one in self.lanes.values() if one is not lane)

    # ---- more workers ----

    def start_first(self) -> None:
        """Start a worker of the preferred kind, with the usual memory: the first action is asked for in a moment."""
        preferred = next(iter(self._interpreters.found), None)
        if preferred is not None and not preferred.image:
            self.stems.start(preferred, Limits().memory_mb)

    def grow(self, lane: Lane, *, force: bool = False) -> bool:
        """Bring workers to the lane as its queue deserves; says whether the last job of it has a place coming."""
        now = self._loop.time()
        while lane.queue and not self.closing and (force or lane.wants_worker(now)):
            force = False
            if not self._may_have_another(lane):
                break
            stem = self.stems.find(lane.interpreter, lane.memory_mb)
            if stem is None and not self._may_start(lane.interpreter):
                break
            if len(self.lane_of) >= self._cap and not self._evict_idle(lane):
                break
            if stem is not None:
                self._give_stem(stem, lane)
            elif not self._start_worker(lane):
                break
        self.forget_if_done(lane)
        return len(lane.queue) <= lane.coming

    def _may_have_another(self, lane: Lane) -> bool:
        """Whether the action's limit of instances leaves room; an idle worker of another version makes some."""
        if lane.instances_max is None:
            return True
        versions = [one for one in self.lanes.values() if one.action == lane.action]
        if sum(one.workers for one in versions) < lane.instances_max:
            return True
        idle = [one.idle[0] for one in versions if one.idle and one is not lane]
        if idle:
            self.retire(idle[0])
        return bool(idle)

    def grow_waiting(self, *, only_long: bool = False) -> None:
        """Room has come up: lanes take turns at it."""
        now = self._loop.time()
        for lane in list(self.waiting.values()):
            if only_long and not lane.has_waited(now):
                continue
            before = len(self.lane_of)
            self.grow(lane)
            if len(self.lane_of) != before and lane.key in self.waiting:
                self.waiting[lane.key] = self.waiting.pop(lane.key)

    def _start_worker(self, lane: Lane) -> bool:
        kind = lane.interpreter, lane.memory_mb
        worker = self.stems.take_starting(*kind) or self._spawn(*kind)
        if worker is None:
            self._fail_next(lane)
            return False
        lane.workers += 1
        lane.starting += 1
        self.lane_of[worker] = lane
        if lane.own_image is None:  # nobody else will want a container of it
            self.stems.plan(lane.interpreter, lane.memory_mb)
        return True

    def _spawn(self, interpreter: Interpreter, memory_mb: int) -> Worker | None:
        try:
            worker = Worker(self._owner, interpreter, memory_mb, self._folders.new(), self._sandbox)
        except CANNOT_START as error:
            logger.error("no worker for %s can be started: %s", interpreter.kind, error)
            return None
        self.alive.add(worker)
        self._starting[interpreter.image] += 1
        self._warden.watch(worker.process.pid)
        if interpreter.image:  # containers outlive whoever started them
            self._warden.want()
        return worker

    def _give_stem(self, stem: Worker, lane: Lane) -> None:
        self.stems.remove(stem)
        self.stems.plan(stem.interpreter, stem.memory_mb)
        lane.workers += 1
        self.lane_of[stem] = lane
        self._hand_on(stem)

    def _fail_next(self, lane: Lane) -> None:
        if lane.queue:
            verdict = outcomes.cannot_start(lane.own_image)
            self._end_unrun(lane.queue.popleft(), verdict)
        self.forget_if_done(lane)

    # ---- fewer workers ----

    def let_go(self, worker: Worker) -> None:
        """The worker serves its lane no longer."""
        lane = self.lane_of.pop(worker, None)
        if lane is None:
            return
        lane.workers -= 1
        lane.drop(worker)
        self.forget_if_done(lane)

    def retire(self, worker: Worker) -> None:
        self.let_go(worker)
        worker.kill()

    def note_taken_away(self, lane: Lane) -> None:
        """A job has left the queue. Where it was the last, containers that were to come up for it are ended."""
        self.forget_if_done(lane)
        if lane.queue or not lane.interpreter.image:
            return
        for worker in [one for one, its_lane in self.lane_of.items() if its_lane is lane]:
            if worker.state is State.STARTING:
                worker.kill()

    def _evict_idle(self, lane: Lane) -> bool:
        """Make room by ending the worker that has been idle for longest, in another lane."""
        idle = [one.idle[0] for one in self.lanes.values() if one.idle and one is not lane]
        if not idle:
            return False
        self.retire(min(idle, key=lambda worker: worker.idle_since))
        return True

    def yields(self, lane: Lane, worker: Worker) -> bool:
        """End a free worker of a full pool where another lane has waited for long and has fewer: nobody starves.

        Only a worker that has served for a while: starting the next one costs more than many short runs.
        """
        if len(self.waiting) < 2 or len(self.lane_of) < self._cap or worker.state is not State.IDLE:
            return False
        now = self._loop.time()
        if now - worker.serving_since < _SLICE_S:
            return False
        for other in self.waiting.values():
            deserves = other is not lane and other.has_waited(now) and other.workers < lane.workers
            if deserves and self._may_have_another(other):
                self.retire(worker)
                self.grow(other, force=True)
                return True
        return False

    def reap_idle(self, since: float) -> None:
        """End workers and stem cells that nobody has used since then."""
        for worker in [one for lane in self.lanes.values() for one in lane.idle if one.idle_since <= since]:
            self.retire(worker)
        self.stems.reap(since)

    # ---- what workers report ----

    def note_ready(self, worker: Worker) -> None:
        self._starting[worker.interpreter.image] -= 1
        lane = self.lane_of.get(worker)
        if lane is None:
            worker.idle_since = self._loop.time()
        else:
            lane.starting -= 1

    def note_broken(self, worker: Worker) -> None:
        self.let_go(worker)
        self.stems.remove(worker)

    def note_gone(self, worker: Worker, *, before_ready: bool) -> None:
        self.alive.discard(worker)
        self._warden.forget(worker.process.pid)
        self._folders.retire(worker.folder)
        lane = self.lane_of.get(worker)
        self.note_broken(worker)
        if not worker.was_ready:
            self._starting[worker.interpreter.image] -= 1
            if lane is not None:
                lane.starting -= 1
                if before_ready and not self.closing:
                    self._fail_next(lane)


def cap_by_memory(memory_max_mb: int | None) -> int:
    """How many workers there is memory for: of all that they may take together, or `None` for what is free."""
    memory_mb = bounding.available_memory_mb() if memory_max_mb is None else memory_max_mb
    by_descriptors = (bounding.raise_descriptor_limit() - _OTHER_DESCRIPTORS) // _WORKER_DESCRIPTORS
    return max(MIN_WORKERS, min(MAX_WORKERS, memory_mb // _EXPECTED_WORKER_MB, by_descriptors))
