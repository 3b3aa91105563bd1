"""`diff`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from . import session
from .completion import context_names
from .ends import EXIT_FAILED
from .options import common_options, settings_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tui.operations import Operations
    from tui.operations.deployment.plan import Plan

    from .plans import PlanPrinter


@click.command()
@click.argument("names", nargs=-1, metavar="[MANIFEST|FOLDER] | [NAME]…")
@click.option(
    "--to",
    "target_name",
    shell_complete=context_names,
    metavar="CONTEXT",
    help="Compare what is named here with what is there.",
)
@click.option("--all", "everything", is_flag=True, help="The whole namespace, with --to.")
@click.option("--exit-code", is_flag=True, help="End with 1 if anything differs.")
@click.option("--show-values", is_flag=True, help="Show values of parameters.")
@common_options
@click.pass_context
def diff(
    ctx: click.Context,
    names: tuple[str, ...],
    target_name: str | None,
    everything: bool,
    exit_code: bool,
    show_values: bool,
) -> int:
    """Show what `deploy` would change here, or with --to what `promote` would change there. Nothing is sent."""
    if target_name is None and (len(names) > 1 or everything):
        raise click.UsageError("Name one manifest, or say with --to where things are to be compared.", ctx)
    if target_name is not None and bool(names) == everything:
        raise click.UsageError("Name what is to be compared, or say --all.", ctx)
    from .output import Output
    from .plans import PlanPrinter

    common = settings_of(ctx)
    printer = PlanPrinter(Output(common), reveal=show_values)

    async def against_manifest() -> int:
        from tui.operations.deployment.deploying import plan_manifest

        async with session.connected(common) as target:
            plan = await plan_manifest(target, Path(names[0] if names else "."), os.environ)
            return _show(printer, target, plan, (), exit_code=exit_code)

    async def against_context() -> int:
        from tui.operations.deployment.plan import make_plan, only_there
        from tui.operations.deployment.selection import blueprint_of

        from .promote import check_apart

        async with session.connected(common) as source, session.connected(common, to=target_name) as target:
            check_apart(source, target)
            blueprint = await blueprint_of(source, names)
            plan = await make_plan(target, blueprint)
            others = await only_there(target, blueprint) if everything else ()
            return _show(printer, target, plan, [str(key) for key in others], exit_code=exit_code)

    work: Callable[[], Awaitable[int]] = against_manifest if target_name is None else against_context
    return session.run(work)


def _show(
    printer: PlanPrinter, target: Operations, plan: Plan, others: tuple[str, ...] | list[str], *, exit_code: bool
) -> int:
    printer.show_plan(target, plan)
    for other in others:
        printer.say(f"  ? {other}: only there")
    printer.document(target, plan, (), only_there=list(others))
    differs = bool(plan.work or plan.conflicts or others)
    return EXIT_FAILED if exit_code and differs else 0
