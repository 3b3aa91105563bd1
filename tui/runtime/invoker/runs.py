"""One run in a worker: how long it may last, what it has printed, and the outcome that it comes to."""

import time

from msgspec import Struct

from . import outcomes
from .jobs import Job, Outcome
from .outcomes import Verdict
from .run_log import RunLog


class WorkerRun(Struct):
    job: Job
    started_s: float
    """Epoch seconds."""
    began_at: float
    """The same moment on the clock that nobody sets: what it took is told by that one."""
    deadline: float
    """In loop time."""
    init_ms: int | None = None
    """`None` for a warm run, and until the code is loaded."""
    is_only_sent: bool = True
    """Nothing shows yet that the worker has read it."""
    is_decided: bool = False
    """It is settled how it ends, whatever the worker still says."""
    _log: RunLog | None = None

    @property
    def log(self) -> RunLog:
        """What it has printed: most print nothing."""
        if self._log is None:
            self._log = RunLog(self.job.executable.limits.logs_mb)
        return self._log

    def ends_now(self, now: float) -> bool:
        """Whether it is for the worker to say how it ends: it is within its time, in loop time."""
        return now < self.deadline and not self.is_decided

    def lasted_ms(self) -> float:
        """Up to now."""
        return (time.monotonic() - self.began_at) * 1000

    def close(self, verdict: Verdict, lasted_ms: int, *, in_init: bool) -> Outcome:
        """The run has ended; what it printed is complete."""
        start_ms = int(self.started_s * 1000)
        end_ms = start_ms + lasted_ms
        logs = b"[]"
        if verdict.status_code == outcomes.DEVELOPER_ERROR:
            logs = self.log.close(outcomes.LOGS_MAY_BE_MISSING)
        elif self._log is not None:
            logs = self._log.close(None)
        return Outcome(
            verdict.status_code,
            verdict.result,
            verdict.size_bytes,
            logs,
            start_ms,
            end_ms,
            end_ms - start_ms if in_init else self.init_ms,
            max(0, start_ms - int(self.job.accepted_ms)),
            verdict.timed_out,
        )


def unrun(job: Job, verdict: Verdict) -> Outcome:
    """The end of a job that no worker had."""
    now_ms = int(time.time() * 1000)
    return Outcome(
        status_code=verdict.status_code,
        result=verdict.result,
        size_bytes=verdict.size_bytes,
        logs=b"[]",
        start_ms=now_ms,
        end_ms=now_ms,
        init_ms=None,
        wait_ms=max(0, now_ms - int(job.accepted_ms)),
    )
