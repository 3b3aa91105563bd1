"""What a sequence may be made of, checked when it is written."""

from collections.abc import Iterable

from tui.entities.limits import MAX_SEQUENCE_LENGTH
from tui.entities.names import FullName
from tui.entities.package import Package

from .. import messages
from ..faults import BadRequest, NotFound
from ..store.database import Connection
from .catalog import get_stored, reach_action


def check_components(connection: Connection, full_name: FullName, components: Iterable[str]) -> None:
    """Raises faults in the platform's order: missing packages, number, self-reference, existence, number inlined."""
    names = [FullName.parse(component) for component in components]
    for name in names:
        if name.package is not None:
            get_stored(connection, f"{name.namespace}/{name.package}", Package)
    if not names:
        raise BadRequest(messages.NO_COMPONENT)
    if len(names) > MAX_SEQUENCE_LENGTH:
        raise BadRequest(messages.TOO_MANY_COMPONENTS)
    length, missing = _expand(connection, full_name, names)
    if missing:
        raise BadRequest(messages.COMPONENT_MISSING)
    if length > MAX_SEQUENCE_LENGTH:
        raise BadRequest(messages.TOO_MANY_COMPONENTS)


def _expand(connection: Connection, full_name: FullName, names: Iterable[FullName]) -> tuple[int, bool]:
    """How many actions run in the end, and whether one of them is missing."""
    length, missing = 0, False
    for name in names:
        if name == full_name:
            raise BadRequest(messages.CYCLIC_SEQUENCE)
        try:
            action = reach_action(connection, name).action
        except NotFound:
            missing = True
            continue
        if action.full_name == full_name:
            raise BadRequest(messages.CYCLIC_SEQUENCE)
        if action.is_sequence:
            inner, inner_missing = _expand(connection, full_name, map(FullName.parse, action.exec.components))
            # A step that was deleted since concerns the inner sequence, and is found out when it runs.
            length += inner + inner_missing
        else:
            length += 1
    return length, missing
