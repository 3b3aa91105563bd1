"""A row of the activation list: fixed columns, and one fact under "what happened"."""

from msgspec import Struct
from msgspec.structs import replace

from tui.entities.activation import Activation, State

from . import formats
from .bars import NARROW, WIDE, run_bar
from .entry import Entry
from .glyphs import Glyphs
from .line import Line, Span, cell, gap, name_cell, natural_width

MIN_NAME, MAX_NAME = 15, 32
MIN_WHAT = 12
"""Cells below which the last column borrows from the names: a bar has to be seen."""
TINY_BELOW = 56
WORDS_FROM = 45
"""Cells of the last column from which a fan-out is told in words."""
LONG_WAIT_MS = 1000


class FeedColumns(Struct, frozen=True):
    """Widths for one width of the list. Data never changes them."""

    name: int
    took: int
    what: int
    short_id: int
    wide: bool
    tiny: bool = False
    """Room for glyph, name and state alone."""

    @classmethod
    def fit(cls, width: int, *, wide: bool) -> "FeedColumns":
        """For rows of `width` cells, gutter and scrollbar not counted."""
        if width < TINY_BELOW:
            return cls(name=max(8, width - 13), took=0, what=0, short_id=0, wide=False, tiny=True)
        if wide:
            columns = cls(name=21, took=7, what=0, short_id=8, wide=True)
        elif width >= 79:
            columns = cls(name=20, took=6, what=0, short_id=6, wide=False)
        else:
            columns = cls(name=19, took=6, what=0, short_id=6, wide=False)
        rest = width - columns._fixed
        lent = min(max(0, MIN_WHAT - rest), columns.name - MIN_NAME)
        spare = max(0, min(rest - WORDS_FROM, MAX_NAME - columns.name))
        return replace(columns, name=columns.name - lent + spare, what=max(0, rest + lent - spare))

    @property
    def _fixed(self) -> int:
        wide = 7 + 9 + 13 if self.wide else 0
        return 10 + 2 + self.name + 1 + 10 + self.took + 2 + wide + 2 + self.short_id + 1


class FanOut(Struct, frozen=True):
    """What became of the rules of one firing. Runs of which nothing is known are counted in `rules` alone."""

    rules: int = 0
    open: int = 0
    succeeded: int = 0
    failed: int = 0
    refused: int = 0


class Context(Struct, frozen=True):
    """What a row needs to know beside its entry."""

    now_ms: int
    glyphs: Glyphs
    typical_ms: float | None = None
    """How long runs of this action usually take."""
    slow_ms: float | None = None
    """What 95 of 100 of them do not take."""
    fan_out: FanOut = FanOut()
    ahead: int = 0
    """Queued runs before this one."""
    steps: int | None = None
    """Of a sequence, where its length is known."""
    bright: bool = False
    """It ended a moment ago."""
    depth: int = 0
    """Rows that it hangs below, where they are nested."""


def heads(columns: FeedColumns) -> Line:
    """Names of the columns; for wide ones only."""
    spans = [
        Span("started", "faint", 10),
        gap(2),
        Span("name", "faint", columns.name + 1),
        Span("state", "faint", 10),
        Span("took", "faint", columns.took, "right"),
        gap(2),
    ]
    if columns.wide:
        spans += [
            Span("wait", "faint", 7, "right"),
            Span("init", "faint", 7, "right"),
            gap(2),
            Span("kind", "faint", 13),
        ]
    return [*spans, Span("what happened", "faint", columns.what), gap(2), Span("id", "faint", columns.short_id), gap(1)]


def feed_row(entry: Entry, columns: FeedColumns, context: Context) -> Line:
    """One row."""
    glyphs, state = context.glyphs, entry.state
    bold = entry.is_moving or context.bright
    elapsed = entry.elapsed_ms(context.now_ms)
    if columns.tiny:
        return [
            Span(glyphs.of_state(state), formats.GLYPH_ROLES[state]),
            gap(1),
            *name_cell(entry.name, columns.name, more=glyphs.more),
            gap(1),
            Span(state.value, formats.STATE_ROLES[state], 10),
        ]
    spans = [
        Span(formats.feed_moment(entry.start_ms, context.now_ms), "muted", 8),
        gap(2),
        Span(glyphs.of_state(state), formats.GLYPH_ROLES[state]),
        gap(1),
        *_name(entry, columns.name, context, bold=bold),
        gap(1),
        Span(state.value, formats.STATE_ROLES[state], 10),
        Span(
            "" if elapsed is None else formats.duration(elapsed),
            "foreground" if entry.is_moving else "muted",
            columns.took,
            "right",
        ),
        gap(2),
    ]
    if columns.wide:
        spans += _wide_cells(entry)
    what = what_happened(entry, columns.what, context)
    return [
        *spans,
        *cell(what, columns.what, more=glyphs.more),
        gap(2),
        Span(entry.activation_id[: columns.short_id], "faint", columns.short_id),
        gap(1),
    ]


