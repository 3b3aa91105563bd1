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

from ..render.line import Span
from ..render.source import Rows
from ..widgets.form import TextField
from ..widgets.line_view import LineView
from ..widgets.title_line import TitleLine


class PickScreen(ModalScreen[str | None]):
    """Dismisses with the word that was taken, or `None`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "back", id="pick.back", tooltip="take none"),
        Binding("down", "move(1)", "down", show=False, id="pick.down", tooltip="one down", priority=True),
        Binding("up", "move(-1)", "up", show=False, id="pick.up", tooltip="one up", priority=True),
    ]

    def __init__(self, title: str, choices: Sequence[str], *, current: str = "") -> None:
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
        self._show("")
        self.query_one(LineView).can_focus = False
        self.query_one(TextField).focus()

    def action_move(self, step: int) -> None:
        self.query_one(LineView).action_cursor(step)

    @on(Input.Changed)
    def _filter(self, event: Input.Changed) -> None:
        event.stop()
        self._show(event.value.strip().lower())

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

    def _show(self, wanted: str) -> None:
        fitting = [choice for choice in self._choices if wanted in choice.lower()]
        rows = Rows(fitting, key=lambda choice: choice, draw=lambda choice, _: (Span(choice, "name"),))
        self.query_one(LineView).show(rows, cursor=self._current)
