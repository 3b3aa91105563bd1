"""Ending what runs, after a question: cancelled where the platform can do that, else no longer waited for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from ..jobs import Jobs
from ..panels.activation_book import ActivationBook
from ..render import formats
from ..render.entry import Entry
from ..render.line import Line, Span
from .confirm import ConfirmScreen, Question

if TYPE_CHECKING:
    from tui.operations import Operations

SHORT_ID = 8


def ask_to_stop(
    screen: Jobs,
    operations: Operations,
    book: ActivationBook,
    entry: Entry,
    *,
    where: Sequence[Line],
    forget: Callable[[Entry], object],
) -> None:
    """Ask, then do it.

    Args:
        where: Lines that name the context, where it is one to be careful with.
        forget: Takes a run off the screen that only the platform can end.
    """
    question = _cancelling(entry, book, where) if operations.platform.live else _leaving(entry)

    def answered(yes: bool | None) -> None:
        if not yes:
            return
        if operations.platform.live:
            _cancel(screen, operations, entry)
        else:
            forget(entry)

    screen.app.push_screen(ConfirmScreen(question), answered)


def _cancelling(entry: Entry, book: ActivationBook, where: Sequence[Line]) -> Question:
    what: Line = [Span("It ends at once, as cancelled. What it printed is kept.", "muted")]
    if entry.is_trigger:
        count = book.fan_out(entry).open
        runs, end = formats.counted(count, "run"), "ends" if count == 1 else "end"
        what = [Span(f"{runs} that it set off {end} at once, as cancelled.", "muted")]
    key = "y" if where else "x"
    title = f"Cancel {entry.name} {entry.activation_id[:SHORT_ID]}?"
    return Question(title=title, lines=[what, *where], key=key, verb="cancel it", keep="let it run")


def _leaving(entry: Entry) -> Question:
    short = entry.activation_id[:SHORT_ID]
    lines: list[Line] = [
        [Span("The platform cannot cancel a run.", "muted")],
        [Span(f"Stop waiting for {short}?")],
        [Span("It goes on and its record appears when it ends.", "muted")],
    ]
    return Question(
        title=f"{entry.name} {short}", lines=lines, key="x", verb="stop waiting", keep="go on waiting", danger=False
    )


def _cancel(screen: Jobs, operations: Operations, entry: Entry) -> None:
    def done(ids: tuple[str, ...]) -> None:
        count = f"  {formats.counted(len(ids), 'run')}" if len(ids) != 1 else ""
        short = Span(f"  {entry.activation_id[:SHORT_ID]}", "faint")
        screen.say([Span(entry.name), Span(f" cancelled{count}", "muted"), short])

    screen.start_job(partial(operations.activations.cancel, entry.activation_id), then=done, group="cancel")
