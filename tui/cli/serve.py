"""`serve` and `stop`."""

from __future__ import annotations

from pathlib import Path

import click
from msgspec.structs import replace

from . import session
from .options import endpoint_options, output_options, settings_of, version_option

_data_dir_option = click.option(
    "--data-dir", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="Where everything is kept."
)


@click.command()
@click.option("--host", metavar="ADDRESS", help="127.0.0.1 unless given.")
@click.option("--port", type=click.IntRange(0, 65535), metavar="PORT", help="3233 unless given; 0 takes a free one.")
@_data_dir_option
@click.option("--namespace", metavar="NAME", help="guest unless given.")
@click.option(
    "--wskprops", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write host and key to FILE."
)
@click.option(
    "--idle-exit", "idle_exit_s", type=click.IntRange(0), metavar="S", help="End after S seconds of idleness."
)
@click.option("--any-port", is_flag=True, hidden=True, help="Take a free port where a stranger has the wanted one.")
@endpoint_options
@version_option
@click.pass_context
def serve(
    ctx: click.Context,
    host: str | None,
    port: int | None,
    data_dir: Path | None,
    namespace: str | None,
    wskprops: Path | None,
    idle_exit_s: int | None,
    any_port: bool,
) -> int:
    """Run the local runtime in the foreground, until SIGINT or SIGTERM.

    `ready http://127.0.0.1:PORT` on stdout says that it answers, and that FILE (0600) is complete.
    """
    from tui.logs import log_to_stderr
    from tui.runtime.start import serve as serve_runtime

    settings = settings_of(ctx).settings(
        runtime__host=host, runtime__port=port, runtime__data_dir=data_dir, runtime__namespace=namespace
    )
    log_to_stderr()
    code: int = serve_runtime(
        # In the foreground it stays: the setting speaks of runtimes that were started on demand.
        replace(settings.runtime, idle_exit_s=idle_exit_s or 0),
        wskprops=None if wskprops is None else wskprops.absolute(),
        take_any_port=any_port,
        on_ready=_say_ready,
    )
    return code


def _say_ready(url: str) -> None:
    click.echo(f"ready {url}")


@click.command()
@_data_dir_option
@endpoint_options
@output_options
@version_option
@click.pass_context
def stop(ctx: click.Context, data_dir: Path | None) -> int:
    """End the local runtime as SIGTERM does: running jobs get their time, then a record."""
    from tui import launch

    from .output import Output

    output = Output(settings_of(ctx))
    settings = settings_of(ctx).settings(runtime__data_dir=data_dir)
    was_running = session.run(lambda: launch.stop(settings.runtime))
    if output.is_text:
        output.line("The local runtime has ended." if was_running else "No local runtime was running.")
    else:
        output.document({"stopped": was_running})
    return 0
