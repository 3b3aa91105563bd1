"""What the preview says about the thing under the cursor: a line that sums it up, and facts."""

from collections.abc import Iterable

from tui.entities.action import Action
from tui.entities.activation import LogLine, State
from tui.entities.rule import Rule
from tui.entities.trigger import Trigger

from . import formats
from .entry import Entry
from .glyphs import Glyphs
from .json_text import coloured_line, inline, pretty_lines
from .line import Line, Span, gap, name_cell
from .logs import local_time

LABEL_WIDTH = 12
MAX_RESULT_BYTES = 64_000
"""Larger results are not printed in the preview."""
LOG_LINES = 200


def fact(label: str, *spans: Span) -> Line:
    """`label       value`."""
    return [Span(label, "faint", LABEL_WIDTH), gap(1), *spans]


def run_summary(entry: Entry, glyphs: Glyphs, *, now_ms: int, typical_ms: float | None, cause: Line) -> Line:
    """`▶ running 41s of 2m   usually 1m12s   from ↯ my-worker-trigger`."""
    state = entry.state
    spans = [Span(f"{glyphs.of_state(state)} ", formats.GLYPH_ROLES[state])]
    spans.append(Span(state.value, formats.STATE_ROLES[state]))
    elapsed = entry.elapsed_ms(now_ms)
    if elapsed is not None:
        spans.append(Span(" after " if not entry.is_moving else " ", "faint"))
        spans.append(Span(formats.duration(elapsed)))
        if entry.timeout_ms is not None:
            spans += [Span(" of ", "faint"), Span(formats.limit(entry.timeout_ms))]
    if entry.is_trigger:
        spans += [Span(" at ", "faint"), Span(formats.clock(entry.start_ms, millis=True), "muted")]
    if typical_ms is not None:
        spans += [gap(3), Span(f"usually {formats.duration(typical_ms)}", "faint")]
    if cause:
        spans += [gap(3), *cause]
    if entry.activation is not None and not entry.is_trigger:
        if entry.activation.init_ms is not None:
            init = formats.duration(entry.activation.init_ms)
            spans += [gap(3), Span(glyphs.cold), Span(f" cold {init}", "muted")]
        spans += [gap(3), Span(f"version {entry.activation.version}", "faint")]
    return spans


def result_lines(entry: Entry) -> list[Line]:
    """The result as JSON, or why there is none."""
    if entry.activation is None:
        text = "the run was lost: it left no record" if entry.state is State.LOST else "the run has not ended"
        return [[Span(f"not known yet: {text}", "faint")]]
    response = entry.activation.response
    if response is None:
        return [[Span("the platform did not tell it", "faint")]]
    size = response.size_bytes or 0
    if size > MAX_RESULT_BYTES:
        return [
            [Span(f"{formats.size(size)} of JSON: ", "muted"), Span("r", "primary bold"), Span(" opens it", "muted")]
        ]
    return [coloured_line(line) for line in pretty_lines(response.result)]


def log_lines(entry: Entry, glyphs: Glyphs) -> list[Line]:
    """The last lines that the run printed, with the time of each."""
    lines: list[Line] = [_log_line(LogLine.parse(line), glyphs) for line in entry.logs[-LOG_LINES:]]
    if not entry.logs_from_start:
        lines.insert(0, [Span("what it printed before can be read when it ends", "faint")])
    if entry.is_moving:
        word = "new lines appear here as they are printed" if lines else "waiting for the next line"
        text = f"still running, {word}" if entry.state is State.RUNNING else "it waits for a free worker"
        return [*lines, (), [Span(text, "faint")]] if lines else [[Span(text, "faint")]]
    return lines or [[Span("no lines", "faint")]]


def _log_line(line: LogLine, glyphs: Glyphs) -> Line:
    is_error = line.stream == "stderr"
    mark, role = (glyphs.stderr, "error") if is_error else (glyphs.stdout, "hairline")
    return [Span(local_time(line.timestamp), "faint", 12), gap(1), Span(mark, role), gap(1), Span(line.text)]


def run_facts(entry: Entry, glyphs: Glyphs, cause: Line) -> list[Line]:
    """Ids, times and limits of one run or firing."""
    record, running = entry.activation, entry.running
    lines = [fact("activation", Span(entry.activation_id))]
    if cause:
        lines.append(fact("caused by", *cause))
    if not entry.is_trigger and entry.kind:
        lines.append(fact("kind", Span(entry.kind)))
    accepted = running.accepted_ms if running is not None else None
    if accepted is not None:
        lines.append(fact("accepted", Span(formats.clock(accepted, millis=True))))
    lines.append(fact("started", Span(formats.clock(entry.start_ms, millis=True))))
    if record is not None and record.wait_ms is not None:
        lines.append(fact("waited", Span(formats.duration(record.wait_ms))))
    if record is not None and not entry.is_trigger:
        start = "warm" if record.init_ms is None else f"cold, {formats.duration(record.init_ms)} to start"
        lines.append(fact("start", Span(start)))
    limits = (record.limits if record is not None else None) or (running.limits if running is not None else None)
    if limits is not None:
        lines.append(fact("time limit", Span(formats.limit(limits.timeout_ms))))
        lines.append(fact("memory", Span(formats.memory(limits.memory_mb))))
    if not entry.is_trigger:
        lines.append(fact("logs", Span(formats.counted(len(entry.logs), "line"))))
    return lines


