"""Numbers of many runs as lines: a ranking of names, states or messages, and one action version by version."""

from collections.abc import Sequence

from tui.entities.text import visible_line
from tui.operations.statistics import ActionNumbers, Ranked, Slice, VersionStatistics

from . import formats
from .bars import columns
from .glyphs import Glyphs
from .line import FILL, Line, Span, gap, name_cell, wrap_words

LABEL_WIDTH = 12
_NAME_FROM = 18
_MOST_VERSIONS = 3
_MOST_MESSAGES = 3
_TIMES = (("p50", "p50_ms"), ("p95", "p95_ms"), ("p99", "p99_ms"))


def ranking_heads(view: str, width: int) -> Line:
    """Names of the columns of `ranked_row`."""
    if view != "actions":
        return [
            Span("runs", "faint", 8, "right"),
            gap(2),
            Span("what they said" if view == "errors" else "state", "faint"),
        ]
    spans = [
        Span("name", "faint", _name_width(width)),
        Span("runs", "faint", 9, "right"),
        Span("failed", "faint", 8, "right"),
    ]
    return [*spans, *(Span(name, "faint", 8, "right") for name, _ in _TIMES), gap(2), Span("last", "faint")]


def ranked_row(view: str, one: Ranked, width: int, now_ms: int, glyphs: Glyphs) -> Line:
    """One row of a ranking."""
    group = one.group
    last = Span(formats.feed_moment(group.last_ms, now_ms), "muted", 8)
    runs = Span(formats.count(group.runs), "foreground", 8, "right")
    if view == "errors":
        names = visible_line(group.names[0]) if len(group.names) == 1 else formats.counted(len(group.names), "action")
        first = Span(formats.feed_moment(group.first_ms or group.last_ms, now_ms), "muted", 8)
        ends = [gap(2), Span(names, "faint", 18), gap(1), first, Span(f" {glyphs.arrow} ", "faint"), last]
        return [runs, gap(2), Span(visible_line(group.title), "name", FILL), *ends]
    if view == "states":
        return [runs, gap(2), Span(group.title, "name", FILL), last]
    mark = Span(f"{glyphs.trigger} " if group.is_trigger else f"{glyphs.action} ", "faint")
    name = name_cell(group.title, _name_width(width) - 2, more=glyphs.more)
    failed = Span(formats.rate(group.failures, group.runs), "error" if group.failures else "faint", 8, "right")
    times = [
        Span("" if one.durations is None else formats.duration(getattr(one.durations, field)), "muted", 8, "right")
        for _, field in _TIMES
    ]
    return [mark, *name, Span(formats.count(group.runs), "foreground", 9, "right"), failed, *times, gap(2), last]


def _name_width(width: int) -> int:
    return max(_NAME_FROM, min(40, width - 51))


def numbers_lines(numbers: ActionNumbers, width: int, glyphs: Glyphs) -> list[Line]:
    """One action: a chart of its runs and failures, every version, and what its failures said."""
    lines = [*spark_lines(numbers.slices, glyphs), *version_lines(numbers.versions)]
    return lines + message_lines(numbers, width)


def spark_lines(slices: Sequence[Slice], glyphs: Glyphs) -> list[Line]:
    """`runs  ▁▂▅█ 1,204` and, where there are failures, the same of them."""
    runs, failures = sum(one.runs for one in slices), sum(one.failures for one in slices)
    if not runs:
        return []
    lines = [_spark("runs", [one.runs or None for one in slices], runs, "dim-spark", glyphs)]
    if failures:
        lines.append(_spark("failed", [one.failures or None for one in slices], failures, "error", glyphs))
    return lines


def _spark(label: str, values: Sequence[float | None], total: int, role: str, glyphs: Glyphs) -> Line:
    (row,) = columns(values, 1, glyphs)
    return [Span(label, "faint", LABEL_WIDTH), gap(1), Span(row, role), Span(f"  {formats.count(total)}", "muted")]


def version_lines(versions: Sequence[VersionStatistics], most: int = _MOST_VERSIONS) -> list[Line]:
    """Two lines of numbers for each version, the newest first."""
    lines: list[Line] = []
    for number, one in enumerate(versions[:most]):
        numbers = one.numbers
        took = [
            span
            for name, field in _TIMES
            for span in (Span(f"{name} ", "faint"), Span(_took(getattr(numbers, field)), width=7))
        ]
        rates = [
            Span(formats.rate(numbers.failed, numbers.runs), "error" if numbers.failed else "muted"),
            Span(" failed  ", "faint"),
            Span(formats.rate(numbers.cold, numbers.runs), "muted"),
            Span(f" cold  of {formats.count(numbers.runs)}", "faint"),
        ]
        label = Span("took" if number == 0 else "", "faint", LABEL_WIDTH)
        lines.append([label, gap(1), Span(one.version, "muted", 8), *took])
        lines.append([gap(LABEL_WIDTH + 9), *rates])
    return lines


def _took(took_ms: int | None) -> str:
    return "" if took_ms is None else formats.duration(took_ms)


def message_lines(numbers: ActionNumbers, width: int, most: int = _MOST_MESSAGES) -> list[Line]:
    """`errors  12 × KeyError: 'region'`, with the first and the last time."""
    lines: list[Line] = []
    for number, group in enumerate(numbers.messages[:most]):
        label = Span("errors" if number == 0 else "", "faint", LABEL_WIDTH)
        seen = f"  {formats.clock(group.first_ms or group.last_ms)} to {formats.clock(group.last_ms)}"
        text = [Span(f"{formats.count(group.runs)} × ", "error"), Span(visible_line(group.title)), Span(seen, "faint")]
        first, *rest = wrap_words(text, max(20, width - LABEL_WIDTH - 1))
        lines += [[label, gap(1), *first], *([gap(LABEL_WIDTH + 1), *piece] for piece in rest)]
    return lines
