"""What the local runtime tells beyond OpenWhisk's API: runs without a record yet, and events as they happen.

Times are whole milliseconds since the epoch (UTC), by the runtime's clock.
"""

from enum import StrEnum
from typing import Self

from msgspec import Struct

from .activation import State
from .json import JsonObject
from .limits import Limits

LIVE_PATH = "/whisktop/v1"
"""Where the capability is served, and what `GET /` announces under `whisktop.live`."""


class RunningActivation(Struct, frozen=True, kw_only=True):
    """An accepted run that has no record yet."""

    activation_id: str
    entity: str
    """`ns/[pkg/]name` of the action, or of the trigger or sequence that waits for its parts."""
    kind: str
    """`trigger`, `sequence`, or the action's kind."""
    state: State
    """`State.QUEUED` or `State.RUNNING`."""
    accepted_ms: int
    started_ms: int | None
    """`None` while it is queued."""
    limits: Limits | None
    """`None` for a trigger."""
    version: str | None = None
    """Of the action; `None` where nobody told."""
    cause: str | None = None
    trigger_activation_id: str | None = None
    """The firing that set it off, which OpenWhisk's own records never tell."""

    @classmethod
    def from_json(cls, body: JsonObject) -> Self:
        limits = body.get("limits")
        return cls(
            activation_id=body["activationId"],
            entity=body["entity"],
            kind=body["kind"],
            state=State(body["state"]),
            accepted_ms=body["accepted"],
            started_ms=body.get("started"),
            limits=None if limits is None else Limits.from_json(limits),
            version=body.get("version"),
            cause=body.get("cause"),
            trigger_activation_id=body.get("triggerActivationId"),
        )

    def to_json(self) -> JsonObject:
        body: JsonObject = {
            "activationId": self.activation_id,
            "entity": self.entity,
            "kind": self.kind,
            "state": self.state.value,
            "accepted": self.accepted_ms,
        }
        optional = {
            "started": self.started_ms,
            "limits": None if self.limits is None else self.limits.to_json(),
            "version": self.version,
            "cause": self.cause,
            "triggerActivationId": self.trigger_activation_id,
        }
        return body | {key: value for key, value in optional.items() if value is not None}


class EventName(StrEnum):
    """The `event:` line of a server-sent event.

    Its data is JSON: `accepted` and `started` carry a `RunningActivation`, `log` carries `{"activationId", "logs"}`
    with lines in the platform's format, `finished` a full activation record, `entity`
    `{"collection", "name", "change"}` with change `created`, `updated` or `deleted`, and `reset` `{}`: events were
    missed, and the list has to be read again.
    """

    ACCEPTED = "accepted"
    STARTED = "started"
    LOG = "log"
    FINISHED = "finished"
    ENTITY = "entity"
    RESET = "reset"


class LiveEvent(Struct, frozen=True):
    """One event of the stream."""

    event_id: str
    """`epoch-sequence`: what `Last-Event-ID` resumes after."""
    name: EventName
    data: JsonObject
