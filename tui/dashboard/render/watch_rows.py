"""Watches as rows and lines: what is watched, what the last save came to, and what it changed in the result."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tui.entities.activation import Activation
from tui.entities.json import Json

from . import formats
from .diff import Diff, compare_json, counts
from .glyphs import Glyphs
from .json_masking import masked_value
from .json_text import coloured_line
from .line import FILL, Line, Span, gap

if TYPE_CHECKING:
    from tui.operations.watching import Watch

_MOST_CHARS = 100_000
"""Longer results are not compared or printed here: the run shows them."""
TOO_LONG = "too long to compare here"
_NAME_WIDTH = 24
_NAMED = 2


def watch_row(watch: Watch, width: int, glyphs: Glyphs) -> Line:
    """` ✓ worker   ran in 0.3s   src/worker.js`."""
    glyph, role = _mark(watch, glyphs)
    said = _state_words(watch)
    return [
        Span(glyph, role, 2),
        Span(watch.action, "name", min(_NAME_WIDTH, width // 3)),
        gap(2),
        *said,
        gap(3),
        Span(str(watch.path), "faint", FILL),
    ]


def watching_note(watches: list[Watch], glyphs: Glyphs) -> Line:
    """For the footer: what is watched, those in trouble told apart; many are counted, but for those in trouble."""
    many = len(watches) > _NAMED
    spans: list[Span] = [Span(f"watching {formats.count(len(watches))} files" if many else "watching", "muted")]
    named = [watch for watch in watches if watch.trouble is not None][:_NAMED] if many else watches
    for number, watch in enumerate(named):
        spans.append(Span(", " if number else " ", "muted"))
        if watch.trouble is not None:
            spans.append(Span(f"{glyphs.error} ", "error"))
        spans.append(Span(watch.action, "error" if watch.trouble is not None else "foreground"))
    return spans


def outcome_lines(watch: Watch, glyphs: Glyphs) -> list[Line]:
    """What became of the last save."""
    lines: list[Line] = []
    if not watch.saves:
        return [[Span("Every save is deployed, and the action runs again with its last payload.", "muted")]]
    if watch.trouble is not None:
        lines.append([Span(f"{glyphs.error} ", "error"), Span(watch.trouble.message, "error")])
        if watch.trouble.hint:
            lines.append([gap(2), Span(watch.trouble.hint, "muted")])
        kept = "what is deployed stays as it was" if watch.version is None else f"{watch.version} stays deployed"
        if watch.running_id is None:
            lines.append([gap(2), Span(f"{kept[0].upper()}{kept[1:]}.", "muted")])
        return lines
    if watch.version is not None:
        lines.append([Span(f"{glyphs.success} ", "success"), Span(watch.version), Span(" is deployed", "muted")])
    if watch.took_s is not None and watch.after is not None:
        lines.append(_ran(watch.after, watch.took_s, glyphs))
    elif watch.running_id is not None:
        lines.append([Span(f"{glyphs.running} ", "accent"), Span("running again  ", "muted"), _short(watch.running_id)])
    return lines


def changes_of(watch: Watch, *, revealed: bool) -> Diff | None:
    """How the result differs from that of the run before; `None` where there is nothing to compare."""
    if watch.after is None or watch.before is None:
        return None
    return compare_values(_result(watch.before), _result(watch.after), revealed=revealed)


def compare_values(old: Json, new: Json, *, revealed: bool) -> Diff | None:
    """How two results differ; `None` where they are too long to be compared in a moment."""
    if len(json.dumps([old, new])) > _MOST_CHARS:
        return None
    return compare_json(old, new, revealed=revealed)


def change_words(watch: Watch, diff: Diff | None) -> Line:
    """For the title above the changes."""
    if watch.after is None:
        return ()
    if diff is None:
        return (Span("nothing to compare with" if watch.before is None else TOO_LONG, "muted"),)
    return counts(diff) if diff else (Span("as before", "muted"),)


def result_lines(watch: Watch, *, revealed: bool) -> list[Line]:
    """The newest result."""
    if watch.after is None:
        return [[Span("none yet", "faint")]]
    return value_lines(_result(watch.after), revealed=revealed)


def value_lines(value: Json, *, revealed: bool) -> list[Line]:
    """A result as indented JSON, its secrets hidden unless `revealed`."""
    shown = value if revealed else masked_value(value)
    text = json.dumps(shown, ensure_ascii=False, indent=2)
    if len(text) > _MOST_CHARS:
        return [[Span("too long to be shown here", "muted")]]
    return [coloured_line(line) for line in text.split("\n")]


def _ran(run: Activation, took_s: float, glyphs: Glyphs) -> Line:
    state = run.state
    return [
        Span(f"{glyphs.of_state(state)} ", formats.GLYPH_ROLES[state]),
        Span(state.value, formats.STATE_ROLES[state]),
        Span(f" {formats.duration(round(took_s * 1000))} after the save  ", "muted"),
        _short(run.activation_id),
    ]


def _short(activation_id: str) -> Span:
    return Span(activation_id[:8], "faint")


def _result(run: Activation) -> Json:
    return None if run.response is None else run.response.result


def _mark(watch: Watch, glyphs: Glyphs) -> tuple[str, str]:
    if watch.trouble is not None:
        return glyphs.error, "error"
    if watch.step.value != "waiting for a save":
        return glyphs.running, "accent"
    if watch.after is not None and watch.saves:
        return glyphs.of_state(watch.after.state), formats.GLYPH_ROLES[watch.after.state]
    return glyphs.queued, "faint"


def _state_words(watch: Watch) -> Line:
    if watch.trouble is not None:
        return [Span("not sent" if watch.running_id is None else "not run", "error")]
    if watch.took_s is not None and watch.after is not None:
        words = f"{watch.after.state.value} after {formats.duration(round(watch.took_s * 1000))}"
        return [Span(words, formats.STATE_ROLES[watch.after.state])]
    return [Span(watch.step.value, "muted")]
