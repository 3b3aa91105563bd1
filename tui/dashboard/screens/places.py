"""Where one is on the main screen: the panels, which one has the screen, and what the preview shows of it."""

from __future__ import annotations

from time import monotonic

from textual import events, on
from textual.reactive import reactive
from textual.timer import Timer

from tui.entities.action import Action
from tui.entities.rule import Rule
from tui.entities.trigger import Trigger

from ..panels.feed import FeedPanel
from ..panels.last_hour import LastHour
from ..panels.main_layout import ACTIONS, FEED, LAST_HOUR, PREVIEW, RULES, TRIGGERS, MainBody, is_compact
from ..panels.messages import CursorMoved, FeedStateChanged, RemarksChanged
from ..panels.panel import Panel
from ..panels.preview import PreviewPanel, Subject, Surroundings
from ..panels.rules import RulesPanel
from ..panels.tab_line import TabLine, TabState
from ..panels.triggers import TriggersPanel
from ..render.entry import Entry
from ..render.line import gap
from .earlier import ask_for_lines
from .linked import Linked

REST_S = 0.09
"""Preview and keys follow the cursor when it rests for so long: nothing of that takes time from the next key."""
PANELS = (ACTIONS, TRIGGERS, RULES, FEED)
PANEL_NAMES = ("actions", "triggers", "rules", "activations")


class Places(Linked):
    """Between the link and the main screen: everything about panels that is no verb."""

    actions: reactive[tuple[Action, ...] | None] = reactive(None)
    triggers: reactive[tuple[Trigger, ...] | None] = reactive(None)
    rules: reactive[tuple[Rule, ...] | None] = reactive(None)

    _body: MainBody
    _feed: FeedPanel
    _moved_at = 0.0
    """On the monotonic clock."""
    _rest_timer: Timer | None = None

    @property
    def feed(self) -> FeedPanel:
        return self._feed

    @property
    def current(self) -> Panel:
        """The panel that has the focus, or had it last."""
        return self.query_one(f"#{self._body.wishes.current}", Panel)

    @property
    def panels(self) -> list[Panel]:
        """In the order of their numbers."""
        return [self.query_one(f"#{name}", Panel) for name in PANELS]

    def go_to(self, number: int) -> Panel:
        """Give a panel (0 to 3) the focus."""
        panel = self.panels[number]
        panel.focus_lines()
        return panel

    def action_panel(self, number: int) -> None:
        self.go_to(number)

    def action_next_panel(self, step: int) -> None:
        self.action_panel((PANELS.index(self._body.wishes.current) + step) % len(PANELS))

    def action_zoom(self) -> None:
        self._body.wish(zoomed=not self._body.wishes.zoomed)
        self.refresh_bindings()
        self.call_after_refresh(self._fit)

    def action_view(self, step: int) -> None:
        self.query_one(PreviewPanel).next_view(step)
        self.show_preview()

    # What the feed tells

    def show_changes(self, changed: frozenset[str], now_ms: int) -> None:
        if any((entry := self.book.find(key)) is not None and entry.is_trigger for key in changed):
            self.query_one(TriggersPanel).lines.source_changed()
        self.query_one(f"#{ACTIONS}", Panel).lines.source_changed()
        self._body.wish(bare=self._is_bare())
        self._show_tabs()
        self.show_preview()
        self._last_hour(now_ms)

    def show_time(self, now_ms: int) -> None:
        if any(True for _ in self.book.open_entries()):
            self.show_preview()
        self._last_hour(now_ms)

    def _last_hour(self, now_ms: int) -> None:
        if LAST_HOUR in self._body.regions():
            self.query_one(LastHour).refresh_at(now_ms, self.link.complete_since_ms)

    def _is_bare(self) -> bool:
        return not (len(self.book) or self.actions or self.triggers or self.rules)

    @on(RemarksChanged)
    def _remarks_changed(self) -> None:
        self._show_tabs()

    @on(FeedStateChanged)
    def _feed_state_changed(self) -> None:
        self._show_tabs()
        self.refresh_bindings()

    # The preview

    @on(CursorMoved)
    def _cursor_moved(self) -> None:
        focused = next((panel for panel in self.panels if panel.is_focused), None)
        if focused is not None and focused.id is not None:
            moved, wishes = focused.id != self._body.wishes.current, self._body.wishes
            self._body.wish(current=focused.id)
            self._show_tabs()
            if moved and wishes.wide:
                self.call_after_refresh(self._fit)
        self._moved_at = monotonic()
        if self._rest_timer is None:
            self._rest_timer = self.set_timer(REST_S, self._follow_cursor)

    def _follow_cursor(self) -> None:
        left_s = self._moved_at + REST_S - monotonic()
        if left_s > 0:
            self._rest_timer = self.set_timer(left_s, self._follow_cursor)
            return
        self._rest_timer = None
        self.show_preview()
        self.refresh_bindings()

    def show_preview(self) -> None:
        """Show what the cursor is on, as it is now."""
        if not self.app.is_running or PREVIEW not in self._body.regions():
            return
        panel = self.current
        subject: Subject | None = getattr(panel, "selected", None)
        around = Surroundings(self.book, self.rules_known, self.now_ms(), self.query_one(RulesPanel).is_gone)
        self.query_one(PreviewPanel).show(subject, around)
        if isinstance(subject, Entry):
            ask_for_lines(self, self.operations, self.book, subject.activation_id, then=self.show_preview)

    # Sizes

    def on_resize(self, event: events.Resize) -> None:
        self.call_after_refresh(self._fit)

    def _fit(self) -> None:
        """Sizes changed: choose columns and say again what depends on them."""
        self.set_class(is_compact(self.size), "-compact")
        self._body.wish(heights=self._heights())
        region = self._body.regions().get(FEED)
        if region is not None:
            self._feed.fit(region.width)
        self._last_hour(self.now_ms())
        self.show_preview()

    def _heights(self) -> dict[str, int]:
        """Rows that the lists would like to have, with their titles."""
        return {name: self.query_one(f"#{name}", Panel).natural_height for name in (ACTIONS, TRIGGERS, RULES)}

    def _show_tabs(self) -> None:
        if not self.app.is_running:  # on the way out: a last message of a panel that is gone
            return
        counts = (self.actions, self.triggers, self.rules)
        known = [None if things is None else len(things) for things in counts] + [len(self.book)]
        tabs = tuple(
            TabState(number + 1, self.query_one(f"#{name}", Panel).TITLE, count)
            for number, (name, count) in enumerate(zip(PANELS, known, strict=True))
        )
        end = self.current.remarks()
        if self._feed.new and self.current is not self._feed:
            end = [*end, gap(2), *self._feed.detail()]
        self.query_one(TabLine).show(tabs, PANELS.index(self._body.wishes.current) + 1, end)
