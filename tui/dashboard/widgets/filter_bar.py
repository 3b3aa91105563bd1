"""The line on which a filter is typed."""

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

from ..render.line import Line, Span
from .drawn_line import DrawnLine


class FilterNote(DrawnLine):
    """What the filter does, at the right of it."""

    text: Line = ()

    def line(self, width: int) -> Line:
        return self.text


class FilterSign(DrawnLine):
    """The slash before the field."""

    def line(self, width: int) -> Line:
        return [Span("  / ", "primary bold")]


class FilterBar(Widget):
    """Shown while it has the focus."""

    DEFAULT_CSS = """
    FilterBar { height: 1; layout: horizontal; background: $background; }
    FilterBar FilterSign { width: 4; }
    FilterBar Input { width: 40; background: transparent; padding: 0; }
    FilterBar FilterNote { width: 1fr; padding: 0 1; }
    """
    BINDINGS = [
        Binding("escape", "clear", "clear", show=False, id="filter.clear", tooltip="clear the filter"),
        Binding("down,tab", "keep", "keep", show=False, id="filter.keep", tooltip="keep the filter, back to the list"),
    ]

    is_open = False

    class Changed(Message):
        """Another text was typed."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Closed(Message):
        """Back to the list; what was typed stays in force."""

    def compose(self) -> ComposeResult:
        yield FilterSign()
        yield Input(compact=True, placeholder="a word, field:word, !word, ~letters, /regex/")
        yield FilterNote()

    def open(self, text: str) -> None:
        self.is_open = True
        field = self.query_one(Input)
        field.value = text
        field.focus()

    def close(self) -> None:
        self.is_open = False

    def note(self, text: Line) -> None:
        widget = self.query_one(FilterNote)
        widget.text = text
        widget.redraw()

    def action_clear(self) -> None:
        self.query_one(Input).value = ""
        self.post_message(self.Changed(""))
        self.post_message(self.Closed())

    def action_keep(self) -> None:
        self.post_message(self.Closed())

    @on(Input.Changed)
    def _typed(self, message: Input.Changed) -> None:
        message.stop()
        if self.is_open:
            self.post_message(self.Changed(message.value))

    @on(Input.Submitted)
    def _submitted(self, message: Input.Submitted) -> None:
        message.stop()
        self.post_message(self.Closed())
