"""The form for a sequence: pick actions, in the order in which they shall run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.client.errors import Conflict
from tui.entities.action import Action
from tui.entities.names import split_own_name
from tui.errors import UserError

from ..render.glyphs import glyphs_of
from ..render.line import FILL, Line, Span, gap, name_cell
from ..render.source import Rows
from ..widgets.form import FormField, Refusal, SubmitLine, TextField
from ..widgets.form_title import ModalTitle
from ..widgets.line_view import LineView
from ..widgets.title_line import TitleLine
from .form_screen import FormScreen

if TYPE_CHECKING:
    from tui.operations import Operations

MOST_STEPS = 50


class CreateSequenceScreen(FormScreen[Action], ModalScreen[Action | None]):
    """Dismisses with the sequence, or `None`. Given one that exists, its steps are changed."""

    FORM = "sequence"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "app.focus_next", "next", show=False, id="form.next", tooltip="to the next list or field"),
        Binding("x,delete,backspace", "remove", "take out", show=False, id="form.remove", tooltip="take the step out"),
        Binding("J", "shift(1)", "later", show=False, id="form.later", tooltip="run the step later"),
        Binding("K", "shift(-1)", "earlier", show=False, id="form.earlier", tooltip="run the step earlier"),
    ]

    def __init__(self, operations: Operations, before: Action | None = None) -> None:
        super().__init__(operations)
        self._before = before
        self._actions: tuple[Action, ...] | None = None
        self._steps: list[str] = [] if before is None else [self._own(step) for step in before.exec.components]

    def compose(self) -> ComposeResult:
        glyphs, before = glyphs_of(self), self._before
        with Vertical(classes="modal form lists"):
            title = [Span("New sequence " if before is None else "Edit sequence ", "foreground bold")]
            title.append(Span(glyphs.sequence if before is None else before.name, "secondary bold"))
            yield ModalTitle(tuple(title), self.operations.endpoint)
            yield Static("", classes="spacer")
            with Horizontal(classes="pickers"):
                with Vertical():
                    yield TitleLine("Actions", number=1, state=(Span("enter adds", "muted"),), id="actions-title")
                    yield LineView(id="actions", empty=((Span("asking the platform", "faint"),),))
                with Vertical():
                    yield TitleLine("run in this order", number=2, id="steps-title")
                    nothing = (Span("no step yet: enter adds one", "muted"),)
                    yield LineView(id="steps", empty=(nothing,))
            yield Static("", classes="spacer")
            if before is None:
                yield FormField("name", "name", TextField(), hint="name or package/name")
                yield Static("", classes="spacer")
            yield SubmitLine("create" if before is None else "send", indent=2)
            yield Refusal()

    def on_mount(self) -> None:
        if self._before is None:
            draft = self.draft() or {}
            self.fields()["name"].value = draft.get("name", "")
            self._steps = [step for step in draft.get("steps", "").split("\n") if step]
        right = (Span("x", "primary bold"), Span(" take out", "muted"), gap(3))
        order = (Span("J K", "primary bold"), Span(" order", "muted"), gap(1))
        self.query_one(SubmitLine).show(right=(*right, *order))
        self.watch_fields()
        self._show_steps()
        self._view("actions").focus()
        self.start_job(
            self.operations.actions.list,
            then=self._show_actions,
            failed=self._not_loaded,
            group="lists",
            latest_only=True,
        )

    def _show_actions(self, actions: tuple[Action, ...]) -> None:
        own = None if self._before is None else self._before.name
        self._actions = tuple(action for action in actions if action.name != own)
        view = self._view("actions")
        view.set_empty(((Span("no action yet: esc, then a in panel 1", "warning"),),))
        view.show(Rows(self._actions, key=lambda action: action.name, draw=self._action_row))
        self.recheck()

    def _not_loaded(self, error: UserError) -> None:
        self._view("actions").set_empty(((Span(error.message, "error"),), (Span(error.hint, "muted"),)))

    def _action_row(self, action: Action, width: int) -> Line:
        glyphs = glyphs_of(self)
        glyph = Span(glyphs.sequence, "secondary", 2) if action.is_sequence else Span(glyphs.action, "faint", 2)
        name = name_cell(action.name, max(8, width - 2 - 12), more=glyphs.more)
        return [glyph, *name, Span(f" {action.kind}", "faint", FILL)]

    def _show_steps(self, at: int | None = None) -> None:
        rows = Rows(
            list(enumerate(self._steps)),
            key=lambda step: step[0],
            draw=lambda step, _: [Span(f"{step[0] + 1}", "faint", 3, "right"), gap(2), Span(step[1], "name")],
        )
        self._view("steps").show(rows, cursor=at)
        state = (Span(f"{len(self._steps)} of {MOST_STEPS}", "muted"),)
        self.query_one("#steps-title", TitleLine).show(state=state)
        self.recheck()

    def _view(self, name: str) -> LineView:
        return self.query_one(f"#{name}", LineView)

    def _own(self, reference: str) -> str:
        """A step of this namespace by its bare name."""
        front = f"/{self.operations.endpoint.namespace}/"
        return reference.removeprefix(front)

    # Picking

    @on(LineView.Chosen, "#actions")
    def _add(self, event: LineView.Chosen) -> None:
        event.stop()
        if len(self._steps) < MOST_STEPS and isinstance(event.row_id, str):
            self._steps.append(event.row_id)
            self._show_steps(len(self._steps) - 1)

    @on(LineView.Chosen, "#steps")
    def _leave_steps(self, event: LineView.Chosen) -> None:
        event.stop()
        self.focus_next()

    def action_remove(self) -> None:
        at = self._view("steps").cursor_id
        if isinstance(at, int):
            del self._steps[at]
            self._show_steps(max(0, min(at, len(self._steps) - 1)))

    def action_shift(self, by: int) -> None:
        at = self._view("steps").cursor_id
        if isinstance(at, int) and 0 <= at + by < len(self._steps):
            self._steps[at], self._steps[at + by] = self._steps[at + by], self._steps[at]
            self._show_steps(at + by)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("remove", "shift") and self.is_mounted:
            return self._view("steps").has_focus  # letters are text in the name
        return super().check_action(action, parameters)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        for name in ("actions", "steps"):
            self.query_one(f"#{name}-title", TitleLine).show(focused=self._view(name).has_focus)

    # What a form gives

    def values(self) -> dict[str, str]:
        return {**super().values(), "steps": "\n".join(self._steps)}

    def check(self, values: Mapping[str, str]) -> Mapping[str, str]:
        if self._before is not None:
            return {}
        name = values["name"].strip()
        if not name:
            return {"name": "a sequence needs a name"}
        try:
            split_own_name(name)
        except ValueError as error:
            return {"name": str(error)}
        return {}

    def held(self) -> str | None:
        if not self._steps:
            return "pick a step first"
        return super().held()

    async def send(self, values: Mapping[str, str]) -> Action:
        if self._before is None:
            return await self.operations.actions.create_sequence(values["name"].strip(), self._steps)
        return await self.operations.actions.update_sequence(self._before, self._steps)

    def field_of(self, error: UserError) -> str | None:
        return "name" if isinstance(error, Conflict) and self._before is None else None
