"""Rows of the lists of actions, triggers and rules."""

from collections.abc import Collection

from tui.entities.action import Action
from tui.entities.kinds import family_of
from tui.entities.rule import Rule
from tui.entities.trigger import Trigger

from . import formats
from .glyphs import Glyphs
from .line import Line, Span, cell, cut_name, gap, name_cell, width_of

RULE_NAME_WIDTH, RULE_NAME_WIDTH_NARROW = 14, 11
LIMIT_WIDTH = 5
"""`1m30s`, `700ms`; the rare longer one takes its cells from the name beside it."""
ROOMY_FROM = 31
"""Cells below which names are worth more than the version of a kind."""
STATS_FROM = 50
"""Cells from which the list of actions has room for how long runs take."""


def action_row(action: Action, width: int, glyphs: Glyphs, *, typical_ms: float | None = None) -> Line:
    """`ƒ my-worker  nodejs:20  2m`."""
    glyph, role = (glyphs.sequence, "secondary") if action.is_sequence else (glyphs.action, "faint")
    with_stats, is_narrow = width >= STATS_FROM, width < ROOMY_FROM
    kind_width = 7 if is_narrow else 11
    limit = formats.limit(action.limits.timeout_ms)
    limit_width = max(LIMIT_WIDTH, width_of(limit)) + 1
    name_width = width - 2 - 1 - kind_width - limit_width - (7 if with_stats else 0)
    spans = [
        Span(glyph, role, 2),
        *name_cell(action.name, name_width, more=glyphs.more),
        gap(1),
        Span(family_of(action.kind) if is_narrow else action.kind, "faint", kind_width),
        Span(limit, "muted", limit_width, "right"),
    ]
    if with_stats:
        spans.append(Span("" if typical_ms is None else formats.duration(typical_ms), "muted", 7, "right"))
    return spans


def trigger_row(trigger: Trigger, width: int, glyphs: Glyphs, *, fires: int = 0) -> Line:
    """`↯ upload-done  no rule  ×1`. The fires are those that the screen knows of."""
    text, role = rules_of_trigger(trigger)
    return [
        Span(glyphs.trigger, "secondary", 2),
        *name_cell(trigger.name, width - 2 - 9 - 5, more=glyphs.more),
        Span(text, role, 9, "right"),
        Span(f"{glyphs.times}{formats.count(fires)}" if fires else "", "faint", 5, "right"),
    ]


def rules_of_trigger(trigger: Trigger) -> tuple[str, str]:
    """How many rules a fire sets off, and in which role that is said."""
    total, active = len(trigger.rules or {}), len(trigger.active_rules)
    if not total:
        return "no rule", "warning"
    if not active:
        return f"{total} off", "warning"
    return formats.counted(total, "rule"), "muted"


def is_action_gone(rule: Rule, actions: Collection[str] | None) -> bool:
    """Whether a rule runs an action that is not there.

    Args:
        actions: Names of those of the namespace; `None`: not known yet. What lies in packages and elsewhere is not
            looked for: a package may be bound to somebody's.
    """
    action = rule.action
    return (
        actions is not None
        and action.package is None
        and action.namespace == rule.full_name.namespace
        and action.in_namespace not in actions
    )


def rule_row(rule: Rule, width: int, glyphs: Glyphs, *, gone: bool = False) -> Line:
    """`● async-rule  → my-worker  off`. A rule whose state is not known has no glyph.

    Args:
        gone: Its action is not there.
    """
    is_off = rule.status is not None and not rule.is_active
    glyph = "" if rule.status is None else glyphs.rule_off if is_off else glyphs.rule_on
    name_width = RULE_NAME_WIDTH if width >= ROOMY_FROM else RULE_NAME_WIDTH_NARROW
    if width > 40:
        name_width = max(name_width, width * 2 // 5)
    _, name = cut_name(rule.name, name_width, glyphs.more)
    role = "muted" if is_off else "name"
    return [
        Span(glyph, "faint" if is_off else "success", 2),
        Span(name, role, name_width),
        gap(1),
        Span(glyphs.arrow, "faint"),
        gap(1),
        *_target(rule, width - 2 - name_width - 3 - (5 if is_off or gone else 0), role, glyphs),
        Span(" gone", "error", 5) if gone else Span(" off" if is_off else "", "warning", 5 if is_off else 0, "right"),
    ]


def _target(rule: Rule, width: int, role: str, glyphs: Glyphs) -> tuple[Span, ...]:
    name = rule.action.in_namespace
    if role == "name":
        return name_cell(name, max(4, width), role="foreground", more=glyphs.more)
    return cell((Span("".join(cut_name(name, max(4, width), glyphs.more)), role),), max(4, width), more=glyphs.more)
