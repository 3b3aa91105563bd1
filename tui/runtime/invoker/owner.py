"""What a worker asks of, and shows to, whoever started it."""

from collections.abc import Sequence
from enum import Enum, auto
from typing import TYPE_CHECKING, Protocol

from .jobs import Job, Outcome

if TYPE_CHECKING:
    from .worker import Worker


class State(Enum):
    STARTING = auto()
    STEM = auto()
    """Ready, without code."""
    INITIALISING = auto()
    RUNNING = auto()
    IDLE = auto()
    ENDING = auto()
    """Killed or gone; only its reaping is awaited."""
    GONE = auto()


class WorkerOwner(Protocol):
    """Who started it, and decides what it does next."""

    def worker_ready(self, worker: "Worker") -> None: ...

    def worker_initialised(self, worker: "Worker") -> None:
        """Its first run has begun; now it may have room for others."""

    def worker_finished(self, worker: "Worker", job: Job, outcome: Outcome, run_ms: float) -> None:
        """The worker has room again, or it takes nothing more if it cannot be used again.

        `run_ms` is what the run itself took, without the loading of the code.
        """

    def worker_broken(self, worker: "Worker") -> None:
        """Free as it was, it cannot take a job any more; `worker_gone` follows."""

    def worker_gone(self, worker: "Worker", *, before_ready: bool) -> None:
        """The process is reaped."""

    def job_unread(self, job: Job) -> None:
        """The worker is gone and had not even read this job: another one may have it."""

    def jobs_unbegun(self, jobs: Sequence[Job]) -> None:
        """They were given to a worker ahead, in this order, which ends without having begun them."""

    def end_descendants(self, worker: "Worker") -> None:
        """End the processes that left its group."""

    def init_request(self, job: Job, deadline_ms: int) -> bytes: ...

    def install_dependencies(self, worker: "Worker", within_s: float) -> None:
        """What the worker has unpacked asks for some; `dependencies_installed` is called with the outcome."""
