"""What there is to know about an action, one thing to a line; its secrets hidden until they are asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tui.entities.action import Action
from tui.entities.activation import Activation
from tui.entities.parameters import Parameter
from tui.operations.statistics import VersionStatistics

from ..render import formats
from ..render.entry import Entry
from ..render.feed_row import FanOut, fan_out_spans
from ..render.glyphs import Glyphs
from ..render.json_masking import MASK, masked
from ..render.json_text import inline
from ..render.line import FILL, Line, Span, gap, wrap
from ..render.statistics import version_lines

LABEL_WIDTH = 12
_SAID_ELSEWHERE = frozenset({"exec", "web-export", "provide-api-key", "raw-http", "final", "require-whisk-auth"})


def facts(
    action: Action, url: str | None, glyphs: Glyphs, *, now_ms: int, revealed: bool, program: str | None = None
) -> list[Line]:
    """Limits, web address, parameters, annotations.

    Args:
        program: What runs its kind here, where the platform tells: `Node.js 20.20.2`.
    """
    limits = action.limits
    runs_on = [Span("  runs on ", "faint"), Span(program, "muted")] if program else []
    lines: list[Line] = [
        fact("kind", Span(action.kind), *runs_on, *_main(action)),
        fact("version", Span(action.version), Span(f"  updated {formats.ago(action.updated_ms, now_ms)}", "faint")),
        fact("time limit", Span(formats.limit(limits.timeout_ms))),
        fact("memory", Span(formats.memory(limits.memory_mb))),
        fact("log limit", Span(formats.memory(limits.logs_mb))),
        fact("at a time", Span(f"{limits.concurrency:,}"), Span("  per worker", "faint")),
        (),
        *_web(action, url, revealed=revealed),
        fact("api key", *_api_key(action)),
        (),
    ]
    lines += parameter_lines("parameters", [one for one in action.parameters if not one.init], revealed=revealed)
    lines += parameter_lines("environment", [one for one in action.parameters if one.init], revealed=revealed)
    annotations = {key: value for key, value in action.annotations.items() if key not in _SAID_ELSEWHERE}
    lines += parameter_lines(
        "annotations", [Parameter(key, value) for key, value in annotations.items()], revealed=revealed
    )
    return lines


def has_secrets(action: Action) -> bool:
    """Whether anything is hidden."""
    shown = {one.key: one.value for one in action.parameters} | dict(action.annotations)
    return masked(shown) != shown or isinstance(action.annotations.get("require-whisk-auth"), str)


def statistics_lines(versions: Sequence[VersionStatistics]) -> list[Line]:
    """A line of numbers for each version, the newest first."""
    if not versions:
        return [fact("took", Span("no run is kept", "faint"))]
    return version_lines(versions)


def firing_row(entry: Entry, fan_out: FanOut, *, now_ms: int, glyphs: Glyphs) -> Line:
    """One of the last firings of a trigger."""
    state = entry.state
    return [
        Span(formats.feed_moment(entry.start_ms, now_ms), "muted", 8),
        gap(2),
        Span(glyphs.of_state(state), formats.GLYPH_ROLES[state], 2),
        Span(state.value, formats.STATE_ROLES[state], 10),
        *fan_out_spans(fan_out, glyphs, words=True),
        gap(2),
        Span("", width=FILL),
        Span(entry.activation_id[:8], "faint"),
    ]


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


def fitted(lines: Iterable[Line], width: int) -> list[Line]:
    """Facts in so many cells: a value that is longer goes on below its beginning."""
    if width < 2 * LABEL_WIDTH:  # before the first layout
        return list(lines)
    return [piece for line in lines for piece in (wrap(line, width, indent=LABEL_WIDTH + 1) if line else [line])]


def fact(label: str, *spans: Span) -> Line:
    """`label       value`."""
    return [Span(label, "faint", LABEL_WIDTH), gap(1), *spans]


def _main(action: Action) -> list[Span]:
    return [Span("  calls ", "faint"), Span(action.exec.main, "muted")] if action.exec.main else []


def _web(action: Action, url: str | None, *, revealed: bool) -> list[Line]:
    if not action.is_web or url is None:
        return [fact("web", Span("no", "muted"))]
    raw = "  raw: the request as it came" if action.annotations.is_truthy("raw-http") else ""
    lines: list[Line] = [fact("web", Span("yes"), Span(raw, "faint")), fact("", Span(f"{url}.json", "primary"))]
    asked = action.annotations.get("require-whisk-auth")
    if asked is True:
        lines.append(fact("web key", Span("a key of this platform", "muted")))
    elif asked not in (None, False, ""):
        shown = [Span(str(asked))] if revealed else [Span(MASK, "muted"), Span("  V shows it", "faint")]
        lines.append(fact("web key", Span("X-Require-Whisk-Auth: ", "faint"), *shown))
    return lines


def _api_key(action: Action) -> list[Span]:
    if "provide-api-key" not in action.annotations:
        return [Span("the platform's default", "muted")]
    return [Span("given to the code" if action.annotations.is_truthy("provide-api-key") else "not given to the code")]


def parameter_lines(title: str, parameters: list[Parameter], *, revealed: bool) -> list[Line]:
    """One to a line; values of secrets hidden unless they are `revealed`."""
    if not parameters:
        return [fact(title, Span("none", "faint"))]
    lines: list[Line] = []
    for number, one in enumerate(parameters):
        shown = one.value if revealed else masked({one.key: one.value})[one.key]
        value = [Span(MASK, "muted"), Span("  V shows it", "faint")] if shown == MASK else list(inline(shown))
        key = Span(one.key, "key")
        label = Span(title if number == 0 else "", "faint", LABEL_WIDTH)
        lines.append([label, gap(1), key, Span(": ", "punctuation"), *value])
    return lines
