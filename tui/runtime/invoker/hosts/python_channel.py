"""What `python_host.py` and `container_host.py` share: the connection to the runtime, and what travels on it."""

# Every module imported here delays each cold start.
# ruff: noqa: SIM105, UP031

import _thread
import io
import json
import os
import sys
import time
from json.encoder import encode_basestring

WINDOW_S = 0.1
WRITES_AT_ONCE = 16
FLUSH_S = 0.05
FLUSH_CHARACTERS = 32768
IDLE_CHARACTERS = 65536
STAMP_COLUMNS = 30
BLOCK_BYTES = 1024
MAX_ANSWER_BYTES = 1024 * 1024
LAST_VERDICTS = "2nmx"
"""After one of these the runtime ends the process, which begins nothing more."""


def characters_in(text: str) -> int:
    """As the platform counts them, which is written in Java: some are two there."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


class Channel:
    """The worker's ends of the connection to the runtime."""

    def __init__(self, requests: int, frames: int) -> None:
        self.requests = requests
        self.frames = frames
        self.token = b""

    def send(self, kind: bytes, verdict: bytes, size: int, log_bytes: int, result: bytes, logs: bytes) -> None:
        header = b"%s %s %s %d %d %d %d\n" % (self.token, kind, verdict, size, log_bytes, len(result), len(logs))
        data = memoryview(header + result + logs)
        while data:
            data = data[os.write(self.frames, data) :]

    def read(self):
        """The next request as kind and body; waits for it, and ends the process when the runtime is gone.

        Nothing of the request after it is read: the runtime may take that back.
        """
        block = self._receive(BLOCK_BYTES)
        start = block.index(b"\n") + 1
        kind, length = block[:start].split()
        end = start + int(length)
        if end > BLOCK_BYTES:
            block += self._receive(-(-end // BLOCK_BYTES) * BLOCK_BYTES - BLOCK_BYTES)
        return kind, json.loads(block[start:end]) if end > start else None

    def _receive(self, size: int) -> bytes:
        data = self._receive_some(size)
        if len(data) == size:
            return data
        pieces, missing = [data], size - len(data)
        while missing:
            pieces.append(self._receive_some(min(missing, 1 << 20)))
            missing -= len(pieces[-1])
        return b"".join(pieces)

    def _receive_some(self, size: int) -> bytes:
        data = os.read(self.requests, size)
        if not data:
            os._exit(0)
        return data


class Logs:
    """Turns what the action prints into log lines, stamped where they are printed.

    Lines travel with the result. So that none is lost when the worker is killed, and so that they can be watched, the
    first 16 writes of each 100 ms are sent at once; what comes faster is sent by a thread every 50 ms.
    """

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.lock = _thread.allocate_lock()
        self.active = False
        self.limit = 0
        self.spent = 0
        self.unsent_bytes = 0
        self.lines = []
        self.characters = 0
        self.partial = {"stdout": b"", "stderr": b""}
        self.window_start = 0.0
        self.tokens = WRITES_AT_ONCE
        self.flusher = None
        self.second = 0
        self.stamp = ""

    def begin(self, limit: int) -> None:
        self.active, self.limit, self.spent = True, limit, 0

    def write(self, name: str, data: bytes) -> None:
        with self.lock:
            if b"\n" not in data:
                if len(self.partial[name]) <= self.limit:
                    self.partial[name] += data
                return
            *lines, self.partial[name] = (self.partial[name] + data).split(b"\n")
            now = time.time()
            for line in lines:
                self._add(name, line, now)
            if self.active:
                self._pace(now)

    def _add(self, name: str, line: bytes, now: float) -> None:
        self.spent += len(line) + 1
        self.unsent_bytes += len(line) + 1
        if self.spent > self.limit if self.active else self.characters > IDLE_CHARACTERS:
            return
        second = int(now)
        if second != self.second:
            self.second, self.stamp = second, time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
        stamp = "%s.%06dZ" % (self.stamp, int((now - second) * 1_000_000))
        text = f"{stamp:<{STAMP_COLUMNS}} {name}: {line.decode('utf-8', 'replace')}"
        self.lines.append(encode_basestring(text))
        self.characters += len(text)

    def _pace(self, now: float) -> None:
        if not 0 <= now - self.window_start < WINDOW_S:
            self.window_start, self.tokens = now, WRITES_AT_ONCE
        if self.tokens > 0:
            self.tokens -= 1
            self._flush()
        elif self.characters > FLUSH_CHARACTERS:
            self._flush()
        elif self.flusher is None:
            self.flusher = _thread.allocate_lock()
            try:
                _thread.start_new_thread(self._flush_forever, ())
            except RuntimeError:
                self._flush()
                self.flusher = None
        elif self.flusher.locked():
            self.flusher.release()

    def _flush_forever(self) -> None:
        while True:
            time.sleep(FLUSH_S)
            with self.lock:
                if self.active:
                    self._flush()
                self.flusher.acquire(False)
            self.flusher.acquire()
            self.flusher.release()

    def _flush(self) -> None:
        bytes_, logs = self._take()
        if bytes_ or logs:
            self.channel.send(b"log", b"-", 0, bytes_, b"", logs)

    def _take(self):
        logs = ",".join(self.lines).encode()
        bytes_, self.unsent_bytes, self.lines, self.characters = self.unsent_bytes, 0, [], 0
        return bytes_, logs

    def finish(self):
        """The end of an activation: also what was printed without a newline."""
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except Exception:
                pass
        with self.lock:
            for name, line in self.partial.items():
                if line:
                    self.partial[name] = b""
                    self._add(name, line, time.time())
            self.active = False
            return self._take()


class LogStream(io.RawIOBase):
    """What stands behind `sys.stdout` and `sys.stderr`."""

    def __init__(self, logs: Logs, name: str, descriptor: int) -> None:
        self.logs, self.stream_name, self.descriptor = logs, name, descriptor

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self.descriptor

    def write(self, data) -> int:
        data = bytes(data)
        self.logs.write(self.stream_name, data)
        return len(data)
