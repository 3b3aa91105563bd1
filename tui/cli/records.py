"""How records look as text, and as the platform's own JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tui.entities.action import Action
from tui.entities.activation import Activation, State
from tui.entities.package import Package
from tui.entities.rule import Rule
from tui.entities.trigger import Trigger

from .output import Output

if TYPE_CHECKING:
    from tui.operations.trace_node import TraceNode

Entity = Action | Trigger | Rule | Package

_COLORS = {State.SUCCESS: "green", State.FIRED: "cyan", State.RUNNING: "blue", State.QUEUED: "blue"}


def document_of(record: Entity | Activation) -> Any:
    """The platform's own JSON."""
    assert record.received is not None, "every record that a command prints was read from the platform"
    return record.received


def print_activation(output: Output, activation: Activation) -> None:
    """One record: facts, result, logs."""
    response = activation.response
    output.facts(
        [
            ("activation", activation.activation_id),
            ("name", activation.entity_name),
            ("status", activation.state.value),
            ("start", time_text(activation.start_ms)),
            ("duration", _duration_text(activation)),
            ("cause", activation.cause or ""),
            ("result", "" if response is None else json_text(response.result)),
            ("logs", "\n".join(activation.logs)),
        ],
        colors={"status": _color_of(activation.state)},
    )


ACTIVATION_HEAD = ("START", "STATUS", "NAME", "DURATION", "ACTIVATION")


def activation_row(activation: Activation) -> tuple[str, ...]:
    duration = "" if activation.duration_ms is None else ms_text(activation.duration_ms)
    start = time_text(activation.start_ms)
    return start, activation.state.value, activation.entity_name, duration, activation.activation_id


def print_tree(output: Output, node: TraceNode, indent: int = 0) -> None:
    """A trace, one node a line, results below their run."""
    pad = "  " * indent
    state = State.RUNNING if node.state is None else node.state
    words = [output.clean(node.name or node.kind), state_word(output, state)]
    if node.error is not None:
        words = [output.clean(node.name), output.style("refused", fg="red"), output.clean(node.error)]
    elif node.pending:
        words[1] = "no record yet" if node.running is None else state_word(output, node.running.state)
    activation = node.activation
    if activation is not None and activation.duration_ms is not None:
        words.append(ms_text(activation.duration_ms))
    if node.activation_id:
        words.append(node.activation_id)
    if node.rule:
        words.append(f"by rule {output.clean(node.rule)}")
    if node.inferred:
        words.append("inferred")
    output.line(pad + "  ".join(words))
    if activation is not None and activation.response is not None and not node.children:
        for line in json_text(activation.response.result).splitlines():
            output.line(f"{pad}    {output.clean(line)}")
    for child in node.children:
        print_tree(output, child, indent + 1)


def state_word(output: Output, state: State) -> str:
    return output.style(state.value, fg=_color_of(state))


def _color_of(state: State) -> str | None:
    return "red" if state.is_failure else _COLORS.get(state)


def json_text(value: Any) -> str:
    """For people: indented, and without the key that a fired trigger hands to its actions."""
    return json.dumps(_masked(value), indent=2, ensure_ascii=False)


def _masked(value: Any) -> Any:
    if isinstance(value, list):
        return [_masked(member) for member in value]
    if not isinstance(value, dict):
        return value
    masked = {key: _masked(member) for key, member in value.items()}
    headers = masked.get("__ow_headers")
    if isinstance(headers, dict) and "authorization" in headers:
        headers["authorization"] = "…"
    return masked


def time_text(epoch_ms: int) -> str:
    """In this machine's time zone, to the millisecond."""
    try:
        return datetime.fromtimestamp(epoch_ms / 1000, UTC).astimezone().isoformat(" ", "milliseconds")
    except (OverflowError, ValueError, OSError):
        return f"{epoch_ms} ms"


def ms_text(duration_ms: int) -> str:
    return f"{duration_ms}ms" if duration_ms < 1000 else f"{duration_ms / 1000:.3f}s"


def limit_text(limit_ms: int) -> str:
    """A limit as people write it: `2m`, `90s`, `100ms`."""
    for unit_ms, unit in ((3_600_000, "h"), (60_000, "m"), (1000, "s")):
        if limit_ms and limit_ms % unit_ms == 0:
            return f"{limit_ms // unit_ms}{unit}"
    return f"{limit_ms}ms"


def _duration_text(activation: Activation) -> str:
    if activation.duration_ms is None:
        return ""
    parts = [
        f"{word} {ms_text(part)}"
        for word, part in (("waited", activation.wait_ms), ("cold start", activation.init_ms))
        if part is not None
    ]
    return ms_text(activation.duration_ms) + (f" ({', '.join(parts)})" if parts else "")
