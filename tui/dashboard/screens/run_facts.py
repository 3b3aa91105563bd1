"""The facts of one run, one to a line, and the sentence that stands for what is not there."""

from __future__ import annotations

from tui.entities.activation import State

from ..render import formats
from ..render.bars import NARROW, WIDE, run_bar
from ..render.glyphs import Glyphs
from ..render.json_masking import masked
from ..render.json_text import inline
from ..render.line import Line, Span, gap, wrap_words
from ..render.logs import is_stderr
from .run import Run

LABEL_WIDTH = 13


def state_line(run: Run, now_ms: int, glyphs: Glyphs, *, wide: bool = False) -> Line:
    """`▶ running  41s ━━━━───┼──── / 2m   usually 1m12s`."""
    if run.error is not None:
        return [Span(f"{glyphs.refused} ", "warning"), Span("refused", "warning bold")]
    if run.state is None:
        return [Span(f"{glyphs.queued} no record yet", "faint")]
    state, elapsed, limits = run.state, run.elapsed_ms(now_ms), run.limits
    spans = [
        Span(f"{glyphs.of_state(state)} ", formats.GLYPH_ROLES[state]),
        Span(state.value, formats.STATE_ROLES[state]),
    ]
    if elapsed is not None:
        spans += [gap(2), Span(formats.duration(elapsed))]
    if run.is_moving and elapsed is not None and limits is not None and run.kind == "action":
        bar = run_bar(elapsed, limits.timeout_ms, run.typical_ms, WIDE if wide else NARROW, glyphs)
        spans += [gap(1), *bar]
    elif not run.is_moving and limits is not None and run.kind == "action":
        spans.append(Span(f" of {formats.limit(limits.timeout_ms)}", "muted"))
    if run.typical_ms is not None:
        spans.append(Span(f"   usually {formats.duration(run.typical_ms)}", "faint"))
    if run.slow_ms is not None and run.is_moving:
        spans.append(Span(f"  p95 {formats.duration(run.slow_ms)}", "faint"))
    return spans


def facts(run: Run, width: int, now_ms: int, glyphs: Glyphs, *, with_state: bool = True) -> list[Line]:
    """All there is to know beside result and log; without the line of its state where a title tells that."""
    if run.missing is not None:
        return wrap_words([Span(run.missing, "muted")], width)
    lines: list[Line] = [state_line(run, now_ms, glyphs, wide=width >= 70), ()] if with_state else []
    if run.error is not None:
        return [*lines, *_refusal(run, width, glyphs)]
    lines.append(_fact("activation", Span(run.activation_id or "")))
    lines.append(_what(run, glyphs))
    lines += _cause(run, glyphs)
    lines += [(), *_times(run, now_ms, glyphs), (), *_outcome(run, width)]
    return lines


def no_result(run: Run) -> str | None:
    """Why there is no result to show; `None` where there is one."""
    if run.missing is not None:
        return run.missing
    if run.error is not None:
        return f"it never ran: {run.error}"
    if run.activation is None:
        if run.state is State.LOST:
            return "not known: the run was lost, it left no record"
        return "not known yet: the run has not ended"
    if run.activation.response is None:
        return "the platform did not tell it"
    return None


def no_log(run: Run) -> str | None:
    """Why there is no log to show; `None` where there is one, even an empty one."""
    if run.missing is not None:
        return run.missing
    if run.error is not None:
        return "it never ran: there is no log"
    if run.kind == "trigger":
        return "a firing prints nothing: each of its runs has a log of its own"
    if run.kind == "sequence":
        return "a sequence prints nothing: each of its steps has a log of its own"
    if run.state is State.QUEUED:
        return "no lines yet: it waits for a free worker"
    limits = run.limits
    if limits is not None and limits.logs_mb == 0:
        return "no lines are kept: the log limit of this action is 0"
    return None


def _fact(label: str, *spans: Span) -> Line:
    return [Span(label, "faint", LABEL_WIDTH), gap(1), *spans]


def _what(run: Run, glyphs: Glyphs) -> Line:
    glyph = {"trigger": glyphs.trigger, "sequence": glyphs.sequence, "action": glyphs.action}[run.kind]
    role = "faint" if run.kind == "action" else "secondary"
    spans = [Span(f"{glyph} ", role), Span(run.name or "not known yet")]
    if run.activation is not None:
        spans += [Span("  version ", "faint"), Span(run.activation.version, "muted")]
    kind = run.activation.kind if run.activation is not None else None if run.running is None else run.running.kind
    if kind and run.kind == "action":
        spans.append(Span(f"  {kind}", "faint"))
    return _fact(run.kind, *spans)


