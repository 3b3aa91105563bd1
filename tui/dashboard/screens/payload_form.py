"""The editor of a payload: the text, what was sent before, templates, and where the text is no payload.

What becomes of the payload is a matter of the screens that are made of this one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Generic, Literal, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Static, TextArea

from tui.entities.json import JsonObject
from tui.errors import UserError
from tui.operations.payloads import PayloadError, parse_payload
from tui.operations.placeholders import placeholders_in

from ..jobs import Jobs
from ..render import formats
from ..render.glyphs import glyphs_of
from ..render.line import Line, Span, gap, natural_width
from ..render.source import Rows
from ..widgets.drawn_line import DrawnLine
from ..widgets.form import Refusal, SubmitLine
from ..widgets.form_drafts import drafts_of
from ..widgets.form_title import ModalTitle
from ..widgets.line_view import LineView
from ..widgets.payload_editor import MAX_EDITED_CHARS, PayloadEditor
from ..widgets.payload_history import SentPayload, payload_history
from ..widgets.title_line import TitleLine
from .edit_outside import edit_outside
from .file_choice import pick_file
from .form_screen import READ_ONLY
from .payload_text import payload_of, summary

if TYPE_CHECKING:
    from tui.operations import Operations

Kind = Literal["trigger", "action"]
Left = TypeVar("Left")
EMPTY = "{\n  \n}"
_TEXT = "text"


class KeyLine(DrawnLine):
    """The keys of the editor, as many as there is room for."""

    def __init__(self, keys: tuple[tuple[str, str], ...]) -> None:
        super().__init__()
        self._keys = keys

    def line(self, width: int) -> Line:
        spans: list[Span] = [gap(1)]
        for key, label in self._keys:
            piece = [Span(key, "primary bold"), Span(f" {label}", "muted"), gap(2)]
            if natural_width(spans) + natural_width(piece) - 2 > width:
                break
            spans += piece
        return spans


class PayloadForm(Jobs, ModalScreen["Left | None"], Generic[Left]):
    """A text that was not sent stays as a draft."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "send", "send", id="form.send", tooltip="send the payload", priority=True),
        Binding("escape", "leave", "leave, draft kept", id="form.leave", tooltip="leave; what was typed is kept"),
        Binding("ctrl+e", "edit", "$EDITOR", id="form.edit", tooltip="edit the payload in $EDITOR", priority=True),
        Binding(
            "ctrl+o",
            "pick_file",
            "@file",
            id="form.pick_file",
            tooltip="pick a file that is the payload",
            priority=True,
        ),
        Binding(
            "ctrl+t",
            "templates",
            "templates",
            id="payload.templates",
            tooltip="payloads with a name: take one, keep this one; placeholders explained",
            priority=True,
        ),
        Binding("tab", "app.focus_next", "history", show=False, id="form.next", tooltip="to the history and back"),
    ]

    def __init__(
        self, operations: Operations, kind: Kind, name: str, initial: str | None = None, *, repeats: bool = False
    ) -> None:
        """
        Args:
            initial: The text to begin with; else the draft, else what was sent last.
            repeats: It is the payload of a run of before. As long as it is not changed it is sent as it was: what
                looks like a placeholder in it is none.
        """
        super().__init__()
        self.operations = operations
        self.kind = kind
        self.entity = name
        self._initial = initial
        self._repeated = initial if repeats else None
        self._error: UserError | None = None
        self._refusal: UserError | None = None
        self._busy: str | None = None
        self._news: tuple[str, str] | None = None
        self._long_text: str | None = None

    # What the screens add

    @property
    def verb(self) -> str:
        return "fire" if self.kind == "trigger" else "invoke"

    def subject(self) -> Line:
        """What the payload is for, in the title."""
        glyphs = glyphs_of(self)
        mark = Span(glyphs.trigger, "secondary") if self.kind == "trigger" else Span(glyphs.action, "faint")
        return (mark, gap(1), Span(self.entity, "foreground bold"))

    def keys(self) -> tuple[tuple[str, str], ...]:
        """Told in a line below the text."""
        return ("ctrl+t", "templates"), ("ctrl+e", "$EDITOR"), ("ctrl+o", "@file")

    def compose_notices(self) -> ComposeResult:
        """What stands between the text and the key that sends."""
        yield from ()

    def start(self, text: str) -> None:
        """The user sends a text that is a payload."""
        raise NotImplementedError

    # Layout

    def compose(self) -> ComposeResult:
        with Vertical(classes="modal payload"):
            title = (Span(f"{self.verb.capitalize()} ", "foreground bold"), *self.subject())
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
            yield from self.compose_notices()
            yield KeyLine(self.keys())
            yield SubmitLine(self.verb, indent=1)
            yield Refusal()

    def on_mount(self) -> None:
        self._show_text(self._first_text())
        self._show_history()
        enter = glyphs_of(self).enter
        pieces = (("tab", " history, "), (enter, " takes   "), ("f1", " keys"))
        right = [span for key, label in pieces for span in (Span(key, "primary bold"), Span(label, "muted"))]
        self.query_one(SubmitLine).show(right=[*right, gap(1)])
        self.editor.focus()

    @property
    def editor(self) -> PayloadEditor:
        return self.query_one(PayloadEditor)

    @property
    def text(self) -> str:
        """The payload as it is typed."""
        return self.editor.text if self._long_text is None else self._long_text

    def payload(self, *, number: int = 1) -> JsonObject:
        """The payload that is typed, as it is sent.

        Raises:
            UserError: It is none.
        """
        return parse_payload(self.text) if self.is_repeated else payload_of(self.text, self.app, number=number)

    @property
    def is_repeated(self) -> bool:
        """Whether it is that of a run of before, unchanged."""
        return self.text == self._repeated

    # The text

    def _first_text(self) -> str:
        if self._initial is not None:
            return self._initial
        endpoint = self.operations.endpoint
        if (draft := drafts_of(self.app).find(endpoint, self.draft_name)) is not None:
            return draft[_TEXT]
        last = payload_history(self.app).last(endpoint, self.kind, self.entity)
        return EMPTY if last is None else last.text

    @property
    def draft_name(self) -> str:
        """What the draft is kept under."""
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
            editor.move_cursor((1, 2) if text == EMPTY else editor.document.end)
        self._recheck()

    @on(TextArea.Changed)
    def _typed(self) -> None:
        self._refusal = None
        self._recheck()

    def _recheck(self) -> None:
        """Say where the text is no payload, and whether it can be sent."""
        try:
            self.payload()
            self._error = None
        except UserError as error:
            self._error = error
        trouble = self._error
        self.editor.mark_error(trouble.line if isinstance(trouble, PayloadError) else None)
        line = self.query_one(".payload-error", Static)
        line.set_class(trouble is None, "-fine")
        line.update(self._filled_in() if trouble is None else f"{glyphs_of(self).error} {trouble.message}")
        self._show_submit()

    def _filled_in(self) -> str:
        names = () if self.is_repeated or self._long_text is not None else placeholders_in(self.text)
        return f"filled in when it is sent: {', '.join(names)}" if names else ""

    def _show_submit(self) -> None:
        said: Line = () if self._busy is None else (Span(self._busy, "muted"),)
        if self._busy is None and self._news is not None and self._news[0] == self.text:
            said = (Span(self._news[1], "warning"),)
        self.query_one(Refusal).show(self._refusal)
        self.query_one(SubmitLine).show(held=self.held(), said=said)
        self.refresh_bindings()

    def held(self) -> str | None:
        """Why it cannot be sent now; `None` where it can."""
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
        return [Span(formats.clock(entry.sent_ms), "muted", 10), mark, *summary(entry.text)]

    @on(LineView.Chosen, "#history")
    def _take(self, event: LineView.Chosen) -> None:
        event.stop()
        sent = payload_history(self.app).of(self.operations.endpoint, self.kind, self.entity)
        taken = next((entry for entry in sent if entry.sent_ms == event.row_id), None)
        if taken is not None:
            self._take_text(taken.text)

    def _take_text(self, text: str) -> None:
        self._repeated = None  # it was typed once, placeholders and all
        self._show_text(text)
        self.editor.focus()

    def on_descendant_focus(self) -> None:
        self.query_one("#payload-title", TitleLine).show(focused=self.editor.has_focus)
        self.query_one("#history-title", TitleLine).show(focused=self.query_one("#history").has_focus)

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "send" and self.is_mounted:
            return None if self.held() or self._busy else True
        return super().check_action(action, parameters)

    def reason_disabled(self, action: str) -> str | None:
        return (self.held() or self._busy) if action == "send" else super().reason_disabled(action)

    def action_send(self) -> None:
        if (text := self.checked_text()) is not None:
            self.start(text)

    def checked_text(self) -> str | None:
        """The text, kept as a draft; `None` where it is no payload, which is then said."""
        self._recheck()
        if self.held() is not None or self._busy is not None:
            return None
        self._keep_draft()
        return self.text

    def action_edit(self) -> None:
        edited = edit_outside(self, self.text, suffix=".json")
        if edited is not None:
            self._show_text(edited.removesuffix("\n"))

    def action_pick_file(self) -> None:
        typed = self.text.strip()
        pick_file(self, typed[1:] if typed.startswith("@") else "", lambda path: self._take_text(f"@{path}"))

    def action_templates(self) -> None:
        from .payload_templates import TemplatesScreen

        text = None if self._long_text is not None else self.text
        self.app.push_screen(TemplatesScreen(text), self._template_taken)

    def _template_taken(self, text: str | None) -> None:
        if text is not None:
            self._take_text(text)

    def busy(self, said: str | None) -> None:
        """Something is being done, in a few words; `None`: no longer."""
        if self.is_there:
            self._busy = said
            self._show_submit()

    def tell(self, said: str) -> None:
        """What came of the text that is typed, told until it is changed."""
        self._news = (self.text, said)
        self._show_submit()

    def not_done(self, error: UserError) -> None:
        """The platform refused."""
        self._busy = None
        self._refusal = error
        self._show_submit()

    def _keep_draft(self) -> None:
        drafts_of(self.app).keep(self.operations.endpoint, self.draft_name, {_TEXT: self.text})

    def action_leave(self) -> None:
        self._keep_draft()
        self.dismiss(None)
