"""A trace as rows: trigger, rules, runs and steps as a tree, and what there is to say about it so far."""

from __future__ import annotations

from collections.abc import Hashable, Iterator

from msgspec import Struct

from tui.entities.activation import State
from tui.operations.trace_node import TraceNode

from . import formats
from .glyphs import Glyphs
from .line import Line, Span, gap, name_cell, wrap_words

_STATE_WIDTH = 10
_TOOK_WIDTH = 7
_INACTIVE = " is inactive"
_INFERRED = "inferred"


class TraceRow(Struct, frozen=True):
    """One row: a rule, or a node of the tree."""

    node: TraceNode
    branches: tuple[bool, ...]
    """For every level above: whether the branch at it goes on below this row."""
    is_rule: bool = False
    siblings: tuple[Hashable, ...] = ()
    """Ids of the rows beside it, itself included, in order."""

    @property
    def row_id(self) -> Hashable:
        return ("rule", self.node.rule) if self.is_rule else node_id(self.node)


def node_id(node: TraceNode) -> Hashable:
    """The activation's id, or which rule refused."""
    return node.activation_id or ("refused", node.rule)


def rows_of(root: TraceNode) -> list[TraceRow]:
    """The tree from the top down; a rule stands above the run that it set off."""
    return list(_rows(root, (), (node_id(root),)))


def _rows(node: TraceNode, branches: tuple[bool, ...], siblings: tuple[Hashable, ...]) -> Iterator[TraceRow]:
    yield TraceRow(node, branches, siblings=siblings)
    ids = tuple(map(node_id, node.children))
    for number, child in enumerate(node.children):
        goes_on = number < len(node.children) - 1
        if child.rule is None:
            yield from _rows(child, (*branches, goes_on), ids)
        else:
            yield TraceRow(child, (*branches, goes_on), is_rule=True)
            yield from _rows(child, (*branches, goes_on, False), ids)


def is_off(node: TraceNode) -> bool:
    """Whether the rule refused because it is turned off."""
    return node.error is not None and _INACTIVE in node.error


def refusal_text(node: TraceNode) -> str:
    """Why a branch never ran, in few words where it is the rule that is off."""
    return f"{node.rule or 'its rule'} is off" if is_off(node) else node.error or ""


def elapsed_ms(node: TraceNode, now_ms: int) -> int | None:
    """How long it ran, or has run until now; `None` where nothing is known, while queued, and for triggers."""
    if node.activation is not None:
        return node.activation.duration_ms
    if node.running is None or node.running.started_ms is None or node.state is not State.RUNNING:
        return None
    return max(0, now_ms - node.running.started_ms)


def draw_row(row: TraceRow, width: int, now_ms: int, glyphs: Glyphs) -> Line:
    """`├ ● async-rule`, `└ ▶ my-worker      running    41s`."""
    node = row.node
    lead = _lead(row, glyphs)
    room = max(8, width - len(lead) - 2 - 2 - _STATE_WIDTH - _TOOK_WIDTH - 1)
    if row.is_rule:
        off = is_off(node)
        mark = Span(glyphs.rule_off, "faint") if off else Span(glyphs.rule_on, "success")
        state = Span("off" if off else "", "warning bold", _STATE_WIDTH)
        name = name_cell(node.rule or "", room, role="muted", more=glyphs.more)
        return [Span(lead, "hairline"), mark, gap(1), *name, gap(2), state]
    elapsed = elapsed_ms(node, now_ms)
    moving = node.pending and node.state in (State.QUEUED, State.RUNNING)
    glyph, glyph_role, word, role = state_mark(node, glyphs)
    note = Span(f" {_INFERRED}" if node.inferred else "", "faint")
    room = max(8, room - len(note.text))
    name = name_cell(node.name or "not known yet", room, role="name bold" if moving else "name", more=glyphs.more)
    return [
        Span(lead, "hairline"),
        Span(glyph, glyph_role),
        gap(1),
        *name,
        note,
        _kind_mark(node, glyphs),
        gap(1),
        Span(word, role, _STATE_WIDTH),
        Span("" if elapsed is None else formats.duration(elapsed), "muted", _TOOK_WIDTH, "right"),
        gap(1),
    ]


def _kind_mark(node: TraceNode, glyphs: Glyphs) -> Span:
    if node.kind == "sequence":
        return Span(glyphs.sequence, "secondary")
    is_cold = node.activation is not None and node.activation.init_ms is not None
    return Span(glyphs.cold) if is_cold else gap(1)


