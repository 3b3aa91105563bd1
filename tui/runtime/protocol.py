"""HTTP on the wire: uvicorn's protocol, with bounds for clients that are slow, silent or hostile.

The parser bounds neither the head of a request nor the number of `Host` headers, and the server never closes a
connection that is half open or stalled; a sweep over all connections does.

A request that comes as a whole, with a head that has come before, does not go through the parser and gets no task: see
`api/quick.py`.
"""

import asyncio
import time
from collections import deque
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from . import messages
from .api.call import transaction_id
from .api.routes import Application
from .jsonbytes import to_json_bytes

MAX_HEAD_BYTES = 64 * 1024
MAX_HEADERS = 100
MAX_URI_BYTES = 8 * 1024
HEAD_TIMEOUT_S = 10.0
"""From the first byte, or from connecting, to the end of the head."""
BODY_TIMEOUT_S = 30.0
"""Without a byte of a body that was announced."""
READER_TIMEOUT_S = 60.0
"""Without the client taking any of what is ready for it."""
SWEEP_S = 0.5
_END_OF_HEAD = b"\r\n\r\n"

for _code in range(600, 1000):
    # Web actions may answer with any status.
    STATUS_LINE.setdefault(_code, b"HTTP/1.1 %d \r\n" % _code)


class Protocol(HttpToolsProtocol):
    """One connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._application: Application = self.config.app  # type: ignore[assignment]
        self._find_known = self._application.quick.find
        self._outbox = self._application.quick.outbox
        self._is_between = True
        """The parser has seen the last byte of a request, and none of the next."""
        self._unknown_head: bytes | None = None
        self._is_quick = False
        """A request is being answered the quick way; what comes meanwhile is held."""
        self._held: list[bytes] = []
        self._ends_with_answer = False
        self._quiet_since: float | None = None
        """When the last request was answered the quick way."""
        self._heard_at = time.monotonic()
        self._head_since: float | None = self._heard_at
        self._head_bytes = 0
        self._hosts = 0
        self._refused = False
        self._paused_at: float | None = None
        self._unanswered: deque[RequestResponseCycle] = deque()
        """Requests in the order in which they came, which is that of their answers."""

    def connection_lost(self, exc: Exception | None) -> None:
        """The server itself tells only the last request that nobody reads its answer any more."""
        for cycle in self._unanswered:
            cycle.disconnected = True
            cycle.message_event.set()
        self._unanswered.clear()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        if self._unanswered:
            self._unanswered.popleft()
        super().on_response_complete()

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        if self._is_quick:
            self._held.append(data)
            self.flow.pause_reading()
            return
        if self._is_at_rest() and self._begin_quickly(data):
            return
        self._parse(data)

    def _parse(self, data: bytes) -> None:
        self._heard_at = time.monotonic()
        super().data_received(data)
        self._unknown_head = None
        if self._head_since is not None and not self._refused:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self._refuse(431, messages.HEAD_TOO_LARGE)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._is_between = False
        self._quiet_since = None
        self._head_since = time.monotonic()
        self._head_bytes = 0
        self._head_size = 0
        self._hosts = 0

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        self._head_size += len(name) + len(value) + 4
        if self.headers[-1][0] == b"host":
            self._hosts += 1

    def on_headers_complete(self) -> None:
        self._head_since = None
        if self._head_size + len(self.url) > MAX_HEAD_BYTES or len(self.headers) > MAX_HEADERS:
            self._refuse(431, messages.HEAD_TOO_LARGE)
        elif len(self.url) > MAX_URI_BYTES:
            self._refuse(414, messages.uri_too_long(MAX_URI_BYTES))
        elif self._hosts != 1:
            self._refuse(400, messages.BAD_HOST)
        else:
            super().on_headers_complete()
            self._unanswered.append(self.cycle)
            if self._unknown_head is not None and self.cycle.keep_alive:
                self._application.learn(self._unknown_head, dict(self.scope))
            self._unknown_head = None

    def on_body(self, body: bytes) -> None:
        if not self._refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        self._is_between = True
        if not self._refused:
            super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """What the parser cannot read."""
        self._refuse(400, messages.BAD_REQUEST)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._paused_at = time.monotonic()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._paused_at = None

    def sweep(self, now: float) -> None:
        """Close the connection if its client is too slow."""
        if self._paused_at is not None:
            if now - self._paused_at > READER_TIMEOUT_S:
                self.transport.abort()
        elif self._head_since is not None:
            if now - self._head_since > HEAD_TIMEOUT_S:
                self.transport.close()
        elif self._quiet_since is not None and not self._is_quick:
            if now - self._quiet_since > self.timeout_keep_alive:
                self.transport.close()
        elif self._awaits_body() and now - self._heard_at > BODY_TIMEOUT_S:
            self.transport.abort()

    # ---- the quick way ----

    def _is_at_rest(self) -> bool:
        """Nothing is left of earlier requests."""
        if self.flow.write_paused:
            return False
        if self._quiet_since is not None:  # the last one was answered the quick way
            return True
        answered = self.cycle is None or self.cycle.response_complete
        return answered and self._is_between and not self.pipeline

    def _begin_quickly(self, data: bytes) -> bool:
        end = data.find(_END_OF_HEAD) + len(_END_OF_HEAD)
        if end < len(_END_OF_HEAD):
            return False
        head = data[:end]
        known = self._find_known(head)
        if known is None:
            self._unknown_head = head
            return False
        if len(data) - end != known.body_length:
            return False
        # Set before it is begun: it may be answered while it is.
        self._is_quick = True
        self._application.enter()
        has_begun = False
        try:
            has_begun = known.begin(data[end:], self)
        finally:
            if not has_begun:
                self._is_quick = False
                self._application.leave()
        if not has_begun:
            return False
        if self.timeout_keep_alive_task is not None:
            self._unset_keepalive_if_required()
        self._head_since = None
        return True

    def answer(self, status: int, head: bytes, body: bytes) -> None:
        """To the request that is answered the quick way."""
        self._is_quick = False
        self._application.leave()
        if self.transport.is_closing():
            self._held.clear()
            return
        closing = b"connection: close\r\n" if self._ends_with_answer else b""
        answer = b"".join((_begin_answer(status, self.server_state.default_headers), closing, head, body))
        if self._application.in_flight and not self._held and not self._ends_with_answer:
            self._outbox.put(self.transport, answer)
        else:
            self._outbox.send()  # the answer before this one may be in there
            self.transport.write(answer)
        if self._ends_with_answer:
            self.transport.close()
            return
        self._quiet_since = time.monotonic()
        if self._held:
            held = b"".join(self._held)
            self._held.clear()
            self.flow.resume_reading()
            self.data_received(held)

    def shutdown(self) -> None:
        self._outbox.send()
        if self._is_quick:
            self._ends_with_answer = True
        else:
            super().shutdown()

    def _awaits_body(self) -> bool:
        return self.cycle is not None and self.cycle.more_body and not self.cycle.response_complete

    def _refuse(self, status: int, text: str) -> None:
        """Answer before there is a request, and hang up."""
        self._refused = True
        code = transaction_id({})
        body = to_json_bytes({"error": text, "code": code})
        head = [
            STATUS_LINE[status],
            *(b"%b: %b\r\n" % header for header in self.server_state.default_headers),
            b"x-request-id: %b\r\ncontent-type: application/json\r\n" % code.encode(),
            b"content-length: %d\r\nconnection: close\r\n\r\n" % len(body),
        ]
        self._outbox.send()
        self.transport.write(b"".join([*head, body]))
        self.transport.close()


_beginnings: dict[int, tuple[object, bytes]] = {}
"""By status: the server's headers that it was made with, which are others every second, and the bytes."""


def _begin_answer(status: int, headers: list[tuple[bytes, bytes]]) -> bytes:
    known = _beginnings.get(status)
    if known is not None and known[0] is headers:
        return known[1]
    beginning = STATUS_LINE[status] + b"".join(b"%b: %b\r\n" % header for header in headers)
    _beginnings[status] = headers, beginning
    return beginning


def sweep_connections(connections: set[Any]) -> None:
    """Close those whose clients are too slow; called every `SWEEP_S`."""
    now = time.monotonic()
    for connection in list(connections):
        if isinstance(connection, Protocol):
            connection.sweep(now)
