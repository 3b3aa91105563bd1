"""Actions, triggers, rules and packages as text: one, or a table of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tui.entities.action import Action
from tui.entities.package import Package
from tui.entities.parameters import Parameters
from tui.entities.rule import Rule
from tui.entities.trigger import Trigger
from tui.operations.actions import web_export_of

from .output import Output
from .records import ACTIVATION_HEAD, Entity, activation_row, json_text, limit_text, time_text


def print_list(output: Output, collection: str, found: Sequence[Any]) -> None:
    head, row = _TABLES[collection]
    output.table(head, [row(entity) for entity in found])


def print_entity(output: Output, entity: Entity) -> None:
    if isinstance(entity, Action):
        output.facts(_action_facts(entity))
    elif isinstance(entity, Trigger):
        output.facts(_trigger_facts(entity))
    elif isinstance(entity, Rule):
        output.facts(zip(("rule", "status", "trigger", "action", "updated"), _rule_row(entity), strict=True))
    else:
        output.facts(
            [
                *zip(("package", "version", "binding", "updated"), _package_row(entity), strict=True),
                ("parameters", _parameters(entity.parameters)),
            ]
        )


def _action_row(action: Action) -> tuple[str, ...]:
    return (
        action.name,
        action.kind,
        limit_text(action.limits.timeout_ms),
        f"{action.limits.memory_mb}MB",
        web_export_of(action).value,
        action.version,
        time_text(action.updated_ms),
    )


def _action_facts(action: Action) -> list[tuple[str, str]]:
    limits = action.limits
    return [
        ("action", action.name),
        ("kind", action.kind),
        ("components", "\n".join(action.exec.components)),
        ("main", action.exec.main or ""),
        ("timeout", limit_text(limits.timeout_ms)),
        ("memory", f"{limits.memory_mb}MB"),
        ("logs", f"{limits.logs_mb}MB"),
        ("concurrency", str(limits.concurrency)),
        ("web", web_export_of(action).value),
        ("version", action.version),
        ("updated", time_text(action.updated_ms)),
        ("parameters", _parameters(action.parameters)),
        ("annotations", json_text(dict(action.annotations)) if action.annotations else ""),
        ("code", "an archive; --json prints it" if action.exec.binary else action.exec.code or ""),
    ]


def _trigger_row(trigger: Trigger) -> tuple[str, ...]:
    rules = "" if trigger.rules is None else f"{len(trigger.active_rules)} of {len(trigger.rules)} active"
    return trigger.name, rules, trigger.version, time_text(trigger.updated_ms)


def _trigger_facts(trigger: Trigger) -> list[tuple[str, str]]:
    links = (trigger.rules or {}).items()
    return [
        ("trigger", trigger.name),
        ("version", trigger.version),
        ("updated", time_text(trigger.updated_ms)),
        ("rules", "\n".join(f"{name} → {link.action} ({link.status})" for name, link in links)),
        ("parameters", _parameters(trigger.parameters)),
    ]


def _rule_row(rule: Rule) -> tuple[str, ...]:
    status = rule.status.value if rule.status else ""
    return rule.name, status, str(rule.trigger), str(rule.action), time_text(rule.updated_ms)


def _package_row(package: Package) -> tuple[str, ...]:
    return package.name, package.version, str(package.binding or ""), time_text(package.updated_ms)


def _parameters(parameters: Parameters) -> str:
    """Without values, which are keys often enough; `--json` prints them."""
    return ", ".join(parameter.key for parameter in parameters)


_TABLES: dict[str, tuple[tuple[str, ...], Callable[[Any], tuple[str, ...]]]] = {
    "actions": (("NAME", "KIND", "TIMEOUT", "MEMORY", "WEB", "VERSION", "UPDATED"), _action_row),
    "triggers": (("NAME", "RULES", "VERSION", "UPDATED"), _trigger_row),
    "rules": (("NAME", "STATUS", "TRIGGER", "ACTION", "UPDATED"), _rule_row),
    "packages": (("NAME", "VERSION", "BINDING", "UPDATED"), _package_row),
    "activations": (ACTIVATION_HEAD, activation_row),
}
"""Head of each collection's table, and how one entity becomes a row of it."""
