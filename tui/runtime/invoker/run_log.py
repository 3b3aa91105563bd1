"""The log of one activation while it grows: lines from the host, and raw output of child processes and native code."""

import time
from datetime import UTC, datetime

import orjson
from msgspec import Struct, field

from .outcomes import logs_truncated

STAMP_COLUMNS = 30
_JSON_GROWTH = 8
"""More bytes than this, times the limit, no honest host sends for one activation."""


def format_line(stream: str, text: str, at_s: float | None = None) -> bytes:
    """One line as the platform keeps it, as a JSON text."""
    moment = datetime.fromtimestamp(time.time() if at_s is None else at_s, UTC)
    stamp = f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z"
    return orjson.dumps(f"{stamp:<{STAMP_COLUMNS}} {stream}: {text}")


class RunLog(Struct):
    """Collects chunks of JSON texts joined by commas, up to the action's limit."""

    limit_mb: int
    truncated: bool = False
    _chunks: list[bytes] = field(default_factory=list)
    _spent: int = 0
    _stored: int = 0

    @property
    def limit_bytes(self) -> int:
        return self.limit_mb * 1024 * 1024

    @property
    def is_full(self) -> bool:
        return self._spent > self.limit_bytes or self.limit_bytes == 0

    def add(self, chunk: bytes, output_bytes: int) -> None:
        """Lines from the host, which stops sending at the limit by itself."""
        self._spent += output_bytes
        if self._spent > self.limit_bytes:
            self.truncated = True
        if chunk and self.limit_bytes and self._stored + len(chunk) <= self.limit_bytes * _JSON_GROWTH:
            self._chunks.append(chunk)
            self._stored += len(chunk)

    def add_output(self, stream: str, lines: list[bytes], at_s: float) -> bytes:
        """Raw lines, stamped here; gives back those that were kept, as a chunk."""
        kept = []
        for line in lines:
            self._spent += len(line) + 1
            if self._spent > self.limit_bytes:
                self.truncated = True
                break
            kept.append(format_line(stream, line.decode("utf-8", "replace"), at_s))
        chunk = b",".join(kept)
        if chunk:
            self._chunks.append(chunk)
        return chunk

    def take(self) -> tuple[bytes, int]:
        """Give up what there is: lines as one chunk, and the bytes of output that they stand for."""
        chunk, spent = b",".join(self._chunks), self._spent
        self._chunks.clear()
        self._spent = self._stored = 0
        return chunk, spent

    def close(self, last_line: str | None) -> bytes:
        """All of it as a JSON array; the platform's own lines come last and count for no limit."""
        if not self.limit_bytes or (last_line is None and not self._chunks and not self.truncated):
            return b"[]"
        if self.truncated:
            self._chunks.append(format_line("stderr", logs_truncated(self.limit_bytes)))
        if last_line is not None:
            self._chunks.append(format_line("stderr", last_line))
        return b"[%b]" % b",".join(self._chunks)
