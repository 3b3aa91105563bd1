"""Activations: the record kept of one run of an action, or of one firing of a trigger.

Field names follow the `Activation` and `ActivationBrief` schemas of OpenWhisk's REST description.
Times are whole milliseconds since the epoch (UTC); durations are whole milliseconds.
"""

import json
import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Self

from msgspec import Struct, field

from .json import Json, JsonObject
from .kinds import SEQUENCE
from .limits import Limits
from .parameters import Annotations
from .received import Received

CANCELLED_TEXT = "The action was cancelled."
"""The error of a run that was cancelled on the local runtime; nothing else on the wire tells it."""

_ACTIVATION_ID = re.compile(r"[0-9a-f]{32}")
_LOG_LINE = re.compile(r"(\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-6]\d:[0-6]\d\.\d+Z)( *(stdout|stderr):)?\s(.*)", re.DOTALL)


def is_activation_id(text: str) -> bool:
    return _ACTIVATION_ID.fullmatch(text) is not None


class State(StrEnum):
    """What became of a run, in the words the screen and the command line use."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCESS = "success"
    APPLICATION_ERROR = "app error"
    DEVELOPER_ERROR = "dev error"
    INTERNAL_ERROR = "platform"
    TIMEOUT = "timeout"
    CANCELLED = "cancelled"
    LOST = "lost"
    FIRED = "fired"
    """A trigger's record: it says that the event was accepted, and by which rules, not how the runs ended."""

    @property
    def is_failure(self) -> bool:
        return self in _FAILURES


_FAILURES = {
    State.APPLICATION_ERROR,
    State.DEVELOPER_ERROR,
    State.INTERNAL_ERROR,
    State.TIMEOUT,
    State.CANCELLED,
    State.LOST,
}

STATUS_TEXTS = ("success", "application error", "action developer error", "whisk internal error")
"""`response.status` by status code, 0 to 3."""

_STATE_BY_STATUS = dict(
    zip(
        STATUS_TEXTS,
        (State.SUCCESS, State.APPLICATION_ERROR, State.DEVELOPER_ERROR, State.INTERNAL_ERROR),
        strict=True,
    )
)


class ActivationResponse(Struct, frozen=True, kw_only=True):
    """How a run ended."""

    status: str
    success: bool
    result: Json = None
    """`None` also where the run left no result."""
    size_bytes: int | None = None

    @classmethod
    def from_json(cls, body: JsonObject) -> Self:
        return cls(
            status=body.get("status", ""),
            success=bool(body.get("success", False)),
            result=body.get("result"),
            size_bytes=body.get("size"),
        )

    @property
    def error_text(self) -> str | None:
        """The `error` of a failed run as one text: the message inside it where there is one, else its JSON."""
        if self.success or not isinstance(self.result, dict) or "error" not in self.result:
            return None
        error = self.result["error"]
        if isinstance(error, dict):
            error = error.get("message") or error.get("error") or error
        return error if isinstance(error, str) else json.dumps(error)


class RuleOutcome(Struct, frozen=True):
    """One log line of a trigger activation: what became of one rule when the trigger fired.

    It tells whether the run was *accepted*; how the run ended stands in the action's own record.
    """

    rule: str
    """`ns/rule`."""
    action: str
    """`ns/[pkg/]name`."""
    status_code: int
    success: bool
    activation_id: str | None
    """Of the action's run; `None` where the rule refused, and then `error` says why."""
    error: str | None

    @classmethod
    def parse(cls, line: str) -> Self | None:
        """Read one log line; `None` if it is no such outcome."""
        try:
            body = json.loads(line)
        except ValueError:
            return None
        if not isinstance(body, dict) or "rule" not in body or "action" not in body:
            return None
        return cls(
            rule=str(body["rule"]),
            action=str(body["action"]),
            status_code=int(body.get("statusCode", 0)),
            success=bool(body.get("success", False)),
            activation_id=body.get("activationId"),
            error=body.get("error"),
        )


