"""`promote`."""

from __future__ import annotations

import click

from . import session
from .completion import context_names, names_of
from .options import common_options, settings_of


@click.command()
@click.argument(
    "names", nargs=-1, shell_complete=names_of("actions", "triggers", "rules", "packages"), metavar="[NAME]…"
)
@click.option(
    "--to", "target_name", required=True, shell_complete=context_names, metavar="CONTEXT", help="Where they go."
)
@click.option("--all", "everything", is_flag=True, help="The whole namespace.")
@click.option("--dry-run", is_flag=True, help="Show the plan and send nothing.")
@click.option("-y", "--yes", is_flag=True, help="Ask nothing.")
@click.option("--show-values", is_flag=True, help="Show values of parameters in the plan.")
@common_options
@click.pass_context
def promote(
    ctx: click.Context,
    names: tuple[str, ...],
    target_name: str,
    everything: bool,
    dry_run: bool,
    yes: bool,
    show_values: bool,
) -> int:
    """Bring actions, packages, triggers or rules from this context to another, with all that belongs to them.

    An action comes with its package, the steps of a sequence, its rules and their triggers, and the routes to it;
    parameters, annotations and limits are the same afterwards. The plan is shown first. Done again, it does only what
    is left.
    """
    if bool(names) == everything:
        raise click.UsageError("Name what is to be promoted, or say --all.", ctx)
    from tui.operations.deployment.plan import make_plan
    from tui.operations.deployment.selection import blueprint_of

    from .output import Output
    from .plans import PlanPrinter, execute

    common = settings_of(ctx)
    printer = PlanPrinter(Output(common), reveal=show_values)

    async def work() -> int:
        async with session.connected(common) as source, session.connected(common, to=target_name) as target:
            check_apart(source, target)
            plan = await make_plan(target, await blueprint_of(source, names))
            return await execute(printer, target, plan, yes=yes, dry_run=dry_run)

    return session.run(work)


def check_apart(source: object, target: object) -> None:
    """
    Raises:
        UsageError: Both are the same namespace.
    """
    from tui.errors import UsageError

    ends = [(one.endpoint.url, one.endpoint.namespace) for one in (source, target)]  # type: ignore[attr-defined]
    if ends[0] == ends[1]:
        raise UsageError(
            f"Both are the namespace {ends[0][1]} at {ends[0][0]}.", hint="Name the other one with --context."
        )
