"""One action on the whole screen: its code, what it is allowed and given, who runs it, and its last runs."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from msgspec import Struct
from msgspec.structs import replace
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.timer import Timer

from tui.entities.action import Action
from tui.entities.activation import Activation
from tui.errors import UserError
from tui.operations.actions import editable_text, suffix_of
from tui.operations.statistics import ActionNumbers, by_version
from tui.operations.wiring import Wiring

from ..jobs import HELP
from ..panels.actions import WatchRequested
from ..panels.activation_book import ActivationBook
from ..render import formats
from ..render.code import CodeLines
from ..render.glyphs import glyphs_of
from ..render.line import Line, Span
from ..render.source import Rows
from ..render.statistics import numbers_lines
from ..render.wiring import Tie, used_by
from ..widgets.breadcrumb import Breadcrumb
from ..widgets.footer import Footer
from ..widgets.form_code import CodePreview
from ..widgets.header import Header
from ..widgets.line_view import GUTTER, LineView
from ..widgets.payload_history import payload_history
from ..widgets.title_line import TitleLine
from .action_facts import facts, fitted, has_secrets, run_row, statistics_lines
from .activation import ActivationScreen
from .copies import Copyable, Savable, copies_of_thing, files_of_thing, plain
from .copying import COPY, SAVE, Copying
from .now import now_ms
from .thing_keys import ThingKeys, thing_keys

if TYPE_CHECKING:
    from tui.operations import Operations

    from .past_keeper import PastKeeper

_LAST_RUNS = 50
_COUNTED_RUNS = 200
"""Where the history knows fewer, statistics are of so many last runs: what a platform gives at once."""
_CHART_MS = 86_400_000
_COUNT_AGAIN_S = 1.0
_NUMBERS_AT = 2
"""Below kind and version."""
_PANELS = ("code", "used-by", "facts", "runs")

_ASKING = ((Span("asking the platform", "faint"),),)
NOBODY = (Span("No rule runs it. ", "muted"), Span("Only an invocation by name does.", "faint"))


class _Known(Struct, frozen=True):
    action: Action
    runs: tuple[Activation, ...]
    program: str | None
    """What runs its kind here, where the platform tells."""


class ActionScreen(Copying, ThingKeys, Screen[None]):
    """`esc` goes back to where it was opened from."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *thing_keys("action"),
        Binding("b", "wiring", "wiring", show=False, id="action.wiring", tooltip="what it uses, what uses it"),
        Binding("w", "watch", "watch", show=False, id="action.watch", tooltip="watch its file, or no longer"),
        COPY,
        SAVE,
        Binding("V", "reveal", "secrets", id="action.reveal", tooltip="show or hide what is masked"),
        Binding("ctrl+r", "reload", "refresh", show=False, id="action.reload", tooltip="ask the platform again"),
        *(
            Binding(str(number), f"panel('{name}')", name, show=False, id=f"action.{name}", tooltip=f"to {name}")
            for number, name in enumerate(_PANELS, 1)
        ),
        HELP,
        Binding("escape,q", "back", "back", id="action.back", tooltip="back to where you came from"),
    ]

    def __init__(self, operations: Operations, name: str, *, state: ActivationBook | None = None) -> None:
        """
        Args:
            state: What the feed told; its runs are followed live when they are opened from here.
        """
        super().__init__()
        self.operations = operations
        self.action_name = name
        self._book = state if state is not None else ActivationBook()
        self._known: _Known | None = None
        self._users: list[Tie] = []
        self._numbers: ActionNumbers | None = None
        """Out of the history, where there is one."""
        self._counting: Timer | None = None
        self._revealed = False

    def compose(self) -> ComposeResult:
        yield Header()
        yield Breadcrumb()
        with Horizontal(classes="halves action"):
            with Vertical(classes="action-left"):
                yield TitleLine("Code", number=1, id="code-title")
                yield CodePreview(id="code")
                yield TitleLine("Used by", number=2, id="used-by-title")
                yield LineView(id="used-by", empty=_ASKING)
            with Vertical(classes="action-right"):
                yield TitleLine("Facts", number=3, id="facts-title")
                yield LineView(id="facts", cursor=False, empty=_ASKING)
                yield TitleLine("Last runs", number=4, id="runs-title")
                yield LineView(id="runs", empty=_ASKING)
        yield Footer()

    def on_mount(self) -> None:
        name = Span(self.action_name, "foreground bold")
        self._show_way([Span(f"{glyphs_of(self).action} ", "faint"), name])
        self.query_one("#code").focus()
        self._stop_listening = self._book.listen(self._told)
        self.action_reload()

    def on_unmount(self) -> None:
        self._stop_listening()

    def _show_way(self, here: Line) -> None:
        self.query_one(Breadcrumb).show([(Span("Actions", "muted"),), here])

    # What is known

    def action_reload(self) -> None:
        self.start_job(self._load, then=self._show, failed=self._not_loaded, group="action", latest_only=True)
        load = self.operations.load_wiring
        self.start_job(load, then=self._show_users, failed=self._no_users, group="wiring", latest_only=True)
        self._count()

    def _count(self) -> None:
        """Ask the history for its numbers."""
        self._counting = None
        keeper: PastKeeper | None = getattr(self.app.screen_stack[0], "keeper", None)
        if keeper is not None:
            now = now_ms(self.app)
            count = partial(keeper.past.numbers, self.action_name, upto_ms=now, chart_since_ms=now - _CHART_MS)
            self.start_job(count, then=self._counted, failed=lambda _: None, group="count", latest_only=True)

    def _counted(self, numbers: ActionNumbers) -> None:
        self._numbers = numbers
        self._show_facts()

    async def _load(self) -> _Known:
        bare = self.action_name.rpartition("/")[2]
        async with asyncio.TaskGroup() as tasks:
            action = tasks.create_task(self.operations.actions.get(self.action_name))
            runs = tasks.create_task(self.operations.activations.list(limit=_COUNTED_RUNS, name=bare))
        mine = tuple(run for run in runs.result() if run.entity_name == self.action_name)
        program = await self.operations.program_of(action.result().kind)
        return _Known(action.result(), mine, program)

    def _not_loaded(self, error: UserError) -> None:
        self.query_one("#code", CodePreview).show_nothing((Span(error.message, "muted"),))
        for name in ("facts", "runs"):
            self.query_one(f"#{name}", LineView).set_empty(((Span("not known: ", "muted"), Span(error.message)),))
        self.say_error(error)

    # What is shown

    def _show(self, known: _Known) -> None:
        self._known = known
        action, glyphs = known.action, glyphs_of(self)
        mark = Span(f"{glyphs.sequence} ", "secondary") if action.is_sequence else Span(f"{glyphs.action} ", "faint")
        self._show_way([mark, Span(action.name, "foreground bold"), Span(f" {action.version}", "faint")])
        self._show_code(action)
        self._show_facts()
        self._show_runs(known.runs)
        self.refresh_bindings()

    def _told(self, changed: frozenset[str]) -> None:
        """The feed told something: runs of this action that ended stand on top."""
        known = self._known
        if known is None:
            return
        ended = {
            entry.activation_id: entry.activation
            for entry in map(self._book.find, changed)
            if entry is not None and entry.name == self.action_name and not entry.is_trigger and entry.activation
        }
        new = ended.keys() - {run.activation_id for run in known.runs}
        if new:
            runs = sorted((*known.runs, *(ended[key] for key in new)), key=lambda run: run.start_ms, reverse=True)
            self._known = replace(known, runs=tuple(runs[:_COUNTED_RUNS]))
            self._show_runs(self._known.runs)
            self._show_facts()
            if self._counting is None:
                self._counting = self.set_timer(_COUNT_AGAIN_S, self._count)

    def _show_users(self, wiring: Wiring) -> None:
        action = next((one for one in wiring.actions if one.name == self.action_name), None)
        self._users = [] if action is None else used_by(action, wiring, glyphs_of(self))
        view = self.query_one("#used-by", LineView)
        view.set_empty((NOBODY,))
        view.show(Rows(list(enumerate(self._users)), key=lambda tie: tie[0], draw=lambda tie, _: tie[1].line))
        rules, sequences = len(wiring.rules_of_action(self.action_name)), len(wiring.sequences_with(self.action_name))
        said = [formats.counted(rules, "rule"), *([formats.counted(sequences, "sequence")] if sequences else [])]
        self._title("used-by").show(state=(Span(f" {glyphs_of(self).dot} ".join(said), "muted"),))

    def _no_users(self, error: UserError) -> None:
        self.query_one("#used-by", LineView).set_empty(((Span(error.message, "muted"),),))

    @on(LineView.Chosen, "#used-by")
    def _open_user(self, event: LineView.Chosen) -> None:
        event.stop()
        tie = self._users[self.query_one("#used-by", LineView).cursor_index]
        self.main.open_named(tie.collection, tie.name)

    def _show_runs(self, runs: tuple[Activation, ...]) -> None:
        draw = partial(run_row, now_ms=now_ms(self.app), glyphs=glyphs_of(self))
        rows = Rows(runs[:_LAST_RUNS], key=lambda run: run.activation_id, draw=lambda run, _: draw(run))
        view = self.query_one("#runs", LineView)
        view.set_empty(((Span("no run is kept", "muted"),),))
        view.show(rows)
        self._title("runs").show(state=(Span(str(len(runs)), "muted"),), detail=_failed(runs))

    def _show_code(self, action: Action) -> None:
        view, title = self.query_one("#code", CodePreview), self._title("code")
        code, size = action.exec.code, len((action.exec.code or "").encode("utf-8", "surrogatepass"))
        if action.is_sequence:
            title.show(name="Steps", state=(Span(formats.counted(len(action.exec.components), "action"), "muted"),))
            names = [component.removeprefix("/").partition("/")[2] for component in action.exec.components]
            view.show_code(CodeLines("\n".join(names), kind=""))
        elif code is None or action.exec.binary:
            what = "an image" if action.exec.image else f"an archive, {formats.size(size * 3 // 4)}"
            title.show(state=(Span(what, "muted"),))
            view.show_nothing((Span("An archive is not unpacked here.", "muted"),))
        else:
            lines = CodeLines(code, kind=action.kind)
            dot = glyphs_of(self).dot
            said = f"{formats.counted(len(lines), 'line')} {dot} {formats.size(size)}"
            title.show(state=(Span(said, "muted"),), detail=(Span(action.kind, "muted"),))
            view.show_code(lines)

    def _show_facts(self) -> None:
        if self._known is None:
            return
        action = self._known.action
        url = self.operations.actions.web_url(action) if action.is_web else None
        glyphs, now = glyphs_of(self), now_ms(self.app)
        lines = facts(action, url, glyphs, now_ms=now, revealed=self._revealed, program=self._known.program)
        view = self.query_one("#facts", LineView)
        width = view.scrollable_content_region.width - GUTTER
        lines[_NUMBERS_AT:_NUMBERS_AT] = [*self._numbers_lines(width), ()]
        view.show_lines(fitted(lines, width))

    def _numbers_lines(self, width: int) -> list[Line]:
        """Of all runs that were seen; of the last ones, where the platform told of more than that."""
        assert self._known is not None
        if self._numbers is not None and self._numbers.runs >= max(1, len(self._known.runs)):
            return numbers_lines(self._numbers, width, glyphs_of(self))
        return statistics_lines(by_version(self._known.runs))

    def on_resize(self) -> None:
        self.call_after_refresh(self._show_facts)

    def _title(self, name: str) -> TitleLine:
        return self.query_one(f"#{name}-title", TitleLine)

    def on_descendant_focus(self) -> None:
        for name in _PANELS:
            self._title(name).show(focused=self.query_one(f"#{name}").has_focus)

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "reveal" and self.is_mounted:
            return True if self._known is not None and has_secrets(self._known.action) else None
        return super().check_action(action, parameters)

    def reason_disabled(self, action: str) -> str | None:
        return "nothing is hidden here" if action == "reveal" else super().reason_disabled(action)

    def action_watch(self) -> None:
        if (action := self.looked_at()) is not None:
            self.app.screen_stack[0].post_message(WatchRequested(action))

    def looked_at(self) -> Action | None:
        return None if self._known is None else self._known.action

    def gone(self) -> None:
        self.dismiss(None)

    def copy_title(self) -> str:
        return self.action_name

    def copies(self) -> list[Copyable]:
        if self._known is None:
            return []
        copies = copies_of_thing(self._known.action, self.operations, payload_history(self.app))
        text = editable_text(self._known.action.exec)
        return copies if text is None else [*copies, plain("code", text)]

    def files(self) -> list[Savable]:
        if self._known is None:
            return []
        action = self._known.action
        files = files_of_thing(action)
        if (text := editable_text(action.exec)) is not None:
            code = Savable("code", suffix_of(action.kind), lambda: text.encode("utf-8", "surrogatepass"))
            files.insert(0, code)
        return files

    def action_reveal(self) -> None:
        self._revealed = not self._revealed
        self._show_facts()

    def action_panel(self, name: str) -> None:
        self.query_one(f"#{name}").focus()

    @on(LineView.Chosen, "#runs")
    def _open_run(self, event: LineView.Chosen) -> None:
        event.stop()
        self.app.push_screen(ActivationScreen(self.operations, str(event.row_id), state=self._book))

    def action_back(self) -> None:
        self.dismiss(None)


def _failed(runs: tuple[Activation, ...]) -> Line:
    failed = sum(run.state.is_failure for run in runs)
    return (Span(f"{failed} failed", "error"),) if failed else ()
