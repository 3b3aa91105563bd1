"""Text selected with the mouse, in a widget that draws rows: how it looks, and what is copied of it."""

from __future__ import annotations

from collections.abc import Callable

from rich.segment import Segment
from rich.style import Style
from textual.selection import Selection
from textual.strip import Strip


def with_selection(strip: Strip, span: tuple[int, int] | None, style: Style, *, begins_at: int) -> Strip:
    """One row with the selected cells marked.

    Args:
        span: The cells; an end of -1 is the end of the row. `None` where nothing of the row is selected.
        begins_at: Cells on the left that hold no text.
    """
    if span is None:
        return strip
    start, end = span
    length = strip.cell_length
    start = min(max(start, begins_at), length)
    end = length if end == -1 else min(end, length)
    if end <= start:
        return strip
    before, inside, after = strip.divide([start, end, length])
    chosen = Strip([Segment(text, (old + style) if old else style) for text, old, _ in inside], inside.cell_length)
    return Strip.join([before, chosen, after])


def selected_text(selection: Selection, text_at: Callable[[int], str], *, last: int, begins_at: int) -> str:
    """What is selected of the rows up to `last`, blanks at their ends dropped."""
    first = 0 if selection.start is None else max(0, selection.start.y)
    last = last if selection.end is None else min(last, selection.end.y)
    texts = []
    for index in range(first, last + 1):
        start, end = selection.get_span(index) or (0, -1)
        texts.append(text_at(index)[max(start, begins_at) : None if end == -1 else end].rstrip())
    return "\n".join(texts)
