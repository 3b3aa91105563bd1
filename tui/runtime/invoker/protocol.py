"""What travels between the pool and a worker's host, on descriptors of their own.

A request is `<kind> <bytes>\\n` and that many bytes of JSON, filled up with blanks to whole blocks, so that a host can
read one request and nothing of the next. A frame is
`<token> <kind> <verdict> <size> <log bytes> <result bytes> <logs bytes>\\n`, then the result, then log lines as JSON
texts joined by commas: both are sliced out and passed on without being read. Where runs overlap in one worker, the
kind is followed by `:` and the activation id. The token is told to the host alone, so that what an action writes into
the descriptor by accident is not taken for a frame.
"""

from typing import Final

import orjson
from msgspec import Struct

from tui.entities.limits import MAX_RESULT_BYTES

from ..jsonbytes import encodable, to_json_bytes
from .jobs import Executable, Job

READY: Final = b"ready"
INIT: Final = b"init"
END: Final = b"end"
LOG: Final = b"log"
IDLE: Final = b"idle"
"""Answers `IDLE_REQUEST`, and says whether the host goes on to read one request at a time: then the verdict is `OK`."""
INSTALL: Final = b"install"
"""Asks for the dependencies of the archive that was unpacked; the host waits for `installed_request`."""

OK: Final = b"0"
APPLICATION_ERROR: Final = b"1"
DEVELOPER_ERROR: Final = b"2"
NO_OBJECT: Final = b"n"
TOO_LONG: Final = b"t"
OUT_OF_MEMORY: Final = b"m"
EXITED: Final = b"x"

HOST_STOPS: Final = frozenset((DEVELOPER_ERROR, NO_OBJECT, OUT_OF_MEMORY, EXITED))
"""Verdicts after which a host begins nothing more."""

BLOCK_BYTES: Final = 1024

_MAX_HEADER_BYTES = 160
_MAX_RESULT_BYTES = MAX_RESULT_BYTES + 64 * 1024
_MAX_LOGS_BYTES = 96 * 1024 * 1024
"""One line may fill the whole log limit, and every byte of it may need six in JSON."""


class BadFrame(Exception):
    """The worker sent what is no frame; nothing it sends can be trusted any more."""


class Frame(Struct):
    kind: bytes
    verdict: bytes
    size: int
    """Of the answer, in characters, as the record's `response.size` counts; bytes if it is too long."""
    log_bytes: int
    """Bytes of output that the lines stand for, dropped ones included."""
    result: bytes
    logs: bytes


_Head = tuple[bytes, bytes, int, int, int, int, int]
"""Kind, verdict, size, log bytes, length of the logs, of the head, of the whole frame."""


class FrameReader:
    """Cuts a stream of bytes into frames."""

    __slots__ = ("_head", "_pending", "_token")

    def __init__(self, token: str) -> None:
        self._token = token.encode()
        self._pending = bytearray()
        self._head: _Head | None = None

    def feed(self, data: bytes) -> list[Frame]:
        """The frames completed by `data`.

        Raises:
            BadFrame: What came is not from the host.
        """
        frames: list[Frame] = []
        if self._pending:
            self._pending += data
            if self._head is not None and len(self._pending) < self._head[-1]:
                return frames
            data = bytes(self._pending)
            self._pending.clear()
        start, head = 0, self._head
        self._head = None
        while start < len(data):
            if head is None:
                head = self._parse_head(data, start)
            if head is None or len(data) - start < head[-1]:
                self._pending += data[start:]
                self._head = head
                break
            kind, verdict, size, log_bytes, logs_length, head_length, length = head
            end = start + length
            logs_start = end - logs_length
            frames.append(
                Frame(kind, verdict, size, log_bytes, data[start + head_length : logs_start], data[logs_start:end])
            )
            start, head = end, None
        return frames

    def _parse_head(self, data: bytes, start: int) -> _Head | None:
        end = data.find(b"\n", start, start + _MAX_HEADER_BYTES)
        if end < 0:
            if len(data) - start >= _MAX_HEADER_BYTES:
                raise BadFrame
            return None
        try:
            token, kind, verdict, size_text, bytes_text, result_text, logs_text = data[start:end].split(b" ")
            size, log_bytes = int(size_text), int(bytes_text)
            result_length, logs_length = int(result_text), int(logs_text)
        except ValueError as error:
            raise BadFrame from error
        if token != self._token or size < 0 or log_bytes < 0:
            raise BadFrame
        if not (0 <= result_length <= _MAX_RESULT_BYTES and 0 <= logs_length <= _MAX_LOGS_BYTES):
            raise BadFrame
        head_length = end - start + 1
        return kind, verdict, size, log_bytes, logs_length, head_length, head_length + result_length + logs_length


