"""`deploy`."""

from __future__ import annotations

import os
from pathlib import Path

import click

from . import session
from .options import common_options, settings_of


@click.command()
@click.argument("manifest", required=False, type=click.Path(path_type=Path), metavar="[MANIFEST|FOLDER]")
@click.option("--dry-run", is_flag=True, help="Show the plan and send nothing.")
@click.option("-y", "--yes", is_flag=True, help="Ask nothing.")
@click.option("--undo", is_flag=True, help="Take the last deployment back, or the one that the given file tells of.")
@click.option("--overwrite", is_flag=True, help="With --undo: also what somebody changed since.")
@click.option("--show-values", is_flag=True, help="Show values of parameters in the plan.")
@common_options
@click.pass_context
def deploy(
    ctx: click.Context,
    manifest: Path | None,
    dry_run: bool,
    yes: bool,
    undo: bool,
    overwrite: bool,
    show_values: bool,
) -> int:
    """Deploy what a manifest describes: manifest.yml of wskdeploy, app.config.yaml of App Builder, project.yml or
    packages/ of DigitalOcean Functions. Without one, what lies in the working folder.

    The plan is shown first. Nothing is deleted; done again, it does only what is left. What somebody changed since is
    taken back by --undo only with --overwrite.
    """
    if overwrite and not undo:
        raise click.UsageError("--overwrite belongs to --undo.", ctx)
    from tui.operations.deployment.deploying import plan_manifest
    from tui.operations.deployment.undo import forget_undo, last_undo, overwriting, plan_undo

    from .output import Output
    from .plans import PlanPrinter, execute

    common = settings_of(ctx)
    printer = PlanPrinter(Output(common), reveal=show_values)

    async def work() -> int:
        async with session.connected(common) as target:
            if not undo:
                plan = await plan_manifest(target, manifest or Path(), os.environ)
                return await execute(printer, target, plan, yes=yes, dry_run=dry_run)
            file = manifest or last_undo(target.endpoint)
            back = await plan_undo(target, file)
            back = overwriting(back) if overwrite else back
            code = await execute(printer, target, back, yes=yes, dry_run=dry_run, undoes=True)
            if code == 0 and not dry_run:
                forget_undo(file)
            return code

    return session.run(work)
