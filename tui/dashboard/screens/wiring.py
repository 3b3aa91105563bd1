"""Wiring: what uses a thing, what it uses, and every wire of the namespace that is loose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen

from tui.errors import UserError
from tui.operations.definitions import Entity
from tui.operations.deletion import noun_of
from tui.operations.wiring import LooseWire, Wiring

from ..jobs import HELP
from ..render import formats
from ..render.glyphs import glyphs_of
from ..render.line import Line, Span, natural_width, wrap
from ..render.source import Rows
from ..render.wiring import Tie, loose_row, tie_count, used_by, uses
from ..widgets.breadcrumb import Breadcrumb
from ..widgets.footer import Footer
from ..widgets.header import Header
from ..widgets.line_view import GUTTER, LineView
from ..widgets.payload_history import payload_history
from ..widgets.screen_lines import ScreenLines
from ..widgets.title_line import TitleLine
from .copies import Copyable, Savable, copies_of_thing, files_of_list, files_of_thing, plain
from .copying import COPY, SAVE, Copying
from .thing_keys import ThingKeys, thing_keys

if TYPE_CHECKING:
    from tui.operations import Operations

_PANELS = ("used-by", "uses", "loose")


class WiringScreen(Copying, ThingKeys, Screen[None]):
    """`enter` goes along a wire, `esc` the same way back. Without a thing it is the wiring doctor alone."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "follow", "go along", id="wiring.follow", tooltip="look from that thing"),
        *thing_keys("wiring"),
        Binding("i", "details", "details", show=False, id="wiring.details", tooltip="all about the thing"),
        COPY,
        SAVE,
        Binding("ctrl+r", "reload", "refresh", show=False, id="wiring.reload", tooltip="ask the platform again"),
        Binding("tab", "app.focus_next", "next", show=False, id="wiring.next", tooltip="to the next panel"),
        *(
            Binding(str(number), f"panel('{name}')", name, show=False, id=f"wiring.{name}", tooltip=f"to {name}")
            for number, name in enumerate(_PANELS, 1)
        ),
        HELP,
        Binding("escape,q", "back", "back", id="wiring.back", tooltip="back along the way, then out"),
    ]

    def __init__(self, operations: Operations, thing: Entity | None = None) -> None:
        super().__init__()
        self.operations = operations
        self._way: list[tuple[str, str]] = [] if thing is None else [(f"{noun_of(thing)}s", thing.name)]
        """Collection and name of every thing that was looked from; the last one is here."""
        self._wiring: Wiring | None = None
        self._ties: dict[str, list[Tie]] = {"used-by": [], "uses": []}
        self._loose: tuple[LooseWire, ...] = ()

    def compose(self) -> ComposeResult:
        reading = ((Span("reading every wire", "faint"),),)
        yield Header()
        yield Breadcrumb()
        with Vertical(classes="wiring"):
            if self._way:
                with Horizontal(classes="wires"):
                    with Vertical():
                        yield TitleLine("Used by", number=1, id="used-by-title")
                        yield ScreenLines(id="used-by", empty=reading)
                    with Vertical():
                        yield TitleLine("Uses", number=2, id="uses-title")
                        yield ScreenLines(id="uses", empty=reading)
            yield TitleLine("Loose wires", number=3 if self._way else None, id="loose-title")
            yield ScreenLines(id="loose", empty=reading)
            yield LineView(id="loose-mend", cursor=False)
        yield Footer()

    def on_mount(self) -> None:
        self._show_way()
        self.query_one("#uses" if self._way else "#loose").focus()
        self.action_reload()

    def action_reload(self) -> None:
        load = self.operations.load_wiring
        self.start_job(load, then=self._show, failed=self._not_loaded, group="wiring", latest_only=True)

    def _not_loaded(self, error: UserError) -> None:
        for view in self.query(LineView):
            view.set_empty(((Span(error.message, "error"),), (Span(error.hint, "muted"),)))

    # What is shown

    def _show_way(self) -> None:
        steps: list[Line] = [(Span("Wiring", "muted"),)]
        for collection, name in self._way[-3:]:
            steps.append((Span(f"{collection.removesuffix('s')} ", "faint"), Span(name, "foreground bold")))
        self.query_one(Breadcrumb).show(steps)

    def _show(self, wiring: Wiring) -> None:
        self._wiring = wiring
        self._loose = wiring.loose_wires()
        glyphs = glyphs_of(self)
        here = self._here()
        if self._way:
            self._ties["used-by"] = [] if here is None else used_by(here, wiring, glyphs)
            self._ties["uses"] = [] if here is None else uses(here, wiring, glyphs)
            gone = "it is not there" if here is None else None
            self._show_ties("used-by", gone or self._nothing_uses(here))
            self._show_ties("uses", gone or "it uses nothing that is known")
        loose = Rows(list(enumerate(self._loose)), key=_number, draw=lambda wire, _: loose_row(wire[1], glyphs))
        view = self.query_one("#loose", LineView)
        view.set_empty(((Span(f"{glyphs.success} ", "success"), Span("no wire is loose", "muted")),))
        view.show(loose)
        state = (Span(formats.counted(len(self._loose), "finding") if self._loose else "none", "muted"),)
        self.query_one("#loose-title", TitleLine).show(state=state)
        self._show_mending()
        self.refresh_bindings()

    def _show_mending(self) -> None:
        """Below the findings: in full what the cursor is on, where a row has no room for it."""
        loose, mend = self.query_one("#loose", LineView), self.query_one("#loose-mend", LineView)
        width = loose.scrollable_content_region.width - GUTTER
        line = loose_row(self._loose[loose.cursor_index], glyphs_of(self)) if self._loose else ()
        mend.display = 0 < width < natural_width(line)
        if mend.display:
            mend.show_lines(wrap(line, width))

    def on_resize(self) -> None:
        self.call_after_refresh(self._show_mending)

    @staticmethod
    def _nothing_uses(thing: Entity | None) -> str:
        noun = "" if thing is None else noun_of(thing)
        return {"trigger": "whoever fires it: a feed, a client, you", "rule": "its trigger"}.get(
            noun, f"nothing: only a call by name starts this {noun}" if noun == "action" else "nothing"
        )

    def _show_ties(self, name: str, nothing: str) -> None:
        view, ties = self.query_one(f"#{name}", LineView), self._ties[name]
        view.set_empty(((Span(nothing, "muted"),),))
        view.show(Rows(list(enumerate(ties)), key=_number, draw=lambda tie, _: tie[1].line))
        self.query_one(f"#{name}-title", TitleLine).show(state=(Span(tie_count(ties), "muted"),))

    def _here(self) -> Entity | None:
        return self._find(*self._way[-1]) if self._way else None

    def _find(self, collection: str, name: str) -> Entity | None:
        things: Sequence[Entity] = getattr(self._wiring, collection, ()) if collection else ()
        return next((thing for thing in things if thing.name == name), None)

    def on_descendant_focus(self) -> None:
        for name in _PANELS:
            for title in self.query(f"#{name}-title").results(TitleLine):
                title.show(focused=self.query_one(f"#{name}").has_focus)
        self.refresh_bindings()

    # Keys

    def _pointed(self) -> tuple[str, str] | None:
        """Collection and name of what the cursor is on."""
        view = next((view for view in self.query(LineView) if view.has_focus), None)
        if view is None or not len(view.source):
            return None
        if view.id == "loose":
            wire = self._loose[view.cursor_index]
            return wire.collection, wire.name
        tie = self._ties[view.id or ""][view.cursor_index]
        return tie.collection, tie.name

    def looked_at(self) -> Entity | None:
        """What the cursor is on; the thing itself where there is no row."""
        pointed = self._pointed()
        return self._here() if pointed is None else self._find(*pointed)

    def copy_title(self) -> str:
        pointed = self._pointed()
        return pointed[1] if pointed is not None else self._way[-1][1] if self._way else "wiring"

    def copies(self) -> list[Copyable]:
        """Of the thing under the cursor; of one that is elsewhere, or gone, its name."""
        if (thing := self.looked_at()) is not None:
            return copies_of_thing(thing, self.operations, payload_history(self.app))
        return [] if self._pointed() is None else [plain("name", self.copy_title())]

    def files(self) -> list[Savable]:
        thing = self.looked_at()
        findings = files_of_list("loose wires", [wire.to_json() for wire in self._loose], stem="loose-wires")
        return findings if thing is None else [*files_of_thing(thing), *findings]

    @on(LineView.Moved)
    def _moved(self, event: LineView.Moved) -> None:
        event.stop()
        self._show_mending()
        self.refresh_bindings()

    @on(LineView.Chosen)
    def _chosen(self, event: LineView.Chosen) -> None:
        event.stop()
        self.action_follow()

    def action_follow(self) -> None:
        pointed = self._pointed()
        if pointed is None or self._find(*pointed) is None:
            self.say("there is nothing to go to", "warning")
            return
        if not self._way:  # the doctor alone: the thing gets a screen of its own
            thing = self._find(*pointed)
            assert thing is not None
            self.app.push_screen(WiringScreen(self.operations, thing))
            return
        if pointed != self._way[-1]:
            self._way.append(pointed)
        self._show_here()

    def _show_here(self) -> None:
        self._show_way()
        if self._wiring is not None:
            self._show(self._wiring)
        self.query_one("#uses").focus()

    def action_panel(self, name: str) -> None:
        for view in self.query(f"#{name}").results(LineView):
            view.focus()

    def action_back(self) -> None:
        if len(self._way) > 1:
            self._way.pop()
            self._show_here()
        else:
            self.dismiss(None)


def _number(numbered: tuple[int, object]) -> int:
    return numbered[0]
