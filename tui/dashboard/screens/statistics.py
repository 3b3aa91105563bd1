"""How things stand over an hour, a day, a week or all that was seen: by action, by state, by what failures said."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

from msgspec.structs import replace
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import Screen
from textual.timer import Timer

from tui.entities.json import JsonObject
from tui.history import Filter
from tui.history.groups import expression_of
from tui.operations.statistics import ActionNumbers, Ranked, rank_messages, rank_names, rank_states

from ..jobs import HELP
from ..panels.messages import RunRequested, Tab
from ..render import formats
from ..render.glyphs import glyphs_of
from ..render.line import Line, Span, gap
from ..render.source import Lines, Rows
from ..render.statistics import numbers_lines, ranked_row, ranking_heads
from ..widgets.breadcrumb import Breadcrumb
from ..widgets.footer import Footer
from ..widgets.header import Header
from ..widgets.line_view import GUTTER, LineView
from ..widgets.title_line import TitleLine
from .copies import Copyable, Savable, files_of_list, plain
from .copying import COPY, SAVE, Copying
from .now import now_ms

if TYPE_CHECKING:
    from tui.operations.past import Past

VIEWS: Final = ("actions", "states", "errors")
_RANKS: Final = (rank_names, rank_states, rank_messages)
_HOUR_MS = 3_600_000
SPANS: Final = (("last hour", _HOUR_MS), ("last day", 24 * _HOUR_MS), ("last week", 168 * _HOUR_MS), ("all seen", 0))
_DETAIL_AFTER_S = 0.1


class StatisticsScreen(Copying, Screen[str | None]):
    """Ends with the filter that shows the records of a row, or with nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "rows", "its rows", id="statistics.rows", tooltip="its records in the list of activations"),
        Binding("l", "show_run('logs')", "newest log", id="statistics.logs", tooltip="log of the newest of them"),
        Binding("r", "show_run('result')", "result", id="statistics.result", tooltip="result of the newest of them"),
        Binding("t", "span", "time span", id="statistics.span", tooltip="an hour, a day, a week, all that was seen"),
        Binding("right_square_bracket,tab", "view(1)", "view", id="statistics.next_view", tooltip="the next grouping"),
        Binding(
            "left_square_bracket,shift+tab",
            "view(-1)",
            "view",
            show=False,
            id="statistics.previous_view",
            tooltip="the grouping before",
        ),
        COPY,
        SAVE,
        Binding("ctrl+r", "reload", "refresh", show=False, id="statistics.reload", tooltip="count again"),
        HELP,
        Binding("escape,q", "back", "back", id="statistics.back", tooltip="back to where you came from"),
    ]

    def __init__(self, past: Past, matching: Filter, filter_text: str, *, view: int = 0, span: int = 1) -> None:
        """
        Args:
            matching: Only these records are counted; `filter_text` is what they were chosen by.
            view: Index in `VIEWS`, as `span` in `SPANS`.
        """
        super().__init__()
        self._past = past
        self._matching = matching
        self._filter_text = filter_text
        self._view = view
        self._span = span
        self._rows: tuple[Ranked, ...] = ()
        self._counted = False
        self._detail_timer: Timer | None = None

    def compose(self) -> ComposeResult:
        yield Header()
        yield Breadcrumb()
        with Vertical(classes="log-screen statistics"):
            yield TitleLine("Statistics", id="statistics-title")
            yield LineView(id="statistics-heads", cursor=False)
            yield LineView(id="log-rows", empty=((Span("counting", "faint"),),))
            yield TitleLine("", id="log-title")
            yield LineView(id="log-detail", cursor=False)
        yield Footer()

    def on_mount(self) -> None:
        heads = self.query_one("#statistics-heads", LineView)
        heads.can_focus = False
        self._list.focus()
        self.action_reload()

    @property
    def _list(self) -> LineView:
        return self.query_one("#log-rows", LineView)

    @property
    def _selected(self) -> Ranked | None:
        return next((one for one in self._rows if _key(one) == self._list.cursor_id), None)

    @property
    def _since_ms(self) -> int:
        _, length_ms = SPANS[self._span]
        return max(0, now_ms(self.app) - length_ms) if length_ms else 0

    # Showing

    def action_reload(self) -> None:
        self.query_one(Breadcrumb).show([[Span("Statistics", "foreground bold")]], VIEWS, self._view)
        matching = replace(self._matching, since_ms=self._since_ms or None)
        count = partial(self._past.rank, _RANKS[self._view], matching)
        self._list.set_empty([(Span("counting", "faint"),)])
        self.start_job(count, then=self._show, group="statistics", latest_only=True)

    def _show(self, rows: tuple[Ranked, ...]) -> None:
        self._rows, self._counted = rows, True
        self._show_rows()

    def _show_rows(self) -> None:
        if not self._counted:
            return
        rows = self._rows
        view, now, glyphs = VIEWS[self._view], now_ms(self.app), glyphs_of(self)
        width = max(40, self._list.scrollable_content_region.width - GUTTER)
        state: list[Span] = [Span(SPANS[self._span][0], "primary")]
        if self._filter_text:
            state += [gap(2), Span(f"/{self._filter_text}", "primary")]
        runs = sum(one.group.runs for one in rows)
        said = [Span(formats.counted(runs, "record"), "faint")]
        self.query_one("#statistics-title", TitleLine).show(state=state, detail=said)
        self.query_one("#statistics-heads", LineView).show_lines([ranking_heads(view, width)] if rows else [])
        self._list.set_empty(self._nothing())
        self._list.show(Rows(rows, key=_key, draw=lambda one, width: ranked_row(view, one, width, now, glyphs)))
        self._show_detail()

    def _nothing(self) -> list[Line]:
        what = "No failure" if VIEWS[self._view] == "errors" else "No run or firing"
        text = (
            f"{what} was seen in the {SPANS[self._span][0]}. " if self._span < len(SPANS) - 1 else f"{what} was seen. "
        )
        return [(), [Span(text, "muted"), Span("t", "primary bold"), Span(" another span of time", "muted")]]

    @on(LineView.Moved, "#log-rows")
    def _moved(self) -> None:
        if self._detail_timer is not None:
            self._detail_timer.stop()
        self._detail_timer = self.set_timer(_DETAIL_AFTER_S, self._show_detail)

    def _show_detail(self) -> None:
        one, title = self._selected, self.query_one("#log-title", TitleLine)
        self.refresh_bindings()
        is_action = one is not None and VIEWS[self._view] == "actions" and not one.group.is_trigger
        if one is None or not is_action:
            title.show(name=one.group.title if one is not None else "")
            self.query_one("#log-detail", LineView).show_lines([] if one is None else self._said(one))
            return
        title.show(name=one.group.title)
        name, since_ms, upto_ms = one.group.title, self._since_ms, now_ms(self.app)
        count = partial(self._past.numbers, name, since_ms=since_ms, upto_ms=upto_ms)
        self.start_job(count, then=partial(self._show_numbers, one), group="numbers", latest_only=True)

    def _said(self, one: Ranked) -> list[Line]:
        names = ", ".join(one.group.names)
        return [[Span(f"of {names}", "muted")]] if names else []

    def _show_numbers(self, one: Ranked, numbers: ActionNumbers) -> None:
        if self._selected is not one:  # meanwhile another row is chosen, perhaps of another grouping
            return
        view = self.query_one("#log-detail", LineView)
        width = max(40, view.scrollable_content_region.width - GUTTER)
        view.show_lines(numbers_lines(numbers, width, glyphs_of(self)))

    def on_resize(self) -> None:
        self.call_after_refresh(self._show_rows)

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("rows", "show_run") and self.is_mounted:
            return True if self.reason_disabled(action) is None else None
        return super().check_action(action, parameters)

    def reason_disabled(self, action: str) -> str | None:
        is_needed = action.partition("(")[0] in ("rows", "show_run")
        return "there is no row" if is_needed and self._selected is None else super().reason_disabled(action)

    def action_span(self) -> None:
        self._span = (self._span + 1) % len(SPANS)
        self.action_reload()

    def action_view(self, step: int) -> None:
        self._view = (self._view + step) % len(VIEWS)
        self._rows, self._counted = (), False
        self._list.show(Lines())
        self.action_reload()

    def action_rows(self) -> None:
        if (one := self._selected) is not None:
            self.dismiss(f"{self._filter_text} {term_of(VIEWS[self._view], one)}".strip())

    @on(LineView.Chosen, "#log-rows")
    def _chosen(self, event: LineView.Chosen) -> None:
        event.stop()
        self.action_rows()

    def action_show_run(self, tab: Tab) -> None:
        if (one := self._selected) is not None:
            self.app.screen_stack[0].post_message(RunRequested(one.group.last_id, tab))

    def copy_title(self) -> str:
        one = self._selected
        return "statistics" if one is None else one.group.title

    def copies(self) -> list[Copyable]:
        one = self._selected
        if one is None:
            return []
        filter_text = term_of(VIEWS[self._view], one)
        return [
            plain("text", one.group.title),
            plain("filter", filter_text),
            plain("id of the newest", one.group.last_id),
        ]

    def files(self) -> list[Savable]:
        if not self._rows:
            return []
        return files_of_list(VIEWS[self._view], [_json(one) for one in self._rows], stem="statistics")

    def action_back(self) -> None:
        self.dismiss(None)


def term_of(view: str, one: Ranked) -> str:
    """What finds the records of a row in the list of activations."""
    if view == "states":
        return f"status:{one.group.title.replace(' ', '')}"
    if view == "errors":
        return f"status:error {expression_of(one.group.title)}"
    return f"{'trigger' if one.group.is_trigger else 'action'}:{expression_of(one.group.title)[:-1]}$/"


def _key(one: Ranked) -> tuple[str, bool]:
    return one.group.title, one.group.is_trigger


def _json(one: Ranked) -> JsonObject:
    group, took = one.group, one.durations
    body: JsonObject = {
        "title": group.title,
        "runs": group.runs,
        "failures": group.failures,
        "lastStart": group.last_ms,
        "lastActivationId": group.last_id,
    }
    if group.names:
        body |= {"firstStart": group.first_ms, "names": list(group.names)}
    if took is not None:
        body |= {"p50": took.p50_ms, "p95": took.p95_ms, "p99": took.p99_ms}
    return body
