"""A worker's stdout and stderr themselves: what child processes, native code and crashing interpreters print there.

What the action prints in the ordinary way never comes here; the host sends it in frames.
"""

import asyncio
import os
import select
from collections.abc import Callable

_READ_BYTES = 256 * 1024
_READS_PER_TURN = 16
_TAIL_BYTES = 8192


class _Pipe:
    __slots__ = ("descriptor", "partial", "stream")

    def __init__(self, descriptor: int, stream: str) -> None:
        self.descriptor = descriptor
        self.stream = stream
        self.partial = b""
        os.set_blocking(descriptor, False)


class RawOutput:
    """Reads both pipes as they fill, and cuts them into lines."""

    def __init__(
        self, stdout: int, stderr: int, *, add: Callable[[str, list[bytes]], None], room: Callable[[], int]
    ) -> None:
        """
        Args:
            add: Takes complete lines of a stream.
            room: How many bytes a line may have; 0: everything is read and dropped.
        """
        self._add = add
        self._room = room
        self._loop = asyncio.get_running_loop()
        self._poll = select.poll()
        self._pipes = [_Pipe(stdout, "stdout"), _Pipe(stderr, "stderr")]
        self.tail = b""
        """The last that was printed on stderr: a crash says its reason there."""
        for pipe in self._pipes:
            self._poll.register(pipe.descriptor, select.POLLIN)
            self._loop.add_reader(pipe.descriptor, self._readable, pipe)

    def collect(self) -> None:
        """Read what is in the pipes now; a last line without its end counts as one."""
        if self._poll.poll(0):
            for pipe in list(self._pipes):
                self._readable(pipe)
        for pipe in self._pipes:
            if pipe.partial:
                self._flush(pipe)

    def close(self) -> None:
        for pipe in list(self._pipes):
            self._close(pipe)

    def _readable(self, pipe: _Pipe) -> None:
        for _ in range(_READS_PER_TURN):
            try:
                data = os.read(pipe.descriptor, _READ_BYTES)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if not data:
                self._flush(pipe)
                self._close(pipe)
                return
            self._received(pipe, data)

    def _received(self, pipe: _Pipe, data: bytes) -> None:
        if pipe.stream == "stderr":
            self.tail = (self.tail + data)[-_TAIL_BYTES:]
        room = self._room()
        if room == 0:
            pipe.partial = b""
            return
        *lines, partial = (pipe.partial + data).split(b"\n")
        pipe.partial = partial[: room + 1]
        if lines:
            self._add(pipe.stream, lines)

    def _flush(self, pipe: _Pipe) -> None:
        if pipe.partial:
            line, pipe.partial = pipe.partial, b""
            self._add(pipe.stream, [line])

    def _close(self, pipe: _Pipe) -> None:
        self._loop.remove_reader(pipe.descriptor)
        self._poll.unregister(pipe.descriptor)
        self._pipes.remove(pipe)
