"""A question before something that cannot be taken back: it names the thing and what follows."""

from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen, Screen
from textual.widgets import Input

from tui.entities.endpoint import Endpoint

from ..jobs import Jobs
from ..render.line import Line, Span, gap
from ..widgets.drawn_line import DrawnLine


class Question(Struct, frozen=True):
    """What is asked."""

    title: str
    lines: Sequence[Line]
    """What happens, and its consequences."""
    key: str
    """The key that does it."""
    verb: str
    """What that key does: `delete`."""
    keep: str = "keep"
    """What `esc` does."""
    typed: str | None = None
    """A name to be typed before the key works, where a slip would cost too much."""
    danger: bool = True


class TextLine(DrawnLine):
    """One line of the question."""

    def __init__(self, text: Line = (), *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.text = text

    def line(self, width: int) -> Line:
        return [gap(1), *self.text]

    def say(self, text: Line) -> None:
        self.text = text
        self.redraw()


class ConfirmScreen(Jobs, ModalScreen[bool]):
    """Dismisses with whether to do it."""

    BINDINGS = [Binding("escape", "dismiss(False)", "keep", show=False, id="confirm.keep", tooltip="leave it as it is")]

    def __init__(self, question: Question) -> None:
        super().__init__()
        self.question = question

    def compose(self) -> ComposeResult:
        question = self.question
        role = "error bold" if question.danger else "foreground bold"
        with Vertical(classes="modal question"):
            yield TextLine([Span(question.title, role)])
            yield TextLine(())
            for line in question.lines:
                yield TextLine(line)
            yield TextLine(())
            if question.typed is not None:
                yield TextLine([Span("Type ", "muted"), Span(question.typed), Span(" to go on:", "muted")])
                yield Input(compact=True, id="typed")
                yield TextLine(())
            yield TextLine(self._keys())

    def _keys(self) -> Line:
        question = self.question
        key = "enter" if question.typed is not None else question.key
        return [
            Span(key, "primary bold"),
            Span(f" {question.verb}", "muted"),
            gap(3),
            Span("esc", "primary bold"),
            Span(f" {question.keep}", "muted"),
        ]

    def on_key(self, event: events.Key) -> None:
        if self.question.typed is None and event.key == self.question.key:
            event.stop()
            self.dismiss(True)

    @on(Input.Submitted)
    def _typed(self, message: Input.Submitted) -> None:
        if message.value == self.question.typed:
            self.dismiss(True)


def ask_in_production(screen: Screen[Any], endpoint: Endpoint, what: str, do: Callable[[], object]) -> None:
    """Do it; in a production context only after `y`."""
    if not endpoint.production:
        do()
        return
    question = Question(title=what, lines=where_in_production(endpoint), key="y", verb="yes", keep="not now")

    def answered(yes: bool | None) -> None:
        if yes:
            do()

    screen.app.push_screen(ConfirmScreen(question), answered)


def where_in_production(endpoint: Endpoint) -> list[Line]:
    """Which account a question is about, where it is one to be careful with."""
    if not endpoint.production:
        return []
    return [[Span("PROD ", "error bold"), Span(f"{endpoint.context}, namespace {endpoint.namespace}")]]
