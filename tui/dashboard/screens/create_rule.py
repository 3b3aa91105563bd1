"""The form for a new rule: pick what happens, and what then runs."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.client.errors import BadRequest
from tui.entities.action import Action
from tui.entities.rule import Rule
from tui.entities.trigger import Trigger
from tui.errors import UserError

from ..render.entity_rows import rules_of_trigger
from ..render.glyphs import glyphs_of
from ..render.line import FILL, Line, Span, name_cell
from ..render.source import Rows
from ..widgets.form import FormField, Refusal, SubmitLine, TextField
from ..widgets.form_title import ModalTitle
from ..widgets.line_view import LineView
from ..widgets.title_line import TitleLine
from .create_trigger import name_problem
from .form_screen import FormScreen

if TYPE_CHECKING:
    from tui.operations import Operations


class CreateRuleScreen(FormScreen[Rule], ModalScreen[Rule | None]):
    """Dismisses with the rule that was created, or `None`."""

    FORM = "rule"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "app.focus_next", "next", show=False, id="form.next", tooltip="to the next list or field"),
    ]

    def __init__(self, operations: Operations, trigger: str | None = None, action: str | None = None) -> None:
        super().__init__(operations)
        self._preset = {"trigger": trigger, "action": action}
        self._actions: tuple[Action, ...] | None = None
        self._triggers: tuple[Trigger, ...] | None = None
        self._proposed = ""

    def compose(self) -> ComposeResult:
        glyphs = glyphs_of(self)
        with Vertical(classes="modal form lists"):
            title = (Span("New rule ", "foreground bold"), Span(glyphs.rule_on, "success"))
            yield ModalTitle(title, self.operations.endpoint)
            yield Static("", classes="spacer")
            with Horizontal(classes="pickers"):
                with Vertical():
                    yield TitleLine("When this fires", number=1, id="triggers-title")
                    yield LineView(id="triggers", empty=((Span("asking the platform", "faint"),),))
                with Vertical():
                    yield TitleLine("run this", number=2, id="actions-title")
                    yield LineView(id="actions", empty=((Span("asking the platform", "faint"),),))
            yield Static("", classes="spacer")
            yield FormField("name", "name", TextField(), hint="active at once")
            yield Static("", classes="spacer")
            yield SubmitLine("create", indent=2)
            yield Refusal()

    def on_mount(self) -> None:
        draft = self.draft() or {}
        for key, value in self._preset.items():
            self._preset[key] = value or draft.get(key) or None
        self.fields()["name"].value = draft.get("name", "")
        self.watch_fields()
        self.query_one("#triggers" if self._preset["trigger"] is None else "#actions").focus()
        self.start_job(self._load, then=self._show_lists, failed=self._not_loaded, group="lists", latest_only=True)

    async def _load(self) -> tuple[tuple[Trigger, ...], tuple[Action, ...]]:
        async with asyncio.TaskGroup() as tasks:
            triggers = tasks.create_task(self.operations.triggers.list())
            actions = tasks.create_task(self.operations.actions.list())
        return triggers.result(), actions.result()

    def _show_lists(self, lists: tuple[tuple[Trigger, ...], tuple[Action, ...]]) -> None:
        self._triggers, self._actions = lists
        triggers, actions = self._view("triggers"), self._view("actions")
        triggers.set_empty(((Span("no trigger yet: esc, then a in panel 2", "warning"),),))
        actions.set_empty(((Span("no action yet: esc, then a in panel 1", "warning"),),))
        trigger_rows = Rows(self._triggers, key=lambda trigger: trigger.name, draw=self._trigger_row)
        triggers.show(trigger_rows, cursor=self._preset["trigger"])
        action_rows = Rows(self._actions, key=lambda action: action.name, draw=self._action_row)
        actions.show(action_rows, cursor=self._preset["action"])
        self.query_one("#triggers-title", TitleLine).show(state=(Span(str(len(self._triggers)), "muted"),))
        self.query_one("#actions-title", TitleLine).show(state=(Span(str(len(self._actions)), "muted"),))
        self._propose_name()

    def _not_loaded(self, error: UserError) -> None:
        for name in ("triggers", "actions"):
            self._view(name).set_empty(((Span(error.message, "error"),), (Span(error.hint, "muted"),)))

    def _trigger_row(self, trigger: Trigger, width: int) -> Line:
        glyphs, (text, role) = glyphs_of(self), rules_of_trigger(trigger)
        name = name_cell(trigger.name, max(8, width - 2 - 9), more=glyphs.more)
        return [Span(glyphs.trigger, "secondary", 2), *name, Span(text, role, 9, "right")]

    def _action_row(self, action: Action, width: int) -> Line:
        glyphs = glyphs_of(self)
        glyph = Span(glyphs.sequence, "secondary", 2) if action.is_sequence else Span(glyphs.action, "faint", 2)
        name = name_cell(action.name, max(8, width - 2 - 12), more=glyphs.more)
        return [glyph, *name, Span(f" {action.kind}", "faint", FILL)]

    def _view(self, name: str) -> LineView:
        return self.query_one(f"#{name}", LineView)

    # The name

    @on(LineView.Moved)
    def _picked(self, event: LineView.Moved) -> None:
        self._propose_name()

    def _propose_name(self) -> None:
        """Name the rule after what it ties together, until the user names it."""
        trigger, action = self._view("triggers").cursor_id, self._view("actions").cursor_id
        field = self.fields()["name"]
        if isinstance(trigger, str) and isinstance(action, str) and field.value in ("", self._proposed):
            self._proposed = f"{trigger}-{action.rpartition('/')[2]}"
            field.value = self._proposed
        self.recheck()

    @on(LineView.Chosen)
    def _next(self, event: LineView.Chosen) -> None:
        event.stop()
        self.focus_next()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        for name in ("triggers", "actions"):
            self.query_one(f"#{name}-title", TitleLine).show(focused=self._view(name).has_focus)

    # What a form gives

    def values(self) -> dict[str, str]:
        picked = {"trigger": self._view("triggers").cursor_id, "action": self._view("actions").cursor_id}
        names = {key: name if isinstance(name, str) else self._preset[key] or "" for key, name in picked.items()}
        return {**super().values(), **names}

    def check(self, values: Mapping[str, str]) -> Mapping[str, str]:
        problem = name_problem(values["name"], "a rule")
        return {"name": problem} if problem else {}

    def held(self) -> str | None:
        if self._triggers is None or self._actions is None:
            return "waiting for the platform's lists"
        if not self._triggers:
            return "there is no trigger yet"
        if not self._actions:
            return "there is no action yet"
        return super().held()

    async def send(self, values: Mapping[str, str]) -> Rule:
        return await self.operations.rules.create(
            values["name"].strip(), trigger=values["trigger"], action=values["action"]
        )

    def field_of(self, error: UserError) -> str | None:
        return None if isinstance(error, BadRequest) else super().field_of(error)
