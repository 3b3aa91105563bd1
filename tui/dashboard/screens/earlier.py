"""Asks once for the lines that a run printed before the dashboard listened, when the run is looked at."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tui.entities.activation import State

from ..jobs import Jobs
from ..panels.activation_book import ActivationBook

if TYPE_CHECKING:
    from tui.operations import Operations


def ask_for_lines(
    screen: Jobs,
    operations: Operations | None,
    book: ActivationBook,
    activation_id: str | None,
    *,
    then: Callable[[], object] = lambda: None,
) -> None:
    """Have the book complete the log of a running action; whoever listens to the book is told."""
    entry = None if activation_id is None else book.find(activation_id)
    if entry is None or operations is None or not operations.platform.live:
        return
    if entry.logs_from_start or entry.asked_for_lines or entry.state is not State.RUNNING or entry.is_sequence:
        return
    entry.asked_for_lines = True
    asked_for, activations = entry.activation_id, operations.activations

    async def ask() -> None:
        lines = await activations.lines_so_far(asked_for)
        if lines is not None:
            book.add_lines_so_far(asked_for, lines)

    # Without them the preview goes on saying that they come with the end.
    screen.start_job(ask, then=lambda _: then(), failed=lambda _: None, group="earlier lines")
