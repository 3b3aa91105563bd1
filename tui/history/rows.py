"""A record as columns, and an activation id as the database keeps it."""

import json
from typing import Final, NamedTuple

from tui.entities.activation import STATUS_TEXTS, Activation, ActivationResponse, State, is_activation_id
from tui.entities.json import JsonObject
from tui.entities.kinds import SEQUENCE

from .documents import pack, text_of, unpack, without_keys

STATES: Final = (
    State.FIRED,
    State.SUCCESS,
    State.APPLICATION_ERROR,
    State.DEVELOPER_ERROR,
    State.INTERNAL_ERROR,
    State.TIMEOUT,
    State.CANCELLED,
    State.LOST,
)
"""By number in the database; only to be added to. From the third on they are failures."""
FIRST_FAILURE: Final = 2
_NUMBER_OF = {state: number for number, state in enumerate(STATES)}
_ORDINARY = {
    STATUS_TEXTS[0]: _NUMBER_OF[State.SUCCESS],
    STATUS_TEXTS[1]: _NUMBER_OF[State.APPLICATION_ERROR],
    STATUS_TEXTS[3]: _NUMBER_OF[State.INTERNAL_ERROR],
}
"""By `response.status`; of a developer error it takes more to tell which state it is."""
_TIMEOUT = _NUMBER_OF[State.TIMEOUT]
_LARGEST = 2**63 - 1
_LONGEST_ERROR = 300

Key = bytes | str
"""Of an activation: its 16 bytes, or its text where it is not 32 hexadecimal digits."""


class BadRecord(ValueError):
    """It is no whole activation record; the text says why."""


class Row(NamedTuple):
    """One record, ready to be written."""

    key: Key
    start_ms: int
    end_ms: int | None
    duration_ms: int | None
    name: str
    is_trigger: bool
    version: str
    state: int
    init_ms: int | None
    late_ms: int | None
    document: bytes
    error: str | None
    """The first line of what went wrong; `None` where nothing did."""
    kind: str
    """`""` for a trigger, and where nobody tells."""


def key_of(activation_id: str) -> Key:
    return bytes.fromhex(activation_id) if is_activation_id(activation_id) else storable(activation_id)


def id_of(key: Key) -> str:
    return key.hex() if isinstance(key, bytes) else key


def storable(text: str) -> str:
    """SQLite's text is UTF-8, which has no lone surrogates."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def row_of(activation: Activation, *, late_ms: int | None = None, text: str | None = None) -> Row:
    """
    Args:
        late_ms: How long after its end it was listed, if that is worth telling.
        text: The record's JSON, where the caller has it already.

    Raises:
        BadRecord: A list element, a record that was not read from JSON, or numbers and names that are none.
    """
    if activation.response is None or activation.received is None:
        raise BadRecord("it has no response: only whole records are kept")
    try:
        state = _NUMBER_OF[activation.state]
        document = pack(text_of(activation.received) if text is None else text)
        name, init_ms, is_trigger = activation.entity_name, activation.init_ms, activation.is_trigger
        failure = _error_of(activation.response) if state >= FIRST_FAILURE else None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise BadRecord(str(error) or "it cannot be written as JSON") from error
    if not _is_time(activation.start_ms):
        raise BadRecord("its start is no number of milliseconds")
    return Row(
        key=key_of(_text(activation.activation_id, "activationId")),
        start_ms=activation.start_ms,
        end_ms=_number(activation.end_ms),
        duration_ms=_number(activation.duration_ms),
        name=storable(_text(name, "name")),
        is_trigger=is_trigger,
        version=storable(str(activation.version)),
        state=state,
        init_ms=_number(init_ms),
        late_ms=late_ms,
        document=document,
        error=failure,
        kind=storable(str(activation.kind or "")),
    )


def quick_row_of(body: JsonObject, text: str) -> Row | None:
    """What `row_of` makes of an ordinary run that is linked to nothing, in a third of the time; `None` for any other.

    A million records are taken in through here.
    """
    try:
        annotations = {member["key"]: member.get("value") for member in body["annotations"]}
        state = _ORDINARY.get(body["response"]["status"])
        name, version, end_ms, init_ms = body["name"], body["version"], body["end"], annotations.get("initTime", 0)
        path: str = annotations["path"]
        kind: str = annotations["kind"]
        plain = (
            state is not None
            and body.get("cause") is None
            and kind != SEQUENCE and type(kind) is str and kind.isascii()
            and type(body.get("logs", [])) is list
            and type(body["start"]) is type(end_ms) is type(body["duration"]) is type(init_ms) is int
            and 0 < body["start"] <= end_ms <= _LARGEST
            and 0 <= body["duration"] <= end_ms and 0 <= init_ms <= end_ms
            and type(body["namespace"]) is type(name) is type(version) is str
            and path.isascii() and name.isascii() and version.isascii() and name
            and is_activation_id(body["activationId"])
        )  # fmt: skip
    except (KeyError, TypeError, AttributeError):
        return None
    if not plain or state is None:
        return None
    if annotations.get("timeout") is True:
        state = _TIMEOUT
    _, *own = path.split("/")
    return Row(
        key=bytes.fromhex(body["activationId"]),
        start_ms=body["start"],
        end_ms=end_ms,
        duration_ms=body["duration"],
        name=path[path.index("/") + 1 :] if len(own) == 2 else name,
        is_trigger=False,
        version=version,
        state=state,
        init_ms=init_ms if "initTime" in annotations else None,
        late_ms=None,
        document=pack(text),
        error=_error_of(ActivationResponse.from_json(body["response"])) if state >= FIRST_FAILURE else None,
        kind=kind,
    )


def _error_of(response: ActivationResponse) -> str | None:
    """The first line of what went wrong, without keys."""
    lines = (line.strip() for line in (response.error_text or "").splitlines())
    first = next(filter(None, lines), None)
    return None if first is None else storable(without_keys(first)[:_LONGEST_ERROR])


def columns_of(document: bytes) -> tuple[str | None, str]:
    """`error` and `kind` of a record that an older version kept without them."""
    activation = Activation.from_json(json.loads(unpack(document)))
    response = activation.response
    failed = response is not None and _NUMBER_OF[activation.state] >= FIRST_FAILURE
    return (_error_of(response) if response is not None and failed else None), storable(str(activation.kind or ""))


def _text(value: object, what: str) -> str:
    if not isinstance(value, str) or not value:
        raise BadRecord(f"its {what} is no text")
    return value


def _is_time(value: object) -> bool:
    return type(value) is int and 0 <= value <= _LARGEST


def _number(value: object) -> int | None:
    """What a platform may send in place of a number is of no use to statistics, and the document keeps it."""
    if isinstance(value, float) and value == value and abs(value) < _LARGEST:
        return round(value)
    return value if type(value) is int and abs(value) <= _LARGEST else None
