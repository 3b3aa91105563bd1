"""The outermost frame of every command: errors become sentences on stderr and exit codes."""

import os
import sys
from collections.abc import Sequence

import click

from tui.errors import UserError

from .group import root

EXIT_INTERRUPTED = 130
EXIT_BUG = 70
"""Of a defect of our own, so that no script takes it for a job that failed."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and give its exit code."""
    try:
        code = root.main(args=arguments, prog_name="whisktop", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.ClickException as error:
        _show_usage(error)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        return _end_quietly()
    except UserError as error:
        return _say(error)
    except BaseExceptionGroup as group:
        return _from_group(group)
    except Exception:
        _show_bug()
        return EXIT_BUG
    return code if isinstance(code, int) else 0


def _show_usage(error: click.ClickException) -> None:
    context = getattr(error, "ctx", None)
    if context is not None:
        click.echo(context.get_usage(), err=True)
    click.echo(f"whisktop: {error.format_message()}", err=True)


def _from_group(group: BaseExceptionGroup[BaseException]) -> int:
    """Several things that ran side by side failed: the first one with text for the user speaks for all."""
    for leaf in _leaves(group):
        if isinstance(leaf, BrokenPipeError):
            return _end_quietly()
        if isinstance(leaf, UserError):
            return _say(leaf)
    _show_bug()
    return EXIT_BUG


def _say(error: UserError) -> int:
    from .output import say_error

    say_error(error)
    return error.exit_code


def _leaves(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    leaves: list[BaseException] = []
    for member in group.exceptions:
        leaves += _leaves(member) if isinstance(member, BaseExceptionGroup) else [member]
    return leaves


def _end_quietly() -> int:
    """Whoever read our output has seen enough. Nothing may be written at exit either."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _show_bug() -> None:
    import traceback

    traceback.print_exc()
    click.echo("whisktop: that is a defect of whisktop itself; the lines above belong into its report.", err=True)
