"""A few questions that are answered with a line each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from ..jobs import Jobs
from ..render.line import Span, gap
from .confirm import TextLine


class PromptScreen(Jobs, ModalScreen[dict[str, str] | None]):
    """Dismisses with the answers by question, or `None`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "leave", id="prompt.leave", tooltip="leave it"),
    ]

    def __init__(self, title: str, questions: Sequence[str]) -> None:
        super().__init__()
        self._title = title
        self._questions = tuple(questions)

    def compose(self) -> ComposeResult:
        with Vertical(classes="modal question prompt"):
            yield TextLine([Span(self._title, "foreground bold")])
            yield TextLine(())
            for question in self._questions:
                yield TextLine([Span(question, "muted")])
                yield Input(compact=True)
            yield TextLine(())
            keys = [Span("enter", "primary bold"), Span(" next, at the last one go on", "muted"), gap(3)]
            yield TextLine([*keys, Span("esc", "primary bold"), Span(" leave it", "muted")])

    def on_mount(self) -> None:
        self.query(Input).first().focus()

    @on(Input.Submitted)
    def _answered(self, message: Input.Submitted) -> None:
        message.stop()
        fields = list(self.query(Input))
        place = fields.index(message.input)
        if place + 1 < len(fields):
            fields[place + 1].focus()
        else:
            self.dismiss({question: field.value for question, field in zip(self._questions, fields, strict=True)})
