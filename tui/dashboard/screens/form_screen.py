"""What every form does: it checks as one types, names what is bad, sends once, and loses nothing that was typed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from textual import on
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Input

from tui.client.errors import Conflict, NotFound
from tui.errors import UserError

from ..jobs import Jobs
from ..render.line import Span
from ..widgets.form import FormField, Refusal, SubmitLine, mend_first
from ..widgets.form_drafts import drafts_of
from .confirm import ask_in_production

if TYPE_CHECKING:
    from tui.operations import Operations

Made = TypeVar("Made")

_SAY_SENDING_AFTER_S = 0.3
READ_ONLY = "this context is read-only: R unlocks"


class FormScreen(Jobs, Screen["Made | None"], Generic[Made]):
    """The base of the forms: fields by name, a line that sends.

    A form gives `check` and `send`. A field complains once it was left or the form was sent, and stops at once when it
    is good again. What the platform refuses is shown beside the field it is about, until that field changes.
    """

    FORM: str = ""
    """What its draft is kept under."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "send", "create", id="form.send", tooltip="send what was typed", priority=True),
        Binding("escape", "leave", "leave, draft kept", id="form.leave", tooltip="leave; what was typed is kept"),
    ]

    def __init__(self, operations: Operations) -> None:
        super().__init__()
        self.operations = operations
        self._left_once: set[str] = set()
        self._errors: Mapping[str, str] = {}
        self._refused: dict[str, tuple[str, UserError]] = {}
        self._refusal: UserError | None = None
        self._sending = False
        self._fields: dict[str, FormField] = {}
        self._told_keys: object = None

    # What a form gives

    def check(self, values: Mapping[str, str]) -> Mapping[str, str]:
        """What is wrong with the texts of the fields: one sentence by field."""
        raise NotImplementedError

    async def send(self, values: Mapping[str, str]) -> Made:
        """Send what `check` had nothing against."""
        raise NotImplementedError

    def field_of(self, error: UserError) -> str | None:
        """Which field a refusal is about; `None` for none of them."""
        return "name" if isinstance(error, (Conflict, NotFound)) else None

    def changed(self, field: str) -> None:
        """The text of a field is another one."""

    # Fields

    def fields(self) -> dict[str, FormField]:
        """By name. They are looked up once: a form's fields stay the same."""
        if not self._fields:
            self._fields = {field.field: field for field in self.query(FormField)}
        return self._fields

    def values(self) -> dict[str, str]:
        return {name: field.value for name, field in self.fields().items()}

    def keep_draft(self) -> None:
        drafts_of(self.app).keep(self.operations.endpoint, self.FORM, self.values())

    def draft(self) -> Mapping[str, str] | None:
        """What was typed here before and not sent."""
        return drafts_of(self.app).find(self.operations.endpoint, self.FORM)

    def fill_from_draft(self) -> None:
        """Every field with what was typed in it before, and watched from now on."""
        draft = self.draft() or {}
        for name, field in self.fields().items():
            field.value = draft.get(name, "")
        self.watch_fields()

    def watch_fields(self) -> None:
        """Call it once the fields are mounted and hold their first texts."""
        for name, field in self.fields().items():
            attribute = "value" if isinstance(field.control, Input) else "chosen"
            self.watch(field.control, attribute, partial(self._field_changed, name), init=False)
            self.watch(field.control, "has_focus", partial(self._focus_changed, name), init=False)
        self.recheck()

    def _field_changed(self, name: str) -> None:
        if name in self._refused and self._refused[name][0] != self.fields()[name].value:
            del self._refused[name]
        self._refusal = None
        self.changed(name)
        self.recheck()

    def _focus_changed(self, name: str, has_focus: bool) -> None:
        if not has_focus and self.fields()[name].value:
            self._left_once.add(name)
            self.recheck()

    def recheck(self) -> None:
        """Look at every field again and say what there is to say."""
        values = self.values()
        self._errors = self.check(values)
        for name, field in self.fields().items():
            refused = self._refused.get(name)
            sentence = self._errors.get(name) if name in self._left_once else None
            field.show_error(sentence or (_told(refused[1]) if refused else None))
        self._show_submit()
        told = (self.held(), tuple(self._refused))
        if told != self._told_keys:  # the footer is drawn anew only where a key changes
            self._told_keys = told
            self.refresh_bindings()

    def _shown_errors(self) -> int:
        return sum(field.error is not None for field in self.fields().values())

    def _show_submit(self) -> None:
        self.query_one(SubmitLine).show(held=self.held())
        self.query_one(Refusal).show(self._refusal)

    @on(Input.Submitted)
    def _next_field(self, event: Input.Submitted) -> None:
        event.stop()
        self.focus_next()

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "send" and self.is_mounted:
            return None if self.held() else True
        return super().check_action(action, parameters)

    def reason_disabled(self, action: str) -> str | None:
        return self.held() if action == "send" else super().reason_disabled(action)

    def question(self) -> str:
        """What is asked in production before it is sent."""
        return f"Send this {self.FORM}?"

    def held(self) -> str | None:
        """Why the form cannot be sent now; `None` where it can."""
        if self._sending:
            return "being sent"
        if self.operations.endpoint.read_only:
            return READ_ONLY
        return mend_first(self._shown_errors())

    def action_send(self) -> None:
        self._left_once.update(self.fields())
        self.recheck()
        if self._errors:
            self.query_one(
                f"#field-{next(name for name in self.fields() if name in self._errors)}", FormField
            ).control.focus()
            return
        self.keep_draft()
        ask_in_production(self, self.operations.endpoint, self.question(), self._start_sending)

    def _start_sending(self) -> None:
        values = self.values()
        self._sending = True
        self.refresh_bindings()
        self.set_timer(_SAY_SENDING_AFTER_S, self._say_sending)
        self.start_job(partial(self._send, values), then=self._sent, failed=self._not_sent)

    async def _send(self, values: Mapping[str, str]) -> Made:
        app, endpoint = self.app, self.operations.endpoint
        made = await self.send(values)
        drafts_of(app).forget(endpoint, self.FORM)  # also where the screen was left meanwhile
        return made

    def _say_sending(self) -> None:
        if self._sending:
            self.query_one(SubmitLine).show(said=(Span("being sent", "muted"),))

    def _sent(self, made: Made) -> None:
        self._sending = False
        self.dismiss(made)

    def _not_sent(self, error: UserError) -> None:
        self._sending = False
        name = self.field_of(error)
        fields = self.fields()
        if name in fields:
            self._refused[name] = (fields[name].value, error)
            fields[name].control.focus()
        else:
            self._refusal = error
        self.recheck()

    def action_leave(self) -> None:
        self.keep_draft()
        self.dismiss(None)


def _told(error: UserError) -> str:
    return f"{error.message} {error.hint}".strip()
