"""Result, log, facts and record of one run, in four views of one pane, searched and kept up to date."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message

from ..render import formats
from ..render.glyphs import glyphs_of
from ..render.json_text import raw_lines
from ..render.line import Line, Span, gap
from ..widgets.breadcrumb import views_line
from ..widgets.drawn_line import DrawnLine
from ..widgets.json_view import JsonView
from ..widgets.line_view import LineView
from ..widgets.log_view import ASK_WHY, LogView
from ..widgets.title_line import TitleLine
from .copies import Copyable, Savable, files_of_run, files_of_value, plain, printed
from .pane_finding import Finding
from .run import Run
from .run_facts import facts, no_log, no_result, state_line

TABS = ("result", "logs", "facts", "record")


class PlaceLine(DrawnLine):
    """Where the cursor is inside the result."""

    text: Line = ()

    def line(self, width: int) -> Line:
        return [gap(2), *self.text]


class RunPane(Finding):
    """The four views of one run. `[` and `]` go through them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right_square_bracket", "turn(1)", "next view", show=False, id="run.next_view", tooltip="next view"),
        Binding(
            "left_square_bracket",
            "turn(-1)",
            "previous view",
            show=False,
            id="run.previous_view",
            tooltip="back",
        ),
    ]

    class Turned(Message):
        """Another view is shown, or its title says something else."""

        def __init__(self, pane: RunPane) -> None:
            super().__init__()
            self.pane = pane

    def __init__(self, *, number: int | None = None, tabs_in_title: bool = True, live: bool = True) -> None:
        """
        Args:
            number: Of the panel.
            tabs_in_title: The names of the views stand in the title; else somebody else shows them.
            live: Whether the platform tells lines while a run goes on.
        """
        super().__init__(classes="run-pane")
        self._number = number
        self._tabs_in_title = tabs_in_title
        self._live = live
        self.run: Run | None = None
        self.tab = "result"
        self._drawn: dict[str, object] = {}
        self._now_ms = 0

    def compose(self) -> ComposeResult:
        yield TitleLine("", number=self._number)
        yield JsonView(id="result")
        yield LogView(id="logs")
        yield LineView(id="facts", cursor=False)
        yield JsonView(id="record")
        yield PlaceLine()
        yield from self.find_lines()

    def on_mount(self) -> None:
        self._turn_to(self.tab)

    def on_resize(self) -> None:
        """Facts are wrapped anew, once the new width is known."""
        self.call_after_refresh(self._draw)

    # What is shown

    def show(self, run: Run, now_ms: int) -> None:
        """Show this run as it is now. The same one again only changes what differs."""
        is_other = self.run is None or (run.activation_id, run.rule) != (self.run.activation_id, self.run.rule)
        if is_other:
            self._drawn.clear()
            self.close_lines()
        self.run, self._now_ms = run, now_ms
        self._draw()

    def turn_to(self, tab: str) -> None:
        """Show a view and put the keys into it."""
        had_focus = self.has_focus_within
        self._turn_to(tab)
        if had_focus:
            self.body.focus()

    @property
    def body(self) -> LineView:
        """The view that is shown."""
        return self.query_one(f"#{self.tab}", LineView)

    def labels(self) -> list[str]:
        """The names of the views, with counts."""
        run = self.run
        if run is None:
            return list(TABS)
        logs = f"logs {len(run.logs):,}" if run.kind == "action" and run.logs else "logs"
        return ["payload" if run.kind == "trigger" else "result", logs, "facts", "record"]

    def _turn_to(self, tab: str) -> None:
        if tab != self.tab:
            self.close_lines()
        self.tab = tab
        for name in TABS:
            self.query_one(f"#{name}").display = name == tab
        self._draw()
        self.post_message(self.Turned(self))

    def _draw(self) -> None:
        if self.run is None:
            return
        match self.tab:
            case "result":
                self._draw_result(self.run)
            case "logs":
                self._draw_logs(self.run)
            case "facts":
                self._draw_facts(self.run)
            case _:
                self._draw_record(self.run)
        self.draw_titles()

    def _draw_result(self, run: Run) -> None:
        if not self._is_new("result", run.revision):
            return
        view = self.query_one("#result", JsonView)
        if (said := no_result(run)) is not None:
            view.say((Span(said, "muted"), *ASK_WHY))
        elif run.activation is not None and run.activation.response is not None:
            view.show_value(run.activation.response.result)

    def _draw_record(self, run: Run) -> None:
        if not self._is_new("record", run.revision):
            return
        view = self.query_one("#record", JsonView)
        if run.record is None:
            view.say((Span(no_result(run) or "the platform told no record", "muted"), *ASK_WHY))
        else:
            view.show_value(run.record)

    def _draw_logs(self, run: Run) -> None:
        view = self.query_one("#logs", LogView)
        said = no_log(run)
        if said is not None:
            if self._is_new("logs", ("nothing", said)):
                view.show_log((), running=False)
                view.rows.note = None
                view.set_empty(((Span(said, "muted"), *ASK_WHY),))
                view.source_changed()
            return
        before = self._drawn.get("logs")
        ended = ("ended", len(run.logs), run.is_arriving, run.logs_sent_to)
        if before == ended:
            return
        if run.is_open:
            if before == ("open", run.logs_edition):
                view.append_lines(run.logs[len(view.text.lines) :])
            else:
                view.show_log(run.logs, running=True, live=self._live)
            self._drawn["logs"] = ("open", run.logs_edition)
        else:
            if isinstance(before, tuple) and before[0] in ("open", "ended"):
                view.end(run.logs)
            else:
                view.show_log(run.logs, running=False)
            view.tell(arriving=run.is_arriving, sent_to=run.logs_sent_to)
            self._drawn["logs"] = ended

    def _draw_facts(self, run: Run) -> None:
        view = self.query_one("#facts", LineView)
        width = max(20, view.size.width - 4)
        lines = facts(run, width, self._now_ms, glyphs_of(self), with_state=self._tabs_in_title)
        if self._is_new("facts", tuple(map(tuple, lines))):
            top = view.scroll_offset.y
            view.show_lines(lines)
            view.scroll_to(y=top, animate=False, immediate=True)

    def _is_new(self, name: str, key: object) -> bool:
        if self._drawn.get(name) == key:
            return False
        self._drawn[name] = key
        return True

    # Titles

    def draw_titles(self) -> None:
        run = self.run
        if run is None:
            return
        title = self.query_one(TitleLine)
        if self._tabs_in_title:
            short = "" if run.activation_id is None else run.activation_id[:8]
            detail = views_line(self.labels(), TABS.index(self.tab))
            title.show(name=run.name or "not known yet", state=(Span(short, "faint"),), detail=detail)
        else:
            name = self.labels()[TABS.index(self.tab)].partition(" ")[0].capitalize()
            title.show(name=name, state=self._title_state(run), detail=self._detail(run))
        place = self.query_one(PlaceLine)
        place.text = self.body.place() if isinstance(self.body, JsonView) else ()
        place.display = isinstance(self.body, JsonView) and self.body.has_value
        place.redraw()
        title.show(focused=self.has_focus_within)

    def _title_state(self, run: Run) -> Line:
        if self.tab == "logs" and run.is_open and run.kind == "action":
            view, glyphs = self.query_one("#logs", LogView), glyphs_of(self)
            if view.following:
                return [Span(f"{glyphs.running} following", "accent"), gap(3), *state_line(run, self._now_ms, glyphs)]
            return [Span("not following, s follows", "warning"), gap(3), *state_line(run, self._now_ms, glyphs)]
        return state_line(run, self._now_ms, glyphs_of(self), wide=True)

    def _detail(self, run: Run) -> Line:
        body = self.body
        if isinstance(body, LogView):
            return body.detail() if no_log(run) is None else ()
        if isinstance(body, JsonView) and body.has_value:
            response = None if run.activation is None else run.activation.response
            size = response.size_bytes if response is not None and self.tab == "result" else None
            spans = [Span(f"{formats.size(size)} {glyphs_of(self).dot} ", "muted")] if size else []
            return [*spans, *body.detail()]
        return ()

    @on(LogView.Changed)
    @on(JsonView.Changed)
    @on(LineView.Moved)
    def _moved(self, event: Message) -> None:
        event.stop()
        self.draw_titles()
        self.post_message(self.Turned(self))

    def on_descendant_focus(self) -> None:
        self.query_one(TitleLine).show(focused=True)

    def on_descendant_blur(self) -> None:
        """One view hidden for another loses the focus after the other got it."""
        self.query_one(TitleLine).show(focused=self.has_focus_within)

    # Keys

    def action_turn(self, step: int) -> None:
        self.turn_to(TABS[(TABS.index(self.tab) + step) % len(TABS)])

    def text(self) -> str:
        body = self.body
        if isinstance(body, LogView):
            return body.whole_text()
        if isinstance(body, JsonView) and body.has_value:
            return "\n".join(raw_lines(body.value))
        run = self.run
        if run is None:
            return ""
        lines = facts(run, 100, self._now_ms, glyphs_of(self))
        return "\n".join("".join(span.text for span in line) for line in lines)

    def under_cursor(self) -> list[Copyable]:
        """Forms of what the cursor is on."""
        body = self.body
        if isinstance(body, LogView) and (line := body.copied()) is not None:
            return [plain("line", line)]
        if isinstance(body, JsonView) and (copied := body.copied()) is not None:
            path, value = copied
            queried = [printed("query", body.value)] if body.is_queried else []
            return [*([printed("value", value), plain("path", path)] if path else []), *queried]
        return []

    def files(self) -> list[Savable]:
        """Files of the run, what is shown first."""
        if self.run is None:
            return []
        body = self.body
        queried = files_of_value("query", body.value) if isinstance(body, JsonView) and body.is_queried else []
        return [*queried, *files_of_run(self.run, self.tab)]
