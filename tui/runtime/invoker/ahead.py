"""Runs that a worker is given before the one that it is at has ended.

Where runs are shorter than it takes to wake a process, a worker that finds its next run there when it is done costs a
third of one that has to be waked for each. A host reads one request at a time, and only between two runs: what it has
not read is not begun, and can be taken back, if the run before it turns out to be long.
"""

import logging
import time
from collections import deque

from . import protocol
from .jobs import Job
from .process import WorkerProcess

logger = logging.getLogger(__name__)


class Ahead:
    """What one worker has been given so, in order."""

    def __init__(self, process: WorkerProcess) -> None:
        self._process = process
        self._jobs: deque[Job] = deque()

    def __len__(self) -> int:
        return len(self._jobs)

    def __contains__(self, activation_id: str) -> bool:
        return any(job.activation_id == activation_id for job in self._jobs)

    def give(self, job: Job) -> bool:
        """Whether the worker has it now: not if the request is too large to be taken back, or cannot be made."""
        if len(job.arguments) >= protocol.BLOCK_BYTES:  # known before a large one is put together in vain
            return False
        deadline_ms = int(time.time() * 1000) + job.executable.limits.timeout_ms
        try:
            request = protocol.run_request(job, deadline_ms=deadline_ms)
        except Exception:
            logger.debug("activation %s is given to no worker ahead", job.activation_id, exc_info=True)
            return False
        if len(request) != protocol.BLOCK_BYTES:
            return False
        self._jobs.append(job)
        self._process.send_soon(request)
        return True

    def next(self) -> Job | None:
        """What the worker goes on with, now that a run of it has ended."""
        return self._jobs.popleft() if self._jobs else None

    def withdraw(self) -> list[Job]:
        """Take back what the worker has not read."""
        if not self._jobs:
            return []
        return [self._jobs.pop() for _ in range(self._process.take_back(len(self._jobs)))][::-1]

    def clear(self) -> list[Job]:
        """Give back all of it: the worker begins none any more."""
        jobs = list(self._jobs)
        self._jobs.clear()
        return jobs
