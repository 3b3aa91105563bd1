"""One lane per action version: its warm workers, and the jobs that wait for one."""

import os
import re
from collections import deque
from collections.abc import Sequence

from .interpreters import Interpreter
from .jobs import Executable, Job
from .worker import Worker

START_COST_MS = 100.0
"""About what it costs to start another worker: shorter queues are better served by those that run."""
LONG_WAIT_S = 0.1
"""Where no run has ended for so long, a waiting job gets another worker whatever the average says."""
SHORT_RUN_MS = 10.0
"""Runs this short keep a core busy: more workers than a few per core do not make them faster."""
_SHORT_RUN_WORKERS = max(4, 2 * (os.cpu_count() or 1))
_SOON_MS = 20.0
"""Not longer than the window in which an unawaited row waits for its commit."""
_WEIGHT = 0.2
_RISING_WEIGHT = 0.005
"""What a run needs by itself shows in the shortest ones; so much the estimate follows those that took longer."""
_SHORTEST_RUN_MS = 0.2
_AT_ONCE_MS = 1.0
_BESIDE_MS = 0.5
"""For so long a run waits for others rather than for a worker to be waked, which takes about a tenth of that."""
_BESIDE_MAX = 16
_MARKS_AHEAD_MAX = 16
_AHEAD_MAX = 4
_AHEAD_MS = 8.0
"""What a worker is given ahead takes no longer than this, as far as one knows."""
_KNOWN_RUNS = 8
"""After so many it shows what the action does."""
_PRINTING_ITSELF = re.compile(
    r"subprocess|multiprocessing|ProcessPool|ctypes|cffi|faulthandler|\bpty\b|\bfdopen\b|\bfrom\s+os\s+import\b"
    r"|\bos\s*\.\s*(?:system|write|pwrite|dup|fork|popen|spawn|posix_spawn|exec)"
    r"|child_process|\bcluster\b|writeSync|createWriteStream|dlopen|\.node\b|process\.binding|/dev/|/proc/"
)
_READ_CHARACTERS = 128 * 1024


def may_print_itself(executable: Executable) -> bool:
    """Whether its code looks as if it wrote to the real output of its process, or started others that do.

    Such output tells not of which run it is. Archives and long texts are not read: they are taken to do so.
    """
    code = executable.code
    return executable.binary or len(code) > _READ_CHARACTERS or _PRINTING_ITSELF.search(code) is not None


