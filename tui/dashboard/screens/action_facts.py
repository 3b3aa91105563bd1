"""What there is to know about an action, one thing to a line; its secrets hidden until they are asked for."""

from __future__ import annotations

from collections.abc import Iterable

from tui.entities.action import Action
from tui.entities.activation import Activation
from tui.entities.parameters import Parameter
from tui.entities.rule import Rule

from ..render import formats
from ..render.glyphs import Glyphs
from ..render.json_masking import MASK, masked
from ..render.json_text import inline
from ..render.line import FILL, Line, Span, cut_name, gap

LABEL_WIDTH = 12
_SAID_ELSEWHERE = frozenset({"exec", "web-export", "provide-api-key", "raw-http", "final"})


def facts(action: Action, url: str | None, glyphs: Glyphs, *, now_ms: int, revealed: bool) -> list[Line]:
    """Limits, web address, parameters, annotations."""
    limits = action.limits
    lines: list[Line] = [
        _fact("kind", Span(action.kind), *_main(action)),
        _fact("version", Span(action.version), Span(f"  updated {formats.ago(action.updated_ms, now_ms)}", "faint")),
        _fact("time limit", Span(formats.limit(limits.timeout_ms))),
        _fact("memory", Span(formats.memory(limits.memory_mb))),
        _fact("log limit", Span(formats.memory(limits.logs_mb))),
        _fact("at a time", Span(f"{limits.concurrency:,}"), Span("  per worker", "faint")),
        (),
        *_web(action, url),
        _fact("api key", *_api_key(action)),
        (),
    ]
    lines += _parameters("parameters", [one for one in action.parameters if not one.init], revealed=revealed)
    lines += _parameters("environment", [one for one in action.parameters if one.init], revealed=revealed)
    annotations = {key: value for key, value in action.annotations.items() if key not in _SAID_ELSEWHERE}
    lines += _parameters(
        "annotations", [Parameter(key, value) for key, value in annotations.items()], revealed=revealed
    )
    return lines


def has_secrets(action: Action) -> bool:
    """Whether anything is hidden."""
    shown = {one.key: one.value for one in action.parameters} | dict(action.annotations)
    return masked(shown) != shown


def used_by(action: Action, rules: Iterable[Rule], glyphs: Glyphs, width: int) -> list[Line]:
    """`↯ my-worker-trigger ── ● async-rule ──▸ ƒ my-worker`, one rule to a line."""
    lines: list[Line] = []
    for rule in rules:
        mark, role = (glyphs.rule_on, "success") if rule.is_active else (glyphs.rule_off, "faint")
        between = Span(f" {glyphs.track}{glyphs.track} ", "hairline")
        trigger = "".join(cut_name(rule.trigger.in_namespace, max(8, (width - 20) // 2), glyphs.more))
        lines.append(
            [
                Span(f"{glyphs.trigger} ", "secondary"),
                Span(trigger),
                between,
                Span(f"{mark} ", role),
                Span(rule.name, "muted"),
                Span("" if rule.is_active else "  off", "warning"),
                between,
                Span(f"{glyphs.sequence if action.is_sequence else glyphs.action} ", "faint"),
                Span(action.name),
            ]
        )
    return lines or [[Span("No rule runs it. ", "muted"), Span("Only an invocation by name does.", "faint")]]


def run_row(activation: Activation, now_ms: int, glyphs: Glyphs) -> Line:
    """One of the last runs."""
    state = activation.state
    took = "" if activation.duration_ms is None else formats.duration(activation.duration_ms)
    cold = Span(f"{glyphs.cold} ") if activation.init_ms is not None else gap(2)
    return [
        Span(formats.feed_moment(activation.start_ms, now_ms), "muted", 8),
        gap(2),
        Span(glyphs.of_state(state), formats.GLYPH_ROLES[state], 2),
        Span(state.value, formats.STATE_ROLES[state], 10),
        Span(took, "muted", 7, "right"),
        gap(2),
        cold,
        Span(activation.version, "faint", FILL),
        Span(activation.activation_id[:8], "faint"),
    ]


def _fact(label: str, *spans: Span) -> Line:
    return [Span(label, "faint", LABEL_WIDTH), gap(1), *spans]


def _main(action: Action) -> list[Span]:
    return [Span("  calls ", "faint"), Span(action.exec.main, "muted")] if action.exec.main else []


def _web(action: Action, url: str | None) -> list[Line]:
    if not action.is_web or url is None:
        return [_fact("web", Span("no", "muted"))]
    raw = "  raw: the request as it came" if action.annotations.is_truthy("raw-http") else ""
    return [_fact("web", Span("yes"), Span(raw, "faint")), _fact("", Span(f"{url}.json", "primary"))]


def _api_key(action: Action) -> list[Span]:
    if "provide-api-key" not in action.annotations:
        return [Span("the platform's default", "muted")]
    return [Span("given to the code" if action.annotations.is_truthy("provide-api-key") else "not given to the code")]


def _parameters(title: str, parameters: list[Parameter], *, revealed: bool) -> list[Line]:
    if not parameters:
        return [_fact(title, Span("none", "faint"))]
    lines: list[Line] = []
    for number, one in enumerate(parameters):
        shown = one.value if revealed else masked({one.key: one.value})[one.key]
        value = [Span(MASK, "muted"), Span("  V shows it", "faint")] if shown == MASK else list(inline(shown))
        key = Span(one.key, "key")
        label = Span(title if number == 0 else "", "faint", LABEL_WIDTH)
        lines.append([label, gap(1), key, Span(": ", "punctuation"), *value])
    return lines
