"""One worker's process: its start, what is heard of it, and its end. What it runs, and for whom, is `worker`'s part.

Everything happens in callbacks on the event loop; there is no task per process.
"""

import asyncio
import logging
import os
import re
import secrets
import signal
import subprocess
import sys
import time
from collections import deque
from functools import cache
from pathlib import Path
from typing import Final, Protocol

from ..priority import let_others_first
from . import bounding, protocol
from .interpreters import Interpreter
from .protocol import BadFrame, Frame, FrameReader
from .raw_output import RawOutput
from .sandbox import Enclosure
from .wire import Wire

logger = logging.getLogger(__name__)

HOSTS: Final = Path(__file__).parent / "hosts"
_CLOSED_GRACE_S = 0.25
"""A process that closed its descriptor has this long to end by itself, so that the reason can be told."""
_OUT_OF_MEMORY_SIGNS = re.compile(rb"out of memory|bad_alloc|allocation fail|cannot allocate memory", re.IGNORECASE)


class ProcessOwner(Protocol):
    """Who hears what the process says and how it ends."""

    def frame_received(self, frame: Frame) -> None: ...

    def frames_broken(self) -> None:
        """It wrote what is no frame; nothing it sends can be trusted any more."""

    def descriptor_closed(self) -> bool:
        """It can take nothing any more. Gives back whether to wait a moment for its own end."""

    def process_ended(self, code: int) -> None:
        """It is reaped; its last words can still be received."""


class OutputOwner(Protocol):
    """Who has what the process prints."""

    def lines_printed(self, stream: str, lines: list[bytes]) -> None:
        """By child processes or native code, on the real stdout or stderr."""

    def room_for_line(self) -> int:
        """How many bytes a printed line may have; 0: everything is read and dropped."""


