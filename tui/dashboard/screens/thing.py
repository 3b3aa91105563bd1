"""One trigger, rule or package on the whole screen: what is known about it, and what hangs together with it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen

from tui.entities.package import Package
from tui.entities.rule import Rule
from tui.entities.trigger import Trigger
from tui.errors import UserError
from tui.operations.calls import Call
from tui.operations.definitions import Entity
from tui.operations.deletion import noun_of

from ..jobs import HELP
from ..panels.activation_book import ActivationBook
from ..panels.messages import RunRequested
from ..render.entry import Entry
from ..render.glyphs import glyphs_of
from ..render.line import Span
from ..render.source import Rows
from ..render.wiring import Tie, thing_mark, tie_count, used_by, uses
from ..widgets.breadcrumb import Breadcrumb
from ..widgets.footer import Footer
from ..widgets.header import Header
from ..widgets.line_view import GUTTER, LineView
from ..widgets.payload_history import payload_history
from ..widgets.screen_lines import ScreenLines
from ..widgets.title_line import TitleLine
from .action_facts import firing_row, fitted
from .copies import Copyable, Savable, copies_of_thing, files_of_thing
from .copying import COPY, SAVE, Copying
from .edit import load_for_edit
from .now import now_ms
from .thing_facts import package_facts, rule_facts, trigger_facts
from .thing_keys import ThingKeys, thing_keys

if TYPE_CHECKING:
    from tui.operations import Operations

_LAST = 50
_PANELS = ("facts", "wires", "firings")
_TITLES = {"trigger": "Runs", "rule": "Ties together", "package": "Holds"}


class ThingScreen(Copying, ThingKeys, Screen[None]):
    """`esc` goes back to where it was opened from."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "open", id="thing.open", tooltip="open what the cursor is on"),
        *thing_keys("thing"),
        Binding("b", "wiring", "wiring", id="thing.wiring", tooltip="what it uses, what uses it"),
        Binding("V", "reveal", "secrets", id="thing.reveal", tooltip="show or hide what is masked"),
        COPY,
        SAVE,
        Binding("ctrl+r", "reload", "refresh", show=False, id="thing.reload", tooltip="ask the platform again"),
        Binding("tab", "app.focus_next", "next", show=False, id="thing.next", tooltip="to the next panel"),
        *(
            Binding(str(number), f"panel('{name}')", name, show=False, id=f"thing.{name}", tooltip=f"to {name}")
            for number, name in enumerate(_PANELS, 1)
        ),
        HELP,
        Binding("escape,q", "back", "back", id="thing.back", tooltip="back to where you came from"),
    ]

    def __init__(self, operations: Operations, thing: Entity, *, state: ActivationBook | None = None) -> None:
        super().__init__()
        self.operations = operations
        self._thing = thing
        self._book = state if state is not None else ActivationBook()
        self._ties: list[Tie] = []
        self._revealed = False

    def compose(self) -> ComposeResult:
        noun = noun_of(self._thing)
        yield Header()
        yield Breadcrumb()
        with Horizontal(classes="halves thing"):
            with Vertical(classes="thing-left"):
                yield TitleLine("Facts", number=1, id="facts-title")
                yield LineView(id="facts", cursor=False)
            with Vertical(classes="thing-right"):
                yield TitleLine(_TITLES[noun], number=2, id="wires-title")
                yield ScreenLines(id="wires", empty=((Span("asking the platform", "faint"),),))
                if noun == "trigger":
                    yield TitleLine("Last firings", number=3, id="firings-title")
                    none = (Span("none seen yet: ", "muted"), Span("f", "primary bold"), Span(" fires it", "muted"))
                    yield ScreenLines(id="firings", empty=(none,))
        yield Footer()

    def on_mount(self) -> None:
        self._show_facts()
        self.query_one("#wires").focus()
        self._stop_listening = self._book.listen(lambda _: self._show_firings())
        self._show_firings()
        self.action_reload()

    def on_unmount(self) -> None:
        self._stop_listening()

    # What is known

    def action_reload(self) -> None:
        load = partial(load_for_edit, self.operations, self._thing)
        self.start_job(load, then=self._loaded, group="thing", latest_only=True)
        wires = self.operations.load_wiring
        self.start_job(wires, then=self._show_wires, failed=self._no_wires, group="wires", latest_only=True)

    def gone(self) -> None:
        self.dismiss(None)

    def _loaded(self, thing: Entity) -> None:
        self._thing = thing
        self._show_facts()
        self.refresh_bindings()

    def _show_wires(self, wiring: Any) -> None:
        glyphs, thing = glyphs_of(self), self._thing
        self._ties = uses(thing, wiring, glyphs)
        if isinstance(thing, Rule):
            self._ties = [*used_by(thing, wiring, glyphs), *self._ties]
        nothing = {"trigger": "no rule yet: L makes one", "package": "nothing yet: a in the actions, name package/name"}
        view = self.query_one("#wires", LineView)
        view.set_empty(((Span(nothing.get(noun_of(thing), "nothing"), "muted"),),))
        view.show(Rows(list(enumerate(self._ties)), key=lambda tie: tie[0], draw=lambda tie, _: tie[1].line))
        self.query_one("#wires-title", TitleLine).show(state=(Span(tie_count(self._ties), "muted"),))

    def _no_wires(self, error: UserError) -> None:
        self.query_one("#wires", LineView).set_empty(((Span(error.message, "error"),), (Span(error.hint, "muted"),)))

    def _show_facts(self) -> None:
        thing, glyphs, now = self._thing, glyphs_of(self), now_ms(self.app)
        match thing:
            case Trigger():
                endpoint = self.operations.endpoint
                url = Call(verb="fire", collection="triggers", name=thing.name).url(endpoint)
                lines = trigger_facts(thing, endpoint, url, glyphs, now_ms=now, revealed=self._revealed)
            case Rule():
                lines = rule_facts(thing, glyphs, now_ms=now, revealed=self._revealed)
            case Package():
                lines = package_facts(thing, now_ms=now, revealed=self._revealed)
            case _:
                lines = []
        view = self.query_one("#facts", LineView)
        view.show_lines(fitted(lines, view.scrollable_content_region.width - GUTTER))
        glyph, role = thing_mark(thing, glyphs)
        here = [Span(f"{glyph} ", role), Span(thing.name, "foreground bold"), Span(f" {thing.version}", "faint")]
        self.query_one(Breadcrumb).show([(Span(f"{noun_of(thing).capitalize()}s", "muted"),), here])

    def on_resize(self) -> None:
        self.call_after_refresh(self._show_facts)

    def _firings(self) -> list[Entry]:
        ours = (entry for entry in self._book.newest_first() if entry.is_trigger and entry.name == self._thing.name)
        return [entry for _, entry in zip(range(_LAST), ours, strict=False)]

    def _show_firings(self) -> None:
        if not isinstance(self._thing, Trigger) or not self.is_attached:
            return
        firings, glyphs, now = self._firings(), glyphs_of(self), now_ms(self.app)
        draw = partial(firing_row, now_ms=now, glyphs=glyphs)
        rows = Rows(
            firings, key=lambda entry: entry.activation_id, draw=lambda one, _: draw(one, self._book.fan_out(one))
        )
        self.query_one("#firings", LineView).show(rows)
        self.query_one("#firings-title", TitleLine).show(state=(Span(str(len(firings) or ""), "muted"),))

    def on_descendant_focus(self) -> None:
        for name in _PANELS:
            for title in self.query(f"#{name}-title").results(TitleLine):
                title.show(focused=self.query_one(f"#{name}").has_focus)

    # Keys

    def looked_at(self) -> Entity | None:
        return self._thing

    def copy_title(self) -> str:
        return self._thing.name

    def copies(self) -> list[Copyable]:
        return copies_of_thing(self._thing, self.operations, payload_history(self.app))

    def files(self) -> list[Savable]:
        return files_of_thing(self._thing)

    def footer_label(self, binding: Binding) -> str | None:
        """Only a trigger's page shows a key."""
        if binding.action == "reveal" and not isinstance(self._thing, Trigger):
            return ""
        return super().footer_label(binding)

    def action_reveal(self) -> None:
        self._revealed = not self._revealed
        self._show_facts()

    def action_panel(self, name: str) -> None:
        for view in self.query(f"#{name}").results(LineView):
            view.focus()

    def action_open(self) -> None:
        view = next((view for view in self.query(LineView) if view.has_focus), None)
        if view is not None:
            view.action_choose()

    @on(LineView.Chosen, "#wires")
    def _open_wire(self, event: LineView.Chosen) -> None:
        event.stop()
        tie = self._ties[self.query_one("#wires", LineView).cursor_index]
        self.main.open_named(tie.collection, tie.name)

    @on(LineView.Chosen, "#firings")
    def _open_firing(self, event: LineView.Chosen) -> None:
        event.stop()
        self.main.post_message(RunRequested(str(event.row_id)))

    def action_back(self) -> None:
        self.dismiss(None)
