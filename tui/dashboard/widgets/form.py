"""Fields of a form: a label, what one types into, a hint, and below them what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.highlighter import Highlighter
from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Input, Static

from tui.entities.text import visible_line
from tui.errors import UserError

from ..render.glyphs import glyphs_of
from ..render.json_masking import mask_text
from ..render.json_text import coloured_line
from ..render.line import FILL, Line, Span, clean, gap, natural_width
from ..render.palette import palette_of
from .drawn_line import DrawnLine


class FormField(Widget):
    """One field. Its control is an `Input`, or a `ChoiceLine`."""

    def __init__(self, name: str, label: str, control: Input | ChoiceLine, *, hint: str = "") -> None:
        super().__init__(id=f"field-{name}", classes="field")
        self.field = name
        self._label = label
        self.control = control
        self._hint = hint
        self.error: str | None = None

    def compose(self) -> ComposeResult:
        with Horizontal(classes="row"):
            yield Static(glyphs_of(self).cursor, classes="mark", markup=False)
            yield Static(self._label, classes="label", markup=False)
            yield self.control
            yield Static(self._hint, classes="hint", markup=False)
        yield Static("", classes="error", markup=False)

    def on_descendant_focus(self) -> None:
        self.add_class("-focused")

    def on_descendant_blur(self) -> None:
        self.remove_class("-focused")

    @property
    def value(self) -> str:
        return self.control.value

    @value.setter
    def value(self, text: str) -> None:
        self.control.value = text

    def show_hint(self, text: str, *, good: bool = False) -> None:
        """What stands right of the control."""
        if not self.is_mounted:
            self._hint = text
            return
        hint = self.query_one(".hint", Static)
        hint.set_class(good, "-good")
        hint.update(clean(text), layout=False)

    def show_error(self, sentence: str | None) -> None:
        """Say below the control what is wrong with it, or take that away."""
        if sentence == self.error:
            return
        self.error = sentence
        self.set_class(sentence is not None, "-bad")
        line = self.query_one(".error", Static)
        line.update("" if sentence is None else f"{glyphs_of(self).error} {clean(sentence)}")


class JsonColours(Highlighter):
    """JSON in one line in its colours, for an `Input`; secrets in it are hidden while the cursor is elsewhere."""

    def __init__(self, owner: Widget) -> None:
        self._owner = owner

    def highlight(self, text: Text) -> None:
        if not self._owner.has_focus:
            text.plain = mask_text(text.plain)
        palette, at = palette_of(self._owner.app), 0
        for span in coloured_line(text.plain):
            text.stylize(palette.style(span.role), at, at + len(span.text))
            at += len(span.text)


class TextField(Input):
    """An input of one line, as forms use it."""

    def __init__(self, value: str = "", *, placeholder: str = "", json: bool = False, id: str | None = None) -> None:  # noqa: A002
        super().__init__(value, placeholder=placeholder, compact=True, select_on_focus=False, id=id)
        self.cursor_blink = False
        if json:
            self.highlighter = JsonColours(self)

    def validate_value(self, value: str) -> str:
        """Only text that may reach the terminal is taken: what is pasted or picked comes from outside."""
        return visible_line(value.replace("\t", " "))


class ChoiceLine(Widget, can_focus=True):
    """A few words of which one is chosen: `(•) no  ( ) yes  ( ) raw`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,space", "choose(1)", "next", show=False, id="choice.next", tooltip="choose the next one"),
        Binding("left", "choose(-1)", "previous", show=False, id="choice.previous", tooltip="choose the one before"),
    ]

    chosen: reactive[int] = reactive(0)

    class Changed(Message):
        """Another word was chosen."""

        def __init__(self, control: ChoiceLine, value: str) -> None:
            super().__init__()
            self._control = control
            self.value = value

        @property
        def control(self) -> ChoiceLine:
            return self._control

    def __init__(self, choices: Sequence[str], *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.choices = tuple(choices)

    @property
    def value(self) -> str:
        return self.choices[self.chosen]

    @value.setter
    def value(self, word: str) -> None:
        if word in self.choices:
            self.chosen = self.choices.index(word)

    def watch_chosen(self) -> None:
        if self.is_mounted:
            self.post_message(self.Changed(self, self.value))

    def action_choose(self, step: int) -> None:
        self.chosen = (self.chosen + step) % len(self.choices)

    def on_click(self, event: events.Click) -> None:
        at = 0
        for index, word in enumerate(self.choices):
            at += len(word) + 6
            if event.x < at:
                self.chosen = index
                return

    def render(self) -> Text:
        palette, text = palette_of(self.app), Text(no_wrap=True)
        dot = "•" if glyphs_of(self).name == "unicode" else "*"
        for index, word in enumerate(self.choices):
            is_chosen = index == self.chosen
            lit = "primary bold" if self.has_focus else "foreground"
            text.append(f"({dot if is_chosen else ' '})", palette.style(lit if is_chosen else "muted"))
            text.append(
                f" {word}" + ("  " if index < len(self.choices) - 1 else ""),
                palette.style("foreground" if is_chosen else "muted"),
            )
        return text

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()


class SubmitLine(DrawnLine):
    """The key that sends, and why it cannot: ` ctrl+s  create    1 field to mend first`."""

    def __init__(self, verb: str, *, indent: int = 0, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._verb = verb
        self._indent = indent
        self._held: str | None = None
        self._said: Line = ()
        self._right: Line = ()

    def show(self, *, held: str | None = None, said: Line = (), right: Line | None = None) -> None:
        """Grey the key and say why (`held`), or say something else beside it."""
        self._held, self._said = held, said
        self._right = self._right if right is None else right
        self.redraw()

    @property
    def verb(self) -> str:
        return self._verb

    def line(self, width: int) -> Line:
        role = "chip-blurred" if self._held else "chip bold"
        spans: list[Span] = [gap(self._indent), Span(f" ctrl+s  {self._verb} ", role), gap(3)]
        if self._held:
            spans.append(Span(self._held, "error"))
        if self._held and self._said:
            spans.append(gap(3))
        spans += self._said
        if natural_width(spans) + natural_width(self._right) + 2 > width:
            return spans
        return [*spans, Span("", width=FILL), *self._right]


class Refusal(Static):
    """What the platform had against it and what to do about that; takes no room until then."""

    def __init__(self) -> None:
        super().__init__("", markup=False)

    def show(self, error: UserError | None) -> None:
        self.set_class(error is not None, "-told")
        if error is not None:
            palette = palette_of(self.app)
            text = Text(f"{glyphs_of(self).error} {clean(error.message)}", palette.style("error"))
            if error.hint:
                text.append(f"  {clean(error.hint)}", palette.style("muted"))
            self.update(text)


def mend_first(count: int) -> str | None:
    """Why a form is not sent."""
    if not count:
        return None
    return "1 field to mend first" if count == 1 else f"{count} fields to mend first"