class WorkerProcess:
    """Started at once."""

    def __init__(
        self,
        owner: ProcessOwner,
        output: OutputOwner,
        interpreter: Interpreter,
        memory_mb: int,
        folder: Path,
        sandbox: Enclosure | None,
    ) -> None:
        """Raises OSError, ValueError or SubprocessError if the process cannot be started."""
        self._owner = owner
        self._interpreter = interpreter
        self._loop = asyncio.get_running_loop()
        self._memory_kills = bounding.count_memory_kills()
        action_folder, temporary = folder / "action", folder / "tmp"
        action_folder.mkdir(parents=True)
        temporary.mkdir()
        self._wire = Wire()
        self.send = self._wire.send
        self.send_soon = self._wire.send_soon
        self.take_back = self._wire.take_back
        command = _command(interpreter, memory_mb, self._wire.theirs)
        try:
            self._process = subprocess.Popen(
                command if sandbox is None else sandbox.wrap(command, interpreter, folder, memory_mb),
                cwd=action_folder,
                env=_engine_environment(folder) if interpreter.image else _environment(folder),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                pass_fds=self._wire.theirs,
                start_new_session=True,
            )
        except BaseException:
            self._wire.close()
            raise
        finally:
            self._wire.close_theirs()
        self.pid = self._process.pid
        let_others_first(self.pid)
        token = secrets.token_hex(8)
        self._reader = FrameReader(token)
        self._frames: deque[Frame] = deque()
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._output = RawOutput(
            self._process.stdout.fileno(),
            self._process.stderr.fileno(),
            add=output.lines_printed,
            room=output.room_for_line,
        )
        self._wire.listen(self._readable, owner.frames_broken)
        self._stop_watching = bounding.when_ended(self._process, self._ended)
        self.send(protocol.hello_request(token))

    # ---- its end ----

    def kill(self) -> None:
        """End it and its group; `process_ended` follows when it is reaped."""
        if self._process.returncode is None:
            bounding.kill_group(self.pid)

    def close(self) -> None:
        """Listen to it no longer."""
        self._wire.close()
        self._output.close()

    def stop_watching(self) -> None:
        """Give up on a process that cannot be reaped."""
        self._stop_watching()

    def _ended(self, code: int) -> None:
        self._owner.process_ended(code)
        self.close()
        for pipe in (self._process.stdout, self._process.stderr):
            assert pipe is not None
            pipe.close()

    def last_words(self) -> str:
        """The end of what it printed on stderr."""
        self._output.collect()
        return self._output.tail.decode("utf-8", "replace").strip() or "it said nothing"

    def ran_out_of_memory(self, code: int) -> bool:
        """Whether a process that ended with `code` did so for want of memory."""
        by_signal = code < 0 or code >= 128
        killed = code in (-signal.SIGKILL, 128 + signal.SIGKILL)
        if killed and bounding.count_memory_kills() > self._memory_kills:
            return True
        return by_signal and _OUT_OF_MEMORY_SIGNS.search(self._output.tail) is not None

    # ---- what goes in ----

    def limit_memory(self, memory_mb: int) -> None:
        """From what it has now."""
        if not self._interpreter.image:  # the engine bounds its containers
            bounding.limit_memory(self.pid, memory_mb)

    # ---- what comes out ----

    def collect_output(self) -> None:
        """Read what it has printed by now."""
        self._output.collect()

    def receive_rest(self) -> None:
        """What it has sent by now: first what is left of the piece that is being dealt with."""
        self._feed(b"")
        while data := self._wire.receive():
            if not self._feed(data):
                break

    def has_unread(self) -> bool:
        """Whether it has ended before it had read all that was sent: the last request was in vain."""
        return self._wire.has_unread()

    def listen_closely(self, seconds: float) -> None:
        """Take what it says in so short a time without falling asleep: to be waked takes longer than a short run."""
        until = time.monotonic() + seconds
        while self._wire.is_open and time.monotonic() < until:
            if data := self._wire.receive():
                self._feed(data)
                return

    def _readable(self) -> None:
        data = self._wire.receive()
        if data:
            self._feed(data)
        elif data is not None and self._owner.descriptor_closed() and self._wire.is_open:
            self._wire.stop_listening()
            self._loop.call_later(_CLOSED_GRACE_S, self.kill)

    def _feed(self, data: bytes) -> bool:
        """Gives back whether it can still be listened to."""
        try:
            self._frames.extend(self._reader.feed(data))
        except BadFrame:
            logger.warning("worker %d wrote what is no frame", self.pid)
            self._owner.frames_broken()
            return False
        while self._frames and self._wire.is_open:
            self._owner.frame_received(self._frames.popleft())
        return self._wire.is_open


def _command(interpreter: Interpreter, memory_mb: int, descriptors: tuple[int, int]) -> list[str]:
    if interpreter.image:
        return [sys.executable, "-I", "-S", str(HOSTS / "container_host.py"), *map(str, descriptors)]
    if interpreter.family == "nodejs":
        options, host = [f"--max-old-space-size={memory_mb}"], HOSTS / "node_host.js"
    else:
        options, host = ["-I", "-S", "-X", "utf8"], HOSTS / "python_host.py"
    command = [interpreter.path, *options, str(host), *map(str, descriptors)]
    return command + _site_packages() if interpreter.path == sys.executable else command


@cache
def _site_packages() -> list[str]:
    """What is installed beside this program is there for Python actions, too."""
    import sysconfig  # reads all that this Python was built with

    return list(dict.fromkeys(sysconfig.get_path(name) for name in ("purelib", "platlib")))


def _environment(folder: Path) -> dict[str, str]:
    """Nothing of the user's shell but the search path and the time zone; never a proxy."""
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(folder),
        "TMPDIR": str(folder / "tmp"),
    }
    if zone := os.environ.get("TZ"):
        environment["TZ"] = zone
    return environment


def _engine_environment(folder: Path) -> dict[str, str]:
    """The user's own, for the container engine; its containers are given none of it. The folder is its mark."""
    return {**os.environ, "WHISKTOP_WORKER": str(folder)}