class Lane:
    """The pool keeps it as long as there is a worker or a job in it."""

    __slots__ = (
        "action",
        "has_unmarked",
        "idle",
        "initialising",
        "instances_max",
        "interpreter",
        "is_run_ahead",
        "key",
        "last",
        "last_end",
        "least_ms",
        "mark_ms",
        "memory_mb",
        "open",
        "own_image",
        "queue",
        "run_ms",
        "runs",
        "slots",
        "starting",
        "workers",
    )

    def __init__(self, executable: Executable, interpreter: Interpreter) -> None:
        self.key = executable.key
        self.action = (executable.namespace, executable.action_name)
        """Whose version it serves."""
        self.instances_max = executable.limits.instances or None
        """How many workers all versions of the action may have; `None`: as many as the pool gives."""
        self.interpreter = interpreter
        self.own_image = executable.image
        """That the action brings; `None`: it has a kind."""
        self.memory_mb = executable.limits.memory_mb
        self.slots = interpreter.slots(executable.limits.concurrency)
        """How many jobs a worker runs at a time."""
        self.idle: list[Worker] = []
        """The one used last is used next, so that the others can be reaped."""
        self.open: list[Worker] = []
        """Those that run something and may have room for more."""
        self.last: Worker | None = None
        """The one that was given a job last, if it serves the lane still."""
        self.queue: deque[Job] = deque()
        self.has_unmarked = False
        """Whether there may be jobs in the queue for which no mark was asked yet."""
        self.workers = 0
        """All of them, also those that are starting."""
        self.starting = 0
        self.initialising: set[Worker] = set()
        """Those that will have room for more when their first job has loaded the code."""
        self.run_ms: float | None = None
        """About how long a run takes; `None` before the first one ended."""
        self.least_ms = _AT_ONCE_MS
        """About how long the shortest ones take: what a run needs by itself, while nothing else has the processor."""
        self.runs = 0
        """How many have ended."""
        self.is_run_ahead = not may_print_itself(executable)
        """Whether workers may be given runs before the one that they are at has ended."""
        self.last_end = 0.0
        """When a run ended last, in loop time."""
        self.mark_ms = 1.0
        """About how long it takes until a job is durably marked as started."""

    @property
    def is_empty(self) -> bool:
        return not self.workers and not self.queue

    @property
    def ends_at_once(self) -> bool:
        """Whether its runs take less than a millisecond, as far as one knows."""
        return self.runs >= _KNOWN_RUNS and self.run_ms is not None and self.run_ms < _AT_ONCE_MS

    @property
    def coming(self) -> int:
        """How many jobs will have a place without another worker."""
        return self.starting * self.slots + len(self.initialising) * (self.slots - 1)

    def enqueue(self, job: Job, now: float) -> None:
        job.queued_at = now
        self.queue.append(job)
        if not job.marked:
            self.has_unmarked = True

    def put_back(self, jobs: Sequence[Job]) -> None:
        """They were given to a worker that has not begun them: they are next, and have waited since they came."""
        self.queue.extendleft(reversed(jobs))

    def has_room(self) -> bool:
        """Whether a worker could take a job now."""
        if self.idle:
            return True
        return bool(self.open) and any(worker.room > 0 for worker in self.open)

    def find_room(self) -> Worker | None:
        """A worker that can take a job now: rather one that is at work than an idle one, which may end then."""
        while self.open:
            if self.open[-1].room > 0:
                return self.open[-1]
            self.open.pop()
        if not self.idle:
            return None
        self.last = self.idle.pop()
        return self.last

    def drop(self, worker: Worker) -> None:
        """The worker serves it no longer."""
        self.initialising.discard(worker)
        if self.last is worker:
            self.last = None
        for workers in (self.idle, self.open):
            if worker in workers:
                workers.remove(worker)

    def note_run(self, run_ms: float, now: float) -> None:
        self.last_end = now
        self.runs += 1
        self.least_ms += (_WEIGHT if run_ms < self.least_ms else _RISING_WEIGHT) * (run_ms - self.least_ms)
        run_ms = max(run_ms, _SHORTEST_RUN_MS)
        self.run_ms = run_ms if self.run_ms is None else self.run_ms + _WEIGHT * (run_ms - self.run_ms)

    def note_mark(self, mark_ms: float) -> None:
        self.mark_ms += _WEIGHT * (mark_ms - self.mark_ms)

    def wants_worker(self, now: float) -> bool:
        """Whether the waiting jobs justify another worker, beside those that are starting."""
        waiting = len(self.queue) - self.coming
        return waiting > 0 and (self.is_worth_a_start(waiting) or self.is_stalled(now))

    def is_worth_a_start(self, waiting: int) -> bool:
        """Whether so many waiting jobs would be served faster by one more worker."""
        running = self.workers - self.starting
        if running <= 0 or self.run_ms is None:
            return True
        if self.run_ms < SHORT_RUN_MS and self.workers >= _SHORT_RUN_WORKERS:
            return False
        return waiting * self.run_ms / (running * self.slots) > START_COST_MS

    def has_waited(self, now: float) -> bool:
        return bool(self.queue) and now - self.queue[0].queued_at >= LONG_WAIT_S

    def is_stalled(self, now: float) -> bool:
        """The next job has waited for long, and no run has ended meanwhile."""
        return self.has_waited(now) and now - self.last_end >= LONG_WAIT_S

    def begins_soon(self, ahead: int, now: float) -> bool:
        """Whether a job with so many before it, beside the queue, is about to begin: runs are short and keep ending.

        Such a job is accepted as started: a mark of its own would cost more than the run.
        """
        running = self.workers - self.starting
        if running <= 0 or self.run_ms is None or now - self.last_end >= LONG_WAIT_S:
            return False
        return (len(self.queue) + ahead) * self.run_ms / (running * self.slots) < _SOON_MS

    def marks_ahead(self) -> int:
        """How many jobs to mark before a worker is free.

        A worker must not stand still while a mark is written, which takes longer than a short run. Long runs mark
        nothing ahead: what is marked and has not run is lost if the runtime is killed.
        """
        if self.run_ms is None or self.run_ms > self.mark_ms * _MARKS_AHEAD_MAX:
            return 0
        return min(_MARKS_AHEAD_MAX, 1 + int(self.mark_ms / self.run_ms)) * max(1, self.workers - self.starting)

    def ahead_max(self) -> int:
        """How many runs a worker may be given ahead, beside the one that it is at."""
        if not self.is_run_ahead or self.slots > 1 or self.run_ms is None or self.runs < _KNOWN_RUNS:
            return 0
        return min(_AHEAD_MAX, int(_AHEAD_MS / self.run_ms))

    def beside_max(self) -> int:
        """How many runs a worker is given beside the one that it is at, before another one is waked."""
        if not self.ends_at_once or not self.is_run_ahead or self.slots > 1:
            return 0
        return int(min(_BESIDE_MAX, _BESIDE_MS / self.least_ms))

    def share(self) -> int:
        """How many of the waiting jobs are each worker's."""
        return -(-len(self.queue) // max(1, self.workers - self.starting))
