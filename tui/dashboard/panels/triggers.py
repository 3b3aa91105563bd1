"""The list of triggers."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from textual.binding import Binding
from textual.reactive import reactive

from tui.entities.trigger import Trigger

from ..render.entity_rows import trigger_row
from ..render.line import Line
from .activation_book import ActivationBook
from .entity_panel import EntityPanel, entity_keys
from .list_panel import Column, day_of, version_key, version_of
from .messages import AddRequested, NewestRequested, OpenRequested, StartRequested, Tab
from .panel import teaching


class TriggersPanel(EntityPanel):
    """Panel 2."""

    NUMBER = 2
    TITLE = "Triggers"
    WRITES = EntityPanel.WRITES | {"add", "fire", "fire_again"}
    NEEDS_ROW = EntityPanel.NEEDS_ROW | {"open", "fire", "fire_again", "newest"}
    BINDINGS = [
        Binding("a", "add", "add", id="triggers.add", tooltip="make one by name"),
        Binding("f", "fire", "fire", id="triggers.fire", tooltip="fire it, payload first"),
        Binding("F", "fire_again", "again", show=False, id="triggers.fire_again", tooltip="fire with the last payload"),
        Binding("enter", "open", "open", id="triggers.open", tooltip="trace of its newest firing"),
        Binding("l", "newest('logs')", "logs", id="triggers.logs", tooltip="log of its newest firing"),
        Binding("r", "newest('result')", "result", id="triggers.result", tooltip="payload of its newest firing"),
        Binding(
            "Y",
            "newest('record')",
            "record",
            show=False,
            id="triggers.record",
            tooltip="raw record of its newest firing",
        ),
        *entity_keys("triggers", "trigger"),
    ]

    triggers: reactive[tuple[Trigger, ...] | None] = reactive(None)
    book: ActivationBook | None = None

    @property
    def selected(self) -> Trigger | None:
        return next((trigger for trigger in self.triggers or () if trigger.name == self.selected_id), None)

    def watch_triggers(self, triggers: tuple[Trigger, ...] | None) -> None:
        self.show_items(triggers, self._draw, self._fires)

    def columns(self) -> Sequence[Column]:
        return (
            Column(name="name", value=lambda trigger: trigger.name),
            Column(name="rules", value=lambda trigger: len(trigger.rules or {}), descending=True),
            Column(name="fires", value=self._fires, descending=True),
            Column(name="version", value=lambda trigger: version_key(trigger.version), text=version_of, width=8),
            Column(name="updated", value=lambda trigger: trigger.updated_ms, descending=True, text=day_of, width=12),
        )

    def fields(self) -> Mapping[str, Callable[[Any], str]]:
        return {
            "name": lambda trigger: trigger.name,
            "rules": lambda trigger: str(len(trigger.rules or {})),
            "rule": lambda trigger: " ".join(trigger.rules or {}),
        }

    def detail_note(self) -> str:
        return f"rules {self.glyphs.dot} fires"

    def _fires(self, trigger: Trigger) -> int:
        return 0 if self.book is None else self.book.fires.get(trigger.name, 0)

    def _draw(self, trigger: Trigger, width: int) -> Line:
        return trigger_row(trigger, width, self.glyphs, fires=self._fires(trigger))

    def empty_lines(self) -> Sequence[Line]:
        if self.triggers is None:
            return ()
        text = "A named event. Firing it returns at once; rules do the rest."
        return teaching(text, [] if self.locked else [("a", "make one by name")])

    def action_add(self) -> None:
        self.post_message(AddRequested("trigger"))

    def action_fire(self) -> None:
        if trigger := self.selected:
            self.post_message(StartRequested("trigger", trigger.name, again=False))

    def action_fire_again(self) -> None:
        if trigger := self.selected:
            self.post_message(StartRequested("trigger", trigger.name, again=True))

    def action_open(self) -> None:
        if trigger := self.selected:
            self.post_message(OpenRequested(trigger))

    def action_newest(self, tab: Tab) -> None:
        if trigger := self.selected:
            self.post_message(NewestRequested("trigger", trigger.name, tab))
