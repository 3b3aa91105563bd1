"""Two runs side by side, and what differs between them, as lines."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence

from tui.entities.activation import Activation
from tui.entities.json import Json
from tui.operations.compare import AnnotationChange, Comparison, LogParting, changed_values

from . import formats
from .diff import Diff, compare, compare_json, counts
from .glyphs import Glyphs
from .json_tree import count_lines, path_text
from .line import Line, Span, gap

LABEL_WIDTH = 12
MOST_LINES = 500
"""Of each log from where they part: further down everything differs."""
MOST_COMPARED = 800
"""Lines of both results together that are compared as text."""
MOST_PLACES = 500
_CONTEXT = 3
_VALUE_CHARS = 2000


def side_by_side(comparison: Comparison, width: int, now_ms: int, glyphs: Glyphs) -> list[Line]:
    """A line for every fact of both, those that differ in full ink."""
    column = max(16, (width - LABEL_WIDTH - 2) // 2)
    before, after = comparison.before, comparison.after
    lines: list[Line] = [
        (
            gap(LABEL_WIDTH + 1),
            Span("- the other run", "error", column),
            gap(1),
            Span("+ this run", "success", column),
        )
    ]
    for label, told in _facts(now_ms, glyphs):
        old, new = told(before), told(after)
        role = "muted" if old == new or label in ("activation", "started") else "foreground"
        lines.append(
            (Span(label, "faint", LABEL_WIDTH), gap(1), Span(old, role, column), gap(1), Span(new, role, column))
        )
    return lines


def result_difference(comparison: Comparison) -> Diff:
    """Of small results as indented JSON, of others place by place. For megabytes in a thread: it takes a moment."""
    before, after = (run.response.result if run.response else None for run in (comparison.before, comparison.after))
    if count_lines(before) + count_lines(after) <= MOST_COMPARED:
        return compare_json(before, after, revealed=True)
    return _by_place(before, after)


def _by_place(before: Json, after: Json) -> Diff:
    """Comparing thousands of lines that look alike takes minutes; walking through two values does not."""
    changes = list(changed_values(before, after))
    rows: list[Line] = []
    for change in changes[:MOST_PLACES]:
        rows.append((Span(path_text(change.path) or "the whole result", "foreground bold"),))
        rows += _both_values(change.before, change.after)
    if len(changes) > MOST_PLACES:
        rows.append((Span(f"and {formats.counted(len(changes) - MOST_PLACES, 'place')} more", "faint"),))
    added = sum(bool(change.after) for change in changes)
    return Diff(tuple(rows), added, sum(bool(change.before) for change in changes))


def result_lines(difference: Diff) -> Sequence[Line]:
    return difference.rows or ((Span("Both gave the same result.", "muted"),),)


def log_lines(logs: LogParting) -> list[Line]:
    """The last lines that are the same, and both logs from there."""
    same = len(logs.common)
    if logs.is_same:
        said = f"Both printed the same {formats.counted(same, 'line')}." if same else "Neither printed anything."
        return [(Span(said, "muted"),)]
    lines: list[Line] = []
    if same:
        said = "the first line is" if same == 1 else f"the first {formats.count(same)} lines are"
        lines.append((Span(f"{said} the same", "faint"),))
    first = max(0, same - _CONTEXT)
    before = [*logs.common[first:], *logs.before[:MOST_LINES]]
    after = [*logs.common[first:], *logs.after[:MOST_LINES]]
    lines += [_renumbered(row, first) for row in compare(before, after).rows]
    for sign, rest in (("-", logs.before), ("+", logs.after)):
        if len(rest) > MOST_LINES:
            lines.append((Span(f"{sign} and {formats.counted(len(rest) - MOST_LINES, 'line')} more", "faint"),))
    return lines


def annotation_lines(changes: Sequence[AnnotationChange]) -> list[Line]:
    if not changes:
        return [(Span("All annotations are the same.", "muted"),)]
    lines: list[Line] = []
    for change in changes:
        lines.append((Span(change.key, "foreground bold"),))
        lines += _both_values(change.before, change.after)
    return lines


def _both_values(before: tuple[Json, ...], after: tuple[Json, ...]) -> Iterator[Line]:
    for sign, role, value in (("-", "error", before), ("+", "success", after)):
        said = json.dumps(value[0], ensure_ascii=False)[:_VALUE_CHARS] if value else "not there"
        yield gap(2), Span(f"{sign} ", role), Span(said, role if value else "faint")


def result_words(difference: Diff) -> Line:
    return counts(difference) if difference else (Span("the same", "muted"),)


def log_words(logs: LogParting) -> Line:
    """`the same up to line 12 of 15 and 14`."""
    if logs.is_same:
        return (Span("the same", "muted"),)
    same = len(logs.common)
    sizes = f"{formats.count(same + len(logs.before))} and {formats.counted(same + len(logs.after), 'line')}"
    return (Span(f"the same up to line {same:,} of {sizes}" if same else f"part at line 1 of {sizes}", "muted"),)


def annotation_words(changes: Sequence[AnnotationChange]) -> Line:
    said = f"{len(changes)} {'differs' if len(changes) == 1 else 'differ'}" if changes else "the same"
    return (Span(said, "muted"),)


def _facts(now_ms: int, glyphs: Glyphs) -> Iterator[tuple[str, Callable[[Activation], str]]]:
    yield "activation", lambda run: run.activation_id
    yield "outcome", lambda run: f"{glyphs.of_state(run.state)} {run.state.value}"
    yield "started", lambda run: f"{formats.moment(run.start_ms, now_ms)}  {formats.ago(run.start_ms, now_ms)}"
    yield "took", lambda run: "" if run.duration_ms is None else formats.duration(run.duration_ms)
    yield "start", lambda run: "warm" if run.init_ms is None else f"cold, {formats.duration(run.init_ms)}"
    yield "version", lambda run: " ".join(filter(None, (run.version, run.kind)))
    yield "log", lambda run: formats.counted(len(run.logs), "line")


def _renumbered(row: Line, offset: int) -> Line:
    """A row of a difference whose texts begin further down in the whole log."""
    number, *rest = row
    text = number.text.replace(",", "")
    return (number._replace(text=f"{int(text) + offset:,}"), *rest) if text.isdigit() else row