def rule_lines(
    entry: Entry, children: Iterable[tuple[str, str, Entry | None, str | None]], glyphs: Glyphs, now_ms: int
) -> list[Line]:
    """What each rule of a firing did. `children`: rule, action, its run, and why there is none."""
    lines: list[Line] = []
    for rule, action, child, error in children:
        left = [
            Span(
                f"{glyphs.rule_on} " if error is None else f"{glyphs.rule_off} ",
                "success" if error is None else "faint",
            )
        ]
        left += [Span(rule, "muted", 20), gap(1), Span(glyphs.arrow, "faint"), gap(1)]
        if error is not None:
            lines.append(
                [*left, Span(f"{glyphs.refused} ", "warning"), *name_cell(action, 22), gap(1), Span(error, "warning")]
            )
            continue
        if child is None:
            lines.append([*left, gap(2), *name_cell(action, 22), gap(1), Span("not known yet", "faint")])
            continue
        state, elapsed = child.state, child.elapsed_ms(now_ms)
        lines.append(
            [
                *left,
                Span(f"{glyphs.of_state(state)} ", formats.GLYPH_ROLES[state]),
                *name_cell(action, 22),
                gap(1),
                Span(state.value, formats.STATE_ROLES[state], 10),
                Span("" if elapsed is None else formats.duration(elapsed), "muted", 7, "right"),
                gap(2),
                Span(child.activation_id[:8], "faint"),
            ]
        )
    return lines


def payload_lines(entry: Entry) -> list[Line]:
    """What a firing was given."""
    response = None if entry.activation is None else entry.activation.response
    if response is None:
        return [[Span("not known yet", "faint")]]
    if not response.result:
        return [[Span("none", "faint")]]
    return [coloured_line(line) for line in pretty_lines(response.result)]


def action_facts(
    action: Action, rules: Iterable[Rule], newest: Entry | None, glyphs: Glyphs, now_ms: int
) -> list[Line]:
    """An action at a glance."""
    limits = action.limits
    lines = [
        fact(
            "limits",
            Span(formats.limit(limits.timeout_ms)),
            Span("  memory ", "faint"),
            Span(formats.memory(limits.memory_mb)),
            Span("  logs ", "faint"),
            Span(formats.memory(limits.logs_mb)),
        ),
        fact("web", Span("yes" if action.is_web else "no", "foreground" if action.is_web else "muted")),
    ]
    joined = [rule for rule in rules if rule.action.in_namespace == action.name]
    lines.append(fact("rules", *_names(rule.name for rule in joined), *(() if joined else _link_key("makes one"))))
    lines.append(fact("last run", *_last(newest, glyphs, now_ms)))
    return lines


def trigger_facts(trigger: Trigger, newest: Entry | None, glyphs: Glyphs, now_ms: int) -> list[Line]:
    """A trigger at a glance: which rules answer it."""
    lines: list[Line] = []
    for name, joined in (trigger.rules or {}).items():
        is_on = name in trigger.active_rules
        glyph, role = (glyphs.rule_on, "success") if is_on else (glyphs.rule_off, "faint")
        lines.append(
            [
                Span(f"{glyph} ", role),
                Span(name.rpartition("/")[2], "foreground" if is_on else "muted", 20),
                gap(1),
                Span(glyphs.arrow, "faint"),
                gap(1),
                *name_cell(joined.action.in_namespace, 24, role="foreground"),
                Span("" if is_on else "off", "warning"),
            ]
        )
    if not trigger.active_rules:
        lines.append(
            [
                Span(f"{glyphs.refused} ", "warning"),
                Span("No active rule answers: a fire runs nothing and leaves no record.", "muted"),
            ]
        )
    if not trigger.rules:
        lines.append(_link_key("ties an action to it"))
    if trigger.parameters:
        lines.append(fact("parameters", *inline({parameter.key: parameter.value for parameter in trigger.parameters})))
    lines.append(fact("last fire", *_last(newest, glyphs, now_ms)))
    return lines


def rule_facts(rule: Rule, glyphs: Glyphs, *, gone: bool = False) -> list[Line]:
    """A rule as a sentence.

    Args:
        gone: Its action is not there.
    """
    lines: list[Line] = [
        [
            Span("When ", "muted"),
            Span(f"{glyphs.trigger} ", "secondary"),
            Span(rule.trigger.in_namespace),
            Span(" fires, run ", "muted"),
            Span(f"{glyphs.action} ", "faint"),
            Span(rule.action.in_namespace),
            Span(".", "muted"),
        ]
    ]
    if rule.status is not None and not rule.is_active:
        lines.append([Span("It is off now. ", "muted"), Span("t", "primary bold"), Span(" turns it on.", "muted")])
    if gone:
        said = Span(f"{rule.action.in_namespace} is not there: nothing runs. ", "error")
        lines.append([said, Span("e", "primary bold"), Span(" names another action.", "muted")])
    return lines


def _link_key(does: str) -> Line:
    return [gap(2), Span("L", "primary bold"), Span(f" {does}", "muted")]


def _names(names: Iterable[str]) -> list[Span]:
    text = ", ".join(names)
    return [Span(text)] if text else [Span("none", "faint")]


def _last(entry: Entry | None, glyphs: Glyphs, now_ms: int) -> list[Span]:
    if entry is None:
        return [Span("none seen", "faint")]
    state = entry.state
    return [
        Span(f"{glyphs.of_state(state)} ", formats.GLYPH_ROLES[state]),
        Span(state.value, formats.STATE_ROLES[state]),
        Span(f"  {formats.ago(entry.start_ms, now_ms)}  ", "faint"),
        Span(entry.activation_id[:8], "faint"),
    ]
