"""The outermost frame of every command: errors become sentences on stderr and exit codes."""

import gc
import os
import sys
from collections.abc import Sequence

from tui.errors import UserError

from .dashboard import has_terminal, open_dashboard
from .ends import EXIT_BUG, EXIT_INTERRUPTED, Interrupted, OutputClosed

_COLLECT_AFTER = 50_000
"""New objects until garbage is looked for: loading makes so many that Python's own 700 cost a tenth of every start."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and give its exit code."""
    gc.set_threshold(_COLLECT_AFTER)
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        code = _run_command(arguments) if arguments or not has_terminal() else open_dashboard()
        sys.stdout.flush()
    except (Interrupted, KeyboardInterrupt):
        return EXIT_INTERRUPTED
    except (BrokenPipeError, SystemExit):  # click exits by itself when it meets a closed pipe
        return _end_quietly()
    except UserError as error:
        return _say(error)
    except Exception as error:
        return _from_any(error)
    return code


def _run_command(arguments: Sequence[str]) -> int:
    from .group import run  # reads command lines, which the dashboard is started without

    return run(arguments)


def _from_any(error: Exception) -> int:
    """Of several things that ran side by side and failed, the first one with text for the user speaks for all."""
    for leaf in _leaves(error):
        if isinstance(leaf, OutputClosed):
            return _end_quietly()
        if isinstance(leaf, UserError):
            return _say(leaf)
    _show_bug()
    return EXIT_BUG


def _say(error: UserError) -> int:
    from .output import say_error

    say_error(error)
    return error.exit_code


def _leaves(error: BaseException) -> list[BaseException]:
    if not isinstance(error, BaseExceptionGroup):
        return [error]
    return [leaf for member in error.exceptions for leaf in _leaves(member)]


def _end_quietly() -> int:
    """Whoever read our output has seen enough. Nothing may be written at exit either."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _show_bug() -> None:
    import traceback

    traceback.print_exc()
    sys.stderr.write("whisktop: that is a defect of whisktop itself; the lines above belong into its report.\n")