def state_mark(node: TraceNode, glyphs: Glyphs) -> tuple[str, str, str, str]:
    """Its glyph and the glyph's role, the word for it and the word's role."""
    if node.error is not None:
        return glyphs.refused, "warning", "refused", "warning bold"
    if node.state is None:
        return glyphs.queued, "faint", "no record", "faint"
    return (
        glyphs.of_state(node.state),
        formats.GLYPH_ROLES[node.state],
        node.state.value,
        formats.STATE_ROLES[node.state],
    )


def _lead(row: TraceRow, glyphs: Glyphs) -> str:
    if not row.branches:
        return ""
    *above, goes_on = row.branches
    return "".join(f"{glyphs.tree_down} " if more else "  " for more in above) + (
        f"{glyphs.tree_branch} " if goes_on else f"{glyphs.tree_last} "
    )


def counts(root: TraceNode, glyphs: Glyphs) -> str:
    """`3 rules · 5 runs`, in words that fit the title."""
    nodes = list(root.walk())
    rules = sum(node.rule is not None for node in nodes)
    runs = sum(node.kind != "trigger" and node.error is None for node in nodes)
    parts = [formats.counted(rules, "rule")] if rules else []
    return f" {glyphs.dot} ".join([*parts, formats.counted(runs, "run")])


def so_far(root: TraceNode, width: int, now_ms: int, glyphs: Glyphs) -> list[Line]:
    """What one would tell about it: what runs, what failed and where, what never ran and how to mend that."""
    lines: list[Line] = []
    for node in root.walk():
        for line in _told(node, now_ms, glyphs):
            lines += wrap_words(line, width, indent=2)
    if not lines:
        ran = [node for node in root.walk() if node.kind != "trigger"]
        if ran and root.settled:
            lines.append([Span(f"{glyphs.success} ", "success"), Span("Everything went well.", "muted")])
        elif not ran:
            lines.append([Span("Nothing is known to have run yet.", "faint")])
    return [*lines, *_told_inferred(root, width)]


def _told_inferred(root: TraceNode, width: int) -> list[Line]:
    """What being inferred means, where anything is."""
    if not any(node.inferred for node in root.walk()):
        return []
    said = "Inferred: its id stands in the result or the log of the run above; the platform tells nothing of it."
    return wrap_words([Span(said, "faint")], width)


def _told(node: TraceNode, now_ms: int, glyphs: Glyphs) -> Iterator[Line]:
    name = Span(node.name)
    if node.error is not None:
        mark = Span(f"{glyphs.refused} ", "warning")
        if is_off(node):
            said = [Span(node.rule or "the rule"), Span(" is off, so ", "muted"), name, Span(" never ran.", "muted")]
            yield [mark, *said]
            yield [gap(2), Span("t", "primary bold"), Span(" turn it on", "muted")]
        else:
            yield [mark, name, Span(" never ran: ", "muted"), Span(node.error, "muted")]
    elif node.pending and node.kind != "trigger":
        yield from _told_pending(node, now_ms, glyphs)
    elif node.state is not None and node.state.is_failure:
        yield from _told_failure(node, glyphs)


def _told_pending(node: TraceNode, now_ms: int, glyphs: Glyphs) -> Iterator[Line]:
    elapsed = elapsed_ms(node, now_ms)
    limits = None if node.running is None else node.running.limits
    if node.state is State.QUEUED:
        yield [Span(f"{glyphs.queued} ", "accent"), Span(node.name), Span(" waits for a free worker.", "muted")]
    elif elapsed is not None and limits is not None and node.kind != "sequence":
        used, limit = formats.duration(elapsed), formats.limit(limits.timeout_ms)
        said = Span(f" has used {used} of its {limit}.", "muted")
        yield [Span(f"{glyphs.running} ", "accent"), Span(node.name), said]
    elif node.state is State.RUNNING:
        yield [Span(f"{glyphs.running} ", "accent"), Span(node.name), Span(" runs.", "muted")]


def _told_failure(node: TraceNode, glyphs: Glyphs) -> Iterator[Line]:
    assert node.state is not None
    mark = Span(f"{glyphs.of_state(node.state)} ", formats.GLYPH_ROLES[node.state])
    if node.kind == "sequence":
        steps = len(node.children)
        if any(child.state is not None and child.state.is_failure for child in node.children):
            yield [mark, Span(node.name), Span(f" stopped at step {steps}.", "muted")]
            return
    response = node.activation.response if node.activation is not None else None
    error = (response.error_text if response is not None else None) or node.state.value
    yield [mark, Span(node.name), Span(f": {error.strip().splitlines()[0] if error.strip() else ''}", "muted")]
