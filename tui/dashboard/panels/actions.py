"""The list of actions."""

from collections.abc import Sequence

from textual.binding import Binding
from textual.reactive import reactive

from tui.entities.action import Action

from ..render import formats
from ..render.entity_rows import STATS_FROM, action_row
from ..render.line import Line, Span
from ..render.source import Rows
from .activation_book import ActivationBook
from .entity_panel import EntityPanel, entity_keys
from .messages import AddRequested, NewestRequested, OpenRequested, StartRequested, Tab
from .panel import teaching


class ActionsPanel(EntityPanel):
    """Panel 1."""

    NUMBER = 1
    TITLE = "Actions"
    WRITES = EntityPanel.WRITES | {"add", "invoke", "invoke_again"}
    NEEDS_ROW = EntityPanel.NEEDS_ROW | {"open", "invoke", "invoke_again", "newest"}
    BINDINGS = [
        Binding("a", "add", "add", id="actions.add", tooltip="make one from a file or folder"),
        Binding("f", "invoke", "invoke", id="actions.invoke", tooltip="invoke it, payload first"),
        Binding(
            "F", "invoke_again", "again", show=False, id="actions.invoke_again", tooltip="invoke with the last payload"
        ),
        Binding("enter", "open", "open", id="actions.open", tooltip="code, limits, rules, last runs"),
        Binding("l", "newest('logs')", "logs", id="actions.logs", tooltip="logs of its newest run"),
        Binding("r", "newest('result')", "result", id="actions.result", tooltip="result of its newest run"),
        Binding(
            "Y",
            "newest('record')",
            "record",
            show=False,
            id="actions.record",
            tooltip="raw record of its newest run",
        ),
        *entity_keys("actions", "action"),
    ]

    actions: reactive[tuple[Action, ...] | None] = reactive(None)
    """`None` until they were read."""
    book: ActivationBook | None = None

    @property
    def selected(self) -> Action | None:
        return next((action for action in self.actions or () if action.name == self.selected_id), None)

    def watch_actions(self, actions: tuple[Action, ...] | None) -> None:
        self.title_line.show(state=_state(actions), detail=self._detail())
        self.lines.set_empty(self.empty_lines())
        self.lines.show(Rows(actions or (), key=lambda action: action.name, draw=self._draw, revision=self._typical))

    def on_resize(self) -> None:
        self.title_line.show(detail=self._detail())

    def _detail(self) -> Line:
        if not self.actions:
            return ()
        names = ("kind", "limit", "p50") if self.size.width >= STATS_FROM + 3 else ("kind", "limit")
        return [Span(f" {self.glyphs.dot} ".join(names), "faint")]

    def _typical(self, action: Action) -> float | None:
        return None if self.book is None else self.book.typical_ms(action.name)

    def _draw(self, action: Action, width: int) -> Line:
        return action_row(action, width, self.glyphs, typical_ms=self._typical(action))

    def empty_lines(self) -> Sequence[Line]:
        if self.actions is None:
            return ()
        text = ("Code that runs when asked: one", "file or folder, with limits.")
        return teaching(text, [] if self.locked else [("a", "make one from a file")])

    def action_add(self) -> None:
        self.post_message(AddRequested("action"))

    def action_invoke(self) -> None:
        if action := self.selected:
            self.post_message(StartRequested("action", action.name, again=False))

    def action_invoke_again(self) -> None:
        if action := self.selected:
            self.post_message(StartRequested("action", action.name, again=True))

    def action_open(self) -> None:
        if action := self.selected:
            self.post_message(OpenRequested(action))

    def action_newest(self, tab: Tab) -> None:
        if action := self.selected:
            self.post_message(NewestRequested("action", action.name, tab))


def _state(actions: tuple[Action, ...] | None) -> Line:
    if actions is None:
        return ()
    return [Span(formats.count(len(actions)) if actions else "none yet", "muted")]
