"""Log lines: of one run, as they come, or of a whole trace."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.operations import Operations

    from .output import Output


def print_logs(output: Output, activation_id: str, lines: Sequence[str]) -> None:
    if output.is_text:
        for line in lines:
            output.outside(line)
    else:
        output.document({"activationId": activation_id, "logs": list(lines)})


async def follow_logs(output: Output, operations: Operations, activation_id: str) -> None:
    """Print lines as they come; with `--jsonl` one document a batch, with `--json` one at the end."""
    async with aclosing(operations.activations.follow_logs(activation_id)) as batches:
        async for lines in batches:
            if output.format == "json" or not lines:
                continue
            print_logs(output, activation_id, lines)
    if output.format == "json":
        print_logs(output, activation_id, await operations.activations.logs(activation_id))


async def merged_logs(output: Output, operations: Operations, activation_id: str) -> None:
    """Print what every run of the trace has printed, in order of time; as text each line says whose it is."""
    from tui.operations.merged_logs import LoggedRun, merged
    from tui.operations.trace import load_trace

    trace = await load_trace(operations, activation_id)
    runs = [node.activation for node in trace.walk() if node.kind == "action" and node.activation is not None]
    lines = merged(LoggedRun(run.activation_id, run.entity_name, run.logs) for run in runs)
    if not output.is_text:
        output.document({"activationId": activation_id, "logs": [each.line for each in lines]})
        return
    width = max((len(each.run.name) for each in lines), default=0)
    for each in lines:
        output.outside(f"{each.run.name:<{width}} {each.run.activation_id[:6]}  {each.line}")
