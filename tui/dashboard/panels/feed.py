"""The list of activations: runs and firings, newest first, as they become known."""

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding

from tui.entities.json import JsonObject

from ..render import formats, link
from ..render.entry import Entry
from ..render.feed_row import heads
from ..render.line import Line, Span, gap
from ..widgets.drawn_line import DrawnLine
from ..widgets.line_view import GUTTER, LineView
from ..widgets.title_line import TitleLine
from .activation_book import ActivationBook
from .feed_source import FeedSource
from .feed_verbs import FeedVerbs
from .filters import ActivationFilter
from .messages import FeedStateChanged, PastWanted
from .panel import PanelLines

WIDE_FROM = 118
"""Cells of a row from which wait, init and kind have columns of their own."""


class FeedLines(PanelLines):
    """Rows of the feed; going to the top asks for what was kept back as well."""

    def action_edge(self, edge: str) -> None:
        if edge == "top" and isinstance(self.parent, FeedPanel):
            self.parent.resume()
        super().action_edge(edge)


class Heads(DrawnLine):
    """Names of the columns, over wide lists."""

    def line(self, width: int) -> Line:
        panel = self.parent
        assert isinstance(panel, FeedPanel)
        return [gap(GUTTER), *heads(panel.source.columns(width - GUTTER - 1))]


class Notice(DrawnLine):
    """A line of its own above the rows, for what has to be known to read them right."""

    text: Line = ()

    def line(self, width: int) -> Line:
        return [gap(GUTTER * 2), *self.text]


