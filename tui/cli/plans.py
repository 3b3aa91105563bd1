"""How `deploy`, `promote` and `diff` show a plan, ask about it, carry it out and tell what became of it."""

from __future__ import annotations

import asyncio
import shlex
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click

from .ends import EXIT_FAILED
from .output import Output, narrate

if TYPE_CHECKING:
    from tui.operations import Operations
    from tui.operations.deployment.carrying_out import Outcome
    from tui.operations.deployment.changes import Change
    from tui.operations.deployment.plan import Plan, Step

_SIGNS = {"create": "+", "update": "~", "delete": "-", "conflict": "!"}
_COLORS = {"create": "green", "update": "yellow", "delete": "red", "conflict": "red"}
_HIDDEN = "•••"
_NOTED_WITHIN_S = 30.0
_SUMMARY = (("create", "to create"), ("update", "to update"), ("delete", "to delete"), ("unchanged", "unchanged"))


class PlanPrinter:
    """Says on stdout, or with `--json` on stderr, what is going to happen and what has happened."""

    def __init__(self, output: Output, *, reveal: bool) -> None:
        self._output = output
        self._reveal = reveal

    def show_plan(self, target: Operations, plan: Plan) -> None:
        """Every step that is not "unchanged", with what differs."""
        endpoint = target.endpoint
        self._line(f"Plan for {endpoint.context}: namespace {endpoint.namespace} at {endpoint.url}")
        for step in plan.steps:
            if step.verdict != "unchanged":
                self._show_step(step)
        for note in plan.notes:
            self._line(f"  note: {note}")
        self._line(summary(plan))

    def show_outcome(self, outcome: Outcome) -> None:
        if outcome.result == "unchanged":
            return
        color = {"done": "green", "failed": "red"}.get(outcome.result, "yellow")
        said = f"  {outcome.said}" if outcome.said else ""
        result = self._style(f"{outcome.result:<7}", color)
        self._line(f"{result}  {outcome.step.verdict} {outcome.step.key}{said}", styled=True)

    def say(self, text: str) -> None:
        self._line(text)

    def document(self, target: Operations, plan: Plan, outcomes: Sequence[Outcome], **more: Any) -> None:
        """With `--json`, everything in one document; `--jsonl` prints a step a line."""
        if self._output.is_text:
            return
        results = {outcome.step.key: outcome for outcome in outcomes}
        steps = [self._step_json(step, results.get(step.key)) for step in plan.steps]
        if self._output.format == "jsonl":
            self._output.document(steps)
            return
        endpoint = target.endpoint
        where = {"context": endpoint.context, "namespace": endpoint.namespace, "apihost": endpoint.url}
        self._output.document({"target": where, "steps": steps, "notes": list(plan.notes), **more})

    def _show_step(self, step: Step) -> None:
        sign = self._style(_SIGNS[step.verdict], _COLORS[step.verdict])
        reason = f": {step.reason}" if step.reason else ""
        self._line(f"  {sign} {step.key}{reason}", styled=True)
        width = max((len(change.what) for change in step.changes), default=0)
        for change in step.changes:
            self._line(f"      {change.what:<{width}}  {self._values(change)}".rstrip())
            for line in change.lines:
                color = {"-": "red", "+": "green"}.get(line[:1])
                self._line(self._style(f"        {self._output.clean(line)}", color), styled=True)

    def _values(self, change: Change) -> str:
        before, after = self._shown(change)
        if before is None and after is None:
            return ""
        if before is None:
            return f"{after} (new)"
        return f"{before} (goes)" if after is None else f"{before} → {after}"

    def _shown(self, change: Change) -> tuple[str | None, str | None]:
        values = (change.before, change.after)
        if not change.private or self._reveal:
            return values
        hidden = tuple(None if value is None else _HIDDEN for value in values)
        return hidden[0], hidden[1]

    def _step_json(self, step: Step, outcome: Outcome | None) -> dict[str, Any]:
        body: dict[str, Any] = {"kind": step.key.noun, "name": step.key.name, "verdict": step.verdict}
        if step.changes:
            body["changes"] = [self._change_json(change) for change in step.changes]
        if step.reason:
            body["reason"] = step.reason
        if outcome is not None:
            body["result"] = outcome.result
            if outcome.said:
                body["error"] = outcome.said
        return body

    def _change_json(self, change: Change) -> dict[str, Any]:
        if change.lines:
            return {"what": change.what, "diff": list(change.lines)}
        before, after = self._shown(change)
        return {"what": change.what, "before": before, "after": after}

    def _style(self, text: str, color: str | None) -> str:
        return self._output.style(text, fg=color) if self._output.is_text else text

    def _line(self, text: str, *, styled: bool = False) -> None:
        if not self._output.is_text:
            narrate(text)
        elif styled:
            self._output.line(text)
        else:
            self._output.line(self._output.clean(text))


