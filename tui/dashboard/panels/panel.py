"""The base of the numbered panels: a title line over rows, and verbs as keys."""

from collections.abc import Hashable, Iterable, Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.reactive import reactive
from textual.widget import Widget

from ..render.glyphs import Glyphs, glyphs_of
from ..render.line import Line, Span
from ..widgets.line_view import LineView, Stick
from ..widgets.title_line import TitleLine
from .messages import CursorMoved

LOCKED = "this context is read-only"


class PanelLines(LineView):
    """Rows of a panel, which has the key to open one itself."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "choose":
            return False
        return super().check_action(action, parameters)


class Panel(Widget):
    """One numbered panel. It shows values and posts what the user asked for."""

    DEFAULT_CSS = "Panel { layout: vertical; }"

    NUMBER: ClassVar[int]
    TITLE: ClassVar[str]
    STICK: ClassVar[Stick] = "none"
    WRITES: ClassVar[frozenset[str]] = frozenset()
    """Actions of keys that change something on the platform."""
    NEEDS_ROW: ClassVar[frozenset[str]] = frozenset()
    """Actions of keys that do something with the row under the cursor."""

    locked = reactive(False)
    """Whether the context refuses writes."""
    connected = reactive(False)

    def compose(self) -> ComposeResult:
        yield TitleLine(self.TITLE, number=self.NUMBER)
        yield self.make_lines()

    def make_lines(self) -> LineView:
        return PanelLines(stick=self.STICK)

    @property
    def lines(self) -> LineView:
        return self.query_one(LineView)

    @property
    def title_line(self) -> TitleLine:
        return self.query_one(TitleLine)

    @property
    def glyphs(self) -> Glyphs:
        return glyphs_of(self)

    @property
    def selected_id(self) -> Hashable | None:
        return self.lines.cursor_id

    @property
    def natural_height(self) -> int:
        """Lines that would show everything: title and rows, or title and the text for no rows."""
        return 1 + max(1, len(self.lines.source) or len(self.empty_lines()))

    @property
    def is_focused(self) -> bool:
        return self.is_mounted and self.lines.has_focus

    def focus_lines(self) -> None:
        self.lines.focus()

    def empty_lines(self) -> Sequence[Line]:
        """What to say while there are no rows."""
        return ()

    def set_filter(self, text: str) -> None:
        """Show only rows that fit; an empty text shows all."""
        raise NotImplementedError

    def reason_disabled(self, action: str) -> str | None:
        """Why the key of an action cannot apply now; `None` if it can."""
        if not self.connected and action in self.WRITES | self.NEEDS_ROW:
            return "not connected yet"
        if self.locked and action in self.WRITES:
            return LOCKED
        if action in self.NEEDS_ROW and self.selected_id is None:
            return f"there is no {self.TITLE.lower().removesuffix('s')} under the cursor"
        return None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if not self.is_mounted:
            return True
        return True if self.reason_disabled(action) is None else None

    def watch_locked(self) -> None:
        self.refresh_bindings()

    def watch_connected(self) -> None:
        if self.is_mounted:
            self.lines.set_empty(self.empty_lines())
        self.refresh_bindings()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        self.title_line.show(focused=True)
        self.post_message(CursorMoved())

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        self.title_line.show(focused=False)

    @on(LineView.Moved)
    def _moved(self, message: LineView.Moved) -> None:
        message.stop()
        self.refresh_bindings()
        if self.is_focused:
            self.post_message(CursorMoved())

    @on(LineView.Chosen)
    async def _chosen(self, message: LineView.Chosen) -> None:
        message.stop()
        await self.run_action("open")


def teaching(sentences: Iterable[str], keys: Iterable[tuple[str, str]] = (), hint: str = "") -> list[Line]:
    """Lines for a panel without rows: what it is, and the keys that fill it."""
    lines: list[Line] = [(Span(sentence, "muted"),) for sentence in sentences]
    for key, label in keys:
        lines += [(), (Span(key, "primary bold"), Span(f" {label}"))]
    if hint:
        lines += [(), (Span(hint, "faint"),)]
    return lines
