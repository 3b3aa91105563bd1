"""Search in a text: the line one types into, and what a view that can be searched offers."""

from __future__ import annotations

from typing import ClassVar, NamedTuple, Protocol

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static

from ..render.formats import counted
from ..render.line import clean
from .form import TextField

_TYPING_PAUSE_S = 0.12
"""A long log is searched once the fingers rest, not at every letter."""


class Found(NamedTuple):
    """How a search went."""

    total: int
    lines: int
    at: int
    """From 1; 0 where nothing was found."""

    def sentence(self) -> str:
        if not self.total:
            return "no match"
        places = counted(self.total, "match", "matches")
        return f"{places} on {counted(self.lines, 'line')}, at {self.at:,} of {self.total:,}"


class Searchable(Protocol):
    """A view whose text can be searched."""

    async def search(self, text: str) -> Found:
        """Mark every place and go to the first one at or below the cursor; `""` ends the search."""

    def step(self, by: int) -> Found | None:
        """To the next or previous place, around the ends; `None` while nothing is searched for."""


class SearchLine(Horizontal):
    """`/ retr    5 matches on 5 lines, at 3 of 5   case ignored`."""

    DEFAULT_CSS = "SearchLine { height: 1; display: none; }"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "clear search", id="search.clear", tooltip="end the search", priority=True),
        Binding("up", "recall(1)", "earlier", show=False, id="search.earlier", tooltip="what was typed earlier"),
        Binding("down", "recall(-1)", "later", show=False, id="search.later", tooltip="what was typed later"),
    ]

    class Typed(Message):
        """The text is another one, and the fingers rest."""

        def __init__(self, line: SearchLine, text: str) -> None:
            super().__init__()
            self.line = line
            self.text = text

    class Kept(Message):
        """`enter`: the matches stay, the keys go back to the text."""

        def __init__(self, line: SearchLine) -> None:
            super().__init__()
            self.line = line

    class Left(Message):
        """`esc`: the search is over."""

        def __init__(self, line: SearchLine) -> None:
            super().__init__()
            self.line = line

    def __init__(self, mark: str = "/", *, placeholder: str = "", id: str | None = None) -> None:  # noqa: A002
        """
        Args:
            mark: The key that opens it.
        """
        super().__init__(id=id)
        self._mark = mark
        self._placeholder = placeholder
        self.earlier: tuple[str, ...] = ()
        """What `up` brings back, the last one first."""
        self._recalled = -1

    def compose(self) -> ComposeResult:
        yield Static(self._mark, classes="mark", markup=False)
        yield TextField(placeholder=self._placeholder)
        yield Static("", classes="status", markup=False)

    @property
    def text(self) -> str:
        return self.query_one(Input).value

    @property
    def is_open(self) -> bool:
        return self.has_class("-open")

    def open(self) -> None:
        self.add_class("-open")
        self.query_one(Input).focus()

    def close(self) -> None:
        self.remove_class("-open")
        self.query_one(Input).value = ""
        self._recalled = -1

    def show(self, found: Found | None) -> None:
        """Say how the search goes."""
        self.say("" if found is None else f"{found.sentence()}   case ignored")

    def say(self, sentence: str, *, bad: bool = False) -> None:
        """Say something right of what is typed."""
        status = self.query_one(".status", Static)
        status.set_class(bad, "-bad")
        status.update(clean(sentence))

    def action_recall(self, step: int) -> None:
        self._recalled = max(-1, min(self._recalled + step, len(self.earlier) - 1))
        field = self.query_one(Input)
        field.value = self.earlier[self._recalled] if self._recalled >= 0 else ""
        field.cursor_position = len(field.value)

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        typed = event.value
        self.set_timer(_TYPING_PAUSE_S, lambda: self._settled(typed))

    def _settled(self, typed: str) -> None:
        if self.has_class("-open") and typed == self.text:
            self.post_message(self.Typed(self, typed))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Typed(self, self.text))
        self.post_message(self.Kept(self))

    def action_leave(self) -> None:
        self.post_message(self.Left(self))
