"""Writing actions. Each function runs inside one transaction."""

from msgspec.structs import replace

from tui.entities.action import Action, Exec
from tui.entities.kinds import SEQUENCE
from tui.entities.limits import Limits
from tui.entities.names import FullName
from tui.entities.package import Package
from tui.entities.parameters import Annotations, Parameter, Parameters

from .. import messages
from ..faults import BadRequest, Conflict
from ..store import entities
from ..store.database import Connection
from .catalog import find_stored, get_stored, save
from .changes import FIRST_VERSION, ActionChange, next_updated_ms, next_version
from .components import check_components


def put(
    connection: Connection,
    *,
    full_name: FullName,
    change: ActionChange,
    overwrite: bool,
    now_ms: int,
    withhold_api_key: bool,
) -> tuple[Action, bool]:
    """The action as written, and whether it is new."""
    check_package(connection, full_name)
    stored = find_stored(connection, str(full_name), Action)
    if change.exec is not None and change.exec.kind == SEQUENCE and (stored is None or overwrite):
        check_components(connection, full_name, change.exec.components)
    if stored is None:
        action = _create(full_name, change, now_ms, withhold_api_key=withhold_api_key)
    elif not overwrite:
        raise Conflict(messages.ALREADY_EXISTS)
    else:
        action = _update(stored.entity, change, now_ms)
    save(connection, action)
    return action, stored is None


def delete(connection: Connection, *, full_name: FullName) -> Action:
    check_package(connection, full_name)
    action = get_stored(connection, str(full_name), Action).entity
    entities.delete(connection, str(full_name))
    return action


def check_package(connection: Connection, full_name: FullName) -> None:
    """Whether the package of an action may be written to."""
    if full_name.package is None:
        return
    package = get_stored(connection, f"{full_name.namespace}/{full_name.package}", Package).entity
    if package.binding is not None:
        raise BadRequest(messages.BINDING_IN_PATH)


def _create(full_name: FullName, change: ActionChange, now_ms: int, *, withhold_api_key: bool) -> Action:
    if change.exec is None:
        raise BadRequest(messages.EXEC_UNDEFINED)
    annotations = change.annotations or Annotations()
    if withhold_api_key and "provide-api-key" not in annotations:
        annotations = annotations.with_({"provide-api-key": False})
    return Action(
        full_name=full_name,
        version=change.version or FIRST_VERSION,
        publish=change.publish or False,
        updated_ms=now_ms,
        exec=change.exec,
        parameters=_parameters(change, change.exec, None),
        limits=replace(Limits(), **change.limits),
        annotations=annotations.with_({"exec": change.exec.kind}),
    )


def _update(stored: Action, change: ActionChange, now_ms: int) -> Action:
    code = change.exec or stored.exec
    dropped = () if change.exec is not None and change.exec.kind == SEQUENCE else change.dropped_annotations
    annotations = stored.annotations.without(dropped).with_(change.annotations or {})
    return Action(
        full_name=stored.full_name,
        version=next_version(stored.version, change.version),
        publish=stored.publish if change.publish is None else change.publish,
        updated_ms=next_updated_ms(now_ms, stored.updated_ms),
        exec=code,
        parameters=_parameters(change, code, stored),
        limits=replace(stored.limits, **change.limits),
        annotations=annotations.with_({"exec": code.kind}),
    )


def _parameters(change: ActionChange, code: Exec, stored: Action | None) -> Parameters:
    """A sequence has none but the list of its components, whatever the client says."""
    if code.kind == SEQUENCE:
        return (Parameter("_actions", list(code.components)),)
    if change.parameters is not None:
        return change.parameters
    return () if stored is None or stored.is_sequence else stored.parameters
