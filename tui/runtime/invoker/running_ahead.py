"""Which workers are given runs before the one that they are at has ended, and for how long they keep them."""

import time
from collections.abc import Callable, Sequence

from .jobs import Job
from .lanes import Lane
from .worker import Worker

_STALLED_S = 0.02
"""A run that takes longer is none of the short ones: nobody has to wait for its end."""


class RunningAhead:
    """Decides which workers are given runs ahead, and for how long they keep them."""

    def __init__(self, put_back: Callable[[Sequence[Job]], object]) -> None:
        """`put_back` finds another place for jobs that were taken back from one worker, in order."""
        self._put_back = put_back
        self._workers: set[Worker] = set()

    def __len__(self) -> int:
        return len(self._workers)

    def give(self, lane: Lane, job: Job) -> bool:
        """Give `job` to the worker that was given work last, if it comes to it sooner than another one wakes up."""
        worker = lane.last
        if worker is None or not (job.marked and worker.takes_ahead and len(worker.ahead) < lane.beside_max()):
            return False
        if self._prints_itself(lane, worker) or not worker.ahead.give(job):
            return False
        self._workers.add(worker)
        return True

    def fill(self, lane: Lane, worker: Worker) -> None:
        """Give `worker`, which has just begun a run, the next ones of its lane."""
        if self._prints_itself(lane, worker):
            return
        for _ in range(min(lane.share(), lane.ahead_max() - len(worker.ahead))):
            if not (lane.queue and lane.queue[0].marked and worker.ahead.give(lane.queue[0])):
                break
            lane.queue.popleft()
        if worker.ahead:
            self._workers.add(worker)

    def _prints_itself(self, lane: Lane, worker: Worker) -> bool:
        """Nobody could tell for which of several runs that was: the lane's are given ahead no more."""
        if worker.printed.is_used:
            lane.is_run_ahead = False
        return worker.printed.is_used

    def take_back_stalled(self) -> None:
        """To be called now and then."""
        now = time.monotonic()
        for worker in list(self._workers):
            if not worker.ahead:
                self._workers.discard(worker)
            elif worker.is_stalled(now - _STALLED_S):
                self._put_back(worker.ahead.withdraw())

    def take_back(self, worker: Worker, activation_id: str) -> Job | None:
        """The job, if the worker was given it ahead and has not begun it."""
        if activation_id not in worker.ahead:
            return None
        withdrawn = worker.ahead.withdraw()
        self._put_back([job for job in withdrawn if job.activation_id != activation_id])
        # If it is not among them the worker has read it: then the run before has ended, and it is that one's turn.
        worker.process.receive_rest()
        return next((job for job in withdrawn if job.activation_id == activation_id), None)
