"""What all runs of a trace printed, in the order of time, as one log."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

from textual.app import ComposeResult

from tui.operations.merged_logs import LoggedRun, MergedLine, merged

from ..jobs import Jobs
from ..render.formats import counted
from ..render.glyphs import glyphs_of
from ..render.line import Span
from ..render.log_rows import LogRows
from ..render.logs import LogText
from ..render.merged_rows import MergedRows, Speaker
from ..widgets.line_view import LineView
from ..widgets.log_view import LogView
from ..widgets.title_line import TitleLine
from .copies import Copyable, Savable, plain
from .pane_finding import Finding


class MergedLogView(LogView):
    """A log whose lines belong to several runs."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.speakers: list[Speaker] = []
        """Of every line."""

    def make_rows(self, text: LogText) -> LogRows:
        return MergedRows(text, glyphs_of(self), self.speakers)

    def show_merged(self, lines: Sequence[MergedLine], numbers: dict[str, int], *, running: bool) -> None:
        """Show these lines; those that are shown already stay where they are.

        Args:
            numbers: Which of the trace's runs each activation id is.
        """
        texts = [line.line for line in lines]
        known = len(self.text.lines)
        speakers = [Speaker(one.run.activation_id, one.run.name, numbers[one.run.activation_id]) for one in lines]
        is_more = known > 0 and texts[:known] == self.text.lines and speakers[:known] == self.speakers
        self.speakers[:] = speakers
        if not is_more:
            self.show_log(texts, running=running)
        elif not running:
            self.end(texts)
        elif len(texts) > known:
            self.append_lines(texts[known:])

    @property
    def speaker(self) -> Speaker | None:
        """Whose line the cursor is on."""
        at = self.cursor_id
        return self.speakers[at[0]] if isinstance(at, tuple) and at[0] < len(self.speakers) else None


class MergedLog(Finding):
    """Searched, narrowed and wrapped as the log of one run."""

    def __init__(self) -> None:
        super().__init__(classes="merged-log")
        self._runs: tuple[LoggedRun, ...] = ()
        self._shown: object = None

    def compose(self) -> ComposeResult:
        yield TitleLine("Merged log", number=1)
        yield MergedLogView(id="merged")
        yield from self.find_lines()

    @property
    def body(self) -> LineView:
        return self.view

    @property
    def view(self) -> MergedLogView:
        return self.query_one("#merged", MergedLogView)

    def show(self, runs: Sequence[LoggedRun], *, running: bool) -> None:
        """The logs of a trace's runs as they are now, in the order of the tree."""
        shown = running, [(run.activation_id, len(run.lines)) for run in runs]
        if shown == self._shown:
            return
        self._shown, self._runs = shown, tuple(runs)
        numbers = {run.activation_id: number for number, run in enumerate(runs)}
        if isinstance(self.screen, Jobs):
            self.screen.start_job(
                partial(asyncio.to_thread, merged, self._runs),
                then=partial(self._show, numbers, running),
                group="merge logs",
                latest_only=True,
            )

    def _show(self, numbers: dict[str, int], running: bool, lines: list[MergedLine]) -> None:
        self.view.show_merged(lines, numbers, running=running)
        self.draw_titles()

    def draw_titles(self) -> None:
        view = self.view
        printing = sum(bool(run.lines) for run in self._runs)
        state = [Span(f"{counted(printing, 'run')} of {len(self._runs)} printed something", "muted")]
        if view.following:
            state = [Span(f"{glyphs_of(self).running} following   ", "accent"), *state]
        self.query_one(TitleLine).show(state=state, detail=view.detail(), focused=self.has_focus_within)

    def on_log_view_changed(self, event: LogView.Changed) -> None:
        event.stop()
        self.draw_titles()

    def on_descendant_focus(self) -> None:
        self.draw_titles()

    def on_descendant_blur(self) -> None:
        self.draw_titles()

    def text(self) -> str:
        view = self.view
        pairs = zip(view.speakers, view.text.lines, strict=False)
        return "\n".join(f"{speaker.name} {speaker.activation_id[:6]}  {line}" for speaker, line in pairs)

    def under_cursor(self) -> list[Copyable]:
        line = self.view.copied()
        return [plain("merged log", self.text()), *([] if line is None else [plain("line", line)])]

    def files(self) -> list[Savable]:
        """All of it, each line with its run."""
        return [Savable("merged log", ".log", lambda: f"{self.text()}\n".encode("utf-8", "surrogatepass"))]
