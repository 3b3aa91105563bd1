"""A load generator on raw sockets: a fixed number of requests in flight over connections that are kept.

It reads as little of an answer as it can, so that it costs a small part of what the server costs: see `cpu_us`.
"""

import gc
import select
import socket
import time
from array import array
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_RECEIVED_BYTES = 262_144
_GRACE_S = 30.0
_CONNECT_S = 5.0
_SPIN_MS = 1000


class BadAnswer(Exception):
    """The server answered something else than the measurement is about."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request, ready to be sent, and the status it has to be answered with."""

    text: bytes
    status: int = 200


@dataclass(slots=True)
class Load:
    """What a run of requests showed. Latencies in seconds."""

    answers: int
    elapsed_s: float
    cpu_s: float
    """Spent by the generator itself."""
    latencies: "array[float]" = field(repr=False)

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.answers / self.elapsed_s

    @property
    def cpu_us(self) -> float:
        """Of the generator, per request."""
        return self.cpu_s / self.answers * 1e6

    def percentile_ms(self, percent: float) -> float:
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] * 1000


def make_request(
    url: str, method: str, path: str, *, body: bytes = b"", headers: Sequence[tuple[str, str]] = (), status: int = 200
) -> Request:
    """Keep-alive is what HTTP/1.1 means without further words."""
    lines = [
        f"{method} {path} HTTP/1.1",
        f"Host: {urlsplit(url).netloc}",
        *(f"{key}: {value}" for key, value in headers),
    ]
    if body or method in ("POST", "PUT"):
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return Request("\r\n".join([*lines, "", ""]).encode() + body, status)


def run_load(
    url: str,
    requests: Sequence[Request],
    *,
    in_flight: int,
    at_most: int,
    seconds: float = 60.0,
    rate: float | None = None,
) -> Load:
    """Send `requests` over and over, until `at_most` were answered or `seconds` have passed.

    `rate` spaces them out to so many a second, as far as the server keeps up.

    Raises:
        BadAnswer: Another status than expected, or an answer that never ended.
    """
    generator = _Generator(url, requests, in_flight, at_most, seconds, rate)
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        return generator.run()
    finally:
        generator.close()
        if was_enabled:
            gc.enable()


class _Connection:
    __slots__ = ("prefix", "received", "sent_at", "socket")

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address, timeout=_CONNECT_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = b""
        self.prefix = b""
        self.sent_at = 0.0


class _Generator:
    def __init__(
        self,
        url: str,
        requests: Sequence[Request],
        in_flight: int,
        at_most: int,
        seconds: float,
        rate: float | None,
    ) -> None:
        parts = urlsplit(url)
        self._address = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._requests = [(one.text, b"HTTP/1.1 %d" % one.status) for one in requests]
        self._at_most = at_most
        self._seconds = seconds
        self._pause_s = 0.0 if rate is None else 1 / rate
        self._connections: dict[int, _Connection] = {}
        self._poll = select.poll()
        self._sent = 0
        self._latencies = array("d")
        for _ in range(min(in_flight, at_most)):
            self._open()

    def close(self) -> None:
        for connection in self._connections.values():
            connection.socket.close()

    def run(self) -> Load:
        cpu_before = time.process_time()
        began = now = time.perf_counter()
        stop_at, give_up_at = began + self._seconds, began + self._seconds + _GRACE_S
        idle = deque(self._connections.values())  # in turn: one that is left alone is closed by the server
        busy = 0
        while True:
            while idle and self._sent < self._at_most and now < stop_at and now >= began + self._sent * self._pause_s:
                self._send(idle.popleft())
                busy += 1
            if not busy and (self._sent >= self._at_most or now >= stop_at):
                break
            for descriptor, _ in self._poll.poll(self._wait_ms(idle, began, now)):
                connection = self._receive(self._connections[descriptor])
                if connection is not None:
                    busy -= 1
                    idle.append(connection)
            now = time.perf_counter()
            if now > give_up_at:
                raise BadAnswer(f"{busy} requests were not answered within {_GRACE_S:g} s")
        return Load(
            len(self._latencies), time.perf_counter() - began, time.process_time() - cpu_before, self._latencies
        )

    def _wait_ms(self, idle: deque[_Connection], began: float, now: float) -> float:
        if not (self._pause_s and idle) or self._sent >= self._at_most:
            return _SPIN_MS
        return max(0.0, (began + self._sent * self._pause_s - now) * 1000)

    def _open(self) -> _Connection:
        connection = _Connection(self._address)
        descriptor = connection.socket.fileno()
        self._connections[descriptor] = connection
        self._poll.register(descriptor, select.POLLIN)
        return connection

    def _send(self, connection: _Connection) -> None:
        text, connection.prefix = self._requests[self._sent % len(self._requests)]
        self._sent += 1
        connection.sent_at = time.perf_counter()
        connection.socket.sendall(text)

    def _receive(self, connection: _Connection) -> _Connection | None:
        """The connection that is free now, if the answer is complete."""
        data = connection.socket.recv(_RECEIVED_BYTES)
        received = connection.received + data if connection.received else data
        if not data:
            raise BadAnswer(f"the connection was closed within an answer: {received[:200]!r}")
        length, closes = _measure_answer(received)
        if length < 0 or len(received) < length:
            connection.received = received
            return None
        self._latencies.append(time.perf_counter() - connection.sent_at)
        if not received.startswith(connection.prefix) or len(received) > length:
            raise BadAnswer(f"expected {connection.prefix.decode()}, got {received[:400]!r}")
        connection.received = b""
        return self._replace(connection) if closes else connection

    def _replace(self, connection: _Connection) -> _Connection:
        """The server ends connections after a number of answers."""
        descriptor = connection.socket.fileno()
        self._poll.unregister(descriptor)
        del self._connections[descriptor]
        connection.socket.close()
        return self._open()


def _measure_answer(data: bytes) -> tuple[int, bool]:
    """Bytes of the answer at the start of `data`, -1 while not known, and whether the connection ends with it."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return -1, False
    head = data[:end].lower()
    closes = b"\r\nconnection: close" in head
    at = head.find(b"\r\ncontent-length:")
    if at >= 0:
        stop = head.find(b"\r", at + 2)
        return end + 4 + int(head[at + 17 : stop if stop > 0 else end]), closes
    if b"\r\ntransfer-encoding: chunked" in head:
        last = data.find(b"0\r\n\r\n", end)
        return (last + 5 if last >= 0 else -1), closes
    return end + 4, closes  # 204
