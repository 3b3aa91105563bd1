"""Bars: how far a run is on the way to its limit, and heights of a chart."""

from collections.abc import Sequence

from . import formats
from .glyphs import Glyphs
from .line import Span

NARROW, WIDE = 14, 24
"""Cells of a run's bar."""
NEAR_THE_LIMIT = 0.9


def run_bar(elapsed_ms: float, limit_ms: int, typical_ms: float | None, width: int, glyphs: Glyphs) -> list[Span]:
    """`━━━━╸──┼──── / 2m`: elapsed time against the limit, with a tick where such runs usually end.

    `width` counts the bar alone. Past the limit it is full, and says `overdue 8s` in place of the limit.
    """
    if elapsed_ms > limit_ms:
        return [
            Span(glyphs.bar * width, "warning"),
            Span(f" overdue {formats.duration(elapsed_ms - limit_ms)}", "warning"),
        ]
    share = elapsed_ms / limit_ms if limit_ms else 1.0
    halves = max(1, int(share * width * 2))
    full, half = divmod(halves, 2)
    role = "warning" if share >= NEAR_THE_LIMIT else "accent"
    cells = [(glyphs.bar, role)] * full + [(glyphs.bar_half, role)] * half
    cells += [(glyphs.track, "hairline")] * (width - len(cells))
    if typical_ms is not None and typical_ms < limit_ms:
        tick = min(width - 1, int(typical_ms / limit_ms * width))
        cells[tick] = (glyphs.tick_passed, role) if tick < full else (glyphs.tick, "muted")
    return [*_joined(cells), Span(f" / {formats.limit(limit_ms)}", "muted")]


def columns(values: Sequence[float | None], rows: int, glyphs: Glyphs) -> list[str]:
    """A chart of `rows` lines, top first; `None` leaves its column blank, the greatest value fills all rows."""
    greatest = max((value for value in values if value), default=0)
    steps = len(glyphs.blocks)
    heights = [0 if not value or not greatest else max(1, round(value / greatest * rows * steps)) for value in values]
    lines = []
    for row in range(rows - 1, -1, -1):
        below = row * steps
        lines.append("".join(_block(height - below, glyphs) for height in heights))
    return lines


def _block(eighths: int, glyphs: Glyphs) -> str:
    if eighths <= 0:
        return " "
    return glyphs.blocks[min(eighths, len(glyphs.blocks)) - 1]


def _joined(cells: Sequence[tuple[str, str]]) -> list[Span]:
    """Neighbours of one role as one span."""
    spans: list[Span] = []
    for text, role in cells:
        if spans and spans[-1].role == role:
            spans[-1] = Span(spans[-1].text + text, role)
        else:
            spans.append(Span(text, role))
    return spans