def hello_request(token: str) -> bytes:
    """The first request: how frames have to begin."""
    return _request(b"hello", orjson.dumps({"token": token}))


def init_request(
    job: Job, *, deadline_ms: int, api_host: str, slots: int = 1, openwhisk_trouble: str | None = None
) -> bytes:
    """The code, and the environment it starts with.

    Args:
        slots: How many runs may overlap.
        openwhisk_trouble: Why that module is not there; `None` if it is.
    """
    executable = job.executable
    body = {
        "main": executable.main or "main",
        "code": executable.code.strip() if executable.binary else executable.code,
        "binary": executable.binary,
        "env": _environment(executable, job, deadline_ms, api_host),
        "log_bytes": executable.limits.logs_mb * 1024 * 1024,
        "slots": slots,
        "openwhisk_trouble": openwhisk_trouble,
    }
    return _request(b"init", to_json_bytes(body))


def run_request(job: Job, *, deadline_ms: int) -> bytes:
    """The arguments, spliced into the frame as they came."""
    transaction_id = job.transaction_id
    is_plain = transaction_id.isalnum() and transaction_id.isascii()
    return _request(
        b"run",
        b'{"activation_id":"%b","transaction_id":%b,"deadline":"%d","value":%b}'
        % (
            job.activation_id.encode(),
            b'"%b"' % transaction_id.encode() if is_plain else to_json_bytes(_clean(transaction_id)),
            deadline_ms,
            job.arguments,
        ),
    )


def installed_request(error: str | None, output: str = "") -> bytes:
    """The dependencies are there, or `error` says why not; `output` is what the installer printed about it."""
    return _request(b"installed", to_json_bytes({"error": error, "output": output}))


def _request(kind: bytes, body: bytes) -> bytes:
    request = b"%b %d\n%b" % (kind, len(body), body)
    return request.ljust(-(-len(request) // BLOCK_BYTES) * BLOCK_BYTES)


IDLE_REQUEST: Final = _request(b"idle", b"")


def _environment(executable: Executable, job: Job, deadline_ms: int, api_host: str) -> dict[str, str]:
    environment = {
        encodable(name): _clean(value) for name, value in executable.init_environment.items() if _is_settable(name)
    }
    environment |= {
        "__OW_API_HOST": api_host,
        "__OW_NAMESPACE": executable.namespace,
        "__OW_ACTION_NAME": executable.action_name,
        "__OW_ACTION_VERSION": executable.version,
        "__OW_ACTIVATION_ID": job.activation_id,
        "__OW_TRANSACTION_ID": _clean(job.transaction_id),
        "__OW_DEADLINE": str(deadline_ms),
    }
    if executable.kind.startswith("nodejs"):
        environment["__OW_ALLOW_CONCURRENT"] = "true"
    if executable.api_key is not None:
        environment["__OW_API_KEY"] = executable.api_key.reveal()
    return environment


def _is_settable(name: str) -> bool:
    return bool(name) and "=" not in name and "\0" not in name


def _clean(value: str) -> str:
    """No process takes a variable with a zero byte in it, or with what UTF-8 cannot carry."""
    return encodable(value.replace("\0", ""))
