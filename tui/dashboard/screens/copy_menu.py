"""The copy menu: the forms of one thing, the first lines of the chosen one, and whether keys stand in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from ..render import formats
from ..render.line import Line, Span
from ..render.source import Rows
from ..widgets.form import TextField
from ..widgets.line_view import LineView
from ..widgets.title_line import TitleLine
from .copies import Copyable

_SHOWN_CHARS = 4_000
_KEY_ROW = "keys in the calls"


class Copied(NamedTuple):
    """What was chosen."""

    label: str
    text: str


class CopyMenu(ModalScreen[Copied | None]):
    """Type to filter, `enter` copies. Dismisses with what was chosen, or `None`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "back", id="copy.back", tooltip="copy nothing"),
        Binding("down", "move(1)", "down", show=False, id="copy.down", tooltip="one down", priority=True),
        Binding("up", "move(-1)", "up", show=False, id="copy.up", tooltip="one up", priority=True),
    ]

    def __init__(self, title: str, copies: Sequence[Copyable], *, first: str = "") -> None:
        """
        Args:
            first: The label to begin on.
        """
        super().__init__()
        self._title = title
        self._copies = {copy.label: copy for copy in copies}
        self._has_calls = any(": " in label for label in self._copies)
        self._first = first
        self._with_key = False

    def compose(self) -> ComposeResult:
        with Vertical(classes="modal copy-menu"):
            yield TitleLine(self._title, detail=(Span("enter copies, esc leaves", "faint"),))
            yield TextField(placeholder="type to filter: id, result, curl …")
            yield LineView(empty=((Span("none fits", "muted"),),), id="forms")
            yield TitleLine("What is copied", id="about")
            yield LineView(cursor=False, id="text")

    def on_mount(self) -> None:
        for view in self.query(LineView):
            view.can_focus = False
        self._show("", cursor=self._first)
        self.query_one(TextField).focus()

    def action_move(self, step: int) -> None:
        self.query_one("#forms", LineView).action_cursor(step)

    @on(Input.Changed)
    def _filter(self, event: Input.Changed) -> None:
        event.stop()
        self._show(event.value.strip().lower())

    @on(LineView.Moved, "#forms")
    def _moved(self, event: LineView.Moved) -> None:
        event.stop()
        self._show_text()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._take()

    @on(LineView.Chosen, "#forms")
    def _clicked(self, event: LineView.Chosen) -> None:
        event.stop()
        self._take()

    def _take(self) -> None:
        label = self.query_one("#forms", LineView).cursor_id
        if label == _KEY_ROW:
            self._with_key = not self._with_key
            with self.prevent(Input.Changed):
                self.query_one(TextField).value = ""
            self._show("", cursor=_KEY_ROW)
        elif (copy := self._copies.get(str(label))) is not None:
            self.dismiss(Copied(copy.label, copy.make(self._with_key)))

    def _show(self, wanted: str, *, cursor: str | None = None) -> None:
        labels = [*self._copies, *([_KEY_ROW] if self._has_calls else [])]
        fitting = sorted(
            (label for label in labels if wanted in label.lower()),
            key=lambda label: not label.lower().startswith(wanted),
        )
        view = self.query_one("#forms", LineView)
        view.show(Rows(fitting, key=lambda label: label, draw=self._row), cursor=cursor)
        if cursor is None:
            view.move_to_index(0)
        self._show_text()

    def _row(self, label: str, width: int) -> Line:
        if label == _KEY_ROW:
            said = "in clear" if self._with_key else "named by a variable"
            return [Span(label, "muted"), Span(f"  {said}", "warning" if self._with_key else "faint")]
        language, colon, words = label.partition(": ")
        return [Span(language, "name"), Span(f"  {words}" if colon else "", "muted")]

    def _show_text(self) -> None:
        copy = self._copies.get(str(self.query_one("#forms", LineView).cursor_id))
        view, about = self.query_one("#text", LineView), self.query_one("#about", TitleLine)
        if copy is None:
            view.show_lines([(Span("enter shows the key in the calls, or names it again", "muted"),)])
            about.show(detail=())
            return
        text = copy.make(self._with_key)
        view.show_lines([(Span(line),) for line in text[:_SHOWN_CHARS].split("\n")])
        size = len(text.encode("utf-8", "replace"))
        about.show(detail=(Span(formats.size(size), "faint"),))
