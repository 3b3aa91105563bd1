"""Where one was: views to go back to, and how the lists stood when the last session ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from textual import on

from ..panels.messages import CauseRequested, CursorMoved, NewestRequested, OpenRequested, RunRequested, Thing
from .changing import collection_of
from .noticing import Noticing
from .places import PANEL_NAMES, PANELS
from .visits import Visit, Visits

if TYPE_CHECKING:
    from tui.entities.endpoint import Endpoint
    from tui.operations import Operations
    from tui.operations.sessions import Sessions

    from ..panels.panel import Panel

PANEL, RUN, OPEN, NEWEST, CAUSE = "panel", "run", "open", "newest", "cause"


class Resuming(Noticing):
    """Between notices and what the configuration adds."""

    def __init__(self) -> None:
        super().__init__()
        self.visits = Visits()
        self._resumed: tuple[str, str] | None = None
        """The account whose view was restored."""

    # Views that were visited

    def _note_panel(self) -> None:
        focused = next((panel.id for panel in self.panels if panel.is_focused), None)
        if focused is not None:
            self.visits.note(Visit(PANEL, focused))

    @on(CursorMoved)
    def _visited_panel(self) -> None:
        if self.app.screen is self:
            self._note_panel()

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        self._note_panel()

    @on(RunRequested)
    def _visited_run(self, request: RunRequested) -> None:
        self.visits.note(Visit(RUN, request.activation_id, request.tab or ""))

    @on(NewestRequested)
    def _visited_newest(self, request: NewestRequested) -> None:
        self.visits.note(Visit(f"{NEWEST} {request.collection}", request.name, request.tab))

    @on(OpenRequested)
    def _visited_thing(self, request: OpenRequested) -> None:
        self.visits.note(Visit(OPEN, request.thing.name, collection_of(request.thing)))

    @on(CauseRequested)
    def _visited_cause(self, request: CauseRequested) -> None:
        self.visits.note(Visit(CAUSE, request.activation_id))

    def go_back(self, step: int) -> None:
        """To the view before or after this one; with 0, to where one was before."""
        visit = self.visits.step(step) if step else self.visits.last()
        if visit is None:
            self.say("there is no view further on" if step > 0 else "there is no view before this one", "warning")
            return
        self._visit(visit)

    def _visit(self, visit: Visit) -> None:
        self.come_back()
        kind, _, collection = visit.kind.partition(" ")
        if kind == PANEL:
            self.visits.going_to = None
            self.go_to(PANELS.index(visit.name))
        elif kind == RUN:
            self.post_message(RunRequested(visit.name, visit.detail or None))  # type: ignore[arg-type]
        elif kind == NEWEST:
            self.post_message(NewestRequested(collection, visit.name, visit.detail))  # type: ignore[arg-type]
        elif kind == CAUSE:
            self.post_message(CauseRequested(visit.name))
        elif (thing := self._thing(visit.detail, visit.name)) is not None:
            self.post_message(OpenRequested(thing))
        else:
            self.visits.going_to = None
            self.say(f"{visit.name} is gone", "warning")

    def _thing(self, collection: str, name: str) -> Thing | None:
        things: tuple[Thing, ...] = getattr(self, collection, None) or ()
        return next((thing for thing in things if thing.name == name), None)

    # The session before

    @property
    def _sessions(self) -> Sessions | None:
        """`None` where every session begins anew."""
        wanted = self.app.settings.dashboard.restore_view  # type: ignore[attr-defined]
        return self.app.sessions if wanted else None  # type: ignore[attr-defined]

    def attach(self, operations: Operations) -> None:
        account = (operations.endpoint.url, operations.endpoint.namespace)
        if (sessions := self._sessions) is not None and account != self._resumed:
            self.restore_view(sessions.view_of(operations.endpoint))
        self._resumed = account
        super().attach(operations)

    def keep_view(self, endpoint: Endpoint) -> None:
        """Remember how the lists stand, for the next session."""
        if (sessions := self._sessions) is not None and self._resumed is not None:
            sessions.keep_view(endpoint, self.view())

    def view(self) -> dict[str, Any]:
        """How the lists stand, as JSON."""
        panels = {}
        for name, panel in zip(PANEL_NAMES, self.panels, strict=True):
            column, descending = panel.order
            panels[name] = {
                "filter": panel.filter_text,
                "sort": column,
                "descending": descending,
                "wide": panel.wide,
            }
        return {
            "panel": PANEL_NAMES[PANELS.index(self._body.wishes.current)],
            "panels": panels,
            "failures_only": self._feed.source.failures_only,
            "nested": self._feed.source.nested,
        }

    def restore_view(self, view: Mapping[str, Any]) -> None:
        """As `view` gave it; what does not fit is left out."""
        kept = view.get("panels")
        for name, panel in zip(PANEL_NAMES, self.panels, strict=True):
            state = kept.get(name) if isinstance(kept, dict) else None
            if isinstance(state, dict):
                _restore_panel(panel, state)
        if view.get("failures_only") is True and not self._feed.source.failures_only:
            self._feed.action_failures()
        if view.get("nested") is True and not self._feed.source.nested:
            self._feed.action_nested()
        if view.get("panel") in PANEL_NAMES:
            self.go_to(PANEL_NAMES.index(view["panel"]))


def _restore_panel(panel: Panel, state: Mapping[str, Any]) -> None:
    text, column = state.get("filter"), state.get("sort")
    if isinstance(text, str) and text:
        panel.set_filter(text)
    if isinstance(column, str) and column in panel.sortable:
        panel.sort_by(column, state.get("descending") is True)
    if state.get("wide") is True and not panel.wide:
        panel.action_wide()
