"""Ends what a killed runtime leaves behind: `python -I -S warden.py MARK`, with a pipe from the runtime on stdin.

Lines: `+GROUP` and `-GROUP` register a process group and forget it; `!WORKER` ends every process whose environment
mentions that worker's folder, for children that left their group. At the end of the pipe the runtime is gone, however
it went: then all registered groups end, and every process whose environment mentions MARK. Where there is no `/proc`,
only the groups are known.
"""

# It stays small, since every runtime keeps one: no `pathlib`, no `contextlib`.
# ruff: noqa: PTH123, PTH208, SIM105

import os
import signal
import sys
import time

GIVE_UP_S = 4.0
SWEEP_S = 0.1
PAUSE_S = 0.02
READ_BYTES = 65536


def kill_group(group):
    try:
        os.killpg(group, signal.SIGKILL)
    except OSError:
        pass


def kill_marked(marks):
    """Kill every process that carries one of the marks; says how many there were."""
    found, own = 0, os.getpid()
    try:
        names = os.listdir("/proc")
    except OSError:
        return 0
    for name in names:
        if not name.isdigit() or int(name) == own:
            continue
        try:
            with open(f"/proc/{name}/environ", "rb") as file:
                environment = file.read()
            if not any(mark in environment for mark in marks):
                continue
            os.kill(int(name), signal.SIGKILL)
        except OSError:
            continue
        found += 1
    return found


def sweep(marks, seconds):
    """Again until nothing is left: a process may have forked meanwhile."""
    deadline = time.monotonic() + seconds
    while kill_marked(marks) and time.monotonic() < deadline:
        time.sleep(PAUSE_S)


def main():
    mark, groups, pending = sys.argv[1].encode(), set(), b""
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    while data := os.read(0, READ_BYTES):
        *lines, pending = (pending + data).split(b"\n")
        strays = set()
        for line in lines:
            command, argument = line[:1], line[1:]
            if command == b"+":
                groups.add(int(argument))
            elif command == b"-":
                groups.discard(int(argument))
            elif command == b"!" and argument.startswith(mark):
                strays.add(argument)
        if strays:
            sweep(strays, SWEEP_S)
    for group in groups:
        kill_group(group)
    sweep([mark], GIVE_UP_S)


main()
