"""The command line at the foot of the screen: type a word, complete it, run it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from ..render.line import FILL, Line, Span, gap
from ..render.source import Rows
from ..widgets.drawn_line import DrawnLine
from ..widgets.line_view import LineView
from ..widgets.title_line import TitleLine
from .command_words import Candidate, Words

ROWS = 8


class Colon(DrawnLine):
    """The sign before the field."""

    def line(self, width: int) -> Line:
        return [Span("  : ", "primary bold")]


class CommandLine(ModalScreen[str | None]):
    """Dismisses with the line to run, or `None`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "back", id="command.back", tooltip="leave it"),
        Binding("down", "move(1)", "down", show=False, id="command.down", tooltip="next offer", priority=True),
        Binding("up", "move(-1)", "up", show=False, id="command.up", tooltip="offer before", priority=True),
        Binding("tab", "complete", "complete", id="command.complete", tooltip="complete the line", priority=True),
    ]

    def __init__(self, words: Words, recent: Sequence[str], text: str = "") -> None:
        """
        Args:
            recent: Lines that were run before, newest first: offered while nothing is typed.
            text: What stands in the field at first.
        """
        super().__init__()
        self._words = words
        self._recent = tuple(recent)
        self._text = text
        self._offers: tuple[Candidate, ...] = ()
        self._chosen: int | None = None

    def compose(self) -> ComposeResult:
        with Vertical(id="command-box"):
            yield TitleLine("Command", detail=(Span("tab completes  enter runs  esc leaves", "faint"),))
            yield LineView(empty=((Span("nothing fits", "muted"),),))
            with Horizontal(id="command-row"):
                yield Colon()
                yield Input(self._text, compact=True, select_on_focus=False)

    def on_mount(self) -> None:
        view = self.query_one(LineView)
        view.can_focus = False
        self.query_one(Input).focus()
        self._offer(self._text)

    @on(Input.Changed)
    def _typed(self, message: Input.Changed) -> None:
        message.stop()
        self._offer(message.value)

    def _offer(self, text: str) -> None:
        recent = [Candidate(line, "again", True) for line in self._recent] if not text.strip() else []
        self._offers = (*recent, *self._words.candidates(text))
        self._chosen = None
        view = self.query_one(LineView)
        view.styles.height = max(1, min(ROWS, len(self._offers)))
        view.show(Rows(tuple(enumerate(self._offers)), key=lambda pair: pair[0], draw=self._draw))
        view.move_to_index(0)

    def _draw(self, pair: tuple[int, Candidate], width: int) -> Line:
        offer = pair[1]
        return [gap(2), Span(offer.text, "name", min(34, width // 2)), gap(2), Span(offer.note, "muted", FILL)]

    def action_move(self, step: int) -> None:
        if not self._offers:
            return
        view = self.query_one(LineView)
        if self._chosen is not None or step < 0:
            view.action_cursor(step)
        self._chosen = view.cursor_index

    def action_complete(self) -> None:
        if not self._offers:
            return
        field = self.query_one(Input)
        offer = self._offers[self._chosen or 0]
        field.value = f"{offer.text} " if offer.text == field.value else offer.text
        field.cursor_position = len(field.value)

    @on(Input.Submitted)
    def _submitted(self, message: Input.Submitted) -> None:
        message.stop()
        self._run(self._offers[self._chosen] if self._chosen is not None else None)

    @on(LineView.Moved)
    def _clicked(self, message: LineView.Moved) -> None:
        message.stop()

    @on(LineView.Chosen)
    def _taken(self, message: LineView.Chosen) -> None:
        message.stop()
        self._run(self._offers[self.query_one(LineView).cursor_index])

    def _run(self, offer: Candidate | None) -> None:
        field = self.query_one(Input)
        if offer is not None and not offer.ready:
            field.value = offer.text
            field.cursor_position = len(field.value)
            return
        line = field.value if offer is None else offer.text
        self.dismiss(line.strip() or None)

    def on_click(self, event: events.Click) -> None:
        if event.widget is self:  # beside the box
            self.dismiss(None)