def summary(plan: Plan) -> str:
    """`2 to create, 1 unchanged`."""
    counted = [(sum(step.verdict == verdict for step in plan.steps), words) for verdict, words in _SUMMARY]
    parts = [f"{number} {words}" for number, words in counted if number]
    if plan.conflicts:
        parts.append(f"{len(plan.conflicts)} in conflict")
    return ", ".join(parts) or "nothing to do"


async def execute(
    printer: PlanPrinter, target: Operations, plan: Plan, *, yes: bool, dry_run: bool, undoes: bool = False
) -> int:
    """The plan first, then a question where one is due, progress, a result for each step, and the way back.

    Args:
        undoes: The plan is a way back itself, so there is none to keep.

    Raises:
        UsageError: The plan has conflicts, or a production context was not confirmed; nothing was sent.
        ReadOnly: The context refuses every write; nothing was sent.
    """
    from tui.errors import ReadOnly, UsageError, UserError
    from tui.operations.deployment.carrying_out import carry_out
    from tui.operations.deployment.undo import changed_since, note_left, save_undo

    printer.show_plan(target, plan)
    if plan.conflicts and not dry_run:
        hint = "Mend what is marked with ! and try again."
        if undoes and changed_since(plan) == plan.conflicts:
            hint = "Say --overwrite to take that back as well."
        raise UsageError("The plan has conflicts: nothing was sent.", hint=hint)
    if dry_run or not plan.work:
        printer.document(target, plan, ())
        return 0
    if target.endpoint.read_only:
        raise ReadOnly(f"The context {target.endpoint.context} is read-only: nothing was sent.")
    if not _confirmed(target, yes=yes):
        printer.say("Nothing was sent.")
        printer.document(target, plan, ())
        return EXIT_FAILED
    undo = None if undoes else save_undo(target.endpoint, plan)
    outcomes = []
    try:
        async for outcome in carry_out(target, plan):
            outcomes.append(outcome)
            printer.show_outcome(outcome)
    finally:  # also what was interrupted is to be taken back, and nothing that others do from now on
        if undo is not None:
            with suppress(UserError, TimeoutError):  # then the way back overwrites nothing unasked
                async with asyncio.timeout(_NOTED_WITHIN_S):
                    await note_left(target, plan, undo)
    failed = sum(outcome.result in ("failed", "skipped") for outcome in outcomes)
    if failed:
        printer.say(f"{failed} of {len(plan.work)} not done: the same command again does what is left.")
    if undo is not None:
        printer.say(f"The way back: whisktop deploy --undo {shlex.quote(str(undo))}")
    printer.document(target, plan, outcomes, undo=None if undo is None else str(undo))
    return EXIT_FAILED if failed else 0


def _confirmed(target: Operations, *, yes: bool) -> bool:
    """Whoever sits at a terminal is asked; a script is taken at its word, except where it is production."""
    from tui.errors import UsageError

    if yes:
        return True
    if sys.stdin.isatty() and sys.stderr.isatty():
        return click.confirm("Go ahead?", default=False, err=True)
    if target.endpoint.production:
        raise UsageError(
            f"The context {target.endpoint.context} is for production: nothing was sent.",
            hint="Say --yes to mean it.",
        )
    return True
