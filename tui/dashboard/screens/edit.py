"""The forms for existing things: settings and code are edited, shown as a diff, and only what differs is sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.client.errors import BadRequest
from tui.entities.action import Action
from tui.entities.package import Package
from tui.entities.rule import Rule
from tui.entities.trigger import Trigger
from tui.errors import UserError
from tui.operations.definitions import Entity, change_of
from tui.operations.deletion import noun_of

from ..render.glyphs import glyphs_of
from ..render.line import Line, Span, gap
from ..widgets.form import ChoiceLine, FormField, Refusal, SubmitLine, TextField
from ..widgets.form_title import ModalTitle
from .edit_form import CheckedEdit, check_edit, values_of
from .edit_outside import edit_outside
from .form_screen import FormScreen
from .review import Change, ReviewScreen

if TYPE_CHECKING:
    from tui.operations import Operations

JSON_FIELDS = ("parameters", "environment", "annotations")


class EditScreen(FormScreen[Entity]):
    """The base: dismisses with the thing as the platform has it now, or `None`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "send", "review", id="form.send", tooltip="see what changes, then send it", priority=True),
        Binding("ctrl+e", "edit", "edit", id="form.edit", tooltip="edit the JSON of a field in $EDITOR", priority=True),
    ]

    def __init__(self, operations: Operations, before: Entity) -> None:
        super().__init__(operations)
        self.before = before
        self.FORM = f"edit {noun_of(before)} {before.name} {before.version}"

    def fill(self) -> None:
        """Put texts into the fields: those of the draft from before, else how the thing is."""
        values = values_of(self.before) | dict(self.draft() or {})
        for name, field in self.fields().items():
            field.value = values.get(name, "")
        self.watch_fields()

    @property
    def edited(self) -> Entity:
        """The thing with what was changed outside of the fields."""
        return self.before

    def checked(self, values: Mapping[str, str]) -> CheckedEdit:
        platform = self.operations.platform
        return check_edit(self.edited, values, platform.bounds, platform.kinds)

    def check(self, values: Mapping[str, str]) -> Mapping[str, str]:
        return self.checked(values).errors

    def field_of(self, error: UserError) -> str | None:
        return None

    def action_send(self) -> None:
        after = self.checked(self.values()).after
        if after is None:
            super().action_send()  # which says what has to be mended
        elif not change_of(self.before, after):
            self.say("nothing differs: there is nothing to send")
        else:
            review = ReviewScreen(Change(self.before, after), self.operations.endpoint)
            self.app.push_screen(review, self._reviewed)

    def _reviewed(self, send: bool | None) -> None:
        if send:
            super().action_send()

    async def send(self, values: Mapping[str, str]) -> Entity:
        after = self.checked(values).after
        assert after is not None
        return await update(self.operations, self.before, after)

    def action_edit(self) -> None:
        field = next((field for field in self.fields().values() if field.control.has_focus), None)
        if field is None or field.field not in JSON_FIELDS:
            field = self.fields().get("parameters") or self.fields()["annotations"]
        self.edit_json(field)

    def edit_json(self, field: FormField) -> None:
        edited = edit_outside(self, pretty(field.value), suffix=".json")
        if edited is not None:
            field.value = " ".join(line.strip() for line in edited.split("\n")).strip()


class EditThingScreen(EditScreen, ModalScreen[Entity | None]):
    """For triggers, rules and packages."""

    def compose(self) -> ComposeResult:
        glyphs, thing = glyphs_of(self), self.before
        marks = {Trigger: (glyphs.trigger, "secondary"), Rule: (glyphs.rule_on, "success")}
        glyph, role = marks.get(type(thing), ("", "faint"))
        with Vertical(classes="modal form edit"):
            title: Line = (
                Span(f"Edit {noun_of(thing)} ", "foreground bold"),
                Span(f"{glyph} " if glyph else "", role),
                Span(thing.name, "foreground bold"),
                Span(f" {thing.version}", "faint"),
            )
            yield ModalTitle(title, self.operations.endpoint)
            yield Static("", classes="spacer")
            if isinstance(thing, Rule):
                yield FormField("trigger", "when", TextField(), hint="the trigger that fires")
                yield FormField("action", "run", TextField(), hint="name or package/name")
            else:
                yield FormField("parameters", "parameters", _json_field(), hint="JSON or @file")
            yield FormField("annotations", "annotations", _json_field(), hint="JSON or @file")
            if isinstance(thing, Package):
                yield FormField("publish", "shared", ChoiceLine(("no", "yes")), hint="others may bind it")
            yield Static("", classes="spacer")
            yield SubmitLine("review", indent=2)
            yield Refusal()

    def on_mount(self) -> None:
        self.fill()
        right = (Span("ctrl+e", "primary bold"), Span(" $EDITOR", "muted"), gap(1))
        self.query_one(SubmitLine).show(right=right)
        next(iter(self.fields().values())).control.focus()

    def field_of(self, error: UserError) -> str | None:
        if isinstance(error, BadRequest) and isinstance(self.before, Rule):
            return "trigger" if error.message.lower().lstrip("`'\" ").startswith("trigger") else "action"
        return None


async def load_for_edit(operations: Operations, thing: Entity) -> Entity:
    """The thing as it is now, with everything that can be edited."""
    match thing:
        case Action():
            return await operations.actions.get_own(thing.name)
        case Trigger():
            return await operations.triggers.get(thing.name)
        case Rule():
            return await operations.rules.get(thing.name)
        case Package():
            return await operations.packages.get(thing.name)


async def update(operations: Operations, before: Entity, after: Entity) -> Entity:
    """Send what differs."""
    updated: Entity = await getattr(operations, f"{noun_of(before)}s").update(before, after)
    return updated


def pretty(text: str) -> str:
    """JSON of one line over several lines; anything else as it is."""
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, indent=2) if text.strip() else "{\n}\n"
    except ValueError:
        return text


def _json_field() -> TextField:
    return TextField(placeholder="none", json=True)
