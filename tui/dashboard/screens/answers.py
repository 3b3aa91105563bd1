"""Who answers when a trigger fires, and what would mend it where nobody does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.entities.rule import RuleStatus

from ..widgets.payload_rules import Answer, Remedy

if TYPE_CHECKING:
    from tui.operations import Operations

__all__ = ["Answer", "Remedy", "apply_remedy", "find_answer"]


async def find_answer(operations: Operations, trigger_name: str) -> Answer:
    """Look at the trigger's rules as they are now."""
    trigger = await operations.triggers.get(trigger_name)
    links = trigger.rules or {}
    active = tuple(name.rpartition("/")[2] for name in trigger.active_rules)
    if active:
        return Answer(trigger_name, active=active)
    off = tuple(
        Remedy("enable", name.rpartition("/")[2], trigger_name, link.action.in_namespace)
        for name, link in links.items()
        if link.status is RuleStatus.INACTIVE
    )
    if off:
        return Answer(trigger_name, remedies=off)
    actions = await operations.actions.list()
    return Answer(
        trigger_name,
        remedies=tuple(
            Remedy("create", f"{trigger_name}-{action.full_name.name}", trigger_name, action.name) for action in actions
        ),
    )


async def apply_remedy(operations: Operations, remedy: Remedy) -> str:
    """Do it; what was done, in a sentence."""
    if remedy.verb == "enable":
        await operations.rules.enable(remedy.rule)
        return f"{remedy.rule} is on"
    await operations.rules.create(remedy.rule, trigger=remedy.trigger, action=remedy.action)
    return f"{remedy.rule} created: {remedy.trigger} runs {remedy.action}"
