"""Writing triggers. Each function runs inside one transaction."""

from msgspec.structs import replace

from tui.entities.names import FullName, is_valid_name, split_path
from tui.entities.parameters import Annotations
from tui.entities.trigger import Trigger

from .. import messages
from ..faults import BadRequest, Conflict
from ..store import entities, schedules
from ..store.database import Connection
from .catalog import find_stored, get_stored, save
from .changes import FIRST_VERSION, Change, next_updated_ms, next_version


def put(
    connection: Connection, *, full_name: FullName, change: Change, overwrite: bool, now_ms: int
) -> tuple[Trigger, bool]:
    """The trigger as written, and whether it is new."""
    stored = find_stored(connection, str(full_name), Trigger)
    if stored is None:
        trigger = _create(full_name, change, now_ms)
    elif not overwrite:
        raise Conflict(messages.ALREADY_EXISTS)
    else:
        trigger = _update(stored.entity, change, now_ms)
    save(connection, trigger)
    return trigger, stored is None


def delete(connection: Connection, *, full_name: FullName) -> Trigger:
    """Its rules stay; without a trigger they read `inactive`. The clock fires it no more."""
    trigger = get_stored(connection, str(full_name), Trigger).entity
    entities.delete(connection, str(full_name))
    schedules.delete(connection, str(full_name))
    return trigger


def _create(full_name: FullName, change: Change, now_ms: int) -> Trigger:
    annotations = change.annotations or Annotations()
    if "feed" in annotations and not _is_feed_name(annotations["feed"]):
        raise BadRequest(messages.INVALID_FEED)
    return Trigger(
        full_name=full_name,
        version=change.version or FIRST_VERSION,
        publish=change.publish or False,
        updated_ms=now_ms,
        parameters=change.parameters or (),
        annotations=annotations,
    )


def _update(stored: Trigger, change: Change, now_ms: int) -> Trigger:
    return replace(
        stored,
        version=next_version(stored.version, change.version),
        publish=stored.publish if change.publish is None else change.publish,
        updated_ms=next_updated_ms(now_ms, stored.updated_ms),
        parameters=stored.parameters if change.parameters is None else change.parameters,
        annotations=stored.annotations if change.annotations is None else change.annotations,
    )


def _is_feed_name(value: object) -> bool:
    segments = split_path(value) if isinstance(value, str) else []
    return bool(segments) and all(map(is_valid_name, segments))
