"""The main screen: four panels, a preview, and what the platform tells, as it becomes known."""

from __future__ import annotations

from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.reactive import reactive

from tui.entities.action import Action
from tui.entities.rule import Rule
from tui.entities.trigger import Trigger

from ..jobs import HELP
from ..panels.actions import ActionsPanel
from ..panels.feed import FeedPanel
from ..panels.last_hour import LastHour
from ..panels.main_layout import (
    ACTIONS,
    FEED,
    FILTER,
    LAST_HOUR,
    PREVIEW,
    RULES,
    TABS,
    TOO_SMALL,
    TRIGGERS,
    MainBody,
)
from ..panels.panel import LOCKED, Panel
from ..panels.preview import PreviewPanel
from ..panels.rules import RulesPanel
from ..panels.tab_line import TabLine
from ..panels.triggers import TriggersPanel
from ..render import formats
from ..render.line import Line, Span, width_of
from ..widgets.drawn_line import DrawnLine
from ..widgets.filter_bar import FilterBar
from ..widgets.footer import Footer
from ..widgets.header import Header
from . import welcome
from .confirm import ConfirmScreen, Question
from .looking_back import LookingBack
from .run_keys import stop_label


class TooSmall(DrawnLine):
    """Said where the terminal is too small for more."""

    def line(self, width: int) -> Line:
        columns, lines = self.app.size
        text = f"whisktop needs 60 columns and 16 lines; this is {columns}×{lines}"
        if width_of(text) > width:
            text = f"needs 60×16; this is {columns}×{lines}"
        return [Span(text, "warning")]


