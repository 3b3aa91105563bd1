"""What a worker's process prints past its host: child processes do, and native code, on the real stdout and stderr.

A process tells not for which run it prints: of several that overlap, the next that ends has the lines.
"""

import time
from collections.abc import Mapping

from .run_log import RunLog
from .runs import WorkerRun


class Printed:
    """Finds the log that such lines belong to."""

    def __init__(self, runs: Mapping[str, WorkerRun]) -> None:
        """`runs`: those that are under way."""
        self._runs = runs
        self._shared = RunLog(1)
        """Lines of no run that is known: printed between two runs, or by one of several that overlap."""
        self.has_shared = False
        """Whether there may be any."""
        self.is_used = False
        """Something was printed so."""

    def limit(self, logs_mb: int) -> None:
        """From now on the worker belongs to an action whose log may have so much."""
        self._shared = RunLog(logs_mb)
        self.has_shared = False

    def add_shared(self, chunk: bytes, output_bytes: int) -> None:
        """Lines that the host has for no run."""
        self._shared.add(chunk, output_bytes)
        self.has_shared = True

    def take_shared(self) -> tuple[bytes, int]:
        """Give up the lines of no run, as one chunk, and the bytes of output that they stand for."""
        self.has_shared = False
        return self._shared.take()

    def room_for_line(self) -> int:
        log = self._log()
        return 0 if log.is_full else log.limit_bytes

    def lines_printed(self, stream: str, lines: list[bytes]) -> None:
        self.is_used = True
        chunk = self._log().add_output(stream, lines, time.time())
        if chunk and len(self._runs) == 1:
            job = next(iter(self._runs.values())).job
            job.listener.job_logged(job, b"[%b]" % chunk)

    def _log(self) -> RunLog:
        if len(self._runs) == 1:
            return next(iter(self._runs.values())).log
        self.has_shared = True
        return self._shared
