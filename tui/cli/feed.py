"""`feed`: finished activations, each exactly once, in the order in which they became known."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

import click

from . import session
from .options import Duration, common_options, settings_of

if TYPE_CHECKING:
    from tui.entities.activation import Activation
    from tui.operations import Operations
    from tui.operations.feed_batch import FeedBatch

    from .output import Output


@click.command()
@click.option("--follow", "-f", "follows", is_flag=True, help="Go on for ever.")
@click.option(
    "--since", "since_ms", type=Duration(), default="10m", metavar="10m", help="Only those that started since then."
)
@common_options
@click.pass_context
def feed(ctx: click.Context, follows: bool, since_ms: int) -> int:
    """Print finished activations, trigger records included, each once, in the order in which they became known.

    Without --follow it ends when the window is complete; code 3 if it cannot be completed.
    """
    from .output import Output

    output = Output(settings_of(ctx))
    if follows and output.format == "json":
        raise click.UsageError("--follow has no end, and --json is one document: use --jsonl.", ctx)

    async def work() -> int:
        async with session.connected(settings_of(ctx)) as operations:
            window = _Window(operations.now_ms(), since_ms)
            if follows:
                async with session.ended_by_closed_pipe():
                    await _follow(output, operations, window)
            else:
                _print_all(output, await _collect(operations, window))
        return 0

    return session.run(work)


class _Window:
    """Which records were asked for, by start time on the platform's clock."""

    def __init__(self, now_ms: int, length_ms: int) -> None:
        self.opened_ms = now_ms
        self.since_ms = now_ms - length_ms

    def has(self, activation: Activation) -> bool:
        return activation.start_ms >= self.since_ms

    def saw_end(self, activation: Activation) -> bool:
        """Whether it is in the window, or ended while we were looking: then it belongs to what is followed."""
        return self.has(activation) or (activation.end_ms or activation.start_ms) >= self.opened_ms


async def _collect(operations: Operations, window: _Window) -> list[Activation]:
    """
    Raises:
        Unreachable: The window could not be completed.
    """
    found: list[Activation] = []
    async with aclosing(operations.activation_feed(since_ms=window.since_ms).batches()) as batches:
        async for batch in batches:
            found += filter(window.has, batch.finished)
            _require_link(batch)
            if batch.complete_since_ms is not None and batch.complete_since_ms <= window.since_ms:
                break
    return found


def _require_link(batch: FeedBatch) -> None:
    from tui.client.errors import Unreachable
    from tui.operations.feed_batch import LinkState

    if batch.link in (LinkState.RECONNECTING, LinkState.OFFLINE):
        raise Unreachable("The platform stopped answering before the window was complete.")


async def _follow(output: Output, operations: Operations, window: _Window) -> None:
    from .output import narrate
    from .records import activation_row, document_of

    link = None
    async with aclosing(operations.activation_feed(since_ms=window.since_ms).batches()) as batches:
        async for batch in batches:
            if link is not None and batch.link != link:
                narrate(f"The link to the platform is {batch.link.value} now.")
            link = batch.link
            for activation in filter(window.saw_end, batch.finished):
                if output.is_text:
                    output.line("  ".join(map(output.clean, activation_row(activation))))
                else:
                    output.document(document_of(activation))


def _print_all(output: Output, found: list[Activation]) -> None:
    from .records import document_of
    from .shapes import print_list

    if output.is_text:
        print_list(output, "activations", found)
    else:
        output.document([document_of(activation) for activation in found])