class FeedPanel(FeedVerbs):
    """Panel 4."""

    NUMBER = 4
    TITLE = "Activations"
    STICK = "top"
    WRITES = frozenset({"edit_again", "again"})
    NEEDS_ROW = frozenset(
        {"open", "show_run", "edit_again", "again", "stop", "up", "in_context", "waterfall", "compare"}
    )
    OFFLINE = frozenset({"open", "show_run", "up", "in_context", "waterfall", "compare"})
    BINDINGS = [
        Binding("f", "edit_again", "fire", id="activations.edit", tooltip="the same again, payload first"),
        Binding("F", "again", "again", show=False, id="activations.again", tooltip="the same again at once"),
        Binding("enter", "open", "open", id="activations.open", tooltip="trace of a firing, result of a run"),
        Binding("l", "show_run('logs')", "logs", id="activations.logs", tooltip="its logs"),
        Binding("r", "show_run('result')", "result", id="activations.result", tooltip="its result"),
        Binding("Y", "show_run('record')", "record", show=False, id="activations.record", tooltip="its raw record"),
        Binding("x", "stop", "cancel", id="activations.stop", tooltip="cancel a run, or stop waiting for it"),
        Binding("U", "up", "up", show=False, id="activations.up", tooltip="to what caused it: firing or sequence"),
        Binding(
            "w", "waterfall", "waterfall", show=False, id="activations.waterfall", tooltip="its trace against time"
        ),
        Binding(
            "d",
            "compare",
            "compare",
            show=False,
            id="activations.compare",
            tooltip="compare with the last good run, or two that are marked",
        ),
        Binding("p", "pause", "pause", id="activations.pause", tooltip="pause or resume the feed"),
        Binding(
            "exclamation_mark", "failures", "failures", id="activations.failures", tooltip="failures only, and back"
        ),
        Binding(
            "o", "in_context", "neighbours", show=False, id="activations.context", tooltip="all rows around this one"
        ),
        Binding(
            "T",
            "nested",
            "nested",
            show=False,
            id="activations.nested",
            tooltip="runs below what set them off, or flat",
        ),
        Binding(
            "L", "search_logs", "in all logs", show=False, id="activations.search_logs", tooltip="words in all logs"
        ),
        Binding("D", "dig", "dig", show=False, id="activations.dig", tooltip="dig further back, or stop digging"),
    ]

    def __init__(self, book: ActivationBook, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(book, id=id)
        self._unseen = 0
        self._searching = False
        self._digging: Line = ()
        self._held_row: str | None = None
        """Under the cursor until all rows around it are there."""
        self._link = link.Link()
        self._welcome: Sequence[Line] = ()

    def on_mount(self) -> None:
        self.source = FeedSource(self.book, self.glyphs)
        self.lines.show(self.source)

    def compose(self) -> ComposeResult:
        yield TitleLine(self.TITLE, number=self.NUMBER)
        notices = [Notice(classes="notice"), Notice(classes="notice")]
        for notice in notices:
            notice.display = False
            yield notice
        column_heads = Heads(id="heads")
        column_heads.display = False
        yield column_heads
        yield FeedLines(stick=self.STICK)

    # What is shown

    @property
    def new(self) -> int:
        """Rows that came while nobody looked at the top."""
        return self._unseen + self.source.held

    @property
    def paused(self) -> bool:
        return self.source.holding or (self._unseen > 0 and not self.lines.at_top)

    def frame(self, changed: frozenset[str], now_ms: int) -> None:
        """Entries of the book changed: once per frame."""
        self.source.now_ms = now_ms
        away = len(self.source) > 0 and not self.lines.at_top
        added = self.source.update(changed)
        if away:
            self._unseen += added
        self.lines.source_changed()
        self._retitle()
        if self.selected_id in changed and self.is_focused:  # some keys apply only while it runs
            self.refresh_bindings()

    def past_changed(self, *, searching: bool | None = None) -> None:
        """Rows of the past came or went.

        Args:
            searching: Whether more of them are still being looked for.
        """
        if searching is not None:
            self._searching = searching
        self.lines.set_empty(self.empty_lines())
        self.lines.source_changed()
        if searching is False and (held := self._held_row) is not None:
            self._held_row = None
            self.lines.move_to(held)
        self._changed()

    def forget(self, entry: Entry) -> None:
        """The book is about to forget this one."""
        self.source.drop(entry)
        self.lines.source_changed()
        self._retitle()

    def tick(self, now_ms: int) -> None:
        """A second passed: bars and elapsed times move."""
        self.source.now_ms = now_ms
        if any(True for _ in self.book.open_entries()):
            self.lines.refresh()
        self._retitle()

    def show_link(self, state: link.Link) -> None:
        self._link = state
        self._retitle()

    def show_digging(self, said: Line) -> None:
        """How far digging back has come; nothing once it ended."""
        self._digging = said
        self._retitle()
        self.refresh_bindings()

    def notice(self, *lines: Line) -> None:
        """At most two lines above the rows; none takes them away."""
        for widget, line in zip(self.query(Notice), [*lines, (), ()], strict=False):
            widget.text = line
            widget.display = bool(line)
            widget.redraw()

    def welcome(self, lines: Sequence[Line]) -> None:
        """What to say while nothing ran yet, or while there is no link."""
        self._welcome = lines
        self.lines.set_empty(self.empty_lines())

    def follow(self, activation_id: str) -> None:
        """Show the newest rows, with the cursor on this one as soon as it is there."""
        self.resume()
        if not self.lines.move_to(activation_id):
            self.lines.move_to_index(0)

    def empty_lines(self) -> Sequence[Line]:
        if self._searching:
            return [(), [Span("Searching what was seen before.", "muted")]]
        if len(self.book) and (self.source.filter.text or self.source.failures_only):
            what = self.source.filter.text or "failures only"
            key = "esc" if self.source.filter.text else "!"
            spans = [
                Span(f"None of {formats.count(len(self.book))} match {what}. ", "muted"),
                Span(key, "primary bold"),
            ]
            return [(), [*spans, Span(" clears the filter.", "muted")]]
        return self._welcome

    def records(self, most: int) -> list[JsonObject]:
        entries = (self.source.entry_at(index) for index in range(min(most, len(self.source))))
        known = (entry.activation.received for entry in entries if entry is not None and entry.activation is not None)
        return [record for record in known if record is not None]

    @property
    def filter_text(self) -> str:
        return self.source.filter.text

    @property
    def filter_trouble(self) -> str | None:
        return self.source.filter.trouble

    @property
    def found(self) -> tuple[int, int]:
        return len(self.source), len(self.book)

    def set_filter(self, text: str) -> None:
        self.source.filter = ActivationFilter.parse(text, now_ms=self.source.now_ms)
        self.refilter()

    def resume(self) -> None:
        """Show what was kept back, and count it as seen."""
        self._unseen = 0
        if self.source.holding:
            self.source.release()
            self.lines.source_changed()
        self._changed()

    def fit(self, width: int) -> None:
        """The panel got this many cells: choose the columns."""
        wide = (width - GUTTER - 1 >= WIDE_FROM) != self.wide
        if wide != self.source.wide:
            self.source.wide = wide
            self.lines.redraw()
        self.query_one(Heads).display = self.source.wide and width > 0

    # Keys

    def action_pause(self) -> None:
        if self.paused:
            self.resume()
            self.lines.move_to_index(0)
        else:
            self.source.holding = True
        self._changed()

    def action_failures(self) -> None:
        self.source.failures_only = not self.source.failures_only
        self.refilter()

    def action_nested(self) -> None:
        """Every run below what set it off, or all of them by their start."""
        self.source.nested = not self.source.nested
        self._refilter_around(None if self.lines.at_top else self.selected)

    def action_in_context(self) -> None:
        """Lift the filter and stay on the row."""
        self.source.filter, self.source.failures_only = ActivationFilter(), False
        self.source.nested = False
        self._refilter_around(self.selected)

    def _refilter_around(self, entry: Entry | None) -> None:
        """Choose anew, with the cursor on the same row as soon as that is there again."""
        self._held_row = None
        self.refilter()
        if entry is not None:
            self.lines.move_to(entry.activation_id)
            self._held_row = None if self.source.past is None else entry.activation_id

    def reason_disabled(self, action: str) -> str | None:
        if (reason := super().reason_disabled(action)) is not None:
            return reason
        if action == "in_context" and self.source.is_plain:
            return "all rows are shown: nothing is filtered"
        return None

    @on(LineView.Scrolled)
    def _scrolled(self, message: LineView.Scrolled) -> None:
        message.stop()
        if not self.app.is_running:
            return
        if self.lines.at_top and self._unseen:
            self._unseen = 0
        self._changed()

    def refilter(self) -> None:
        """The filter changed: choose among all rows anew."""
        self.source.rebuild()
        self._unseen = 0
        self.lines.set_empty(self.empty_lines())
        self.lines.source_changed()
        self._changed()
        if self.source.past is not None:
            self.post_message(PastWanted())

    def _changed(self) -> None:
        self._retitle()
        self.refresh_bindings()
        self.post_message(FeedStateChanged())

    def _retitle(self) -> None:
        if not self.is_mounted or not self.app.is_running:  # on the way out: a last message of rows that are gone
            return
        glyphs = self.glyphs
        if self.paused:
            state: list[Span] = [Span(f"{glyphs.paused} paused", "warning")]
        else:
            state = list(link.link_spans(self._link, glyphs, self.source.now_ms, short=True))
        coverage = link.coverage_spans(self._link)
        if self._digging:
            state = list(self._digging)
        if self.source.nested:
            state += [gap(2), Span("nested", "primary")]
        if self.source.failures_only:
            state += [gap(2), Span("! failures only", "warning")]
        if self.source.filter.text:
            state += [gap(2), Span(f"/{self.source.filter.text}", "primary")]
        elif coverage and not self._digging:
            state += [gap(2), *coverage]
        self.title_line.show(state=state, detail=self.detail())

    def remarks(self) -> Line:
        spans: list[Span] = [Span(f"{self.glyphs.paused} paused", "warning")] if self.paused else []
        if self.source.failures_only:
            spans += [gap(2), Span("! failures", "warning")]
        if self.filter_text:
            spans += [gap(2), *super().remarks()]
        if self.new:
            spans += [gap(2), *self.detail()]
        return spans

    def detail(self) -> Line:
        """The right end of the title: rows that are new, else how many there are."""
        if self.new:
            return [Span(f" {formats.count(self.new)} new {self.glyphs.up} ", "chip bold")]
        if self._searching:
            return [Span("searching", "faint")]
        shown, all_ = len(self.source), len(self.book)
        if shown != all_ and not self.source.is_plain:
            nested = f" {self.glyphs.dot} nested" if self.source.nested else ""
            return [Span(f"{formats.count(shown)} of {formats.count(all_)}{nested}", "faint")]
        if not all_:
            return [Span("0", "faint")] if self._link.complete_since_ms else ()
        order = "nested" if self.source.nested else "newest first"
        return [Span(f"{formats.count(all_)} {self.glyphs.dot} {order}", "faint")]
