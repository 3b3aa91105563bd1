"""`invoke` and `fire`."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

import click

from . import session
from .completion import names_of
from .ends import EXIT_FAILED, EXIT_TIMEOUT
from .options import common_options, payload_options, read_payload, settings_of, timeout_option

if TYPE_CHECKING:
    from tui.entities.activation import Activation

    from .output import Output

_NO_RULE = "No active rule answers trigger {name}: nothing runs, and the platform keeps no record."
_NO_RULE_HINT = (
    "Create a rule with `whisktop create rule NAME {name} ACTION`, or turn one on with `whisktop enable RULE`."
)


@click.command()
@click.argument("action", shell_complete=names_of("actions"))
@payload_options
@click.option("--blocking", is_flag=True, help="Let the platform hold its answer until the run ends (60 s at most).")
@click.option("--wait", "waits", is_flag=True, help="Wait for the record and print it.")
@timeout_option
@common_options
@click.pass_context
def invoke(
    ctx: click.Context,
    action: str,
    payload: str | None,
    pairs: tuple[tuple[str, str], ...],
    blocking: bool,
    waits: bool,
    timeout_ms: int | None,
) -> int:
    """Run ACTION and print the activation id; with --wait or --blocking its record, and code 1 if the run failed."""
    from .output import Output, narrate

    output = Output(settings_of(ctx))
    given = read_payload(payload, pairs)

    async def work() -> int:
        activation_id, record = None, None
        async with session.time_limit(timeout_ms) as limit, session.connected(settings_of(ctx)) as operations:
            invoked = await operations.actions.invoke(action, given, blocking=blocking, said=narrate)
            activation_id, record = invoked.activation_id, invoked.activation
            if record is None and (waits or blocking):
                _say_started(activation_id)
                record = await operations.activations.wait(activation_id)
        if record is not None:
            return _print_record(output, record)
        _print_id(output, activation_id)
        return EXIT_TIMEOUT if limit.expired() else 0

    return session.run(work)


@click.command()
@click.argument("trigger", shell_complete=names_of("triggers"))
@payload_options
@click.option("--wait", "waits", is_flag=True, help="Follow every rule's run and print the whole trace.")
@timeout_option
@common_options
@click.pass_context
def fire(
    ctx: click.Context,
    trigger: str,
    payload: str | None,
    pairs: tuple[tuple[str, str], ...],
    waits: bool,
    timeout_ms: int | None,
) -> int:
    """Fire TRIGGER and print its activation id; with --wait the whole trace, and code 1 if any branch failed.

    A trigger without an active rule runs nothing: that is said, and the code is 1.
    """
    from tui.operations.trace import follow_trace

    from .output import Output, narrate
    from .tracing import print_trace

    output = Output(settings_of(ctx))
    given = read_payload(payload, pairs)

    async def work() -> int:
        fired, node = None, None
        async with session.time_limit(timeout_ms) as limit, session.connected(settings_of(ctx)) as operations:
            fired = await operations.triggers.fire(trigger, given, said=narrate)
            if fired is not None and waits:
                _say_started(fired.activation_id)
                async with aclosing(follow_trace(operations, fired.activation_id)) as nodes:
                    async for latest in nodes:
                        node = latest
        if node is not None:
            return print_trace(output, node, timed_out=limit.expired())
        if fired is None and not limit.expired():
            return _no_rule(output, trigger)
        _print_id(output, fired.activation_id if fired else None)
        return EXIT_TIMEOUT if limit.expired() else 0

    return session.run(work)


def _no_rule(output: Output, trigger: str) -> int:
    from .output import narrate

    message = _NO_RULE.format(name=trigger)
    if not output.is_text:
        output.document({"activationId": None, "error": message})
    narrate(message)
    narrate(_NO_RULE_HINT.format(name=trigger))
    return EXIT_FAILED


def _say_started(activation_id: str) -> None:
    """Whoever interrupts the waiting has to know what goes on."""
    from .output import narrate

    narrate(f"Waiting for activation {activation_id} …")


def _print_id(output: Output, activation_id: str | None) -> None:
    if not output.is_text:
        output.document({"activationId": activation_id})
    elif activation_id:
        output.line(activation_id)


def _print_record(output: Output, record: Activation) -> int:
    from .records import document_of, print_activation

    if output.is_text:
        print_activation(output, record)
    else:
        output.document(document_of(record))
    return EXIT_FAILED if record.state.is_failure else 0
