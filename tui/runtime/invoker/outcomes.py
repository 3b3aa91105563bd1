"""What became of a run: the platform's outcome classes and sentences.

Source: `ActivationResponse` and `Messages` in Apache OpenWhisk, and the answers of its stock runtimes.
"""

import orjson
from msgspec import Struct

from tui.entities.activation import CANCELLED_TEXT
from tui.entities.limits import MAX_RESULT_BYTES

from ..jsonbytes import is_readable, to_json_bytes
from . import protocol
from .protocol import Frame

SUCCESS = 0
APPLICATION_ERROR = 1
DEVELOPER_ERROR = 2
INTERNAL_ERROR = 3

NO_VALID_ANSWER = "The action did not produce a valid JSON or JSON Array response"
EXITED_IN_RUN = "The action did not produce a valid response and exited unexpectedly."
EXITED_IN_INIT = "The action did not initialize and exited unexpectedly."
OUT_OF_MEMORY = "The action exhausted its memory and was aborted."
NO_RESOURCES = "Failed to provision resources to run the action."
STOPPED = "The runtime stopped before the action ended."
COMMAND_EXITED = "command exited"
CANNOT_START = "Cannot start action. Check logs for details."

LOGS_MAY_BE_MISSING = "The action did not initialize or run as expected. Log data might be missing."


class Verdict(Struct, frozen=True):
    """The part of an outcome that the worker's answer decides."""

    status_code: int
    result: bytes
    size_bytes: int | None = None
    timed_out: bool = False


def logs_truncated(limit_bytes: int) -> str:
    return f"Logs were truncated because the total bytes size exceeds the limit of {limit_bytes} bytes."


def failed(text: str, status_code: int = DEVELOPER_ERROR) -> Verdict:
    """A run that left nothing but our sentence."""
    return Verdict(status_code, to_json_bytes({"error": text}))


def cannot_start(own_image: str | None) -> Verdict:
    """No worker came up; `own_image` is the one that the action brings."""
    if own_image is None:
        return failed(NO_RESOURCES, INTERNAL_ERROR)
    return failed(f"Failed to pull container image '{own_image}'.")


def timed_out(timeout_ms: int, *, in_init: bool) -> Verdict:
    where = " during initialization" if in_init else ""
    text = f"The action exceeded its time limits of {timeout_ms} milliseconds{where}."
    return Verdict(DEVELOPER_ERROR, orjson.dumps({"error": text}), None, True)


def cancelled() -> Verdict:
    return failed(CANCELLED_TEXT)


def exited(family: str, *, in_init: bool) -> Verdict:
    """The process ended by itself. Python's stock runtime stands between the process and the platform and says so."""
    if family != "python":
        return failed(EXITED_IN_INIT if in_init else EXITED_IN_RUN)
    return _answered(CANNOT_START if in_init else COMMAND_EXITED)


def _answered(error: str) -> Verdict:
    result = orjson.dumps({"error": error})
    return Verdict(DEVELOPER_ERROR, result, len(result) + 1)


def from_frame(frame: Frame, family: str) -> Verdict:
    """What the host's answer means; a successful `init` is no end and never comes here."""
    verdict = frame.verdict
    if verdict in (protocol.OK, protocol.APPLICATION_ERROR) and not is_readable(frame.result):
        return Verdict(DEVELOPER_ERROR, orjson.dumps({"error": _no_valid_answer(frame.result)}), frame.size)
    match verdict:
        case protocol.OK:
            return Verdict(SUCCESS, frame.result, frame.size)
        case protocol.APPLICATION_ERROR:
            return Verdict(APPLICATION_ERROR, frame.result, frame.size)
        case protocol.DEVELOPER_ERROR:
            return Verdict(DEVELOPER_ERROR, frame.result, frame.size)
        case protocol.NO_OBJECT:
            return Verdict(DEVELOPER_ERROR, orjson.dumps({"error": _no_valid_answer(frame.result)}), frame.size)
        case protocol.TOO_LONG:
            return Verdict(APPLICATION_ERROR, _too_long(frame), frame.size)
        case protocol.OUT_OF_MEMORY:
            return failed(OUT_OF_MEMORY)
    return exited(family, in_init=frame.kind == protocol.INIT)


def _no_valid_answer(body: bytes) -> str:
    text = body.decode("utf-8", "replace")
    return f"{NO_VALID_ANSWER}: {text}" if text else f"{NO_VALID_ANSWER}."


def _too_long(frame: Frame) -> bytes:
    start = frame.result.decode("utf-8", "ignore")
    length = f"{frame.size} > {MAX_RESULT_BYTES} bytes"
    text = f"The action produced a response that exceeded the allowed length: {length}."
    return orjson.dumps({"error": f"{text} The truncated response was: {start}"})
