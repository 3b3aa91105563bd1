"""Many payloads as rows: which one, what came of it, how long it took, and why where it went wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import formats
from .glyphs import Glyphs
from .json_masking import mask_text, masked_value
from .json_text import inline
from .line import FILL, Line, Span, gap

if TYPE_CHECKING:
    from tui.operations.batch import Batch, Item

_BAR = 24
_SHOWN_CHARS = 400


def item_row(item: Item, width: int, glyphs: Glyphs) -> Line:
    """`   12  ✓ success        41ms  3f2a91c0   { "n": 12 }`."""
    glyph, role = _mark(item, glyphs)
    outcome = item.outcome
    took = "" if outcome is None or outcome.duration_ms is None else formats.duration(outcome.duration_ms)
    word_role = "error" if item.failed else "muted" if outcome is None else "foreground"
    return [
        Span(str(item.number), "faint", 6, "right"),
        gap(2),
        Span(glyph, role, 2),
        Span(item.word, word_role, 16),
        Span(took, "muted", 8, "right"),
        gap(2),
        Span((item.activation_id or "")[:8], "faint", 8),
        gap(2),
        *_said(item),
    ]


def revision(item: Item) -> object:
    """Differs once a row looks different."""
    return item.stage, item.activation_id, item.word


def progress(batch: Batch, glyphs: Glyphs, *, pause_s: float) -> Line:
    """The bar, and how far it is in words."""
    total = len(batch.items)
    full = _BAR * batch.done // total if total else _BAR
    spans = [
        gap(2),
        Span(glyphs.bar * full, "primary"),
        Span(glyphs.bar * (_BAR - full), "hairline"),
        gap(2),
        Span(f"{formats.count(batch.done)} of {formats.count(total)}"),
    ]
    if batch.is_over:
        return [*spans, Span("  stopped" if batch.is_stopped else "  done", "muted")]
    spans.append(Span(f"   {formats.count(batch.running)} under way", "muted"))
    if batch.is_stopped:
        spans.append(Span("   no more are begun", "warning"))
    elif pause_s > 0:
        spans.append(Span(f"   too many for the platform: goes on in {pause_s:.0f} s", "warning"))
    elif batch.per_minute is not None:
        spans.append(Span(f"   {_pace(batch.per_minute)}", "muted"))
    return spans


def counts_line(batch: Batch) -> Line:
    """`success 98   app error 2`, the most frequent first."""
    spans: list[Span] = []
    for word, count in batch.counts.most_common():
        role = "error" if word in batch.failing else "success" if word == "success" else "muted"
        spans += [gap(3) if spans else gap(0), Span(f"{word} ", role), Span(formats.count(count))]
    return spans


def _pace(per_minute: float) -> str:
    return f"{per_minute / 60:.3g} a second" if per_minute >= 60 else f"{per_minute:.3g} a minute"


def _said(item: Item) -> Line:
    if item.trouble:
        return [Span(item.trouble, "error", FILL)]
    if item.outcome is None:
        return [Span(mask_text(" ".join(item.text[:_SHOWN_CHARS].split())), "faint", FILL)]
    result = item.outcome.result
    return inline(masked_value(result)) if result is not None else []


def _mark(item: Item, glyphs: Glyphs) -> tuple[str, str]:
    if item.failed:
        return (glyphs.refused, "warning") if item.activation_id is None else (glyphs.error, "error")
    if item.outcome is not None:
        return glyphs.success, "success"
    if item.word == "running":
        return glyphs.running, "accent"
    return (glyphs.queued, "faint") if item.word == "waiting" else (glyphs.cancelled, "muted")
