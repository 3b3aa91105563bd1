"""Processes that the script starts: each in a session of its own, and all of it gone when its block ends."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

START_WITHIN_S = 60.0
_STOP_WITHIN_S = 5.0
_LOOK_S = 0.001
_LAST_WORDS = 2000


class DidNotStart(Exception):
    """A process that was to serve ended, or said nothing in time."""


@contextmanager
def process(
    command: Sequence[str | os.PathLike[str]],
    *,
    log: Path,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run `command` until the block ends; what it prints goes to `log`."""
    with log.open("wb") as output:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env=env,
            start_new_session=True,
        )
    try:
        yield child
    finally:
        end_group(child)


def end_group(child: subprocess.Popen[bytes]) -> None:
    """End a process that leads a group, and all that is left of the group."""
    if child.poll() is None:
        child.terminate()
        with suppress(subprocess.TimeoutExpired):
            child.wait(_STOP_WITHIN_S)
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait(_STOP_WITHIN_S)


@contextmanager
def server(
    command: Sequence[str | os.PathLike[str]],
    port: int,
    *,
    log: Path,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> Iterator[str]:
    """A server on `port` of this machine, once it accepts connections; gives its address.

    Raises:
        DidNotStart: It did not come up; the text has what it said last.
    """
    with process(command, log=log, cwd=cwd, env=env) as child:
        wait_for_port(port, child, log)
        yield f"http://127.0.0.1:{port}"


def wait_for_port(port: int, child: subprocess.Popen[bytes], log: Path) -> None:
    give_up_at = time.monotonic() + START_WITHIN_S
    while not _accepts(port):
        if child.poll() is not None or time.monotonic() > give_up_at:
            raise DidNotStart(log.read_text(errors="replace")[-_LAST_WORDS:])
        time.sleep(_LOOK_S)


def free_port() -> int:
    """A port that nobody listens on; another program may take it before we do."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
