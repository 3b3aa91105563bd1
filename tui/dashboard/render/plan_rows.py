"""A plan as rows: each step with what differs, and as it is carried out, with what became of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from msgspec import Struct

from tui.operations.deployment.carrying_out import Outcome, Result
from tui.operations.deployment.changes import Change
from tui.operations.deployment.definitions import Key
from tui.operations.deployment.plan import Plan, Step, Verdict

from . import formats
from .glyphs import Glyphs
from .line import Line, Span, gap

MASK = "•••"
_SIGNS = {Verdict.CREATE: ("+", "success"), Verdict.UPDATE: ("~", "warning"), Verdict.DELETE: ("-", "error")}
_DIFF_ROLES = {"+": "success", "-": "error", "@": "faint"}
_NOUN_WIDTH = 8
_WHAT_WIDTH = 24


class PlanRow(Struct, frozen=True):
    """One row, before it is drawn."""

    number: int
    kind: Literal["step", "text", "change", "diff"]
    step: Step | None = None
    change: Change | None = None
    text: str = ""


def rows_of(plan: Plan) -> tuple[PlanRow, ...]:
    """Every step that does something or cannot, with its changes; the notes last."""
    return tuple(PlanRow(number, *rest) for number, rest in enumerate(_rows(plan)))


def _rows(plan: Plan) -> Iterator[tuple[Literal["step", "text", "change", "diff"], Step | None, Change | None, str]]:
    for step in plan.steps:
        if step.verdict is Verdict.UNCHANGED:
            continue
        yield "step", step, None, ""
        if step.reason:
            yield "text", step, None, step.reason
        for change in step.changes:
            yield "change", step, change, ""
            for line in change.lines:
                yield "diff", step, change, line
    for note in plan.notes:
        yield "text", None, None, note


def draw_row(row: PlanRow, outcomes: Mapping[Key, Outcome], *, revealed: bool, glyphs: Glyphs) -> Line:
    """One row as it is now."""
    match row.kind:
        case "step":
            assert row.step is not None
            return _step_line(row.step, outcomes.get(row.step.key), glyphs)
        case "text":
            return [gap(4), Span(row.text, "warning" if row.step is None else "error")]
        case "change":
            assert row.change is not None
            return _change_line(row.change, revealed=revealed, glyphs=glyphs)
        case "diff":
            return [gap(6), Span(row.text, _DIFF_ROLES.get(row.text[:1], "muted"))]


def _step_line(step: Step, outcome: Outcome | None, glyphs: Glyphs) -> Line:
    sign, role = _SIGNS.get(step.verdict, (glyphs.refused, "error"))
    said: Line = [Span(step.verdict.value, "muted")]
    if outcome is not None:
        marks = {
            Result.DONE: (glyphs.success, "success", f"{step.verdict.value}d"),
            Result.FAILED: (glyphs.error, "error", outcome.said),
            Result.SKIPPED: (glyphs.cancelled, "muted", outcome.said),
        }
        sign, role, text = marks[outcome.result]
        said = [Span(text, "error" if outcome.result is Result.FAILED else "muted")]
    name = Span(step.key.name, "name")
    return [Span(sign, f"{role} bold", 2), Span(step.key.noun.value, "muted", _NOUN_WIDTH), name, gap(2), *said]


def _change_line(change: Change, *, revealed: bool, glyphs: Glyphs) -> Line:
    before, after = change.before, change.after
    if change.private and not revealed:
        before, after = (None if value is None else MASK for value in (before, after))
    line = [gap(4), Span(change.what, "muted", _WHAT_WIDTH), gap(1)]
    if before is None and after is None:
        return line
    if before is None:
        return [*line, Span(after or "", "success"), Span("  new", "muted")]
    if after is None:
        return [*line, Span(before, "error"), Span("  goes", "muted")]
    return [*line, Span(before, "error"), Span(f" {glyphs.arrow} ", "faint"), Span(after, "success")]


def summary(plan: Plan) -> Line:
    """`2 to create   1 to update   3 unchanged`."""
    words = (
        (Verdict.CREATE, "to create", "success bold"),
        (Verdict.UPDATE, "to update", "warning bold"),
        (Verdict.DELETE, "to delete", "error bold"),
        (Verdict.CONFLICT, "in conflict", "error bold"),
        (Verdict.UNCHANGED, "unchanged", "muted"),
    )
    spans: list[Span] = []
    for verdict, word, role in words:
        if number := plan.count(verdict):
            spans += [gap(3)] if spans else []
            spans += [
                Span(formats.count(number), f"{role} bold" if role != "muted" else role),
                Span(f" {word}", "muted"),
            ]
    return spans or [Span("nothing at all", "muted")]


def progress(plan: Plan, outcomes: Mapping[Key, Outcome]) -> Line:
    """`12 of 50 done   1 failed`."""
    keys = [step.key for step in plan.work]
    results = [outcomes[key].result for key in keys if key in outcomes]
    spans = [Span(f"{formats.count(results.count(Result.DONE))} of {formats.count(len(keys))} done")]
    for result, word, role in ((Result.FAILED, "failed", "error bold"), (Result.SKIPPED, "not tried", "warning")):
        if number := results.count(result):
            spans += [gap(3), Span(f"{formats.count(number)} {word}", role)]
    return spans
