"""A trace against time: for every branch how long it waited, started and ran, as one bar beside the others.

Records of one trace may come from several machines whose clocks differ. A branch that seems to have begun before what
caused it is moved to begin there, and marked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from tui.entities.activation import State
from tui.operations.trace_node import TraceNode

from . import formats
from .glyphs import Glyphs
from .line import Line, Span, cut_end, gap, name_cell
from .trace import elapsed_ms, node_id, refusal_text, state_mark

ROUNDING_MS = 2
"""Times are whole milliseconds, each rounded by itself: so much is no difference of clocks."""
TOOK_WIDTH = 8
_MARK_WIDTH = 2
_INDENT = 2
_LEAST_TICK_CELLS = 9
_TICKS_MS = tuple(unit * times for unit in (1, 10, 100, 1000) for times in (1, 2, 5)) + tuple(
    seconds * 1000 for seconds in (10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400)
)


class Bar(Struct, frozen=True, kw_only=True):
    """When one branch waited, started and ran; times are milliseconds since the epoch."""

    begin_ms: int
    """Accepted, as far as that is known; never before what caused it."""
    started_ms: int
    """The end of waiting."""
    ready_ms: int
    """The end of a cold start, and the beginning of the run itself; `started_ms` where it was warm."""
    end_ms: int
    """Now, where it goes on."""
    waited_ms: int = 0
    """As the platform tells it; its count may begin before the firing is stamped."""
    goes_on: bool = False
    moved_ms: int = 0
    """By how much it was moved, since it was stamped before what caused it."""


class WaterfallRow(Struct, frozen=True):
    """One branch and its bar; `None` where it never ran, or nothing of it is known yet."""

    node: TraceNode
    depth: int
    bar: Bar | None
    cause: TraceNode | None = None


class Window(Struct, frozen=True):
    """The part of time that is shown."""

    from_ms: int
    span_ms: int

    def cell(self, at_ms: int, cells: int) -> int:
        """The cell in which a moment lies; outside of the window below 0, or `cells` and more."""
        return (at_ms - self.from_ms) * cells // self.span_ms


def waterfall_rows(root: TraceNode, now_ms: int) -> list[WaterfallRow]:
    """From the top down."""
    return list(_rows(root, 0, None, None, now_ms))


def whole_window(rows: Sequence[WaterfallRow]) -> Window:
    """All of it, from the first beginning to the last end."""
    bars = [row.bar for row in rows if row.bar is not None]
    if not bars:
        return Window(0, 1)
    begin_ms = min(bar.begin_ms for bar in bars)
    return Window(begin_ms, max(1, max(bar.end_ms for bar in bars) - begin_ms))


def name_width(width: int) -> int:
    """Cells for tree and name, the mark of a moved bar included."""
    return max(20, min(38, width * 36 // 100))


def chart_width(width: int) -> int:
    return max(10, width - name_width(width) - TOOK_WIDTH - 1)


def draw_waterfall_row(row: WaterfallRow, width: int, window: Window, now_ms: int, glyphs: Glyphs) -> Line:
    """`  ✓ ingest/clean        ≈ ┄┄┄╍╍━━━━━          298ms`."""
    node, bar = row.node, row.bar
    cells = chart_width(width)
    glyph, glyph_role, _, _ = state_mark(node, glyphs)
    lead = _INDENT * row.depth
    room = max(4, name_width(width) - lead - 2 - _MARK_WIDTH)
    head = [gap(lead), Span(f"{glyph} ", glyph_role), *name_cell(node.name or "not known yet", room, more=glyphs.more)]
    if bar is None:
        return [*head, gap(_MARK_WIDTH), Span(cut_end(_no_bar(node), cells + TOOK_WIDTH, glyphs.more), "muted")]
    mark = Span(f"{glyphs.skew} " if bar.moved_ms else "  ", "warning")
    elapsed = elapsed_ms(node, now_ms)
    took = Span("" if elapsed is None else formats.duration(elapsed), "muted", TOOK_WIDTH, "right")
    return [*head, mark, *_chart(node, bar, cells, window, glyphs), took]


def axis(width: int, window: Window, origin_ms: int, glyphs: Glyphs) -> Line:
    """`0s          1s          2s        took`, over the bars."""
    cells = chart_width(width)
    step_ms = next((step for step in _TICKS_MS if step * cells >= _LEAST_TICK_CELLS * window.span_ms), window.span_ms)
    first = -(-(window.from_ms - origin_ms) // step_ms)
    text = ""
    for number in range(first, first + cells):
        at = window.cell(origin_ms + number * step_ms, cells)
        label = formats.limit(number * step_ms) if number else "0s"
        if at + len(label) >= cells:
            break
        text = f"{text:<{at}}{label} "
    return [gap(name_width(width)), Span(text, "faint", cells), Span("took", "faint", TOOK_WIDTH, "right")]


def legend(rows: Sequence[WaterfallRow], glyphs: Glyphs) -> Line:
    """What the marks that are used mean."""
    bars = [row.bar for row in rows if row.bar is not None]
    runs = any(bar.goes_on for bar in bars)
    parts = (
        (any(bar.waited_ms for bar in bars), glyphs.waited * 3, "faint", "waited"),
        (any(bar.ready_ms > bar.started_ms for bar in bars), glyphs.cold_bar * 3, "foreground", "cold start"),
        (True, glyphs.bar * 3, "success", "ran"),
        (runs, glyphs.bar + glyphs.running, "accent", "still running"),
        (any(row.node.kind == "sequence" for row in rows), glyphs.track * 3, "muted", "a sequence"),
        (any(bar.moved_ms for bar in bars), glyphs.skew, "warning", "start moved, clocks differ"),
    )
    spans: list[Span] = []
    for is_used, marks, role, words in parts:
        if is_used:
            spans += [Span(marks, role), Span(f" {words}   ", "faint")]
    return spans


def times(row: WaterfallRow, typical_ms: float | None, glyphs: Glyphs) -> Line:
    """The figures of one branch: `waited 480ms   cold start 812ms   ran 1.4s   in all 2.7s   usually 2.9s`."""
    bar = row.bar
    if bar is None:
        return [Span(_no_bar(row.node), "muted")]
    if row.node.kind == "trigger":
        return [Span("fired at ", "faint"), Span(formats.clock(bar.begin_ms, millis=True))]
    spans = list(_part(glyphs.waited, "faint", "waited", bar.waited_ms, at_least_ms=1))
    spans += _part(glyphs.cold_bar, "foreground", "cold start", bar.ready_ms - bar.started_ms, at_least_ms=1)
    if row.node.state is not State.QUEUED:
        said = "lasted" if row.node.kind == "sequence" else "runs" if bar.goes_on else "ran"
        spans += _part(glyphs.bar, _ran_role(row.node), said, bar.end_ms - bar.ready_ms, at_least_ms=0)
    spans += [Span("in all ", "faint"), Span(formats.duration(bar.waited_ms + bar.end_ms - bar.started_ms))]
    if typical_ms is not None:
        spans += [gap(3), Span(f"usually {formats.duration(typical_ms)}", "faint")]
    return spans


def skew_sentence(row: WaterfallRow) -> str | None:
    """What was done to a bar that was stamped before its cause."""
    if row.bar is None or not row.bar.moved_ms or row.cause is None:
        return None
    cause = row.cause.kind if row.cause.kind != "action" else "run"
    early = formats.duration(row.bar.moved_ms)
    return f"{row.node.name} was stamped {early} before the {cause} that caused it. Its bar starts at the {cause}."


def _rows(
    node: TraceNode, depth: int, cause: TraceNode | None, after_ms: int | None, now_ms: int
) -> Iterator[WaterfallRow]:
    bar = _clamped(_bar_of(node, now_ms), after_ms)
    yield WaterfallRow(node, depth, bar, cause)
    for child in node.children:
        yield from _rows(child, depth + 1, node, after_ms if bar is None else bar.begin_ms, now_ms)


def _bar_of(node: TraceNode, now_ms: int) -> Bar | None:
    record, running = node.activation, node.running
    if record is not None:
        start_ms = record.start_ms
        end_ms = record.end_ms or start_ms + (record.duration_ms or 0)
        return Bar(
            begin_ms=start_ms - (record.wait_ms or 0),
            waited_ms=record.wait_ms or 0,
            started_ms=start_ms,
            ready_ms=min(end_ms, start_ms + (record.init_ms or 0)),
            end_ms=end_ms,
        )
    if running is None:
        return None
    started_ms = running.started_ms if running.started_ms is not None else max(now_ms, running.accepted_ms)
    end_ms = max(now_ms, started_ms)
    return Bar(
        begin_ms=running.accepted_ms,
        started_ms=started_ms,
        ready_ms=started_ms,
        end_ms=end_ms,
        waited_ms=started_ms - running.accepted_ms,
        goes_on=True,
    )


def _clamped(bar: Bar | None, after_ms: int | None) -> Bar | None:
    """The bar where it can have been: not before what caused it."""
    if bar is None or after_ms is None:
        return bar
    early_ms = max(0, after_ms - bar.started_ms)
    moved = replace(
        bar,
        started_ms=bar.started_ms + early_ms,
        ready_ms=bar.ready_ms + early_ms,
        end_ms=max(bar.end_ms, bar.started_ms + early_ms) if bar.goes_on else bar.end_ms + early_ms,
        moved_ms=early_ms if early_ms > ROUNDING_MS else 0,
    )
    return replace(moved, begin_ms=min(moved.started_ms, max(after_ms, bar.begin_ms)))


def _chart(node: TraceNode, bar: Bar, cells: int, window: Window, glyphs: Glyphs) -> list[Span]:
    drawn: list[tuple[str, str]] = [(" ", "foreground")] * cells
    for from_ms, to_ms, mark, role in _segments(node, bar, glyphs):
        left = window.cell(from_ms, cells)
        right = max(left + 1, window.cell(to_ms, cells))
        if left >= cells and from_ms <= window.from_ms + window.span_ms:  # the last moment belongs to the last cell
            left = cells - 1
        for at in range(max(0, left), min(cells, right)):
            drawn[at] = (mark, role)
    if bar.goes_on and node.state is State.RUNNING:
        tip = min(cells, max(1, window.cell(bar.end_ms, cells))) - 1
        if window.cell(bar.end_ms, cells) >= 0:
            drawn[tip] = (glyphs.running, "accent")
    return list(_joined(drawn))


def _segments(node: TraceNode, bar: Bar, glyphs: Glyphs) -> Iterator[tuple[int, int, str, str]]:
    if node.kind == "sequence":
        yield bar.begin_ms, bar.end_ms, glyphs.track, "muted"
        return
    if node.kind == "trigger":
        yield bar.begin_ms, bar.begin_ms, glyphs.bar, "secondary"
        return
    if bar.started_ms > bar.begin_ms:
        yield bar.begin_ms, bar.started_ms, glyphs.waited, "faint"
    if bar.ready_ms > bar.started_ms:
        yield bar.started_ms, bar.ready_ms, glyphs.cold_bar, "foreground"
    if node.state is not State.QUEUED:
        yield bar.ready_ms, bar.end_ms, glyphs.bar, _ran_role(node)


def _ran_role(node: TraceNode) -> str:
    return "foreground" if node.state is None else formats.GLYPH_ROLES[node.state]


def _no_bar(node: TraceNode) -> str:
    return "no record yet" if node.error is None else f"never ran: {refusal_text(node)}"


def _part(mark: str, role: str, word: str, ms: int, *, at_least_ms: int) -> Iterator[Span]:
    if ms >= at_least_ms:
        yield Span(f"{mark * 3} ", role)
        yield Span(f"{word} ", "faint")
        yield Span(f"{formats.duration(ms)}   ")


def _joined(drawn: Sequence[tuple[str, str]]) -> Iterator[Span]:
    text, role = "", ""
    for mark, mark_role in drawn:
        if mark_role != role and text:
            yield Span(text, role)
            text = ""
        text, role = text + mark, mark_role
    yield Span(text, role)


def row_key(row: WaterfallRow) -> object:
    """The same id that the tree has for it."""
    return node_id(row.node)
