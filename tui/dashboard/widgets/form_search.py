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

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "clear search", id="search.clear", tooltip="end the search", priority=True),
    ]

    class Typed(Message):
        """The text is another one, and the fingers rest."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Kept(Message):
        """`enter`: the matches stay, the keys go back to the text."""

    class Left(Message):
        """`esc`: the search is over."""

    def compose(self) -> ComposeResult:
        yield Static("/", classes="mark")
        yield TextField()
        yield Static("", classes="status", markup=False)

    @property
    def text(self) -> str:
        return self.query_one(Input).value

    def open(self) -> None:
        self.add_class("-open")
        self.query_one(Input).focus()

    def close(self) -> None:
        self.remove_class("-open")
        self.query_one(Input).value = ""

    def show(self, found: Found | None) -> None:
        """Say how the search goes."""
        status = self.query_one(".status", Static)
        status.update("" if found is None else f"{found.sentence()}   case ignored")

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        typed = event.value
        self.set_timer(_TYPING_PAUSE_S, lambda: self._settled(typed))

    def _settled(self, typed: str) -> None:
        if self.has_class("-open") and typed == self.text:
            self.post_message(self.Typed(typed))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Typed(self.text))
        self.post_message(self.Kept())

    def action_leave(self) -> None:
        self.post_message(self.Left())
