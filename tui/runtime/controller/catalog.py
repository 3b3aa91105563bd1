"""Actions, triggers, rules and packages as they stand, and what an action needs to be run.

Parsed entities are remembered until any entity is written: writes are rare and go through one place, so a memory that
is dropped as a whole is never stale.
"""

from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from tui.entities.action import Action
from tui.entities.json import Json
from tui.entities.names import FullName
from tui.entities.package import Package
from tui.entities.parameters import Parameters, overlay
from tui.entities.rule import Rule, RuleStatus
from tui.entities.trigger import Trigger

from .. import messages
from ..faults import Conflict, NotFound
from ..jsonbytes import parse_json, to_json_bytes
from ..store import entities
from ..store.database import Connection, Database
from ..store.entities import Entry

Entity = Action | Trigger | Rule | Package
_E = TypeVar("_E", Action, Trigger, Rule, Package)
_T = TypeVar("_T")

_PARSERS: Mapping[type[Entity], tuple[str, Callable[[Json], Entity]]] = {
    Action: ("actions", Action.from_json),
    Trigger: ("triggers", Trigger.from_json),
    Rule: ("rules", Rule.from_json),
    Package: ("packages", Package.from_json),
}


class Stored(Struct, Generic[_E], frozen=True):
    """One entity and the revision that it is."""

    entity: _E
    snapshot_id: int


def find_stored(connection: Connection, key: str, sort: type[_E]) -> Stored[_E] | None:
    """The entity at `key`, `ns/[pkg/]name`.

    Raises:
        Conflict: Another sort of entity has that name.
    """
    entry = entities.find(connection, key)
    if entry is None:
        return None
    collection, parse = _PARSERS[sort]
    if entry.collection != collection:
        raise Conflict(messages.OTHER_COLLECTION)
    document = entities.load_document(connection, entry.snapshot_id)
    assert document is not None, "an entity's current revision is kept"
    entity = parse(parse_json(document))
    assert isinstance(entity, sort)
    return Stored(entity, entry.snapshot_id)


def get_stored(connection: Connection, key: str, sort: type[_E]) -> Stored[_E]:
    """As `find_stored`; absent is a `NotFound`."""
    stored = find_stored(connection, key, sort)
    if stored is None:
        raise NotFound
    return stored


def save(connection: Connection, entity: Entity) -> int:
    """Write `entity` as the current revision of its name; the snapshot id of that."""
    full_name = full_name_of(entity)
    summary = entity.to_summary_json()
    return entities.save(
        connection,
        Entry(
            key=str(full_name),
            collection=_PARSERS[type(entity)][0],
            namespace=full_name.namespace,
            package=full_name.package,
            name=full_name.name,
        ),
        updated_ms=entity.updated_ms,
        document=to_json_bytes(entity.to_json()),
        summary=to_json_bytes(summary),
    )


def full_name_of(entity: Entity) -> FullName:
    return FullName(entity.namespace, entity.name) if isinstance(entity, Package) else entity.full_name


class Reached(Struct, frozen=True):
    """An action as a path leads to it: perhaps through a package, perhaps through a binding."""

    action: Action
    """With the parameters of package and binding underneath its own."""
    snapshot_id: int
    binding: FullName | None = None
    """The binding it was reached through."""
    environment: Parameters = ()
    """Parameters that package and binding add; accepted work keeps those for the process environment."""


class Catalog:
    """Reads entities for the event loop."""

    _REMEMBERED = 500
    _REMEMBERED_CODE = 128 * 1024 * 1024

    def __init__(self, database: Database) -> None:
        self._database = database
        self._reached: dict[str, Reached] = {}
        self._triggers: dict[str, Trigger] = {}
        self._code_size = 0
        self.generation = 0
        """Grows with every write; who remembers something made from entities compares it."""

    def forget(self) -> None:
        """An entity was written."""
        self._reached.clear()
        self._triggers.clear()
        self._code_size = 0
        self.generation += 1

    def look_up(self, function: Callable[[Connection], _T]) -> _T:
        """Run a query of a few single rows, here and now."""
        return self._database.look_up(function)

    def get_action(self, full_name: FullName) -> Reached:
        """The action at `full_name`, through a binding if the package is one.

        Raises:
            NotFound: No such action, or no such package.
            Conflict: The name belongs to another collection.
        """
        key = str(full_name)
        reached = self._reached.get(key)
        if reached is None:
            reached = self._database.look_up(lambda connection: reach_action(connection, full_name))
            self._code_size += len(reached.action.exec.code or "")
            if len(self._reached) >= self._REMEMBERED or self._code_size > self._REMEMBERED_CODE:
                self._reached.clear()
                self._code_size = len(reached.action.exec.code or "")
            self._reached[key] = reached
        return reached

    def get_trigger(self, full_name: FullName) -> Trigger:
        key = str(full_name)
        trigger = self._triggers.get(key)
        if trigger is None:
            trigger = self._database.look_up(lambda connection: get_stored(connection, key, Trigger)).entity
            if len(self._triggers) >= self._REMEMBERED:
                self._triggers.clear()
            self._triggers[key] = trigger
        return trigger

    def get_rule(self, full_name: FullName) -> Rule:
        """With its status, which is the trigger's knowledge."""
        return self._database.look_up(lambda connection: load_rule(connection, full_name))


def reach_action(connection: Connection, full_name: FullName) -> Reached:
    """See `Catalog.get_action`."""
    below: Parameters = ()
    binding: FullName | None = None
    provider = full_name
    if full_name.package is not None:
        package = get_stored(connection, f"{full_name.namespace}/{full_name.package}", Package).entity
        below = package.parameters
        if package.binding is not None:
            binding = FullName(package.namespace, package.name)
            provider = FullName(package.binding.namespace, full_name.name, package.binding.name)
            bound = get_stored(connection, f"{provider.namespace}/{provider.package}", Package).entity
            below = overlay(bound.parameters, package.parameters)
    stored = get_stored(connection, str(provider), Action)
    action = stored.entity
    if below:
        action = replace(action, parameters=overlay(below, action.parameters))
    return Reached(action, stored.snapshot_id, binding, tuple(each for each in below if each.init))


def load_rule(connection: Connection, full_name: FullName) -> Rule:
    rule = get_stored(connection, str(full_name), Rule).entity
    try:
        trigger = find_stored(connection, str(rule.trigger), Trigger)
    except Conflict:
        trigger = None
    link = None if trigger is None else (trigger.entity.rules or {}).get(str(full_name))
    return replace(rule, status=RuleStatus.INACTIVE if link is None else link.status)
