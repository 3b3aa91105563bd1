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
        self.shared = RunLog(1)
        """Lines of no run that is known: printed between two runs, or by one of several that overlap."""
        self.is_used = False
        """Something was printed so."""

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
        return self.shared