def _cause(run: Run, glyphs: Glyphs) -> list[Line]:
    cause = run.cause
    if cause is None:
        return []
    mark = glyphs.sequence if cause.is_sequence else glyphs.trigger
    spans = [Span(f"{mark} ", "secondary"), Span(cause.name)]
    if run.rule is not None:
        spans += [Span("  through ", "faint"), Span(glyphs.rule_on, "success"), Span(f" {run.rule}")]
    return [_fact("caused by", *spans, Span("  U", "primary bold"), Span(" up", "muted"))]


def _times(run: Run, now_ms: int, glyphs: Glyphs) -> list[Line]:
    record, running, limits = run.activation, run.running, run.limits
    lines: list[Line] = []
    if running is not None:
        lines.append(_fact("accepted", Span(formats.clock(running.accepted_ms, millis=True))))
    started = record.start_ms if record is not None else None if running is None else running.started_ms
    if started is not None:
        spans = [Span(formats.clock(started, millis=True))]
        if now_ms:
            spans.append(Span(f"  {formats.ago(started, now_ms)}", "faint"))
        lines.append(_fact("fired" if run.kind == "trigger" else "started", *spans))
    if record is not None and record.end_ms is not None:
        lines.append(_fact("ended", Span(formats.clock(record.end_ms, millis=True))))
    if record is not None and record.wait_ms is not None:
        lines.append(_fact("waited", Span(formats.duration(record.wait_ms))))
    if record is not None and run.kind == "action":
        lines.append(_start(record.init_ms, glyphs))
    if limits is not None and run.kind != "trigger":
        lines.append(_fact("memory", Span(formats.memory(limits.memory_mb))))
        spans = [Span(formats.limit(limits.timeout_ms))]
        if run.is_moving and started is not None and run.kind == "action":
            spans.append(Span(f"  ends at the latest {formats.clock(started + limits.timeout_ms)}", "faint"))
        lines.append(_fact("time limit", *spans))
    return lines


def _start(init_ms: int | None, glyphs: Glyphs) -> Line:
    if init_ms is None:
        return _fact("start", Span("warm"), Span("  no initialisation", "faint"))
    return _fact("start", Span(f"{glyphs.cold} cold"), Span(f"  {formats.duration(init_ms)} to start", "faint"))


def _outcome(run: Run, width: int) -> list[Line]:
    lines: list[Line] = []
    response = None if run.activation is None else run.activation.response
    if run.kind == "trigger":
        lines.append(_fact("payload", *_inline_payload(run)))
        return lines
    if run.kind == "action":
        errors = sum(map(is_stderr, run.logs))
        label = "logs so far" if run.is_moving else "logs"
        on_stderr = Span(f"  {errors:,} on stderr" if errors else "", "faint")
        lines.append(_fact(label, Span(formats.counted(len(run.logs), "line")), on_stderr))
    if (said := no_result(run)) is not None:
        lines.append(_fact("result", Span(said, "muted")))
    elif response is not None and response.size_bytes is not None:
        lines.append(_fact("result", Span(formats.size(response.size_bytes))))
    if response is not None and (error := response.error_text):
        for number, line in enumerate(wrap_words([Span(error[:2000], "error")], max(10, width - LABEL_WIDTH - 1))[:12]):
            lines.append([Span("" if number else "error", "faint", LABEL_WIDTH), gap(1), *line])
    return lines


def _inline_payload(run: Run) -> list[Span]:
    response = None if run.activation is None else run.activation.response
    if response is None or not isinstance(response.result, dict):
        return [Span("not known yet", "muted")]
    if (response.size_bytes or 0) > 4000:
        return [Span(formats.size(response.size_bytes or 0), "muted")]
    return list(inline(masked(response.result))) if response.result else [Span("{ } empty", "faint")]


def _refusal(run: Run, width: int, glyphs: Glyphs) -> list[Line]:
    lines: list[Line] = [
        _fact("rule", Span(run.rule or "")),
        _fact("action", Span(f"{glyphs.action} ", "faint"), Span(run.name)),
        (),
        *wrap_words([Span(run.error or "", "muted")], width),
    ]
    if run.error is not None and " is inactive" in run.error:
        lines += [(), [Span("t", "primary bold"), Span(f" turn {run.rule} on", "muted")]]
    return lines