class MainScreen(LookingBack):
    """Owns what is shown; panels get it bound down."""

    FOOTER_GIVES_WAY = (".failures", ".result", ".delete", ".logs", ".zoom")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("S", "sample", "sample", id="main.sample", tooltip="load the worked sample"),
        Binding("slash", "filter", "filter", id="main.filter", tooltip="filter the list"),
        Binding("z", "zoom", "zoom", id="main.zoom", tooltip="zoom the panel, and back"),
        HELP,
        Binding("1", "panel(0)", "actions", show=False, id="main.actions", tooltip="to the actions"),
        Binding("2", "panel(1)", "triggers", show=False, id="main.triggers", tooltip="to the triggers"),
        Binding("3", "panel(2)", "rules", show=False, id="main.rules", tooltip="to the rules"),
        Binding("4", "panel(3)", "activations", show=False, id="main.activations", tooltip="to the activations"),
        Binding("tab", "next_panel(1)", "next", show=False, id="main.next", tooltip="to the next panel"),
        Binding(
            "shift+tab", "next_panel(-1)", "previous", show=False, id="main.previous", tooltip="to the panel before"
        ),
        Binding(
            "right_square_bracket",
            "view(1)",
            "view",
            show=False,
            id="main.next_view",
            tooltip="preview: next view",
        ),
        Binding(
            "left_square_bracket",
            "view(-1)",
            "view",
            show=False,
            id="main.previous_view",
            tooltip="preview: view before",
        ),
        Binding(
            "ctrl+r",
            "refresh",
            "refresh",
            show=False,
            id="main.refresh",
            tooltip="read again, try the link again",
        ),
        Binding("escape", "back", "back", show=False, id="main.back", tooltip="clear marks, filter, or zoom"),
        Binding("q", "quit", "quit", show=False, id="main.quit", tooltip="quit; jobs go on"),
    ]

    can_make_rules = reactive(False)

    def __init__(self) -> None:
        super().__init__()
        self._select_later: dict[str, str] = {}

    def compose(self) -> ComposeResult:
        yield Header()
        state = {"locked": MainScreen.locked, "connected": MainScreen.connected}
        with MainBody():
            yield TooSmall(id=TOO_SMALL)
            yield TabLine(id=TABS)
            yield ActionsPanel(id=ACTIONS).data_bind(MainScreen.actions, **state)
            yield TriggersPanel(id=TRIGGERS).data_bind(MainScreen.triggers, **state)
            yield RulesPanel(id=RULES).data_bind(
                MainScreen.rules, MainScreen.actions, can_make=MainScreen.can_make_rules, **state
            )
            yield LastHour(self.book, id=LAST_HOUR)
            yield FeedPanel(self.book, id=FEED).data_bind(**state)
            yield PreviewPanel(id=PREVIEW)
            yield FilterBar(id=FILTER)
        yield Footer()

    def on_mount(self) -> None:
        self.query_one(ActionsPanel).book = self.query_one(TriggersPanel).book = self.book
        self._body = self.query_one(MainBody)
        self._feed = self.query_one(FeedPanel)
        self._feed.focus_lines()
        self._body.wish(bare=True)
        self._show_tabs()

    # Lists

    def reload(self, collections: frozenset[str]) -> None:
        operations = self.operations
        if operations is None:
            return
        readers: dict[str, tuple[Any, Any]] = {
            "actions": (operations.actions.list, self._show_actions),
            "triggers": (operations.triggers.list, self._show_triggers),
            "rules": (operations.rules.list, self._show_rules),
        }
        for name in collections & readers.keys():
            read, show = readers[name]
            self.start_job(read, then=show, group=f"read {name}", latest_only=True)

    def _show_actions(self, actions: tuple[Action, ...]) -> None:
        self.actions = actions
        self._lists_changed("actions", ActionsPanel)

    def _show_triggers(self, triggers: tuple[Trigger, ...]) -> None:
        self.triggers = triggers
        self._lists_changed("triggers", TriggersPanel)

    def _show_rules(self, rules: tuple[Rule, ...]) -> None:
        self.rules = rules
        self._lists_changed("rules", RulesPanel)

    def _lists_changed(self, collection: str, panel: type[Panel]) -> None:
        self.can_make_rules = bool(self.actions and self.triggers)
        if (name := self._select_later.get(collection)) and self.query_one(panel).lines.move_to(name):
            del self._select_later[collection]
        self._body.wish(heights=self._heights(), bare=self._is_bare())
        if self.connected and None not in (self.actions, self.triggers, self.rules):
            empty = not (self.actions or self.triggers)
            self._feed.welcome(welcome.first_steps(self._feed.glyphs, locked=self.locked, empty=empty))
        self._show_tabs()
        self.show_preview()
        self.refresh_bindings()

    @property
    def rules_known(self) -> tuple[Rule, ...]:
        return self.rules or ()

    def select(self, collection: str, name: str) -> None:
        self._select_later[collection] = name

    # Everything else

    def action_refresh(self) -> None:
        if self.operations is None or not self.connected or self.link.is_down:
            self.app.connect()  # type: ignore[attr-defined]
            return
        if self.reader is not None:
            self.reader.feed.look_now()
        self.reload(frozenset({"actions", "triggers", "rules"}))
        self.say("reading the lists again")

    def action_sample(self) -> None:
        """Create what is missing of the worked sample."""
        if (operations := self.operations) is None:
            return

        def loaded(sample: Any) -> None:
            self.select("triggers", sample.trigger)
            self.reload(frozenset({"actions", "triggers", "rules"}))
            self.query_one(TriggersPanel).focus_lines()
            made = ", ".join(sample.created) or "nothing: it is all there"
            self.say([Span("sample: ", "faint"), Span(made), Span("   f", "primary bold"), Span(" fires", "muted")])

        self.say("loading the sample")
        self._guarded("load the sample", lambda: self.start_job(operations.load_sample, then=loaded, group="sample"))

    async def action_quit(self) -> None:
        own = [entry for entry in self.book.open_entries() if self.is_ours(entry.activation_id)]
        if not own:
            self.app.exit()
            return
        text = f"{formats.counted(len(own), 'job')} of yours still {'runs' if len(own) == 1 else 'run'}."
        goes_on = "It goes" if len(own) == 1 else "They go"
        question = Question(
            title="Quit?",
            lines=[[Span(f"{text} {goes_on} on without whisktop.")]],
            key="q",
            verb="quit",
            keep="stay",
            danger=False,
        )
        self.app.push_screen(ConfirmScreen(question), lambda yes: self.app.exit() if yes else None)

    def footer_label(self, binding: Binding) -> str | None:
        """Words of keys that do something else for the moment."""
        if binding.id == "activations.pause":
            return "resume" if self._feed.paused else "pause"
        if binding.id == "activations.failures":
            return "all" if self._feed.source.failures_only else "failures"
        if binding.id == "activations.dig":
            return "stop digging" if self.is_digging else "dig"
        if binding.id == "activations.edit":
            entry = self._feed.selected
            return "invoke" if entry is not None and not entry.is_trigger else "fire"
        if binding.id == "activations.stop":
            return stop_label(self.operations) if self._feed.reason_disabled("stop") is None else ""
        if binding.id == "main.filter" and self.query_one(FilterBar).is_open:
            return ""
        if binding.id == "main.sample":
            return "load the sample" if self.reason_disabled("sample") is None else ""
        if binding.id == "main.zoom":
            return "restore" if self._body.wishes.zoomed else "zoom"
        return None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("sample", "undo"):
            return True if self.reason_disabled(action) is None else None
        return True

    def reason_disabled(self, action: str) -> str | None:
        if action == "undo":
            return self.reason_no_undo()
        if action == "sample":
            if not self.connected:
                return "not connected yet"
            if self.locked:
                return LOCKED
            if self.actions or self.triggers:
                return "there are things already: the palette loads the sample all the same"
            return None
        return self.current.reason_disabled(action.partition("(")[0])
