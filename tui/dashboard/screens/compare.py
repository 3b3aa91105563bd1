"""A run beside another one of the same action: the last good one, unless another is picked."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, ClassVar

from msgspec import Struct
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import Screen

from tui.entities.activation import Activation
from tui.errors import UserError
from tui.external import page_text
from tui.operations.compare import Comparison, by_usefulness, compare_runs, find_others

from ..jobs import HELP
from ..panels.activation_book import ActivationBook
from ..render import formats
from ..render.compare_rows import (
    annotation_lines,
    annotation_words,
    log_lines,
    log_words,
    result_difference,
    result_lines,
    result_words,
    side_by_side,
)
from ..render.glyphs import glyphs_of
from ..render.line import Line, Span, plain_text
from ..widgets.breadcrumb import Breadcrumb
from ..widgets.footer import Footer
from ..widgets.header import Header
from ..widgets.line_view import LineView
from ..widgets.title_line import TitleLine
from .copies import Copyable, Savable, plain
from .copying import COPY, SAVE, Copying
from .now import now_ms
from .picker import PickScreen

if TYPE_CHECKING:
    from tui.operations import Operations

VIEWS = ("result", "logs", "annotations")
_LOOKED_THROUGH = 2000
"""Of the newest records that are known here."""
_OFFERED = 200


class _Drawn(Struct, frozen=True):
    """Two runs, and by view what differs and how to say so in a title."""

    comparison: Comparison
    lines: Mapping[str, Sequence[Line]]
    words: Mapping[str, Line]


class CompareScreen(Copying, Screen[None]):
    """`esc` goes back to where it was opened from."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "pick", "with another", id="compare.pick", tooltip="compare with another run of it"),
        Binding("r", "show('result')", "result", id="compare.result", tooltip="what differs in the results"),
        Binding("l", "show('logs')", "logs", id="compare.logs", tooltip="where the logs part"),
        Binding("i", "show('annotations')", "annotations", id="compare.annotations", tooltip="annotations that differ"),
        Binding("right_square_bracket", "turn(1)", "next view", show=False, id="compare.next", tooltip="next view"),
        Binding("left_square_bracket", "turn(-1)", "view", show=False, id="compare.previous", tooltip="view before"),
        Binding("v", "page", "$PAGER", show=False, id="compare.pager", tooltip="open it in $PAGER"),
        COPY,
        SAVE,
        HELP,
        Binding("escape,q", "back", "back", id="compare.back", tooltip="back to where you came from"),
    ]

    def __init__(
        self, operations: Operations, activation_id: str, book: ActivationBook, *, other_id: str | None = None
    ) -> None:
        """
        Args:
            other_id: The run to compare with; `None`: the last good one of the same action.
        """
        super().__init__()
        self.operations = operations
        self._this_id = activation_id
        self._other_id = other_id
        self._book = book
        self._others: list[Activation] = []
        self._drawn: _Drawn | None = None
        self.view = VIEWS[0]

    def compose(self) -> ComposeResult:
        yield Header()
        yield Breadcrumb()
        with Vertical(classes="compare"):
            yield TitleLine("Two runs", id="both-title")
            yield LineView(id="both", cursor=False, empty=((Span("looking for a run to compare with", "faint"),),))
            yield TitleLine("Result", number=1, id="differs-title")
            yield LineView(id="differs", cursor=False, fit=False)
        yield Footer()

    def on_mount(self) -> None:
        self.query_one("#both").can_focus = False
        self.query_one("#differs").focus()
        self._show_way()
        self.start_job(self._find, then=self._found, failed=self._not_found, group="compare", latest_only=True)

    # What is compared

    async def _find(self) -> _Drawn | None:
        """Both runs compared, in a thread for megabytes; `None` where there is nothing to compare with."""
        this = await self._record(self._this_id)
        if not self._others:
            known = islice(self._book.newest_first(), _LOOKED_THROUGH)
            self._others = by_usefulness(this, (one.activation for one in known if one.activation is not None))
        if self._other_id is None and not any(not one.state.is_failure for one in self._others):
            seen = {one.activation_id for one in self._others}
            asked = await find_others(self.operations.activations, this)
            self._others = by_usefulness(
                this, [*self._others, *(one for one in asked if one.activation_id not in seen)]
            )
        if self._other_id is None and self._others:
            self._other_id = self._others[0].activation_id
        if self._other_id is None:
            return None
        return await asyncio.to_thread(_compared, await self._record(self._other_id), this)

    async def _record(self, activation_id: str) -> Activation:
        known = self._book.known.get(activation_id)
        if known is not None and known.response is not None:
            return known
        return await self.operations.activations.get(activation_id)

    def _found(self, drawn: _Drawn | None) -> None:
        self._drawn = drawn
        if drawn is None:
            said = "No other run of it is known: there is nothing to compare with yet."
            self.query_one("#both", LineView).set_empty(((Span(said, "muted"),),))
            return
        self._show_both()
        self._show_view()

    def _not_found(self, error: UserError) -> None:
        lines = [(Span(error.message, "muted"),), (Span(error.hint, "faint"),)]
        self.query_one("#both", LineView).set_empty(lines)

    # What is shown

    def _show_both(self) -> None:
        if self._drawn is None:
            return
        comparison = self._drawn.comparison
        view = self.query_one("#both", LineView)
        width = max(60, view.size.width - 4)
        view.show_lines(side_by_side(comparison, width, now_ms(self.app), glyphs_of(self)))
        is_last_good = bool(self._others) and self._others[0].activation_id == self._other_id
        good = is_last_good and not comparison.before.state.is_failure
        state = "with the last good one" if good else "with one that was picked" if not is_last_good else ""
        title = self.query_one("#both-title", TitleLine)
        title.show(name=f"Two runs of {comparison.after.entity_name}", state=(Span(state, "muted"),))

    def _show_view(self) -> None:
        words: Line = () if self._drawn is None else self._drawn.words[self.view]
        self.query_one("#differs-title", TitleLine).show(name=self.view.capitalize(), state=words, focused=True)
        self.query_one("#differs", LineView).show_lines(self._lines)
        self._show_way()

    def _show_way(self) -> None:
        ids = [self._this_id, *([self._other_id] if self._other_id else [])]
        name = "" if self._drawn is None else self._drawn.comparison.after.entity_name
        here = (Span("compare ", "muted"), Span(name, "foreground bold"), Span(f" {ids[0][:8]}", "faint"))
        other = (Span(f" with {ids[1][:8]}", "faint"),) if len(ids) > 1 else ()
        path = [(Span("Activations", "muted"),), (*here, *other)]
        self.query_one(Breadcrumb).show(path, VIEWS, VIEWS.index(self.view))

    def on_resize(self) -> None:
        self.call_after_refresh(self._show_both)

    # Keys

    def action_show(self, view: str) -> None:
        self.view = view
        self._show_view()

    def action_turn(self, step: int) -> None:
        self.action_show(VIEWS[(VIEWS.index(self.view) + step) % len(VIEWS)])

    def action_pick(self) -> None:
        if not self._others:
            self.say("no other run of it is known", "warning")
            return
        offered = {_offer(one, now_ms(self.app)): one.activation_id for one in self._others[:_OFFERED]}
        current = next((offer for offer, taken in offered.items() if taken == self._other_id), "")

        def taken(offer: str | None) -> None:
            if offer is not None:
                self._other_id = offered[offer]
                self.start_job(self._find, then=self._found, failed=self._not_found, group="compare", latest_only=True)

        self.app.push_screen(PickScreen("Compare with", list(offered), current=current), taken)

    def action_page(self) -> None:
        try:
            with self.app.suspend():
                page_text(self._text())
        except UserError as error:
            self.say_error(error)

    @property
    def _lines(self) -> Sequence[Line]:
        """What differs, in the view that is shown."""
        return () if self._drawn is None else self._drawn.lines[self.view]

    def _text(self) -> str:
        return "\n".join(plain_text(line) for line in self._lines)

    def copy_title(self) -> str:
        return f"comparison of {self._this_id[:8]}"

    def copies(self) -> list[Copyable]:
        if self._drawn is None:
            return []
        shown = plain(f"difference of the {self.view}", self._text())
        return [shown, plain("id", self._this_id), plain("other id", self._other_id or "")]

    def files(self) -> list[Savable]:
        if self._drawn is None:
            return []
        text = f"{self._text()}\n"
        return [Savable(f"difference of the {self.view}", ".diff", lambda: text.encode("utf-8", "surrogatepass"))]

    def action_back(self) -> None:
        self.dismiss(None)

    @on(LineView.Scrolled)
    def _scrolled(self, event: LineView.Scrolled) -> None:
        event.stop()


def _compared(before: Activation, after: Activation) -> _Drawn:
    comparison = compare_runs(before, after)
    difference = result_difference(comparison)
    return _Drawn(
        comparison,
        lines={
            "result": result_lines(difference),
            "logs": log_lines(comparison.logs),
            "annotations": annotation_lines(comparison.annotations),
        },
        words={
            "result": result_words(difference),
            "logs": log_words(comparison.logs),
            "annotations": annotation_words(comparison.annotations),
        },
    )


def _offer(run: Activation, moment_ms: int) -> str:
    """`3f2a91d0  12:03:41  success  298ms`, as one types to find it."""
    took = "" if run.duration_ms is None else formats.duration(run.duration_ms)
    return f"{run.activation_id[:8]}  {formats.moment(run.start_ms, moment_ms):<12}  {run.state.value:<10}{took:>6}"
