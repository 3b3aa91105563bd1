"""Keeps a tiny process that ends all workers when the runtime dies, even by `SIGKILL`. See `hosts/warden.py`."""

import asyncio
import contextlib
import logging
import os
import subprocess
import sys

from . import bounding
from .process import HOSTS

logger = logging.getLogger(__name__)

_RESTART_AFTER_S = 0.5
_END_WITHIN_S = 2.0


class Warden:
    """The runtime's end of the pipe. A warden that died is replaced, and told again what it has to know.

    It has to be on its way before any code of a user runs, and need not be before: what waits for its first job ends
    by itself with the runtime.
    """

    def __init__(self, mark: str) -> None:
        """`mark` is in the environment of every process that any worker starts."""
        self._mark = mark
        self._groups: set[int] = set()
        self._process: subprocess.Popen[bytes] | None = None
        self._restart: asyncio.TimerHandle | None = None
        self._closing = False
        self._gone = asyncio.Event()
        self._is_wanted = False

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    def want(self) -> None:
        """Start it, if that has not been done. It will do its work even if the runtime ends before it is up."""
        if not self._is_wanted:
            self._is_wanted = True
            self._start()

    def _start(self) -> None:
        self._restart = None
        command = [sys.executable, "-I", "-S", str(HOSTS / "warden.py"), self._mark]
        try:
            self._process = subprocess.Popen(
                command,
                cwd="/",
                env={},
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                start_new_session=True,
            )
        except OSError as error:
            logger.error("the warden cannot be started: %s", error)
            self._plan_restart()
            return
        self._gone.clear()
        assert self._process.stdin is not None
        os.set_blocking(self._process.stdin.fileno(), False)
        bounding.when_ended(self._process, self._ended)
        for group in self._groups:
            self._tell(f"+{group}\n")

    def _ended(self, code: int) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process = None
        self._gone.set()
        if not self._closing:
            logger.warning("the warden ended with code %d and is started again", code)
            self._plan_restart()

    def _plan_restart(self) -> None:
        self._restart = asyncio.get_running_loop().call_later(_RESTART_AFTER_S, self._start)

    def watch(self, group: int) -> None:
        self._groups.add(group)
        self._tell(f"+{group}\n")

    def forget(self, group: int) -> None:
        self._groups.discard(group)
        self._tell(f"-{group}\n")

    def end_marked(self, mark: str) -> None:
        """End what one worker left behind outside of its group."""
        self._tell(f"!{mark}\n")

    def _tell(self, line: str) -> None:
        if self._closing or self._process is None or self._process.stdin is None:
            return
        with contextlib.suppress(OSError):  # it is ending, and its successor will be told
            os.write(self._process.stdin.fileno(), line.encode())

    async def close(self) -> None:
        """Let it look for strays one last time, and wait for its end."""
        self._closing = True
        if self._restart is not None:
            self._restart.cancel()
        if self._process is None or self._process.stdin is None:
            return
        self._process.stdin.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_END_WITHIN_S):
                await self._gone.wait()