class LogLine(Struct, frozen=True):
    """One line that an action printed."""

    timestamp: str
    """UTC, RFC 3339 with fractional seconds and `Z`; `""` where the platform sent none."""
    stream: str
    """`stdout` or `stderr`."""
    text: str

    @classmethod
    def parse(cls, line: str) -> Self:
        """Split a line of `logs`; one in no known form becomes the text of a line without time."""
        match = _LOG_LINE.fullmatch(line)
        if match is None:
            return cls(timestamp="", stream="stdout", text=line)
        return cls(timestamp=match[1], stream=match[3] or "stdout", text=match[4])

    def format(self) -> str:
        """The line as the platform writes it: the text begins at a fixed column."""
        return f"{self.timestamp:<30} {self.stream}: {self.text}"


class Activation(Received, frozen=True, kw_only=True):
    """One activation; from a list without `docs`, it lacks response, logs and subject."""

    activation_id: str
    namespace: str
    """Of the invoker, never of the action's package."""
    name: str
    version: str = "0.0.1"
    subject: str = ""
    start_ms: int
    end_ms: int | None = None
    """`None` for a trigger activation, which has no end."""
    duration_ms: int | None = None
    cause: str | None = None
    """Id of the sequence or composition it was a step of; a run behind a trigger has none."""
    response: ActivationResponse | None = None
    """`None` in a list element."""
    status_code: int | None = None
    """Told by list elements; of a full record, read `response`."""
    logs: tuple[str, ...] = ()
    annotations: Annotations = field(default_factory=Annotations)

    @classmethod
    def from_json(cls, body: JsonObject) -> Self:
        response = body.get("response")
        return cls(
            activation_id=body["activationId"],
            namespace=body["namespace"],
            name=body["name"],
            version=body.get("version", "0.0.1"),
            subject=body.get("subject", ""),
            start_ms=body["start"],
            end_ms=body.get("end") or None,
            duration_ms=body.get("duration"),
            cause=body.get("cause"),
            response=None if response is None else ActivationResponse.from_json(response),
            status_code=body.get("statusCode"),
            logs=tuple(body.get("logs") or ()),
            annotations=Annotations.from_json(body.get("annotations")),
            received=body,
        )

    @property
    def is_trigger(self) -> bool:
        """Only a trigger's record has neither duration nor annotations."""
        return self.duration_ms is None and "path" not in self.annotations

    @property
    def kind(self) -> str | None:
        return self.annotations.get("kind")

    @property
    def is_sequence(self) -> bool:
        return self.kind == SEQUENCE

    @property
    def entity_name(self) -> str:
        """`name` or `package/name` of what ran."""
        path = str(self.annotations.get("path") or "").split("/")
        return "/".join(path[1:]) if len(path) == 3 else self.name

    @property
    def limits(self) -> Limits | None:
        """The limits in force, where the record tells them."""
        limits = self.annotations.get("limits")
        return Limits.from_json(limits) if isinstance(limits, dict) else None

    @property
    def wait_ms(self) -> int | None:
        return self.annotations.get("waitTime")

    @property
    def init_ms(self) -> int | None:
        """How long a cold start took; `None` for a warm one."""
        return self.annotations.get("initTime")

    @property
    def state(self) -> State:
        if self.is_trigger:
            return State.FIRED
        if self.annotations.get("timeout") is True:
            return State.TIMEOUT
        if self.response is None:
            code = self.status_code or 0
            return _STATE_BY_STATUS[STATUS_TEXTS[code]] if code < len(STATUS_TEXTS) else State.INTERNAL_ERROR
        state = _STATE_BY_STATUS.get(self.response.status, State.INTERNAL_ERROR)
        if state is State.DEVELOPER_ERROR and self.response.error_text == CANCELLED_TEXT:
            return State.CANCELLED
        return state

    def rule_outcomes(self) -> tuple[RuleOutcome, ...]:
        """Of a trigger activation: what became of each rule, in the platform's order."""
        return tuple(outcome for line in self.logs if (outcome := RuleOutcome.parse(line)) is not None)

    def step_ids(self) -> tuple[str, ...]:
        """Of a sequence or composition: the ids of its steps, in order."""
        return tuple(line for line in self.logs if is_activation_id(line)) if self.is_sequence else ()

    def log_lines(self) -> Iterator[LogLine]:
        """Of an action: what it printed, line by line."""
        return map(LogLine.parse, self.logs)
