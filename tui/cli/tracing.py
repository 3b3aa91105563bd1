"""Traces: how they are printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .ends import EXIT_FAILED, EXIT_TIMEOUT
from .records import print_tree

if TYPE_CHECKING:
    from tui.operations.trace_node import TraceNode

    from .output import Output


def print_trace(output: Output, node: TraceNode, *, timed_out: bool = False) -> int:
    """Print the tree and give the command's code."""
    if output.is_text:
        print_tree(output, node)
    else:
        output.document(node.to_json())
    if timed_out:
        return EXIT_TIMEOUT
    return EXIT_FAILED if node.failed else 0
