"""Definitions out of the platform's records, and the bodies that make records of definitions."""

from msgspec.structs import replace

from tui.entities.action import Action
from tui.entities.json import JsonObject
from tui.entities.names import OWN_NAMESPACE, FullName
from tui.entities.package import Package
from tui.entities.parameters import Annotations, Parameters, parameters_to_json
from tui.entities.rule import Rule
from tui.entities.trigger import Trigger

from ..definitions import exec_body, own_annotations
from .definitions import (
    LIMIT_NAMES,
    ActionDefinition,
    Feed,
    LimitsDraft,
    PackageDefinition,
    RuleDefinition,
    TriggerDefinition,
    own_reference,
    wire_reference,
)

FEED = "feed"
_LIMITS_ON_THE_WIRE = dict(zip(LIMIT_NAMES, ("timeout", "memory", "logs", "concurrency", "instances"), strict=True))


def package_of(record: Package, namespace: str, *, provided: Parameters = ()) -> PackageDefinition:
    """
    Args:
        provided: Parameters of the package that it is bound to, which the record of a binding mixes in.
    """
    return PackageDefinition(
        name=record.name,
        parameters=without_inherited(record.parameters, provided),
        annotations=own_annotations(record),
        publish=record.publish,
        binding=None if record.binding is None else own_reference(str(record.binding), namespace),
    )


def action_of(record: Action, namespace: str, *, inherited: Parameters = ()) -> ActionDefinition:
    """
    Args:
        record: With its code.
        inherited: Parameters of its package, which the record mixes in.
    """
    steps = tuple(own_reference(one, namespace) for one in record.exec.components)
    return ActionDefinition(
        name=record.name,
        exec=replace(record.exec, components=steps),
        parameters=None if record.is_sequence else without_inherited(record.parameters, inherited),
        annotations=own_annotations(record),
        limits=LimitsDraft.of(record.limits),
        publish=record.publish,
    )


def trigger_of(record: Trigger, namespace: str, *, feed_parameters: JsonObject | None = None) -> TriggerDefinition:
    """
    Args:
        feed_parameters: What its feed was told, where it has one and that is known.
    """
    reference = feed_reference(record, namespace)
    return TriggerDefinition(
        name=record.name,
        parameters=record.parameters,
        annotations=record.annotations.without((FEED,)),
        publish=record.publish,
        feed=None if reference is None else Feed(action=reference, parameters=feed_parameters),
    )


def rule_of(record: Rule, namespace: str) -> RuleDefinition:
    return RuleDefinition(
        name=record.name,
        trigger=own_reference(str(record.trigger), namespace),
        action=own_reference(str(record.action), namespace),
        active=record.is_active,
        annotations=record.annotations,
        publish=record.publish,
    )


def feed_reference(record: Trigger, namespace: str) -> str | None:
    """Which feed fires it; `None` where only a request does."""
    written = record.annotations.get(FEED)
    if not isinstance(written, str):
        return None
    try:
        return own_reference(written if written.startswith("/") else f"/{OWN_NAMESPACE}/{written}", namespace)
    except ValueError:
        return None


def without_inherited(mixed: Parameters, inherited: Parameters) -> Parameters:
    """Of parameters that a record mixes with inherited ones, those that differ from them."""
    known = set(map(repr, inherited))
    return tuple(one for one in mixed if repr(one) not in known)


# Bodies


def package_body(wanted: PackageDefinition) -> JsonObject:
    body = _common(wanted.annotations, wanted.publish, wanted.parameters)
    if wanted.binding is not None:
        provider = FullName.parse(wire_reference(wanted.binding))
        body["binding"] = {"namespace": provider.namespace, "name": provider.name}
    return body


def action_body(wanted: ActionDefinition, *, gone: tuple[str, ...] = ()) -> JsonObject:
    """
    Args:
        gone: Annotations to take away: what is sent is merged with what is there.
    """
    body = _common(wanted.annotations, wanted.publish, None if wanted.is_sequence else wanted.parameters)
    steps = tuple(map(wire_reference, wanted.exec.components))
    body["exec"] = exec_body(replace(wanted.exec, components=steps))
    if limits := limits_body(wanted.limits):
        body["limits"] = limits
    if gone:
        body["delAnnotations"] = list(gone)
    return body


def trigger_body(wanted: TriggerDefinition) -> JsonObject:
    annotations = wanted.annotations
    if wanted.feed is not None:
        annotations = (annotations or Annotations()).with_({FEED: feed_annotation(wanted.feed)})
    return _common(annotations, wanted.publish, wanted.parameters)


def rule_body(wanted: RuleDefinition) -> JsonObject:
    body = _common(wanted.annotations, wanted.publish, None)
    return body | {"trigger": wire_reference(wanted.trigger), "action": wire_reference(wanted.action)}


def limits_body(wanted: LimitsDraft) -> JsonObject:
    """Those that are said, by their names on the wire."""
    said = ((_LIMITS_ON_THE_WIRE[name], getattr(wanted, name)) for name in LIMIT_NAMES)
    return {name: value for name, value in said if value is not None}


def feed_annotation(feed: Feed) -> str:
    return wire_reference(feed.action)


def _common(annotations: Annotations | None, publish: bool | None, parameters: Parameters | None) -> JsonObject:
    body: JsonObject = {}
    if annotations is not None:
        body["annotations"] = annotations.to_json()
    if publish is not None:
        body["publish"] = publish
    if parameters is not None:
        body["parameters"] = parameters_to_json(parameters)
    return body
