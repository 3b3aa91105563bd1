"""Writing rules. Each function runs inside one transaction.

The state of a rule is kept by its trigger: whoever fires needs no other document. Writing a rule therefore rewrites
the trigger, without raising its version.
"""

from msgspec.structs import replace

from tui.entities.names import FullName
from tui.entities.package import Package
from tui.entities.parameters import Annotations
from tui.entities.rule import Rule, RuleStatus
from tui.entities.trigger import RuleLink, Trigger

from .. import messages
from ..faults import BadRequest, Conflict, NotFound
from ..store import entities
from ..store.database import Connection
from .catalog import find_stored, get_stored, load_rule, reach_action, save
from .changes import FIRST_VERSION, RuleChange, next_updated_ms, next_version


def put(
    connection: Connection, *, full_name: FullName, change: RuleChange, overwrite: bool, now_ms: int
) -> tuple[Rule, bool]:
    """The rule as written, with its status, and whether it is new. A new one is active at once."""
    stored = find_stored(connection, str(full_name), Rule)
    if stored is not None and not overwrite:
        raise Conflict(messages.ALREADY_EXISTS)
    if stored is None:
        rule = _create(full_name, change, now_ms)
    else:
        rule = _update(load_rule(connection, full_name), change, now_ms)
    trigger = _get_trigger(connection, rule.trigger)
    _check_action(connection, rule.action)
    if stored is not None and stored.entity.trigger != rule.trigger:
        _unlink(connection, stored.entity)
    assert rule.status is not None
    _link(connection, trigger, rule, rule.status)
    save(connection, replace(rule, status=None))
    return rule, stored is None


def delete(connection: Connection, *, full_name: FullName) -> Rule:
    """The deleted rule; it reads `inactive` whatever it was."""
    rule = get_stored(connection, str(full_name), Rule).entity
    _unlink(connection, rule)
    entities.delete(connection, str(full_name))
    return replace(rule, status=RuleStatus.INACTIVE)


def set_status(connection: Connection, *, full_name: FullName, status: RuleStatus) -> bool:
    """Whether that changed anything."""
    rule = load_rule(connection, full_name)
    trigger = _find_trigger(connection, rule.trigger)
    if trigger is None:
        if status is RuleStatus.ACTIVE:
            raise NotFound(messages.RULE_WITHOUT_TRIGGER)
        return False
    if rule.status is status:
        return False
    _link(connection, trigger, rule, status)
    return True


def _create(full_name: FullName, change: RuleChange, now_ms: int) -> Rule:
    if change.trigger is None or change.action is None:
        raise BadRequest(messages.RULE_NEEDS_BOTH)
    return Rule(
        full_name=full_name,
        trigger=change.trigger,
        action=change.action,
        version=change.version or FIRST_VERSION,
        publish=change.publish or False,
        updated_ms=now_ms,
        annotations=change.annotations or Annotations(),
        status=RuleStatus.ACTIVE,
    )


def _update(stored: Rule, change: RuleChange, now_ms: int) -> Rule:
    return replace(
        stored,
        trigger=change.trigger or stored.trigger,
        action=change.action or stored.action,
        version=next_version(stored.version, change.version),
        publish=stored.publish if change.publish is None else change.publish,
        updated_ms=next_updated_ms(now_ms, stored.updated_ms),
        annotations=stored.annotations if change.annotations is None else change.annotations,
    )


def _get_trigger(connection: Connection, full_name: FullName) -> Trigger:
    try:
        return get_stored(connection, str(full_name), Trigger).entity
    except NotFound:
        raise BadRequest(messages.trigger_does_not_exist(str(full_name))) from None
    except Conflict:
        raise BadRequest(_other_sort(connection, full_name, "Trigger")) from None


def _check_action(connection: Connection, full_name: FullName) -> None:
    if full_name.package is not None:
        get_stored(connection, f"{full_name.namespace}/{full_name.package}", Package)
    try:
        reach_action(connection, full_name)
    except NotFound:
        raise BadRequest(messages.action_does_not_exist(str(full_name))) from None
    except Conflict:
        raise BadRequest(_other_sort(connection, full_name, "ActionMetaData")) from None


def _other_sort(connection: Connection, full_name: FullName, expected: str) -> str:
    """What is at that name, and what was to be there, in the platform's words."""
    entry = entities.find(connection, str(full_name))
    found = entry.collection.removesuffix("s").capitalize() if entry else expected
    return messages.other_sort_of_entity(found, expected)


def _find_trigger(connection: Connection, full_name: FullName) -> Trigger | None:
    try:
        stored = find_stored(connection, str(full_name), Trigger)
    except Conflict:
        return None  # the trigger was deleted, and its name given to something else
    return None if stored is None else stored.entity


def _link(connection: Connection, trigger: Trigger, rule: Rule, status: RuleStatus) -> None:
    links = dict(trigger.rules or {})
    links[str(rule.full_name)] = RuleLink(rule.action, status)
    save(connection, replace(trigger, rules=links))


def _unlink(connection: Connection, rule: Rule) -> None:
    trigger = _find_trigger(connection, rule.trigger)
    if trigger is not None and str(rule.full_name) in (trigger.rules or {}):
        links = {name: link for name, link in (trigger.rules or {}).items() if name != str(rule.full_name)}
        save(connection, replace(trigger, rules=links))
