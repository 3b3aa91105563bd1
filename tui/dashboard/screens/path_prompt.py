"""Ask for the path of a file or folder: completed as one types, or picked."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from ..jobs import Jobs
from ..render.line import Span, gap
from ..widgets.form import TextField
from .action_form import find_path
from .confirm import TextLine
from .file_choice import pick_file


class PathPrompt(Jobs, ModalScreen[Path | None]):
    """Dismisses with a path that is there, or `None`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+o", "pick_file", "pick a file", id="form.pick_file", tooltip="pick a file", priority=True),
        Binding("escape", "dismiss(None)", "leave", id="prompt.leave", tooltip="leave it"),
    ]

    def __init__(self, title: str, question: str) -> None:
        super().__init__()
        self._title = title
        self._question = question

    def compose(self) -> ComposeResult:
        with Vertical(classes="modal question prompt"):
            yield TextLine([Span(self._title, "foreground bold")])
            yield TextLine(())
            yield TextLine([Span(self._question, "muted")])
            yield TextField(placeholder="path")
            yield TextLine(id="said")
            keys = [Span("enter", "primary bold"), Span(" take it", "muted"), gap(3)]
            keys += [Span("ctrl+o", "primary bold"), Span(" pick", "muted"), gap(3)]
            yield TextLine([*keys, Span("esc", "primary bold"), Span(" leave it", "muted")])

    def on_mount(self) -> None:
        from ..widgets.form_path import path_completion  # lazy: comes from a library

        field = self.query_one(TextField)
        self.mount(path_completion(field))
        field.focus()

    @on(Input.Submitted)
    def _take(self, event: Input.Submitted) -> None:
        event.stop()
        path = find_path(event.value)
        if event.value.strip() and path.exists():
            self.dismiss(path)
            return
        said = f"there is no file {path}" if event.value.strip() else "type a path"
        self.query_one("#said", TextLine).say([Span(said, "error")])

    def action_pick_file(self) -> None:
        field = self.query_one(TextField)
        pick_file(self, field.value, lambda path: setattr(field, "value", path))
