"""A plan for a namespace: first what it does, then how far it is, then what became of each step, and the way back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, aclosing, suppress
from enum import Enum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from tui.entities.endpoint import Endpoint
from tui.entities.text import hide
from tui.errors import UserError
from tui.operations.deployment.carrying_out import Outcome, Result, carry_out
from tui.operations.deployment.definitions import Key
from tui.operations.deployment.plan import Plan
from tui.operations.deployment.undo import changed_since, forget_undo, note_left, overwriting, plan_undo, save_undo

from ..jobs import Jobs
from ..render.glyphs import glyphs_of
from ..render.line import FILL, Line, Span, gap
from ..render.plan_rows import PlanRow, draw_row, progress, rows_of, summary
from ..render.source import Rows
from ..widgets.drawn_line import DrawnLine
from ..widgets.form import SubmitLine
from ..widgets.line_view import LineView

if TYPE_CHECKING:
    from tui.operations import Operations

    Planner = Callable[[Operations], Awaitable[Plan]]
    Opening = Callable[[], AbstractAsyncContextManager[Operations]]


class Stage(Enum):
    """How far it is."""

    COMPARING = "comparing"
    ASKING = "asking"
    DOING = "doing"
    OVER = "over"


class Wish(Enum):
    """What the user wants next."""

    GO = "go"
    OVERWRITE = "what others changed as well"
    BACK = "the way back"
    LEAVE = "leave"


class PlanTitle(DrawnLine):
    """`Promote resize   to prod ▸ guest`."""

    def __init__(self, title: str, place: str) -> None:
        super().__init__()
        self._title = title
        self._place = place
        self.endpoint: Endpoint | None = None

    def line(self, width: int) -> Line:
        endpoint = self.endpoint
        is_production = endpoint is not None and endpoint.production
        role = "chip-error bold" if is_production else "success"
        place = [Span("  to ", "muted"), Span(f" PROD {self._place} " if is_production else self._place, role)]
        if endpoint is not None:
            place += [Span(f" {self.glyphs.separator} ", "faint"), Span(endpoint.namespace, "success")]
        return [gap(1), Span(self._title, "foreground bold"), *place, Span("", width=FILL)]


class PlanScreen(Jobs, ModalScreen[bool]):
    """Dismisses with whether anything was sent."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "go", "carry out", id="plan.go", tooltip="carry the plan out", priority=True),
        Binding("escape", "leave", "leave", id="plan.leave", tooltip="leave it; stop after this step, close"),
        Binding("u", "back", "undo", id="plan.undo", tooltip="the way back: a plan that makes it as it was"),
        Binding("o", "overwrite", "overwrite", id="plan.overwrite", tooltip="undo also what was changed since"),
        Binding("V", "reveal", "values", id="plan.reveal", tooltip="show or hide values that may be keys"),
    ]

    def __init__(
        self, title: str, place: str, *, open_target: Opening, planner: Planner, undone: Path | None = None
    ) -> None:
        """
        Args:
            title: What is done: `Promote 3 things`.
            place: The context it is done to.
            open_target: Connects to it, for as long as this is on the screen.
            undone: The plan is the way back that this file tells of; once it is carried out, the file goes.
        """
        super().__init__()
        self._title = title
        self._place = place
        self._open_target = open_target
        self._planner = planner
        self._stage = Stage.COMPARING
        self._plan: Plan | None = None
        self._outcomes: dict[Key, Outcome] = {}
        self._wishes: asyncio.Queue[Wish] = asyncio.Queue()
        self._undo = undone
        self._endpoint: Endpoint | None = None
        self._revealed = self._stopped = self._sent = False

    def compose(self) -> ComposeResult:
        with Vertical(classes="modal review"):
            yield PlanTitle(self._title, self._place)
            yield Static("", classes="spacer")
            yield LineView(cursor=False, fit=False, empty=((Span("comparing", "faint"),),))
            yield Static("", classes="spacer")
            typed = Input(compact=True, id="typed", placeholder=f"type {self._place} to go on")
            typed.display = False
            yield typed
            yield SubmitLine("carry out", indent=2)

    def on_mount(self) -> None:
        self.query_one(LineView).focus()
        self._retell()
        self.start_job(self._work, failed=self._failed, group="plan")

    def on_unmount(self) -> None:
        self._wishes.put_nowait(Wish.LEAVE)

    # Keys

    def action_go(self) -> None:
        if self._stage is not Stage.ASKING:
            return
        if reason := self._held():
            self.say(reason, "warning")
        else:
            self._wishes.put_nowait(Wish.GO)

    def action_leave(self) -> None:
        if self._stage is Stage.DOING:
            self._stopped = True
            self._retell()
        else:
            self.dismiss(self._sent)

    def action_back(self) -> None:
        if self._can_go_back:
            self._wishes.put_nowait(Wish.BACK)
        else:
            self.say("nothing was sent that could be taken back", "warning")

    def action_overwrite(self) -> None:
        if self._stage is Stage.ASKING and self._plan is not None and changed_since(self._plan):
            self._wishes.put_nowait(Wish.OVERWRITE)
        else:
            self.say("nothing here was changed since by anybody else", "warning")

    def action_reveal(self) -> None:
        self._revealed = not self._revealed
        self._redraw()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._retell()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_go()

    # Work

    async def _work(self) -> None:
        """One plan after another, until the user has enough: the plan itself, and the way back from it."""
        async with self._open_target() as target:
            hide(target.endpoint.auth)
            self._endpoint = target.endpoint
            plan = await self._planner(target)
            undone = self._undo
            while (agreed := await self._asked(plan)) is not None:
                if undone is None:
                    self._undo = await asyncio.to_thread(save_undo, target.endpoint, agreed)
                await self._carry_out(target, agreed)
                if undone is None and self._undo is not None:
                    with suppress(UserError):  # then the way back does not see what others change
                        await note_left(target, agreed, self._undo)
                if undone is not None and self._all_done:
                    await asyncio.to_thread(forget_undo, undone)
                    self._undo = None
                self._enter(Stage.OVER)
                if await self._wishes.get() is not Wish.BACK or self._undo is None:
                    return
                undone = self._undo
                self._enter(Stage.COMPARING)
                plan = await plan_undo(target, undone)

    async def _asked(self, plan: Plan) -> Plan | None:
        """Show the plan; the one that is to be carried out, if any."""
        self._show(plan)
        while (wish := await self._wishes.get()) is Wish.OVERWRITE:
            plan = overwriting(plan)
            self._show(plan)
        return plan if wish is Wish.GO else None

    def _show(self, plan: Plan) -> None:
        self._plan, self._outcomes, self._stopped = plan, {}, False
        self._enter(Stage.ASKING)
        if self.is_attached:
            self.query_one(PlanTitle).endpoint = self._endpoint
            self.query_one(PlanTitle).redraw()
            draw = partial(_draw, self)
            revision = partial(_revision, self)
            self.query_one(LineView).show(Rows(rows_of(plan), key=lambda row: row.number, draw=draw, revision=revision))

    async def _carry_out(self, target: Operations, plan: Plan) -> None:
        self._enter(Stage.DOING)
        self._sent = True
        async with aclosing(carry_out(target, plan)) as outcomes:
            async for outcome in outcomes:
                if outcome.result is not Result.UNCHANGED:
                    self._outcomes[outcome.step.key] = outcome
                self._redraw()
                if self._stopped:
                    return

    @property
    def _all_done(self) -> bool:
        assert self._plan is not None
        return all(self._outcomes.get(step.key, None) is not None for step in self._plan.work) and all(
            outcome.result is Result.DONE for outcome in self._outcomes.values()
        )

    def _failed(self, error: UserError) -> None:
        lines: list[Line] = [[Span(error.message, "error")]]
        if error.hint:
            lines.append([Span(error.hint, "muted")])
        self._plan = self._undo = None  # the file stays: `:undeploy` and the command line know it
        self.query_one(LineView).show_lines(lines)
        self._enter(Stage.OVER)

    # Showing

    def _enter(self, stage: Stage) -> None:
        self._stage = stage
        if not self.is_attached:
            return
        typed = self.query_one("#typed", Input)
        was_asked, wants_name = typed.display, self._wants_name()
        typed.display = wants_name
        if wants_name and not was_asked:
            typed.value = ""
            typed.focus()
        elif was_asked and not wants_name:
            self.query_one(LineView).focus()
        self._redraw()

    def _wants_name(self) -> bool:
        is_production = self._endpoint is not None and self._endpoint.production
        return self._stage is Stage.ASKING and is_production and not self._blocked()

    def _blocked(self) -> str | None:
        """Why the plan cannot be carried out at all."""
        plan = self._plan
        if plan is None:
            return "there is no plan"
        if plan.conflicts:
            is_theirs = changed_since(plan) == plan.conflicts
            return "changed since: o takes it back as well" if is_theirs else "mend what is in conflict first"
        if not plan.work:
            return "nothing to do: all is as it should be"
        if self._endpoint is not None and self._endpoint.read_only:
            return f"{self._place} is read-only"
        return None

    def _held(self) -> str | None:
        if reason := self._blocked():
            return reason
        if self._wants_name() and self.query_one("#typed", Input).value.strip() != self._place:
            return f"type {self._place} first"
        return None

    @property
    def _can_go_back(self) -> bool:
        return self._stage is Stage.OVER and self._undo is not None

    def _redraw(self) -> None:
        if self.is_attached:
            self.query_one(LineView).source_changed()
            self._retell()

    def _retell(self) -> None:
        """The last line: what can be done, and how far it is."""
        if not self.is_attached:
            return
        plan, line = self._plan, self.query_one(SubmitLine)
        keys = {Stage.COMPARING: "leave", Stage.ASKING: "leave it", Stage.DOING: "stop", Stage.OVER: "close"}
        right: list[Span] = [Span("esc", "primary bold"), Span(f" {keys[self._stage]}", "muted"), gap(1)]
        if self._can_go_back:
            right = [Span("u", "primary bold"), Span(" undo", "muted"), gap(3), *right]
        if self._stage is Stage.COMPARING:
            line.show(held=f"comparing with {self._place}", right=right)
        elif plan is None:
            line.show(held="it did not work", right=right)
        elif self._stage is Stage.ASKING:
            line.show(held=self._held(), said=summary(plan), right=right)
        else:
            word = "stopping" if self._stopped and self._stage is Stage.DOING else ""
            line.show(said=[*progress(plan, self._outcomes), gap(3), Span(word, "warning")], right=right)


def _draw(screen: PlanScreen, row: PlanRow, width: int) -> Line:
    return draw_row(row, screen._outcomes, revealed=screen._revealed, glyphs=glyphs_of(screen))


def _revision(screen: PlanScreen, row: PlanRow) -> tuple[object, ...]:
    outcome = None if row.step is None else screen._outcomes.get(row.step.key)
    return screen._revealed, outcome and outcome.result, outcome and outcome.said
