"""Fire a trigger or invoke an action: the payload, what was sent before, and who will answer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Literal

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Static, TextArea

from tui.entities.json import JsonObject
from tui.errors import UserError
from tui.operations.payloads import PayloadError, parse_payload

from ..jobs import Jobs
from ..render import formats
from ..render.glyphs import glyphs_of
from ..render.json_masking import masked
from ..render.json_text import inline
from ..render.line import FILL, Line, Span, gap
from ..render.source import Rows
from ..widgets.form import Refusal, SubmitLine
from ..widgets.form_drafts import drafts_of
from ..widgets.form_title import ModalTitle
from ..widgets.line_view import LineView
from ..widgets.payload_editor import MAX_EDITED_CHARS, PayloadEditor
from ..widgets.payload_history import SentPayload, payload_history
from ..widgets.payload_rules import RulesNotice
from ..widgets.title_line import TitleLine
from .answers import Answer, Remedy, apply_remedy, find_answer
from .confirm import ask_in_production
from .edit_outside import edit_outside
from .form_screen import READ_ONLY
from .now import now_ms

if TYPE_CHECKING:
    from tui.operations import Operations

Kind = Literal["trigger", "action"]
_TEXT = "text"


@dataclass(frozen=True, slots=True)
class Accepted:
    """What was sent and taken."""

    activation_id: str
    entity: str
    """Name of the trigger or action."""
    payload: JsonObject


class PayloadScreen(Jobs, ModalScreen[Accepted | None]):
    """Dismisses with what was accepted, or `None`. A text that was not sent stays as a draft."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "send", "send", id="form.send", tooltip="send the payload", priority=True),
        Binding("escape", "leave", "leave, draft kept", id="form.leave", tooltip="leave; what was typed is kept"),
        Binding("ctrl+e", "edit", "$EDITOR", id="form.edit", tooltip="edit the payload in $EDITOR", priority=True),
        Binding(
            "ctrl+r",
            "mend_rule",
            "mend the rule",
            id="form.mend_rule",
            tooltip="create the missing rule, or turn one on",
            priority=True,
        ),
        Binding("tab", "app.focus_next", "history", show=False, id="form.next", tooltip="to the history and back"),
    ]

    def __init__(self, operations: Operations, kind: Kind, name: str, initial: str | None = None) -> None:
        """
        Args:
            initial: The text to begin with; else the draft from before, else what was sent last.
        """
        super().__init__()
        self.operations = operations
        self.kind = kind
        self.entity = name
        self._initial = initial
        self._error: UserError | None = None
        self._refusal: UserError | None = None
        self._answer: Answer | None = None
        self._busy: str | None = None
        self._long_text: str | None = None

    # Layout

    def compose(self) -> ComposeResult:
        glyphs, is_trigger = glyphs_of(self), self.kind == "trigger"
        glyph = Span(glyphs.trigger, "secondary") if is_trigger else Span(glyphs.action, "faint")
        verb = "Fire " if is_trigger else "Invoke "
        with Vertical(classes="modal payload"):
            title = (Span(verb, "foreground bold"), glyph, gap(1), Span(self.entity, "foreground bold"))
            yield ModalTitle(title, self.operations.endpoint)
            yield Static("", classes="spacer")
            with Horizontal(classes="payload-halves"):
                with Vertical(classes="payload-half"):
                    yield TitleLine("Payload", number=1, state=(Span("JSON, or @file", "muted"),), id="payload-title")
                    yield PayloadEditor()
                    yield Static("", classes="payload-error", markup=False)
                with Vertical(classes="history-half"):
                    yield TitleLine("History", number=2, id="history-title")
                    yield LineView(id="history", empty=((Span("nothing sent yet", "faint"),),))
            yield RulesNotice()
            yield Static("", classes="same", markup=False)
            yield SubmitLine("fire" if is_trigger else "invoke", indent=1)
            yield Refusal()

    def on_mount(self) -> None:
        self._show_text(self._first_text())
        self._show_history()
        glyphs = glyphs_of(self)
        right = (
            Span("tab", "primary bold"),
            Span(" history, ", "muted"),
            Span(glyphs.enter, "primary bold"),
            Span(" takes", "muted"),
            gap(3),
            Span("ctrl+e", "primary bold"),
            Span(" $EDITOR", "muted"),
            gap(1),
        )
        self.query_one(SubmitLine).show(right=right)
        command = "fire" if self.kind == "trigger" else "invoke"
        self.query_one(".same", Static).update(f"same as  whisktop {command} {self.entity} --payload @payload.json")
        self.editor.focus()
        self._recheck()
        if self.kind == "trigger":
            self._ask_who_answers()

    @property
    def editor(self) -> PayloadEditor:
        return self.query_one(PayloadEditor)

    @property
    def text(self) -> str:
        """The payload as it is typed."""
        return self.editor.text if self._long_text is None else self._long_text

    # The text

    def _first_text(self) -> str:
        if self._initial is not None:
            return self._initial
        endpoint = self.operations.endpoint
        if (draft := drafts_of(self.app).find(endpoint, self._draft_name)) is not None:
            return draft[_TEXT]
        last = payload_history(self.app).last(endpoint, self.kind, self.entity)
        return "{\n  \n}" if last is None else last.text

    @property
    def _draft_name(self) -> str:
        return f"payload {self.kind} {self.entity}"

    def _show_text(self, text: str) -> None:
        """Put a text into the editor; one that is too long for it is only told about."""
        self._long_text = text if len(text) > MAX_EDITED_CHARS else None
        editor = self.editor
        editor.read_only = self._long_text is not None
        if self._long_text is not None:
            size = formats.size(len(text.encode("utf-8", "surrogatepass")))
            editor.load_text(f"{size} of JSON, too long to edit here.\nctrl+e opens it in $EDITOR.")
        else:
            editor.load_text(text)
            editor.move_cursor((1, 2) if text == "{\n  \n}" else editor.document.end)
        self._recheck()

    @on(TextArea.Changed)
    def _typed(self) -> None:
        self._refusal = None
        self._recheck()

    def _recheck(self) -> None:
        """Say where the text is no payload, and whether it can be sent."""
        try:
            parse_payload(self.text)
            self._error = None
        except UserError as error:
            self._error = error
        trouble = self._error
        self.editor.mark_error(trouble.line if isinstance(trouble, PayloadError) else None)
        line = self.query_one(".payload-error", Static)
        line.update("" if trouble is None else f"{glyphs_of(self).error} {trouble.message}")
        self._show_submit()

    def _show_submit(self) -> None:
        said: Line = () if self._busy is None else (Span(self._busy, "muted"),)
        self.query_one(Refusal).show(self._refusal)
        self.query_one(SubmitLine).show(held=self._held(), said=said)
        self.refresh_bindings()

    def _held(self) -> str | None:
        if self.operations.endpoint.read_only:
            return READ_ONLY
        if isinstance(self._error, PayloadError):
            return f"mend line {self._error.line} first"
        return "mend the payload first" if self._error is not None else None

    # History

    def _show_history(self) -> None:
        sent = payload_history(self.app).of(self.operations.endpoint, self.kind, self.entity)
        rows = Rows(sent, key=lambda entry: entry.sent_ms, draw=self._history_row)
        self.query_one("#history", LineView).show(rows)
        self.query_one("#history-title", TitleLine).show(state=(Span(str(len(sent)) if sent else "", "muted"),))

    def _history_row(self, entry: SentPayload, width: int) -> Line:
        glyphs = glyphs_of(self)
        refused = entry.activation_id is None
        mark = Span(glyphs.refused, "warning", 2) if refused else Span(glyphs.success, "success", 2)
        return [Span(formats.clock(entry.sent_ms), "muted", 10), mark, *_summary(entry.text)]

    @on(LineView.Chosen, "#history")
    def _take(self, event: LineView.Chosen) -> None:
        event.stop()
        sent = payload_history(self.app).of(self.operations.endpoint, self.kind, self.entity)
        taken = next((entry for entry in sent if entry.sent_ms == event.row_id), None)
        if taken is not None:
            self._show_text(taken.text)
            self.editor.focus()

    def on_descendant_focus(self) -> None:
        self.query_one("#payload-title", TitleLine).show(focused=self.editor.has_focus)
        self.query_one("#history-title", TitleLine).show(focused=self.query_one("#history").has_focus)

    # Who answers

    def _ask_who_answers(self) -> None:
        ask = partial(find_answer, self.operations, self.entity)
        self.start_job(ask, then=self._show_answer, failed=self._cannot_tell, group="who answers", latest_only=True)

    def _show_answer(self, answer: Answer) -> None:
        self._answer = answer
        self.query_one(RulesNotice).show(answer)
        self.refresh_bindings()

    def _cannot_tell(self, error: UserError) -> None:
        self._answer = None
        self.query_one(RulesNotice).show(None)
        self.say_error(error)

    @property
    def remedy(self) -> Remedy | None:
        """What `ctrl+r` would do."""
        return None if self._answer is None else self.query_one(RulesNotice).remedy

    def action_mend_rule(self) -> None:
        if (remedy := self.remedy) is not None:
            question = f"{remedy.verb.capitalize()} rule {remedy.rule}?"
            ask_in_production(self, self.operations.endpoint, question, partial(self._mend_rule, remedy))

    def _mend_rule(self, remedy: Remedy) -> None:
        self._busy = "mending the rule"
        self._show_submit()
        mend = partial(apply_remedy, self.operations, remedy)
        self.start_job(mend, then=self._mended, failed=self._not_done, group="mend the rule")

    def _mended(self, said: str) -> None:
        self._busy = None
        self.say(said)
        self._show_submit()
        self._ask_who_answers()

    # Sending

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if not self.is_mounted:
            return True
        if action == "send":
            return None if self._held() or self._busy else True
        if action == "mend_rule":
            return self.remedy is not None and self._busy is None and not self.operations.endpoint.read_only
        return super().check_action(action, parameters)

    def reason_disabled(self, action: str) -> str | None:
        return self._held() if action == "send" else super().reason_disabled(action)

    def action_send(self) -> None:
        text = self.text
        try:
            payload = parse_payload(text)
        except UserError:
            self._recheck()
            return
        self._keep_draft()
        verb = "Fire" if self.kind == "trigger" else "Invoke"
        send = partial(self._start_sending, text, payload)
        ask_in_production(self, self.operations.endpoint, f"{verb} {self.entity}?", send)

    def _start_sending(self, text: str, payload: JsonObject) -> None:
        self._busy = "being sent"
        self._show_submit()
        self.start_job(partial(self._send, text, payload), then=self._sent, failed=self._not_done, group="send")

    async def _send(self, text: str, payload: JsonObject) -> Accepted | None:
        """Send it and note it in the history, whether the screen is still there or not."""
        app, endpoint = self.app, self.operations.endpoint
        activation_id: str | None
        if self.kind == "trigger":
            fired = await self.operations.triggers.fire(self.entity, payload, said=self._say_busy)
            activation_id = None if fired is None else fired.activation_id
        else:
            activation_id = (
                await self.operations.actions.invoke(self.entity, payload, said=self._say_busy)
            ).activation_id
        sent = SentPayload(text, now_ms(app), activation_id)
        payload_history(app).note(endpoint, self.kind, self.entity, sent)
        drafts_of(app).forget(endpoint, self._draft_name)
        return None if activation_id is None else Accepted(activation_id, self.entity, payload)

    def _say_busy(self, said: str) -> None:
        if self.is_attached:
            self._busy = said
            self._show_submit()

    def _sent(self, accepted: Accepted | None) -> None:
        self._busy = None
        if accepted is not None:
            self.dismiss(accepted)
            return
        self._show_history()
        self._show_submit()
        self.query_one(SubmitLine).show(said=(Span("no active rule answered: nothing ran", "warning"),))
        self._ask_who_answers()

    def _not_done(self, error: UserError) -> None:
        self._busy = None
        self._refusal = error
        self._show_submit()

    def action_edit(self) -> None:
        text = self.text
        edited = edit_outside(self, text, suffix=".json")
        if edited is not None:
            self._show_text(edited.removesuffix("\n"))

    def _keep_draft(self) -> None:
        drafts_of(self.app).keep(self.operations.endpoint, self._draft_name, {_TEXT: self.text})

    def action_leave(self) -> None:
        self._keep_draft()
        self.dismiss(None)


def _summary(text: str) -> Line:
    """A payload in a few cells, its secrets hidden."""
    stripped = text.strip()
    if stripped.startswith("@"):
        return [Span(stripped, "muted", FILL)]
    try:
        value = json.loads(stripped or "{}")
    except ValueError:
        return [Span(stripped, "muted", FILL)]
    if not value:
        return [Span("{ } empty", "faint", FILL)]
    return inline(masked(value) if isinstance(value, dict) else value)
