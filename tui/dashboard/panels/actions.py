"""The list of actions."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from textual.binding import Binding
from textual.message import Message
from textual.reactive import reactive

from tui.entities.action import Action

from ..render import formats
from ..render.entity_rows import STATS_FROM, action_row
from ..render.line import Line
from .activation_book import ActivationBook
from .entity_panel import EntityPanel, entity_keys
from .list_panel import Column, day_of, version_key, version_of
from .messages import AddRequested, NewestRequested, OpenRequested, StartRequested, Tab
from .panel import teaching


class WatchRequested(Message):
    """Watch the file of an action, or no longer."""

    def __init__(self, action: Action) -> None:
        super().__init__()
        self.action = action


class ActionsPanel(EntityPanel):
    """Panel 1."""

    NUMBER = 1
    TITLE = "Actions"
    WRITES = EntityPanel.WRITES | {"add", "add_sequence", "invoke", "invoke_again", "watch"}
    NEEDS_ROW = EntityPanel.NEEDS_ROW | {"open", "invoke", "invoke_again", "newest", "watch"}
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
        Binding(
            "A", "add_sequence", "sequence", show=False, id="actions.add_sequence", tooltip="make a sequence by picking"
        ),
        Binding(
            "w",
            "watch",
            "watch",
            show=False,
            id="actions.watch",
            tooltip="watch its file: each save is deployed and run; w again stops",
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
        self.show_items(actions, self._draw, self._typical)

    def columns(self) -> Sequence[Column]:
        return (
            Column(name="name", value=lambda action: action.name),
            Column(name="kind", value=lambda action: action.kind),
            Column(name="limit", value=lambda action: action.limits.timeout_ms, descending=True),
            Column(name="p50", value=self._typical, descending=True),
            Column(
                name="memory",
                value=lambda action: action.limits.memory_mb,
                descending=True,
                text=lambda action: formats.memory(action.limits.memory_mb),
                width=7,
            ),
            Column(name="version", value=lambda action: version_key(action.version), text=version_of, width=8),
            Column(name="updated", value=lambda action: action.updated_ms, descending=True, text=day_of, width=12),
        )

    def fields(self) -> Mapping[str, Callable[[Any], str]]:
        return {
            "name": lambda action: action.name,
            "kind": lambda action: action.kind,
            "web": lambda action: "yes" if action.is_web else "no",
        }

    def detail_note(self) -> str:
        names = ("kind", "limit", "p50") if self.size.width >= STATS_FROM + 3 else ("kind", "limit")
        return f" {self.glyphs.dot} ".join(names)

    def _typical(self, action: Action) -> float | None:
        return None if self.book is None else self.book.typical_ms(action.name)

    def _draw(self, action: Action, width: int) -> Line:
        return action_row(action, width, self.glyphs, typical_ms=self._typical(action))

    def empty_lines(self) -> Sequence[Line]:
        if self.actions is None:
            return ()
        text = "Code that runs when asked: one file or folder, with limits."
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

    def action_add_sequence(self) -> None:
        self.post_message(AddRequested("sequence"))

    def action_watch(self) -> None:
        if action := self.selected:
            self.post_message(WatchRequested(action))
