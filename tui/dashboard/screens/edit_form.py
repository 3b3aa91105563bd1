"""What the form for an existing thing holds: its settings as texts, and the thing that they would make of it.

It draws nothing and sends nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from tui.entities.action import Action
from tui.entities.json import Json, JsonObject
from tui.entities.limits import LimitBounds, Limits
from tui.entities.names import FullName
from tui.entities.package import Package
from tui.entities.parameters import Annotations, Parameters
from tui.entities.rule import Rule
from tui.entities.trigger import Trigger
from tui.operations.actions import WebExport, limit_problems, web_annotations, web_export_of
from tui.operations.definitions import Entity, own_annotations, own_parameters
from tui.operations.payloads import parse_payload

from ..render import formats
from .action_form import LIMITS, FieldReader, parameters_of, parse_auth, parse_kind, shown_auth

WEB_KEYS = frozenset({"web-export", "raw-http", "final", "require-whisk-auth"})
"""Annotations with fields of their own."""


class CheckedEdit(Struct, frozen=True):
    """The thing as it shall be, or what to mend: one sentence by the field's name."""

    after: Entity | None
    errors: Mapping[str, str] = field(default_factory=dict)


def values_of(entity: Entity) -> dict[str, str]:
    """The texts with which the form begins."""
    annotations = own_annotations(entity)
    if isinstance(entity, Action):
        return _action_values(entity, annotations)
    values = {"annotations": _text(dict(annotations))}
    if isinstance(entity, Rule):
        return {"trigger": entity.trigger.in_namespace, "action": _reference(entity.action, entity), **values}
    values["parameters"] = _text({one.key: one.value for one in own_parameters(entity)})
    if isinstance(entity, Package):
        values["publish"] = "yes" if entity.publish else "no"
    return values


def _action_values(action: Action, annotations: Annotations) -> dict[str, str]:
    limits, parameters = action.limits, own_parameters(action)
    values = {
        "timeout": formats.limit(limits.timeout_ms),
        "memory": formats.memory(limits.memory_mb),
        "logs": formats.memory(limits.logs_mb),
        "concurrency": str(limits.concurrency),
        "web": web_export_of(action).value,
        "auth": shown_auth(annotations.get("require-whisk-auth")),
        "annotations": _text(dict(annotations.without(WEB_KEYS))),
    }
    if action.is_sequence:
        return values
    return values | {
        "file": "",
        "kind": action.kind,
        "main": action.exec.main or "",
        "parameters": _text({one.key: one.value for one in parameters if not one.init}),
        "environment": _text({one.key: one.value for one in parameters if one.init}),
    }


def check_edit(before: Entity, values: Mapping[str, str], bounds: LimitBounds, kinds: tuple[str, ...]) -> CheckedEdit:
    """Read every field.

    Args:
        before: The thing as it is. Code that was edited stands in it already.
        kinds: What the platform runs; `()` where it does not tell.
    """
    fields = FieldReader(values)
    read, errors = fields.read, fields.errors
    annotations = read("annotations", parse_payload)
    kept = Annotations(annotations if isinstance(annotations, dict) else {})
    system = before.annotations.without(own_annotations(before))
    after: Entity
    match before:
        case Action():
            after = _edited_action(before, values, fields, kept, system, bounds, kinds)
        case Rule():
            trigger, action = read("trigger", _full_name(before)), read("action", _full_name(before))
            if isinstance(trigger, FullName) and trigger.package:
                errors["trigger"] = "a trigger lives in no package"
            after = replace(
                before,
                annotations=system.with_(kept),
                trigger=trigger if isinstance(trigger, FullName) else before.trigger,
                action=action if isinstance(action, FullName) else before.action,
            )
        case Trigger():
            given = parameters_of(read("parameters", parse_payload))
            after = replace(before, annotations=system.with_(kept), parameters=given)
        case Package():
            given = parameters_of(read("parameters", parse_payload))
            published = values["publish"] == "yes"
            after = replace(before, annotations=system.with_(kept), parameters=given, publish=published)
    return CheckedEdit(None if errors else after, errors)


def _edited_action(
    before: Action,
    values: Mapping[str, str],
    fields: FieldReader,
    kept: Annotations,
    system: Annotations,
    bounds: LimitBounds,
    kinds: tuple[str, ...],
) -> Action:
    read = fields.read
    numbers = {name: read(name.partition("_")[0], parse) for name, parse in LIMITS.items()}
    limits = replace(before.limits, **{name: number for name, number in numbers.items() if isinstance(number, int)})
    for name, problem in _new_problems(before.limits, limits, bounds).items():
        fields.errors.setdefault(name.partition("_")[0], problem)
    web: dict[str, Json] = {}
    if values["web"] != web_export_of(before).value:
        web = web_annotations(WebExport(values["web"]))
    else:
        web = {key: before.annotations[key] for key in WEB_KEYS - {"require-whisk-auth"} if key in before.annotations}
    if (auth := read("auth", parse_auth)) is not None:
        web["require-whisk-auth"] = auth
    after = replace(before, limits=limits, annotations=system.with_({**kept, **web}))
    if before.is_sequence:
        return after
    kind = values["kind"].strip()
    if kind != before.kind:
        read("kind", lambda text: parse_kind(text, kinds))
    exec_ = replace(before.exec, kind=kind, main=values["main"].strip() or None)
    given: Parameters = (
        *parameters_of(read("parameters", parse_payload)),
        *parameters_of(read("environment", parse_payload), init=True),
    )
    return replace(after, exec=exec_, parameters=given)


def _new_problems(before: Limits, after: Limits, bounds: LimitBounds) -> dict[str, str]:
    """A limit that stays as it is was taken before, whatever the platform says now."""
    problems = limit_problems(after, bounds)
    return {name: said for name, said in problems.items() if getattr(before, name) != getattr(after, name)}


def _full_name(rule: Rule) -> Callable[[str], FullName]:
    """Reads `name`, `package/name` or `/ns/[package/]name`."""

    def parse(text: str) -> FullName:
        typed = text.strip()
        if not typed:
            raise ValueError("it needs a name")
        return FullName.parse(typed if typed.startswith("/") else f"/{rule.full_name.namespace}/{typed}")

    return parse


def _reference(name: FullName, rule: Rule) -> str:
    return name.in_namespace if name.namespace == rule.full_name.namespace else f"/{name}"


def _text(value: JsonObject) -> str:
    return json.dumps(value, ensure_ascii=False) if value else ""
