"""What is asked of the list with the focus: which rows, in which order, with which columns."""

from __future__ import annotations

from collections.abc import Iterable

from textual import on

from tui.errors import UsageError

from ..panels.feed import FeedPanel
from ..panels.messages import FeedStateChanged, MarksChanged, SortRequested, WideChanged
from ..panels.panel import Panel
from ..render import formats
from ..render.line import Line, Span, gap
from ..widgets.filter_bar import FilterBar
from ..widgets.footer import Footer
from .command_words import Word
from .picker import PickScreen
from .places import Places

AS_GIVEN = "as the platform gives it"


class Listing(Places):
    """Between places and the main screen."""

    # Filter

    def action_filter(self) -> None:
        panel = self.current
        panel.focus_lines()
        self._filtered = panel
        self.query_one(FilterBar).open(panel.filter_text)
        self._body.wish(filtering=True)

    @property
    def filtered(self) -> Panel:
        """The panel whose filter is being typed, or else the one with the focus."""
        return getattr(self, "_filtered", None) or self.current

    @on(FilterBar.Changed)
    def _filter_changed(self, message: FilterBar.Changed) -> None:
        panel = self.filtered
        panel.set_filter(message.text)
        self.query_one(FilterBar).note(self._filter_note(panel))

    @on(FeedStateChanged)
    def _found_more(self) -> None:
        """Rows of the past were found for what is being typed."""
        if (bar := self.query_one(FilterBar)).is_open:
            bar.note(self._filter_note(self.filtered))

    def _filter_note(self, panel: Panel) -> Line:
        if panel.filter_trouble:
            return [Span(panel.filter_trouble, "warning")]
        shown, all_ = panel.found
        found = [Span(f"{formats.count(shown)} of {formats.count(all_)}", "faint"), gap(3)]
        keys = ((panel.glyphs.enter, "keep"), ("esc", "clear"))
        hints = [span for key, word in keys for span in (Span(key, "primary bold"), Span(f" {word}", "muted"), gap(3))]
        return [*found, *hints]

    @on(FilterBar.Closed)
    def _filter_closed(self) -> None:
        panel = self.filtered
        del self._filtered
        self.query_one(FilterBar).close()
        self._body.wish(filtering=False)
        panel.focus_lines()

    def action_back(self) -> None:
        """Undo one thing: marks, then the filter, then the zoom."""
        panel = self.current
        if panel.clear_marks():
            return
        filtered = panel if panel.filter_text else self._feed
        if filtered.filter_text:
            filtered.set_filter("")
        elif self._body.wishes.zoomed:
            self.action_zoom()

    def use_filter(self, name: str) -> None:
        """One of the filters that the configuration names, on the activations."""
        filters = self.app.settings.filters  # type: ignore[attr-defined]
        if name not in filters:
            raise UsageError(f"The configuration has no filter {name}.", hint="[filters.NAME] makes one.")
        self.come_back()
        self._feed.focus_lines()
        self._feed.set_filter(filters[name].query)

    def come_back(self) -> None:
        """Leave whatever stands above."""
        while self.app.screen is not self and len(self.app.screen_stack) > 1:
            self.app.pop_screen()

    # Order and columns

    @on(SortRequested)
    def _pick_order(self, request: SortRequested) -> None:
        panel: Panel = request.panel
        column, descending = panel.order
        names = [AS_GIVEN, *panel.sortable]
        title = f"Sort the {panel.TITLE.lower()} by"
        note = f"{title}   (now {column}, {'down' if descending else 'up'}; again: the other way)" if column else title

        def picked(name: str | None) -> None:
            if name is not None:
                panel.sort_by("" if name == AS_GIVEN else name)

        self.app.push_screen(PickScreen(note, names, current=column or AS_GIVEN), picked)

    @on(WideChanged)
    def _wide_changed(self) -> None:
        left = any(panel.wide for panel in self.panels if not isinstance(panel, FeedPanel))
        self._body.wish(wide="feed" if self._feed.wide else "left" if left else "")
        self.call_after_refresh(self._fit)
        self.refresh_bindings()

    @on(MarksChanged)
    def _marks_changed(self) -> None:
        self.query_one(Footer).redraw()

    def footer_note(self) -> Line:
        """What the footer says at its right end while there is no message."""
        marks = self.current.marks
        if not len(marks):
            return ()
        note = [Span(f"{formats.count(len(marks))} marked", "primary bold"), gap(2), Span("esc", "primary bold")]
        return [*note, Span(" clears", "muted")]

    # Words

    def more_words(self) -> Iterable[Word]:
        """Words of the command line beyond the usual ones."""
        filters = self.app.settings.filters  # type: ignore[attr-defined]
        yield Word("filter", "a filter of the configuration", self.use_filter, "NAME", lambda: list(filters))
        yield Word("sort", "sort the panel by a column", self._sort, "COLUMN", lambda: self.current.sortable)

    def _sort(self, column: str) -> None:
        panel = self.current
        if column not in panel.sortable:
            names = ", ".join(panel.sortable)
            what = f"{panel.TITLE} can be sorted by {names}." if names else f"{panel.TITLE} always stand in this order."
            raise UsageError(what)
        panel.sort_by(column)
