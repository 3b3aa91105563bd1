"""Words in the logs of all runs that were seen lately: type them, go through the lines, open the run."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Input

from tui.entities.text import visible_line
from tui.history import Filter
from tui.history.log_search import LAST, FoundLines, Hit, words_of

from ..jobs import HELP
from ..panels.messages import RunRequested, Tab
from ..render import formats
from ..render.glyphs import Glyphs, glyphs_of
from ..render.line import FILL, Line, Span, gap, name_cell
from ..render.source import Lines, Rows
from ..widgets.breadcrumb import Breadcrumb
from ..widgets.filter_bar import FilterBar
from ..widgets.footer import Footer
from ..widgets.header import Header
from ..widgets.line_view import LineView
from ..widgets.title_line import TitleLine
from .copies import Copyable, Savable, files_of_list, plain
from .copying import COPY, SAVE, Copying
from .now import now_ms

if TYPE_CHECKING:
    from tui.operations.past import Past

_SEARCH_AFTER_S: Final = 0.2
"""Without another key, what is typed is searched for."""
_MORE: Final = 10
_NAME = 20


class LogSearchScreen(Copying, Screen[None]):
    """`esc` goes from the field to the lines, and back to where it was opened from."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,l", "show_run('logs')", "its log", id="log_search.logs", tooltip="the whole log of that run"),
        Binding("r", "show_run('result')", "result", id="log_search.result", tooltip="the result of that run"),
        Binding("slash", "type", "other words", id="log_search.type", tooltip="search for something else"),
        Binding("D", "more", "further back", id="log_search.more", tooltip="search ten times as many runs"),
        COPY,
        SAVE,
        HELP,
        Binding("escape,q", "back", "back", id="log_search.back", tooltip="back to where you came from"),
    ]

    def __init__(self, past: Past, matching: Filter, filter_text: str, *, text: str = "", last: int = LAST) -> None:
        """
        Args:
            matching: Only logs of these runs are searched; `filter_text` is what they were chosen by.
            text: What to search for at first.
            last: So many of the last runs.
        """
        super().__init__()
        self._past = past
        self._matching = matching
        self._filter_text = filter_text
        self._text = text
        self._last = last
        self._found: FoundLines | None = None
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        yield Header()
        yield Breadcrumb()
        yield FilterBar()
        with Vertical(classes="log-search"):
            yield TitleLine("Lines", id="lines-title")
            yield LineView(id="lines")
        yield Footer()

    def on_mount(self) -> None:
        self.query_one(Breadcrumb).show([[Span("Search in logs", "foreground bold")]])
        self.query_one(Input).placeholder = 'words, "words as they stand"'
        self._show()
        if self._text:
            self.query_one(Input).value = self._text
            self._lines.focus()
            self._search()
        else:
            self.action_type()

    @property
    def _lines(self) -> LineView:
        return self.query_one("#lines", LineView)

    @property
    def _selected(self) -> Hit | None:
        place = self._lines.cursor_id
        hits = () if self._found is None else self._found.hits
        return hits[place] if isinstance(place, int) and place < len(hits) else None

    # Searching

    @on(FilterBar.Changed)
    def _typed(self, message: FilterBar.Changed) -> None:
        message.stop()
        self._text = message.text
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(_SEARCH_AFTER_S, self._search)

    @on(FilterBar.Closed)
    def _typed_all(self, message: FilterBar.Closed) -> None:
        message.stop()
        self.query_one(FilterBar).close()
        self._lines.focus()

    def _search(self) -> None:
        self._found = None
        if words_of(self._text):
            search = partial(self._past.search_logs, self._text, matching=self._matching, last=self._last)
            self.start_job(search, then=self._show, group="search logs", latest_only=True)
        self._show()

    def _show(self, found: FoundLines | None = None) -> None:
        self._found = found
        glyphs, now = glyphs_of(self), now_ms(self.app)
        state: list[Span] = [Span(f"/{self._filter_text}", "primary")] if self._filter_text else []
        self._lines.set_empty(self._nothing(found))
        if found is None:
            self._lines.show(Lines())
            self.query_one("#lines-title", TitleLine).show(state=state, detail=())
        else:
            hits = list(enumerate(found.hits))
            rows = Rows(hits, key=lambda one: one[0], draw=lambda one, _: hit_row(one[1], now, glyphs))
            self._lines.show(rows)
            number = formats.count(len(hits)) + ("+" if found.is_cut else "")
            state = [Span(number, "muted"), gap(2), *state]
            said = [Span(f"in the last {formats.counted(found.searched, 'run')}", "faint")]
            self.query_one("#lines-title", TitleLine).show(state=state, detail=said)
        self.refresh_bindings()

    def _nothing(self, found: FoundLines | None) -> list[Line]:
        if not words_of(self._text):
            return [(), [Span("Lines that have all words, in the logs of the last runs that were seen.", "muted")]]
        if found is None:
            return [(), [Span("searching", "faint")]]
        since = "" if found.since_ms is None else f", back to {formats.moment(found.since_ms, now_ms(self.app))}"
        said = f"No line has that in the logs of the last {formats.counted(found.searched, 'run')}{since}. "
        return [(), [Span(said, "muted"), Span("D", "primary bold"), Span(" searches further back", "muted")]]

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "show_run" and self.is_mounted:
            return True if self._selected is not None else None
        return super().check_action(action, parameters)

    def reason_disabled(self, action: str) -> str | None:
        is_needed = action.startswith("show_run") and self._selected is None
        return "there is no line" if is_needed else super().reason_disabled(action)

    def action_type(self) -> None:
        self.query_one(FilterBar).open(self._text)

    def action_more(self) -> None:
        self._last *= _MORE
        self.say(f"searching the last {formats.count(self._last)} runs")
        self._search()

    @on(LineView.Chosen, "#lines")
    def _chosen(self, event: LineView.Chosen) -> None:
        event.stop()
        self.action_show_run("logs")

    @on(LineView.Moved, "#lines")
    def _moved(self, event: LineView.Moved) -> None:
        event.stop()
        self.refresh_bindings()

    def action_show_run(self, tab: Tab) -> None:
        if (hit := self._selected) is not None:
            self.app.screen_stack[0].post_message(RunRequested(hit.activation_id, tab))

    def copy_title(self) -> str:
        hit = self._selected
        return "lines" if hit is None else f"line {hit.number} of {hit.name}"

    def copies(self) -> list[Copyable]:
        hit = self._selected
        return [] if hit is None else [plain("line", hit.line.text), plain("id", hit.activation_id)]

    def files(self) -> list[Savable]:
        hits = () if self._found is None else self._found.hits
        return files_of_list("the lines shown", [hit.to_json() for hit in hits], stem="lines") if hits else []

    def action_back(self) -> None:
        self.dismiss(None)


def hit_row(hit: Hit, now: int, glyphs: Glyphs) -> Line:
    """When and what ran, and the line."""
    is_error = hit.line.stream == "stderr"
    return [
        Span(formats.feed_moment(hit.start_ms, now), "muted", 8),
        gap(2),
        *name_cell(hit.name, _NAME, more=glyphs.more),
        Span(str(hit.number), "faint", 6, "right"),
        gap(2),
        Span(visible_line(hit.line.text), "warning" if is_error else "foreground", FILL),
        gap(2),
        Span(hit.activation_id[:6], "faint"),
    ]
