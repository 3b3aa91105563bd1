"""Things and the wires between them, one row each."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from tui.entities.action import Action
from tui.entities.package import Package
from tui.entities.rule import Rule
from tui.entities.trigger import Trigger
from tui.operations.wiring import LooseWire, Trouble, Wiring

from . import formats
from .glyphs import Glyphs
from .line import FILL, Line, Span, gap

Thing = Action | Trigger | Rule | Package


class Tie(Struct, frozen=True):
    """One row: how a thing hangs together with another one."""

    collection: str
    """`actions`, `triggers`, `rules` or `packages`; `""` of what lies elsewhere."""
    name: str
    line: Line
    depth: int = 0


def used_by(thing: Thing, wiring: Wiring, glyphs: Glyphs) -> list[Tie]:
    """What starts it, or needs it: those that go first if it goes."""
    match thing:
        case Action():
            return _users_of_action(thing.name, wiring, glyphs, 0, frozenset())
        case Rule():
            return [_trigger(thing.trigger.in_namespace, wiring, glyphs, 0)]
        case Package():
            bound = [one for one in wiring.packages if one.binding is not None and one.binding.name == thing.name]
            return [Tie("packages", one.name, _named(one.name, "binding", glyphs.sequence), 0) for one in bound]
        case Trigger():
            return []


def uses(thing: Thing, wiring: Wiring, glyphs: Glyphs) -> list[Tie]:
    """What it starts, or needs."""
    match thing:
        case Action():
            steps = _steps(thing, wiring, glyphs, 0, frozenset())
            package = thing.full_name.package
            home = [Tie("packages", package, _named(package, "its package", glyphs.folded), 0)] if package else []
            return [*steps, *_named_in(thing, wiring, glyphs), *home]
        case Rule():
            return _action(thing.action.in_namespace, wiring, glyphs, 0, frozenset())
        case Trigger():
            ties: list[Tie] = []
            for rule in wiring.rules_of_trigger(thing.name):
                ties.append(_rule(rule, glyphs, 0))
                ties += _action(rule.action.in_namespace, wiring, glyphs, 1, frozenset())
            return ties
        case Package():
            inside = [one for one in wiring.actions if one.full_name.package == thing.name]
            return [_action_row(one.name, one, glyphs, 0) for one in inside]


def thing_mark(thing: Thing, glyphs: Glyphs) -> tuple[str, str]:
    """The sign of a sort of things, with its role."""
    match thing:
        case Action():
            return (glyphs.sequence, "secondary") if thing.is_sequence else (glyphs.action, "faint")
        case Trigger():
            return glyphs.trigger, "secondary"
        case Rule():
            return (glyphs.rule_on, "success") if thing.is_active else (glyphs.rule_off, "faint")
        case Package():
            return glyphs.folded, "faint"


def tie_count(ties: Sequence[Tie]) -> str:
    """How many things are tied directly: `3 rules`, or a number where they are of several sorts."""
    sorts = [tie.collection for tie in ties if not tie.depth]
    if len(set(sorts)) == 1 and sorts[0]:
        return formats.counted(len(sorts), sorts[0].removesuffix("s"))
    return str(len(sorts)) if sorts else ""


def loose_row(wire: LooseWire, glyphs: Glyphs) -> Line:
    """`⊘ audit-rule runs audit, which is not there.  Create audit, or delete the rule.`"""
    mild = wire.trouble in (Trouble.OFF, Trouble.NO_RULE, Trouble.TWICE)
    mark = Span(f"{glyphs.refused} ", "warning") if mild else Span(f"{glyphs.error} ", "error")
    return [mark, Span(wire.text), gap(2), Span(wire.fix, "muted")]


def _users_of_action(name: str, wiring: Wiring, glyphs: Glyphs, depth: int, above: frozenset[str]) -> list[Tie]:
    ties: list[Tie] = []
    for rule in wiring.rules_of_action(name):
        ties.append(_rule(rule, glyphs, depth))
        ties.append(_trigger(rule.trigger.in_namespace, wiring, glyphs, depth + 1))
    for sequence in wiring.sequences_with(name):
        if sequence.name not in above:
            ties.append(_action_row(sequence.name, sequence, glyphs, depth))
            ties += _users_of_action(sequence.name, wiring, glyphs, depth + 1, above | {name, sequence.name})
    return ties


def _action(name: str, wiring: Wiring, glyphs: Glyphs, depth: int, above: frozenset[str]) -> list[Tie]:
    action = next((one for one in wiring.actions if one.name == name), None)
    row = _action_row(name, action, glyphs, depth)
    if action is None or name in above:
        return [row]
    return [row, *_steps(action, wiring, glyphs, depth + 1, above | {name})]


def _steps(action: Action, wiring: Wiring, glyphs: Glyphs, depth: int, above: frozenset[str]) -> list[Tie]:
    return [
        tie
        for step in action.exec.components
        for tie in _action(wiring.own_name(step), wiring, glyphs, depth, above | {action.name})
    ]


def _named_in(action: Action, wiring: Wiring, glyphs: Glyphs) -> list[Tie]:
    triggers = {trigger.name for trigger in wiring.triggers}
    note = "named in its code"
    return [
        Tie("triggers", name, _named(name, note, glyphs.trigger, "secondary"), 0)
        if name in triggers
        else Tie("actions", name, _named(name, note, glyphs.action), 0)
        for name in wiring.named_in(action)
    ]


def _rule(rule: Rule, glyphs: Glyphs, depth: int) -> Tie:
    mark = Span(f"{glyphs.rule_on} ", "success") if rule.is_active else Span(f"{glyphs.rule_off} ", "faint")
    off = () if rule.is_active else (Span("  off", "warning"),)
    return Tie("rules", rule.name, (*_indent(depth), mark, Span(rule.name, "name"), *off), depth)


def _trigger(name: str, wiring: Wiring, glyphs: Glyphs, depth: int) -> Tie:
    is_there = any(trigger.name == name for trigger in wiring.triggers)
    return Tie(
        "triggers", name, (*_indent(depth), Span(f"{glyphs.trigger} ", "secondary"), *_there(name, is_there)), depth
    )


def _action_row(name: str, action: Action | None, glyphs: Glyphs, depth: int) -> Tie:
    is_sequence = action is not None and action.is_sequence
    mark = Span(f"{glyphs.sequence} ", "secondary") if is_sequence else Span(f"{glyphs.action} ", "faint")
    elsewhere = action is None and name.startswith("/")
    kind = "" if action is None else f"  {action.kind}"
    spans = (*_indent(depth), mark, *_there(name, action is not None or elsewhere), Span(kind, "faint"))
    return Tie("" if elsewhere else "actions", name, spans, depth)


def _there(name: str, is_there: bool) -> Sequence[Span]:
    return (Span(name, "name"),) if is_there else (Span(name, "muted"), Span("  is not there", "error"))


def _named(name: str, note: str, glyph: str, role: str = "faint") -> Line:
    return (Span(f"{glyph} ", role), Span(name, "name"), Span(f"  {note}", "faint", FILL))


def _indent(depth: int) -> Sequence[Span]:
    return (gap(2 * depth),) if depth else ()
