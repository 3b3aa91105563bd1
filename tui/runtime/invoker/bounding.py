"""How workers are bounded, found and ended: the one place that knows the operating system.

Linux offers `prlimit`, `/proc` and process descriptors. Elsewhere each of these does less or nothing: memory is then
bounded by the interpreter's own switches only, and a child that left its group is not found.
"""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

IS_LINUX = sys.platform.startswith("linux")
MIN_DATA_MB = 64
HEADROOM_MB = 32
"""Stacks and heaps of the host's own threads, which are not the action's."""
_POLL_S = 0.01
_MAX_DESCRIPTORS = 8192
_FALLBACK_MEMORY_MB = 4096


def limit_memory(pid: int, memory_mb: int) -> None:
    """Let the process grow by `memory_mb` from what it has now.

    Data, not address space: interpreters reserve far more of that than they use. Where a sandbox stands before the
    interpreter, the innermost process is meant.
    """
    if not IS_LINUX:
        return
    import resource

    pid = _innermost(pid)
    idle_kb = _status_kb(pid, "VmData")
    if idle_kb is None:
        return
    bound = idle_kb * 1024 + (max(memory_mb, MIN_DATA_MB) + HEADROOM_MB) * 1024 * 1024
    with contextlib.suppress(OSError, ValueError):
        resource.prlimit(pid, resource.RLIMIT_DATA, (bound, bound))


def _innermost(pid: int) -> int:
    while True:
        try:
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        except OSError:
            return pid
        if len(children) != 1:
            return pid
        pid = int(children[0])


def _status_kb(pid: int, field: str) -> int | None:
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith(field):
                return int(line.split()[1])
    except (OSError, ValueError, IndexError):
        pass
    return None


def available_memory_mb() -> int:
    """What new processes may take without swapping, containers' limits included."""
    amounts = [_FALLBACK_MEMORY_MB]
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                amounts = [int(line.split()[1]) // 1024]
    except (OSError, ValueError, IndexError):
        with contextlib.suppress(OSError, ValueError):
            amounts = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // (2 * 1024 * 1024)]
    with contextlib.suppress(OSError, ValueError):
        bound = int(Path("/sys/fs/cgroup/memory.max").read_text())
        used = int(Path("/sys/fs/cgroup/memory.current").read_text())
        amounts.append((bound - used) // (1024 * 1024))
    return max(min(amounts), 0)


def count_memory_kills() -> int:
    """How many processes the system has ended for want of memory since it started; 0 where it does not say."""
    try:
        for line in Path("/proc/vmstat").read_text().splitlines():
            if line.startswith("oom_kill "):
                return int(line.split()[1])
    except (OSError, ValueError, IndexError):
        pass
    return 0


def raise_descriptor_limit() -> int:
    """Allow this process as many open files as it may have; says how many that are."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MAX_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, _MAX_DESCRIPTORS)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return _MAX_DESCRIPTORS if soft == resource.RLIM_INFINITY else soft
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        return wanted
    return soft


def kill_group(pid: int) -> None:
    """Kill the process and whatever stayed in its group; it leads a session of its own."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def when_ended(process: subprocess.Popen[bytes], ended: Callable[[int], None]) -> Callable[[], None]:
    """Reap the process as soon as it ends, end what is left of its group, and call `ended` with its return code.

    Gives back a function that stops watching, without reaping.
    """
    loop = asyncio.get_running_loop()
    try:
        descriptor = os.pidfd_open(process.pid)
    except (AttributeError, OSError):
        return _when_ended_polling(process, ended)

    def readable() -> None:
        kill_group(process.pid)  # before it is reaped: until then no stranger can have its number
        code = process.poll()
        if code is not None:
            stop()
            ended(code)

    stopped = False

    def stop() -> None:
        nonlocal stopped
        if not stopped:
            stopped = True
            loop.remove_reader(descriptor)
            os.close(descriptor)

    loop.add_reader(descriptor, readable)
    return stop


def _when_ended_polling(process: subprocess.Popen[bytes], ended: Callable[[int], None]) -> Callable[[], None]:
    loop = asyncio.get_running_loop()
    timer = loop.call_later(_POLL_S, lambda: look())

    def look() -> None:
        nonlocal timer
        code = process.poll()
        if code is None:
            timer = loop.call_later(_POLL_S, look)
        else:
            kill_group(process.pid)
            ended(code)

    return lambda: timer.cancel()
