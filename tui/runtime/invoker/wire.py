"""What connects the runtime with one worker's host: a socket for requests, and a pipe for frames.

Two of them, since a host that waits for its next request must not be woken when its last frame is read, which it is
where one socket carries both. Requests go through a socket, since the system tells of one whether all of it was read.
Frames go through a pipe, since a host can open its end of that anew, so that no child of the action inherits it.
"""

import asyncio
import errno
import fcntl
import os
import socket
from collections.abc import Callable
from contextlib import suppress

_RECEIVE_BYTES = 64 * 1024
_FRAMES_BYTES = 256 * 1024
"""How far a host may be ahead of the runtime, where the system lets us say so."""
_ANSWER_BYTES = 64


class Wire:
    """The runtime's ends. Nothing of it blocks."""

    def __init__(self) -> None:
        self._requests, self._their_requests = socket.socketpair()
        try:
            self._frames, self._their_frames = os.pipe()
        except BaseException:
            self._requests.close()
            self._their_requests.close()
            raise
        self._loop = asyncio.get_running_loop()
        self._outgoing = bytearray()
        self._buffer = memoryview(bytearray(_RECEIVE_BYTES))
        """Allocated once: to do so for every frame would cost more than to read it."""
        self._into = [self._buffer]
        self.is_open = True
        self._is_unread = False
        """The other end is gone, and something that was sent had not been read."""
        with suppress(AttributeError, OSError):
            fcntl.fcntl(self._frames, fcntl.F_SETPIPE_SZ, _FRAMES_BYTES)
        self._requests.setblocking(False)
        os.set_blocking(self._frames, False)

    @property
    def theirs(self) -> tuple[int, int]:
        """The descriptors that the process inherits: for requests and for frames."""
        return self._their_requests.fileno(), self._their_frames

    def close_theirs(self) -> None:
        """The process has them, or there is none."""
        self._their_requests.close()
        os.close(self._their_frames)

    def listen(self, readable: Callable[[], None], misused: Callable[[bytes], None]) -> None:
        """`readable` is called when there is something to `receive`, `misused` when the process closed its end of the
        socket for requests, or wrote into that: with what it wrote, if anything.
        """
        self._loop.add_reader(self._frames, readable)
        self._loop.add_reader(self._requests.fileno(), self._answered, misused)

    def stop_listening(self) -> None:
        self._loop.remove_reader(self._frames)
        self._loop.remove_reader(self._requests.fileno())

    def close(self) -> None:
        if not self.is_open:
            return
        self.is_open = False
        self.stop_listening()
        if self._outgoing:
            self._loop.remove_writer(self._requests.fileno())
            self._outgoing.clear()
        self._requests.close()
        os.close(self._frames)

    def send(self, data: bytes) -> None:
        """Never blocks and never fails: a process that is gone is noticed by its end."""
        if not self.is_open:
            return
        if self._outgoing:
            self._outgoing += data
            return
        try:
            sent = self._requests.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._is_unread = True
            return
        if sent < len(data):
            self._outgoing += memoryview(data)[sent:]
            self._loop.add_writer(self._requests.fileno(), self._writable)

    def has_unread(self) -> bool:
        """Whether the other end is known to have gone before all that was sent had been read.

        Linux tells so: the connection is reset, not closed. Where it is not told, this is false.
        """
        if self.is_open:
            self._read_answer()
        return self._is_unread or bool(self._outgoing)

    def _answered(self, misused: Callable[[bytes], None]) -> None:
        answer = self._read_answer()
        if answer is not None:
            misused(answer)

    def _read_answer(self) -> bytes | None:
        """What came where nothing should; empty when the other end is closed."""
        try:
            return self._requests.recv(_ANSWER_BYTES)
        except BlockingIOError:
            return None
        except OSError as error:
            self._is_unread |= error.errno == errno.ECONNRESET
            return b""

    def receive(self) -> bytes | None:
        """What has arrived; empty at the end, `None` if there is nothing now."""
        if not self.is_open:
            return None
        try:
            return bytes(self._buffer[: os.readv(self._frames, self._into)])
        except BlockingIOError:
            return None
        except OSError:
            return b""

    def _writable(self) -> None:
        try:
            sent = self._requests.send(self._outgoing)
        except BlockingIOError:
            return
        except OSError:
            self._is_unread = True
            sent = len(self._outgoing)
        del self._outgoing[:sent]
        if not self._outgoing:
            self._loop.remove_writer(self._requests.fileno())
