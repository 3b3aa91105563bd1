"""Traces: where they begin, and how they are printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.client.errors import NotFound
from tui.entities.limits import MAX_LIST_SIZE
from tui.operations.trace import find_parent_id

from .ends import EXIT_FAILED, EXIT_TIMEOUT
from .records import print_tree

if TYPE_CHECKING:
    from tui.entities.activation import Activation
    from tui.operations import Operations
    from tui.operations.trace import TraceNode

    from .output import Output

_SEARCHED_PAGES = 5
_LONGEST_WAIT_MS = 600_000
"""Assumed where the record does not tell how long the run waited."""
_SLACK_MS = 10_000
"""By which a platform's clocks may differ among themselves."""


async def find_root_id(operations: Operations, activation_id: str) -> str:
    """The activation that set everything off of which this one is a part; itself, where nobody tells of a cause.

    A step names its sequence. Nothing names the trigger behind a run, so the triggers that fired when the run was
    accepted, which is before it waited for a worker, are looked through: the newest first, a thousand records at most.
    """
    running = {one.activation_id: one for one in await operations.activations.running()}
    while True:
        record = await _find_record(operations, activation_id)
        parent_id = find_parent_id(record, running.get(activation_id))
        if parent_id is None and record is not None and not record.is_trigger:
            parent_id = await _find_firing(operations, record)
        if parent_id is None:
            return activation_id
        activation_id = parent_id


async def _find_record(operations: Operations, activation_id: str) -> Activation | None:
    try:
        return await operations.activations.get(activation_id)
    except NotFound:
        return None


async def _find_firing(operations: Operations, run: Activation) -> str | None:
    waited_ms = _LONGEST_WAIT_MS if run.wait_ms is None else run.wait_ms
    since_ms, upto_ms = run.start_ms - waited_ms - _SLACK_MS, run.start_ms + _SLACK_MS
    for _ in range(_SEARCHED_PAGES):
        page = await operations.activations.list(limit=MAX_LIST_SIZE, since_ms=since_ms, upto_ms=upto_ms, docs=True)
        for record in page:
            if record.is_trigger and run.activation_id in {one.activation_id for one in record.rule_outcomes()}:
                return record.activation_id
        if not page or page[-1].start_ms == upto_ms:
            return None
        upto_ms = page[-1].start_ms
    return None


def print_trace(output: Output, node: TraceNode, *, timed_out: bool = False) -> int:
    """Print the tree and give the command's code."""
    if output.is_text:
        print_tree(output, node)
    else:
        output.document(node.to_json())
    if timed_out:
        return EXIT_TIMEOUT
    return EXIT_FAILED if node.failed else 0
