"""`export`."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

import click

from . import session
from .completion import names_of
from .options import common_options, settings_of


@click.command()
@click.argument(
    "names", nargs=-1, shell_complete=names_of("actions", "triggers", "rules", "packages"), metavar="[NAME]…"
)
@click.option("-o", "--output", "folder", type=click.Path(path_type=Path), metavar="FOLDER", help="Where it goes.")
@click.option("--secrets", is_flag=True, help="Write keys as well, into a .env that only you can read.")
@click.option("--force", is_flag=True, help="Also into a folder that is not empty.")
@common_options
@click.pass_context
def export(ctx: click.Context, names: tuple[str, ...], folder: Path | None, secrets: bool, force: bool) -> int:
    """Write actions, packages, triggers, rules and routes into a folder: manifest.yml and their code.

    Those that are named with all that belongs to them, or the whole namespace. `whisktop deploy FOLDER` makes the
    same entities of it, anywhere. Parameters that look like keys become variables: their names are written to
    .env.example, their values only with --secrets. Without --output the folder is called like the namespace.
    """
    from tui.operations.deployment.export import EXAMPLE, Exported
    from tui.operations.deployment.export import export as write
    from tui.operations.deployment.selection import blueprint_of

    from .output import Output, narrate

    common = settings_of(ctx)
    output = Output(common)

    async def work() -> Exported:
        async with session.connected(common) as source:
            blueprint = await blueprint_of(source, names)
            where = folder or Path(source.endpoint.namespace)
            return await asyncio.to_thread(partial(write, blueprint, where, secrets=secrets, overwrite=force))

    done = session.run(work)
    for note in done.notes:
        narrate(note)
    if done.variables and not secrets:
        narrate(f"{len(done.variables)} keys were left out: {done.folder / EXAMPLE} names them.")
    if output.is_text:
        for file in done.files:
            output.outside(str(done.folder / file))
    else:
        output.document(
            {
                "folder": str(done.folder),
                "files": list(done.files),
                "variables": list(done.variables),
                "notes": list(done.notes),
            }
        )
    return 0
