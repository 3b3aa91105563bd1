"""Payloads with a name: take one, or keep what is typed under a name. And what the placeholders in them mean."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from tui.errors import UserError
from tui.operations.placeholders import EXPLAINED
from tui.operations.templates import Templates

from ..jobs import Jobs
from ..render.line import Line, Span, gap
from ..render.source import Rows
from ..widgets.form import TextField
from ..widgets.line_view import LineView
from ..widgets.title_line import TitleLine
from .confirm import TextLine
from .payload_text import summary

_ROWS = 10
_EMPTY = ((Span("none kept yet: type a name, ctrl+s keeps the payload under it", "muted"),),)


class TemplatesScreen(Jobs, ModalScreen[str | None]):
    """Dismisses with the text that was taken, or `None`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "back", id="templates.back", tooltip="take none"),
        Binding(
            "ctrl+s", "keep", "keep", id="templates.keep", tooltip="keep the payload under the name", priority=True
        ),
        Binding(
            "ctrl+x",
            "forget",
            "delete",
            id="templates.forget",
            tooltip="delete the one under the cursor",
            priority=True,
        ),
        Binding("down", "move(1)", "down", show=False, id="pick.down", tooltip="one down", priority=True),
        Binding("up", "move(-1)", "up", show=False, id="pick.up", tooltip="one up", priority=True),
    ]

    def __init__(self, text: str | None) -> None:
        """
        Args:
            text: What is typed, to be kept; `None` where it is too long for that.
        """
        super().__init__()
        self._text = text
        self._templates = Templates()

    def compose(self) -> ComposeResult:
        with Vertical(classes="modal question templates"):
            yield TitleLine("Templates", detail=(Span("enter takes, esc leaves", "faint"),))
            yield TextField(placeholder="a name: to keep the payload, or to find one")
            view = LineView(empty=_EMPTY)
            view.can_focus = False
            view.styles.height = _ROWS
            yield view
            yield TitleLine("Filled in when it is sent")
            for word, meaning in EXPLAINED:
                yield TextLine([Span(word, "primary", 14), Span(meaning, "muted")])
            yield TextLine(())
            keep, delete = (
                [Span("ctrl+s", "primary bold"), Span(" keep what is typed in the editor", "muted")],
                [
                    Span("ctrl+x", "primary bold"),
                    Span(" delete", "muted"),
                ],
            )
            yield TextLine([*keep, gap(3), *delete])
            yield TextLine(id="said")

    def on_mount(self) -> None:
        self._show()
        self.query_one(TextField).focus()

    @on(Input.Changed)
    def _show(self) -> None:
        """Those whose names hold what is typed."""
        wanted = self.query_one(TextField).value.strip().casefold()
        fitting = [pair for pair in self._templates.all().items() if wanted in pair[0].casefold()]
        view = self.query_one(LineView)
        view.show(Rows(fitting, key=lambda pair: pair[0], draw=self._row))
        view.move_to_index(0)
        self._say("", "muted")

    @staticmethod
    def _row(template: tuple[str, str], width: int) -> Line:
        return [Span(template[0], "name", max(16, width // 3)), gap(2), *summary(template[1])]

    @on(Input.Submitted)
    def _take(self) -> None:
        self._take_row(self.query_one(LineView).cursor_id)

    @on(LineView.Chosen)
    def _clicked(self, event: LineView.Chosen) -> None:
        self._take_row(event.row_id)

    def _take_row(self, name: object) -> None:
        text = self._templates.all().get(name) if isinstance(name, str) else None
        if text is not None:
            self.dismiss(text)

    def action_move(self, step: int) -> None:
        self.query_one(LineView).action_cursor(step)

    def action_keep(self) -> None:
        name = self.query_one(TextField).value.strip()
        if self._text is None:
            self._say("the payload is too long for a template: @FILE may stand for it", "error")
            return
        replaced = name in self._templates.all()
        try:
            self._templates.keep(name, self._text)
        except UserError as error:
            self._say(f"{error.message}  {error.hint}".strip(), "error")
            return
        self._show()
        self.query_one(LineView).move_to(name)
        self._say(f"{name} {'replaced' if replaced else 'kept'}", "success")

    def action_forget(self) -> None:
        name = self.query_one(LineView).cursor_id
        if isinstance(name, str):
            self._templates.forget(name)
            self._show()
            self._say(f"{name} deleted", "muted")

    def _say(self, text: str, role: str) -> None:
        self.query_one("#said", TextLine).say([Span(text, role)])