def _name(entry: Entry, width: int, context: Context, *, bold: bool) -> list[Span]:
    role, glyphs = "name bold" if bold else "name", context.glyphs
    indent = min(2 * context.depth, width // 2)
    branch = [Span(f"{glyphs.tree_last} ".rjust(indent), "faint", indent)] if indent else []
    return [*branch, *name_cell(entry.name, width - indent, role=role, more=glyphs.more)]


def _wide_cells(entry: Entry) -> list[Span]:
    record = entry.activation
    wait = None if record is None else record.wait_ms
    init = None if record is None else record.init_ms
    kind = "" if entry.is_trigger else entry.kind or ""
    return [
        Span("" if wait is None else formats.duration(wait), "faint", 7, "right"),
        Span("" if init is None else formats.duration(init), "faint", 7, "right"),
        gap(2),
        Span(kind, "faint", 11),
        gap(2),
    ]


def what_happened(entry: Entry, width: int, context: Context) -> list[Span]:
    """The first fact that applies; nothing is a fact too."""
    if entry.is_trigger:
        spans = fan_out_spans(context.fan_out, context.glyphs, words=width >= WORDS_FROM)
        return spans if natural_width(spans) <= width else spans[2:]  # the glyphs tell more than how many rules
    if entry.activation is None:
        return _open_run(entry, width, context)
    return _ended_run(entry, entry.activation, width, context)


def fan_out_spans(fan_out: FanOut, glyphs: Glyphs, *, words: bool) -> list[Span]:
    """`3 rules  ▶1 ✗1 ⊘1`, or with words."""
    if not fan_out.rules:
        return []
    spans = [Span(formats.counted(fan_out.rules, "rule"), "muted")]
    parts = (
        (glyphs.running, fan_out.open, "running", "accent"),
        (glyphs.error, fan_out.failed, "failed", "error"),
        (glyphs.success, fan_out.succeeded, "done", "success"),
        (glyphs.refused, fan_out.refused, "refused", "warning"),
    )
    for glyph, number, word, role in parts:
        if number:
            spans += [gap(2 if words or len(spans) == 1 else 1), Span(glyph, role)]
            spans.append(Span(f" {number} {word}" if words else str(number), "muted"))
    return spans


def _open_run(entry: Entry, width: int, context: Context) -> list[Span]:
    if entry.state is State.QUEUED:
        if not context.ahead:
            return []
        return [Span(f"behind {formats.counted(context.ahead, 'other')}", "muted")]
    if entry.state is State.LOST:
        return [Span("no record was left", "muted")]
    if entry.is_sequence:
        step = len(entry.children)
        of = f" of {context.steps}" if context.steps else ""
        return [Span(f"step {step}{of}", "muted")] if step else []
    elapsed, limit = entry.elapsed_ms(context.now_ms), entry.timeout_ms
    if elapsed is None or limit is None:
        return []
    label = len(formats.limit(limit)) + 3
    bar = WIDE if width >= WIDE + label else max(4, min(NARROW, width - label))
    spans = run_bar(elapsed, limit, context.typical_ms, bar, context.glyphs)
    usual = usual_times(context.typical_ms, context.slow_ms)
    return [*spans, gap(2), *usual] if usual and natural_width([*spans, *usual]) + 2 <= width else spans


def usual_times(typical_ms: float | None, slow_ms: float | None) -> list[Span]:
    """`p50 1m12s  p95 2m`."""
    known = [(name, took) for name, took in (("p50", typical_ms), ("p95", slow_ms)) if took is not None]
    return [Span("  ".join(f"{name} {formats.duration(took)}" for name, took in known), "faint")] if known else []


def _ended_run(entry: Entry, record: Activation, width: int, context: Context) -> list[Span]:
    glyphs, state = context.glyphs, entry.state
    if entry.is_sequence:
        steps = len(record.step_ids())
        if state.is_failure:
            of = f" of {context.steps}" if context.steps else ""
            return [Span(f"step {steps}{of} failed", "muted")]
        return [Span(formats.counted(steps, "step"), "muted")]
    if state is State.TIMEOUT:
        limit = entry.timeout_ms
        return [Span("stopped at its limit" + (f" {formats.limit(limit)}" if limit else ""), "muted")]
    if state is State.CANCELLED:
        return []
    if state.is_failure:
        return [Span(error_line(record), "muted")]
    if record.init_ms is not None:
        cold = "cold" if width >= WORDS_FROM else f"cold {formats.duration(record.init_ms)}"
        return [Span(glyphs.cold), Span(f" {cold}", "muted")]
    if entry.late_ms is not None:
        return [Span(glyphs.late, "warning"), Span(f" late {formats.duration(entry.late_ms)}", "muted")]
    if (record.wait_ms or 0) >= LONG_WAIT_MS:
        return [Span(f"wait {formats.duration(record.wait_ms or 0)}", "muted")]
    return []


def error_line(record: Activation) -> str:
    """The first line of what went wrong, or nothing."""
    text = (record.response.error_text if record.response else None) or ""
    return next((line.strip() for line in text.splitlines() if line.strip()), "")
