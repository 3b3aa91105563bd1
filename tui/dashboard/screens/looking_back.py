"""What was seen so far, counted and searched: the way to it from the main screen, and back to the records of a row."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType

from tui.errors import UsageError

from ..panels.messages import LogSearchRequested
from .command_words import Word
from .digging import Digging

if TYPE_CHECKING:
    from tui.operations.past import Past

NO_HISTORY = "there is no history of this account"


class LookingBack(Digging):
    """Between digging and the main screen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "H",
            "statistics",
            "statistics",
            show=False,
            id="main.statistics",
            tooltip="runs counted by action, state and error",
        ),
    ]

    def action_statistics(self, view: int = 0) -> None:
        if (past := self._past) is None:
            self.say(NO_HISTORY, "warning")
            return
        from .statistics import StatisticsScreen

        source = self.feed.source
        screen = StatisticsScreen(past, source.filter_of_past(upto_ms=None), source.filter.text, view=view)
        self.app.push_screen(screen, self._show_rows)

    @on(LogSearchRequested)
    def search_logs(self, request: LogSearchRequested | None = None, text: str = "") -> None:
        """Words in the logs of what was seen, as far as the filter of the list keeps it."""
        if (past := self._past) is None:
            self.say(NO_HISTORY, "warning")
            return
        from .log_search import LogSearchScreen

        source = self.feed.source
        self.app.push_screen(LogSearchScreen(past, source.filter_of_past(upto_ms=None), source.filter.text, text=text))

    @property
    def _past(self) -> Past | None:
        return None if self.keeper is None else self.keeper.past

    def _show_rows(self, filter_text: str | None) -> None:
        """Records of a group, in the list."""
        if filter_text is not None:
            self.feed.focus_lines()
            self.feed.set_filter(filter_text)

    def more_words(self) -> Iterable[Word]:
        from .statistics import VIEWS

        yield from super().more_words()
        note = "runs counted by action, state or error"
        yield Word("statistics", note, self._statistics_of, "VIEW", lambda: VIEWS, optional=True)

        yield Word("grep", "words in the logs of all runs", self._grep, "WORDS", optional=True)

    def _grep(self, text: str) -> None:
        self.come_back()
        self.search_logs(text=text)

    def _statistics_of(self, view: str) -> None:
        from .statistics import VIEWS

        if view and view not in VIEWS:
            raise UsageError(f"{view} is none of {', '.join(VIEWS)}.")
        self.come_back()
        self.action_statistics(VIEWS.index(view) if view else 0)
