"""Who gets the processor first: the runtime, before the workers."""

import contextlib
import os


def let_others_first(pid: int) -> None:
    """When the process wakes up it does not take the processor from whoever has it; its share stays the same.

    Without this a worker that is given a run takes the processor from the runtime, which has more runs to give. The
    thread that writes is not among those who wait: an answer of 202 waits for it, whatever the workers compute.
    """
    if hasattr(os, "SCHED_BATCH"):
        with contextlib.suppress(OSError):
            os.sched_setscheduler(pid, os.SCHED_BATCH, os.sched_param(0))
