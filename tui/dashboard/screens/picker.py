"""Pick one of a list: type to filter, `enter` takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from ..render.line import FILL, Line, Span
from ..render.source import Rows
from ..widgets.form import TextField
from ..widgets.line_view import LineView
from ..widgets.title_line import TitleLine

_FRAME_LINES = 6
"""Border, title, and the field with a blank line above and below."""


class PickScreen(ModalScreen[str | None]):
    """Dismisses with the word that was taken, or `None`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "back", id="pick.back", tooltip="take none"),
        Binding("down", "move(1)", "down", show=False, id="pick.down", tooltip="one down", priority=True),
        Binding("up", "move(-1)", "up", show=False, id="pick.up", tooltip="one up", priority=True),
    ]

    def __init__(self, title: str, choices: Sequence[str], *, current: str = "") -> None:
        """
        Args:
            current: The choice to begin on.
        """
        super().__init__()
        self._title = title
        self._choices = tuple(choices)
        self._current = current

    def compose(self) -> ComposeResult:
        with Vertical(classes="modal picker"):
            yield TitleLine(self._title, detail=(Span("enter takes, esc leaves", "faint"),))
            yield TextField(placeholder="type to filter")
            yield LineView(empty=((Span("none fits", "muted"),),))

    def on_mount(self) -> None:
        self._show("", cursor=self._current)
        self.query_one(LineView).can_focus = False
        self.query_one(TextField).focus()

    def on_resize(self) -> None:
        """As high as the choices, as far as there is room; it keeps its height while they are filtered."""
        self.query_one(LineView).styles.height = max(1, min(len(self._choices), self.app.size.height - _FRAME_LINES))

    def note_of(self, choice: str) -> str:
        """What stands faintly beside a choice."""
        return ""

    def action_move(self, step: int) -> None:
        self.query_one(LineView).action_cursor(step)

    @on(Input.Changed)
    def _filter(self, event: Input.Changed) -> None:
        event.stop()
        self._show(event.value.strip().lower(), cursor=None)

    @on(Input.Submitted)
    def _take(self, event: Input.Submitted) -> None:
        event.stop()
        taken = self.query_one(LineView).cursor_id
        if isinstance(taken, str):
            self.dismiss(taken)

    @on(LineView.Chosen)
    def _clicked(self, event: LineView.Chosen) -> None:
        if isinstance(event.row_id, str):
            self.dismiss(event.row_id)

    def _show(self, wanted: str, *, cursor: str | None) -> None:
        fitting = [choice for choice in self._choices if wanted in choice.lower()]
        view = self.query_one(LineView)
        view.show(Rows(fitting, key=lambda choice: choice, draw=self._row), cursor=cursor)
        if cursor is None:
            view.move_to_index(0)

    def _row(self, choice: str, width: int) -> Line:
        note = self.note_of(choice)
        return [Span(choice, "name", FILL), Span(f" {note}" if note else "", "faint")]
