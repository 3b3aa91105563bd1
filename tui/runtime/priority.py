"""Who gets the processor first: the event loop, for which everybody else waits."""

import contextlib
import os


def let_others_first(process_or_thread: int) -> None:
    """When it wakes up it does not take the processor from whoever has it; its share stays the same.

    Without this a worker that is given a run takes the processor from the runtime, which has more runs to give, and so
    does the thread that writes. Where the system knows no such thing, nothing happens.
    """
    if hasattr(os, "SCHED_BATCH"):
        with contextlib.suppress(OSError):
            os.sched_setscheduler(process_or_thread, os.SCHED_BATCH, os.sched_param(0))
