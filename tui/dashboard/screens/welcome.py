"""What stands in the place of the activations while there are none: how to begin, or why there is no link."""

from collections.abc import Sequence

from tui.errors import UserError

from ..render.glyphs import Glyphs
from ..render.line import Line, Span, gap

_INDENT = 2


def first_steps(glyphs: Glyphs, *, locked: bool, empty: bool) -> Sequence[Line]:
    """For an account without a single run; `empty`: nor anything that could run."""
    about: list[Line] = [
        (),
        (),
        [gap(_INDENT), Span("Every run shows up here: queued, running, done or failed.")],
    ]
    if locked:
        text = "There are none yet. This context is read-only: runs started elsewhere appear here too."
        return [*about, [gap(_INDENT), Span(text, "muted")]]
    pad = gap(_INDENT)
    if not empty:
        return [
            *about,
            [pad, Span("There are none yet. To see one:", "muted")],
            (),
            [
                pad,
                Span(" 2 ", "chip-blurred bold"),
                gap(2),
                Span("f", "primary bold"),
                Span(" fires the trigger under the cursor"),
            ],
            (),
            [
                pad,
                Span(" 1 ", "chip-blurred bold"),
                gap(2),
                Span("f", "primary bold"),
                Span(" invokes the action under the cursor"),
            ],
            (),
            (),
            [pad, Span("Runs started elsewhere with the same key appear here too.", "faint")],
        ]
    key = Span(" S ", "chip bold")
    worker = "runs 20s, prints 10 lines"
    return [
        *about,
        [pad, Span("There are none yet. The shortest way to see one:", "muted")],
        (),
        (),
        [pad, key, gap(2), Span("load the sample, then press "), Span("f", "primary bold"), Span(" on the trigger")],
        (),
        [pad, gap(5), Span(f"{glyphs.trigger} ", "secondary"), Span("my-worker-trigger")],
        [pad, gap(5), Span(f"{glyphs.tree_down}", "hairline")],
        [pad, gap(5), Span(f"{glyphs.rule_on} ", "success"), Span("async-rule", "muted")],
        [pad, gap(5), Span(f"{glyphs.unfolded}", "faint")],
        [pad, gap(5), Span(f"{glyphs.action} ", "faint"), Span("my-worker"), gap(2), Span(worker, "faint")],
        (),
        [
            pad,
            gap(5),
            Span(f"{glyphs.action} ", "faint"),
            Span("test"),
            gap(2),
            Span("a web action that invokes my-worker", "faint"),
        ],
        (),
        (),
        [
            pad,
            Span(" a ", "chip-blurred bold"),
            gap(2),
            Span("in panel "),
            Span("1", "primary bold"),
            Span(": or make your own action from a file"),
        ],
        (),
        (),
        [pad, Span("Runs started elsewhere with the same key appear here too.", "faint")],
    ]


def connecting(steps: Sequence[str], glyphs: Glyphs) -> Sequence[Line]:
    """While the link is made: what was done and what goes on, in words."""
    lines: list[Line] = [(), ()]
    for number, step in enumerate(steps):
        is_last = number == len(steps) - 1
        mark = Span(f"{glyphs.queued} ", "accent") if is_last else Span(f"{glyphs.success} ", "success")
        lines.append([gap(_INDENT), mark, Span(step, "foreground" if is_last else "muted")])
    return lines


def no_link(error: UserError, glyphs: Glyphs) -> Sequence[Line]:
    """Why there is no connection, what helps, and the key that tries again."""
    pad = gap(_INDENT)
    lines: list[Line] = [(), (), [pad, Span(f"{glyphs.error} ", "error"), Span(error.title, "error bold")], ()]
    lines += [[pad, Span(text)] for text in _wrapped(error.message)]
    if error.hint:
        lines += [[pad, Span(text, "muted")] for text in _wrapped(error.hint)]
    return [
        *lines,
        (),
        [
            pad,
            Span("ctrl+r", "primary bold"),
            Span(" try again", "muted"),
            gap(3),
            Span("q", "primary bold"),
            Span(" quit", "muted"),
        ],
    ]


def _wrapped(text: str, width: int = 72) -> list[str]:
    """Words in lines; a narrow panel cuts nothing that matters."""
    lines: list[str] = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".lstrip()
    return lines
