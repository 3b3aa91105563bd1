"""What connects the runtime with one worker's host: a socket for requests, and a pipe for frames.

Two of them, since a host that waits for its next request must not be waked when its last frame is read, which it is
where one socket carries both. The runtime keeps the other end of the socket, too: what the host has not read it can
take back from there. Frames go through a pipe, since a host can open its end of that anew, so that no child of the
action inherits it.
"""

import asyncio
import fcntl
import os
import socket
from collections.abc import Callable
from contextlib import suppress

from .protocol import BLOCK_BYTES

_RECEIVE_BYTES = 64 * 1024
_FRAMES_BYTES = 256 * 1024
"""How far a host may be ahead of the runtime, where the system lets us say so."""


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
        self._soon: list[bytes] = []
        """Goes out when all that has happened by now is dealt with: many requests in one piece."""
        self._outgoing = bytearray()
        """What the socket had no room for."""
        self._buffer = memoryview(bytearray(_RECEIVE_BYTES))
        """Allocated once: to do so for every frame would cost more than to read it."""
        self._into = [self._buffer]
        self.is_open = True
        with suppress(AttributeError, OSError):
            fcntl.fcntl(self._frames, fcntl.F_SETPIPE_SZ, _FRAMES_BYTES)
        self._requests.setblocking(False)
        self._socket_bytes = 2 * self._requests.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)
        """More than it ever holds: the last piece may go beyond the bound by half of it."""
        os.set_blocking(self._frames, False)

    @property
    def theirs(self) -> tuple[int, int]:
        """The descriptors that the process inherits: for requests and for frames."""
        return self._their_requests.fileno(), self._their_frames

    def close_theirs(self) -> None:
        """The process has them, or there is none."""
        os.close(self._their_frames)

    def listen(self, readable: Callable[[], None], misused: Callable[[], None]) -> None:
        """`readable` is called when there is something to `receive`, `misused` when there was something where nothing
        should be: in the other direction of the socket.
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
        self._soon.clear()
        self._requests.close()
        self._their_requests.close()
        os.close(self._frames)

    def send(self, data: bytes) -> None:
        """Never blocks and never fails: a process that is gone is noticed by its end."""
        if not self.is_open:
            return
        if self._soon:
            data = b"".join((*self._soon, data))
            self._soon.clear()
        if self._outgoing:
            self._outgoing += data
            return
        try:
            sent = self._requests.send(data)
        except BlockingIOError:
            sent = 0
        if sent < len(data):
            self._outgoing += memoryview(data)[sent:]
            self._loop.add_writer(self._requests.fileno(), self._writable)

    def send_soon(self, data: bytes) -> None:
        """The same for what nobody waits for yet."""
        self._soon.append(data)
        if len(self._soon) == 1:
            self._loop.call_soon(self._send_now)

    def take_back(self, count: int) -> int:
        """How many of the last `count` requests, a block each, the process has not read; it will not see them now."""
        unsent = min(count, len(self._soon))
        del self._soon[len(self._soon) - unsent :]
        waiting = min(count - unsent, len(self._outgoing) // BLOCK_BYTES)
        del self._outgoing[len(self._outgoing) - waiting * BLOCK_BYTES :]
        if waiting and not self._outgoing:
            self._loop.remove_writer(self._requests.fileno())
        left = count - unsent - waiting
        return unsent + waiting + (self._take_unread(left) if left and not self._outgoing else 0)

    def _take_unread(self, count: int) -> int:
        """All that is left has to be taken to come to the last of it: the rest is put back.

        Taken at once, which the system does undisturbed: between two pieces the process would read what comes behind
        the first of them.
        """
        taken = bytearray()
        with suppress(BlockingIOError):
            taken += self._their_requests.recv(self._socket_bytes, socket.MSG_DONTWAIT)
        found = min(count, len(taken) // BLOCK_BYTES)
        del taken[len(taken) - found * BLOCK_BYTES :]
        if taken:
            self.send(bytes(taken))
        return found

    def has_unread(self) -> bool:
        """Whether something is left of what was sent, once the process is gone."""
        if self._outgoing or self._soon:
            return True
        try:
            return self.is_open and bool(self._their_requests.recv(1, socket.MSG_DONTWAIT | socket.MSG_PEEK))
        except BlockingIOError:
            return False

    def _send_now(self) -> None:
        if self._soon:
            self.send(b"")

    def _answered(self, misused: Callable[[], None]) -> None:
        with suppress(BlockingIOError):
            self._requests.recv(_RECEIVE_BYTES)
            misused()

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
        del self._outgoing[:sent]
        if not self._outgoing:
            self._loop.remove_writer(self._requests.fileno())
