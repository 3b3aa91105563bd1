"""The command line: parse, call, print; the exit code is the answer.

`whisktop` alone opens the dashboard, everything else prints and ends. Scripts rely on options, output and exit codes:
change them only by adding. Heavy things (httpx, Textual, the server) are imported inside the commands that need them,
so that `--help` answers at once; the list of commands therefore stands in `group.py` and not in their modules.
"""

from .entry import main

__all__ = ["main"]
