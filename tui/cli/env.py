"""`env`."""

from __future__ import annotations

import shlex
import sys

import click

from . import session
from .options import common_options, settings_of


@click.command()
@common_options
@click.pass_context
def env(ctx: click.Context) -> int:
    """Print what makes other programs use this endpoint: `eval "$(whisktop env)"`.

    For wsk, aio, scripts with the npm client, and curl (-u "$WHISK_AUTH" "$WHISK_APIHOST/api/v1/…"). It prints the
    key; keep it to yourself.
    """
    from tui import launch
    from tui.operations.environment import variables_for

    from .output import Output, narrate

    common = settings_of(ctx)
    output = Output(common)

    async def work() -> dict[str, str]:
        async with session.connected(common) as operations:
            endpoint, runtime = operations.endpoint, common.settings().runtime
            local = await launch.find(runtime)
            is_local = local is not None and local.url == endpoint.url
            return variables_for(endpoint, deploy_token=launch.find_deploy_token(runtime) if is_local else None)

    variables = session.run(work)
    if output.is_text:
        for name, value in variables.items():
            output.line(f"export {name}={shlex.quote(value)}")
        if sys.stdout.isatty():
            narrate('A shell takes these with: eval "$(whisktop env)"')
    else:
        output.document(variables)
    return 0
