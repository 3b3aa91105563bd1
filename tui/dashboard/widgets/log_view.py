"""What a run printed: line by line, following while it runs, searched, wrapped."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from tui.entities.activation import LogLine

from ..render.formats import counted
from ..render.glyphs import glyphs_of
from ..render.line import Line, Span
from ..render.log_json import LineFilter
from ..render.log_rows import LogRows
from ..render.logs import LogText, Match
from .form_search import Found
from .line_view import GUTTER, LineView

WAITING = "waiting for the next line"
NO_LINES = "no lines"
ASK_WHY = (Span("   E", "primary bold"), Span(" why", "muted"))
"""Behind a sentence about what is not there."""
ARRIVING = "still arriving: the platform collects the lines after the end"
LINES_COME_LAST = "this platform tells the lines when the run has ended"


class LogView(LineView):
    """The log of one run."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "follow", "follow", id="logs.follow", tooltip="stay at the end while lines arrive, or stop that"),
        Binding("w", "wrap", "wrap", id="logs.wrap", tooltip="wrap long lines, or cut them"),
        Binding("t", "times", "times", id="logs.times", tooltip="show or hide the times"),
        Binding("space", "fold", "fold", show=False, id="logs.fold", tooltip="unfold a line of JSON, or fold it"),
    ]

    class Changed(Message):
        """Lines came, or the view looks different: titles may say something else now."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(stick="end", id=id, classes=classes)
        self.text = LogText()
        self._rows: LogRows | None = None
        self._wrap = False
        self._running, self._live = False, True
        self._arriving, self._sent_to = False, ""
        self._searched = ""
        self._matches: list[Match] = []
        self._current = -1

    @property
    def rows(self) -> LogRows:
        if self._rows is None:
            self._rows = self.make_rows(self.text)
        return self._rows

    def make_rows(self, text: LogText) -> LogRows:
        """The rows of another log."""
        return LogRows(text, glyphs_of(self))

    @property
    def following(self) -> bool:
        return self._running and self.stick == "end" and self.at_end

    def show_log(self, lines: Iterable[str], *, running: bool, live: bool = True) -> None:
        """Show another log: from its end while the run goes on, else from its top.

        Args:
            live: Whether lines come while it runs; else they come with its end.
        """
        times = self.rows.times
        self.text = LogText()
        self.text.append(lines)
        self._rows = self.make_rows(self.text)
        self._rows.times = times
        self._matches, self._current, self._searched = [], -1, ""
        self._running, self._live = running, live
        self.stick = "end" if running else "none"
        self._rewrap()
        self._note()
        self.show(self._rows, cursor=None)
        self.move_to_index(len(self._rows) - 1 if running else 0)
        self.post_message(self.Changed())

    def append_lines(self, lines: Iterable[str]) -> None:
        """More lines of the same log."""
        self.text.append(lines)
        self.rows.grew()
        self._note()
        self.source_changed()
        self.post_message(self.Changed())

    def end(self, lines: Iterable[str]) -> None:
        """The run is over; `lines` is the whole log, which usually begins with the lines that came while it ran."""
        whole = tuple(lines)
        self._running = False
        known = len(self.text.lines)
        if whole[:known] == tuple(self.text.lines):
            self.append_lines(whole[known:])
            self.stick = "none"
        else:
            self.show_log(whole, running=False)

    def tell(self, *, arriving: bool, sent_to: str | None) -> None:
        """How it stands with the lines of a run that has ended.

        Args:
            arriving: Whether more of them may come.
            sent_to: Where the platform sends them instead of keeping them.
        """
        self._arriving, self._sent_to = arriving, sent_to or ""
        self._note()
        self.source_changed()

    def copied(self) -> str | None:
        """The text of the line under the cursor."""
        return None if self.cursor_id is None else self.rows.copy_text(self.cursor_id)

    def whole_text(self) -> str:
        """Everything that was said, as the run printed it: for files, the pager and the clipboard."""
        return "\n".join(LogLine.parse(line).text for line in self.text.lines)

    def detail(self) -> Line:
        """`15 lines · 4 on stderr`."""
        parts = [counted(len(self.text.lines), "line")]
        if self.rows.narrowed is not None:
            parts[0] = f"{self.rows.shown_count:,} of {parts[0]}"
        if self.text.stderr_count:
            parts.append(f"{self.text.stderr_count:,} on stderr")
        return (Span(f" {glyphs_of(self).dot} ".join(parts), "muted"),)

    # Keys

    def action_follow(self) -> None:
        if self.following:
            self.stick = "none"
        else:
            self.stick = "end"
            self.action_edge("end")
        self.post_message(self.Changed())

    def action_wrap(self) -> None:
        self._wrap = not self._wrap
        self._lay_out_again()

    def action_fold(self) -> None:
        if isinstance(self.cursor_id, tuple) and self.rows.toggle(self.cursor_id[0]):
            self.redraw()
            self.source_changed()

    def action_choose(self) -> None:
        self.action_fold()

    def action_times(self) -> None:
        self.rows.times = not self.rows.times
        self._lay_out_again()

    def on_line_view_scrolled(self, event: LineView.Scrolled) -> None:
        event.stop()
        self.post_message(self.Changed())

    def on_resize(self, event: events.Resize) -> None:
        self._rewrap()
        super().on_resize(event)

    def _lay_out_again(self) -> None:
        self._rewrap()
        self.redraw()
        self.source_changed()
        self.post_message(self.Changed())

    def _rewrap(self) -> None:
        width = self.scrollable_content_region.width - GUTTER
        self.rows.wrap_at(width if self._wrap and width > 0 else None)

    def _note(self) -> None:
        if self._running:
            said = WAITING if self._live else LINES_COME_LAST
            self.rows.note = (
                Span("      ", "faint"),
                Span(glyphs_of(self).stdout, "accent"),
                Span(f" {said}", "faint"),
            )
        elif (cut := self.text.cut_at_bytes) is not None:
            self.rows.note = (Span(f"      cut at the log limit, {cut // (1024 * 1024)} MB", "warning"),)
        elif self._arriving:
            self.rows.note = (Span(f"      {ARRIVING}", "faint"),)
        elif self._sent_to and not self.text.lines:
            said = f"sent elsewhere by the platform ({self._sent_to}): no lines can be read here"
            self.rows.note = (Span(said, "muted"),)
        else:
            self.rows.note = None if self.text.lines else (Span(NO_LINES, "faint"), *ASK_WHY)

    # Search

    async def narrow(self, text: str) -> str:
        """Show only lines that fit: a word, `stderr`, `level=error`; `""` shows all. Gives what to say about it."""
        rows, lines = self.rows, list(self.text.lines)
        if not text.strip():
            rows.narrow(None, None)
            said = ""
        else:
            narrowed = LineFilter.parse(text)
            rows.narrow(narrowed, await asyncio.to_thread(narrowed.kept, lines))
            said = f"{counted(rows.shown_count, 'line')} of {len(lines):,}"
        self.redraw()
        self.source_changed()
        self.post_message(self.Changed())
        return said

    async def search(self, text: str) -> Found:
        self._searched = text
        self._matches = [match for match in self.text.find(text) if self.rows.shows(match.line)]
        here = self.cursor_id[0] if isinstance(self.cursor_id, tuple) else 0
        below = (number for number, match in enumerate(self._matches) if match.line >= here)
        return self._go(next(below, 0))

    def step(self, by: int) -> Found | None:
        if not self._searched:
            return None
        if len(self._matches) and self._current >= 0:
            return self._go((self._current + by) % len(self._matches))
        return self._go(0)

    def _go(self, number: int) -> Found:
        if not self._matches:
            self._current = -1
            self.rows.mark((), None)
            self.redraw()
            return Found(0, 0, 0)
        self._current = number
        match = self._matches[number]
        self.rows.mark(self._matches, match)
        self.redraw()
        self.move_to(self.rows.row_of(match))
        return Found(len(self._matches), len({match.line for match in self._matches}), number + 1)
