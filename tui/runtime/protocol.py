"""HTTP on the wire: uvicorn's protocol, with bounds for clients that are slow, silent or hostile.

The parser bounds neither the head of a request nor the number of `Host` headers, and the server never closes a
connection that is half open or stalled; a sweep over all connections does.
"""

import asyncio
import time
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from . import messages
from .api.call import transaction_id
from .jsonbytes import to_json_bytes

MAX_HEAD_BYTES = 64 * 1024
MAX_HEADERS = 100
HEAD_TIMEOUT_S = 10.0
"""From the first byte, or from connecting, to the end of the head."""
BODY_TIMEOUT_S = 30.0
"""Without a byte of a body that was announced."""
READER_TIMEOUT_S = 60.0
"""Without the client taking any of what is ready for it."""
SWEEP_S = 0.5

for _code in range(600, 1000):
    # Web actions may answer with any status.
    STATUS_LINE.setdefault(_code, b"HTTP/1.1 %d \r\n" % _code)


class Protocol(HttpToolsProtocol):
    """One connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._heard_at = time.monotonic()
        self._head_since: float | None = self._heard_at
        self._head_bytes = 0
        self._hosts = 0
        self._refused = False
        self._paused_at: float | None = None

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        self._heard_at = time.monotonic()
        super().data_received(data)
        if self._head_since is not None and not self._refused:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self._refuse(431, messages.HEAD_TOO_LARGE)

    def on_message_begin(self) -> None:
        super().on_message_begin()
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
        elif self._hosts != 1:
            self._refuse(400, messages.BAD_HOST)
        else:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if not self._refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
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
        elif self._awaits_body() and now - self._heard_at > BODY_TIMEOUT_S:
            self.transport.abort()

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
        self.transport.write(b"".join([*head, body]))
        self.transport.close()


def sweep_connections(connections: set[Any]) -> None:
    """Close those whose clients are too slow; called every `SWEEP_S`."""
    now = time.monotonic()
    for connection in list(connections):
        if isinstance(connection, Protocol):
            connection.sweep(now)
