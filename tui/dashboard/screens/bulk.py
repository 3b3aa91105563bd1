"""The same thing done to many: first what will be done, then how far it is, then what came of each."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from enum import Enum
from typing import Any

from msgspec import Struct
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from tui.errors import UserError

from ..jobs import Jobs
from ..render import formats
from ..render.glyphs import Glyphs, glyphs_of
from ..render.line import FILL, Line, Span, gap
from ..render.source import Rows
from ..widgets.line_view import LineView
from .confirm import TextLine

AT_ONCE = 4
_ROWS = 12


class Stage(Enum):
    """How far one task is."""

    WAITING = "waiting"
    DOING = "under way"
    DONE = "done"
    FAILED = "failed"
    LEFT = "left alone"


class Task(Struct, eq=False):
    """One thing, and what is done to it."""

    name: str
    do: Callable[[], Awaitable[Any]]
    note: str = ""
    """What follows, or what it is given."""
    stage: Stage = Stage.WAITING
    outcome: str = ""


class Plan(Struct, frozen=True, kw_only=True):
    """What is asked before it begins."""

    title: str
    """`Delete 3 actions?`"""
    verb: str
    key: str
    tasks: Sequence[Task]
    lines: Sequence[Line] = ()
    """What else is to be known."""
    typed: str | None = None
    """To be typed before it begins, where a slip would cost too much."""


class BulkScreen(Jobs, ModalScreen[bool]):
    """Dismisses with whether anything was done."""

    BINDINGS = [Binding("escape", "leave", "leave", show=False, id="bulk.leave", tooltip="leave it; stop, close")]

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.plan = plan
        self._begun = self._stopped = False

    def compose(self) -> ComposeResult:
        plan = self.plan
        with Vertical(classes="modal question bulk"):
            yield TextLine([Span(plan.title, "error bold")])
            yield TextLine(())
            view = LineView()
            view.styles.height = min(_ROWS, len(plan.tasks))
            yield view
            yield TextLine(())
            for line in plan.lines:
                yield TextLine(line)
            if plan.typed is not None:
                yield TextLine([Span("Type ", "muted"), Span(plan.typed), Span(" to go on:", "muted")])
                yield Input(compact=True, id="typed")
            foot = TextLine(self._foot())
            foot.id = "foot"
            yield foot

    def on_mount(self) -> None:
        self._show()
        if self.plan.typed is not None:
            self.query_one(Input).focus()
        else:
            self.query_one(LineView).focus()

    # Asking

    def on_key(self, event: events.Key) -> None:
        if not self._begun and self.plan.typed is None and event.key == self.plan.key:
            event.stop()
            self._begin()

    @on(Input.Submitted)
    def _typed(self, message: Input.Submitted) -> None:
        if message.value == self.plan.typed and not self._begun:
            self.query_one(LineView).focus()
            self._begin()

    def action_leave(self) -> None:
        if not self._begun:
            self.dismiss(False)
        elif self._is_over:
            self.dismiss(True)
        else:
            self._stopped = True
            self._show()

    # Doing

    @property
    def _is_over(self) -> bool:
        return not any(task.stage in (Stage.WAITING, Stage.DOING) for task in self.plan.tasks)

    def _begin(self) -> None:
        self._begun = True
        self._show()
        self.start_job(self._do_all, group="bulk")

    async def _do_all(self) -> None:
        waiting = iter(self.plan.tasks)
        async with asyncio.TaskGroup() as tasks:
            for _ in range(AT_ONCE):
                tasks.create_task(self._do_some(waiting))

    async def _do_some(self, waiting: Any) -> None:
        for task in waiting:
            if self._stopped:
                task.stage = Stage.LEFT
                continue
            task.stage = Stage.DOING
            self._show()
            try:
                outcome = await task.do()
            except UserError as error:
                task.stage, task.outcome = Stage.FAILED, error.message
            else:
                task.stage, task.outcome = Stage.DONE, outcome if isinstance(outcome, str) else ""
            self._show()

    # Showing

    def _show(self) -> None:
        if not self.is_attached:
            return
        view = self.query_one(LineView)
        if len(view.source):
            view.source_changed()
        else:
            view.show(Rows(self.plan.tasks, key=id, draw=self._draw, revision=lambda task: (task.stage, task.outcome)))
        foot = self.query_one("#foot", TextLine)
        foot.text = self._foot()
        foot.redraw()

    def _draw(self, task: Task, width: int) -> Line:
        glyphs = glyphs_of(self)
        glyph, role = _mark(task.stage, glyphs)
        name_width = max(16, width // 3)
        said = task.outcome or (task.note if task.stage is Stage.WAITING else task.stage.value)
        word = "error" if task.stage is Stage.FAILED else "muted"
        return [Span(glyph, role, 2), Span(task.name, "name", name_width), gap(2), Span(said, word, FILL)]

    def _foot(self) -> Line:
        plan = self.plan
        if not self._begun:
            key = "enter" if plan.typed is not None else plan.key
            return [*_key(key, plan.verb), gap(3), *_key("esc", "leave them")]
        tasks = plan.tasks
        done, failed, left = (
            sum(task.stage is stage for task in tasks) for stage in (Stage.DONE, Stage.FAILED, Stage.LEFT)
        )
        said = [Span(f"{formats.count(done)} of {formats.count(len(tasks))} done")]
        if failed:
            said += [gap(2), Span(f"{formats.count(failed)} failed", "error bold")]
        if left:
            said += [gap(2), Span(f"{formats.count(left)} left alone", "muted")]
        return [*said, gap(3), *_key("esc", "close" if self._is_over else "stop")]


def _key(key: str, label: str) -> list[Span]:
    return [Span(key, "primary bold"), Span(f" {label}", "muted")]


def _mark(stage: Stage, glyphs: Glyphs) -> tuple[str, str]:
    return {
        Stage.WAITING: (glyphs.queued, "faint"),
        Stage.DOING: (glyphs.running, "accent"),
        Stage.DONE: (glyphs.success, "success"),
        Stage.FAILED: (glyphs.error, "error"),
        Stage.LEFT: (glyphs.cancelled, "muted"),
    }[stage]
