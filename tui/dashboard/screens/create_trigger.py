"""The form for a new trigger: a name, and what every fire carries along."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.entities.names import is_valid_name
from tui.entities.parameters import Parameter
from tui.entities.trigger import Trigger
from tui.errors import UserError
from tui.operations.payloads import parse_payload

from ..render.glyphs import glyphs_of
from ..render.line import Span, gap
from ..widgets.form import FormField, Refusal, SubmitLine, TextField
from ..widgets.form_title import ModalTitle
from .edit_outside import edit_outside
from .form_screen import FormScreen

if TYPE_CHECKING:
    from tui.operations import Operations


class CreateTriggerScreen(FormScreen[Trigger], ModalScreen[Trigger | None]):
    """Dismisses with the trigger that was created, or `None`."""

    FORM = "trigger"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+e", "edit", "edit", id="form.edit", tooltip="edit the parameters in $EDITOR", priority=True),
    ]

    def __init__(self, operations: Operations) -> None:
        super().__init__(operations)

    def compose(self) -> ComposeResult:
        endpoint, glyph = self.operations.endpoint, glyphs_of(self).trigger
        with Vertical(classes="modal form"):
            yield ModalTitle((Span("New trigger ", "foreground bold"), Span(glyph, "secondary")), endpoint)
            yield Static("", classes="spacer")
            yield FormField("name", "name", TextField(), hint="such as upload-done")
            parameters = TextField(placeholder="none", json=True)
            yield FormField("parameters", "parameters", parameters, hint="JSON or @file")
            yield Static("", classes="spacer")
            yield Static(
                "A fire runs every action that an active rule ties to it. Its payload wins over the parameters.",
                classes="note",
            )
            yield Static("", classes="spacer")
            yield SubmitLine("create", indent=2)
            yield Refusal()

    def on_mount(self) -> None:
        self.fill_from_draft()
        right = (Span("ctrl+e", "primary bold"), Span(" $EDITOR", "muted"), gap(1))
        self.query_one(SubmitLine).show(right=right)
        self.fields()["name"].control.focus()

    def check(self, values: Mapping[str, str]) -> Mapping[str, str]:
        errors: dict[str, str] = {}
        if problem := name_problem(values["name"], "a trigger"):
            errors["name"] = problem
        try:
            parse_payload(values["parameters"])
        except UserError as error:
            errors["parameters"] = error.message
        return errors

    async def send(self, values: Mapping[str, str]) -> Trigger:
        parameters = tuple(Parameter(key, value) for key, value in parse_payload(values["parameters"]).items())
        return await self.operations.triggers.create(values["name"].strip(), parameters)

    def action_edit(self) -> None:
        field = self.fields()["parameters"]
        edited = edit_outside(self, field.value, suffix=".json")
        if edited is not None:
            field.value = " ".join(edited.split("\n")).strip()


def name_problem(text: str, noun: str) -> str | None:
    """What is wrong with a name that lives in no package."""
    name = text.strip()
    if not name:
        return f"{noun} needs a name"
    if "/" in name:
        return f"{noun} lives in no package: leave out the slash"
    if not is_valid_name(name):
        return "letters, digits, _ @ . & - and blanks, with a letter, digit or _ at both ends"
    return None
