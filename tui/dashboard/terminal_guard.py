"""Gives the terminal back even when this process is killed with a signal that it cannot catch, and sees it go.

A small `sh` in a process group of its own remembers the terminal's settings and holds the end of a pipe. When the pipe
closes without a goodbye, the dashboard is dead and the terminal still raw: the child sets it right and ends.
"""

import os
import select
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_TERMINAL = "/dev/tty"
_READY_FD = 3
_OFF = (
    "[<u",  # keyboard protocol
    "[?1000l",
    "[?1002l",
    "[?1003l",
    "[?1006l",
    "[?1015l",  # mouse
    "[?1004l",  # focus
    "[?2004l",  # bracketed paste
    "[?2048l",  # resize in band
    "[?1049l",  # alternate screen
    "[?25h",  # cursor
    "[0m",
)
_SCRIPT = f"""
trap '' HUP INT QUIT TERM TTIN TTOU TSTP PIPE
saved=$(stty -g <{_TERMINAL} 2>/dev/null)
echo ready >&{_READY_FD}
exec {_READY_FD}>&-
read -r word && [ "$word" = goodbye ] && exit 0
[ -n "$saved" ] && stty "$saved" <{_TERMINAL} 2>/dev/null
printf '{"".join(chr(92) + "033" + code for code in _OFF)}' >{_TERMINAL} 2>/dev/null
"""
_BOURNE_SHELL = "/bin/sh"


def is_terminal_gone() -> bool:
    """Whether the terminal of the input was closed: nobody sends SIGHUP where the shell was told to ignore it."""
    if os.name == "nt":
        return False
    input_ = select.poll()
    input_.register(0, 0)
    return any(seen & select.POLLHUP for _, seen in input_.poll(0))


@contextmanager
def guarded_terminal() -> Iterator[None]:
    """Within the block, a terminal that was left raw is set right by somebody who outlives us."""
    if not os.isatty(0) or not os.access(_TERMINAL, os.R_OK | os.W_OK):
        yield
        return
    listen, tell = os.pipe()
    ready, say_ready = os.pipe()
    try:
        child = _start(listen, say_ready)
    finally:
        os.close(listen)
        os.close(say_ready)
    with os.fdopen(ready, "rb") as answer:
        answer.readline()  # the settings are those from before the app changes them
    try:
        yield
    finally:
        with suppress(OSError):
            os.write(tell, b"goodbye\n")
        os.close(tell)
        with suppress(ChildProcessError):
            os.waitpid(child, 0)


def _start(listen: int, say_ready: int) -> int:
    null = os.devnull
    return os.posix_spawn(
        _BOURNE_SHELL,
        [_BOURNE_SHELL, "-c", _SCRIPT],
        {"PATH": os.environ.get("PATH", os.defpath)},
        file_actions=[
            (os.POSIX_SPAWN_DUP2, say_ready, _READY_FD),
            (os.POSIX_SPAWN_DUP2, listen, 0),
            (os.POSIX_SPAWN_OPEN, 1, null, os.O_WRONLY, 0),
            (os.POSIX_SPAWN_OPEN, 2, null, os.O_WRONLY, 0),
        ],
        setpgroup=0,
    )
