"""`wait`, `trace` and `logs`."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import click

from . import session
from .ends import EXIT_FAILED, EXIT_TIMEOUT
from .options import common_options, settings_of, timeout_option

if TYPE_CHECKING:
    from tui.entities.activation import Activation
    from tui.operations import Operations

    from .output import Output


@click.command()
@click.argument("ids", nargs=-1, required=True, metavar="ID…")
@timeout_option
@common_options
@click.pass_context
def wait(ctx: click.Context, ids: tuple[str, ...], timeout_ms: int | None) -> int:
    """Wait until each ID has its record (a trigger: until all its runs have) and print the records.

    Code 1 if any run failed.
    """
    from .output import Output

    output = Output(settings_of(ctx))

    async def work() -> int:
        waiting = [_Waiting(given) for given in ids]
        async with (
            session.time_limit(timeout_ms) as limit,
            session.connected(settings_of(ctx)) as operations,
            asyncio.TaskGroup() as tasks,
        ):
            for one in waiting:
                tasks.create_task(one.run(operations))
        _print_waited(output, waiting)
        if limit.expired():
            return EXIT_TIMEOUT
        return EXIT_FAILED if any(one.failed for one in waiting) else 0

    return session.run(work)


class _Waiting:
    """One id that is waited for."""

    def __init__(self, given: str) -> None:
        self.activation_id = given
        self.record: Activation | None = None
        self.failed = False

    async def run(self, operations: Operations) -> None:
        from tui.operations.trace import follow_trace

        self.activation_id = await operations.activations.find_id(self.activation_id)
        self.record = await operations.activations.wait(self.activation_id)
        self.failed = self.record.state.is_failure
        if self.record.is_trigger:
            async with aclosing(follow_trace(operations, self.activation_id)) as nodes:
                async for node in nodes:
                    self.failed = node.failed

    def to_json(self) -> Any:
        from .records import document_of

        if self.record is None:
            return {"activationId": self.activation_id, "pending": True}
        return document_of(self.record)


def _print_waited(output: Output, waiting: list[_Waiting]) -> None:
    from .records import print_activation

    if not output.is_text:
        documents = [one.to_json() for one in waiting]
        output.document(documents if len(documents) > 1 else documents[0])
        return
    for number, one in enumerate(waiting):
        if number:
            output.line()
        if one.record is None:
            output.facts([("activation", one.activation_id), ("status", "no record yet")])
        else:
            print_activation(output, one.record)


@click.command()
@click.argument("activation_id", metavar="ID")
@click.option("--wait", "waits", is_flag=True, help="Until every branch has ended.")
@click.option("--infer", "infers", is_flag=True, help="Add runs whose ids stand in results and logs of others.")
@timeout_option
@common_options
@click.pass_context
def trace(ctx: click.Context, activation_id: str, waits: bool, infers: bool, timeout_ms: int | None) -> int:
    """Show the tree that ID belongs to: trigger, rules, runs, steps, each with status, durations and result.

    Works from any node of it. Code 1 if any branch failed.
    """
    from tui.operations.causes import find_root_id
    from tui.operations.trace import follow_trace, load_trace

    from .output import Output
    from .tracing import print_trace

    output = Output(settings_of(ctx))

    async def work() -> int:
        root_id, node = activation_id, None
        async with session.time_limit(timeout_ms) as limit, session.connected(settings_of(ctx)) as operations:
            root_id = await operations.activations.find_id(activation_id)
            if not waits:
                await operations.activations.get(root_id)  # without a record the answer is that it has none
            root_id = await find_root_id(operations.activations, root_id)
            if waits:
                async with aclosing(follow_trace(operations, root_id)) as nodes:
                    async for latest in nodes:
                        node = latest
            if not waits or infers:
                node = await load_trace(operations, root_id, infer=infers)
        if node is None:
            return _print_pending(output, root_id)
        return print_trace(output, node, timed_out=limit.expired())

    return session.run(work)


def _print_pending(output: Output, activation_id: str) -> int:
    if output.is_text:
        output.line(activation_id)
    else:
        output.document({"activationId": activation_id, "pending": True})
    return EXIT_TIMEOUT


@click.command()
@click.argument("activation_id", metavar="ID")
@click.option("-f", "--follow", "follows", is_flag=True, help="Until the run ends, live where the platform can.")
@click.option("--all", "merges", is_flag=True, help="The lines of the whole trace, merged by time.")
@common_options
@click.pass_context
def logs(ctx: click.Context, activation_id: str, follows: bool, merges: bool) -> int:
    """Print the log lines of ID."""
    from .log_lines import follow_logs, merged_logs, print_logs
    from .output import Output

    output = Output(settings_of(ctx))
    if follows and merges:
        raise click.UsageError("--follow follows one run: leave out --all.", ctx)

    async def work() -> int:
        async with session.connected(settings_of(ctx)) as operations:
            whole_id = await operations.activations.find_id(activation_id)
            if follows:
                async with session.ended_by_closed_pipe():
                    await follow_logs(output, operations, whole_id)
            elif merges:
                await merged_logs(output, operations, whole_id)
            else:
                print_logs(output, whole_id, await operations.activations.logs(whole_id))
        return 0

    return session.run(work)
