"""Which programs run actions on this machine: what the local runtime finds when it starts, told by the same search."""

import json
import subprocess
import sys
from typing import Any

from msgspec import Struct

_SEARCH = "tui.runtime.invoker.interpreters"
_TIMEOUT_S = 60


class Interpreter(Struct, frozen=True):
    """One of them."""

    kind: str
    """`nodejs:20`."""
    version: str
    path: str

    @property
    def family(self) -> str:
        return self.kind.partition(":")[0]


def found_here() -> tuple[Interpreter, ...]:
    """Per family in the order of preference; runs each program once. Empty if the search itself failed."""
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", _SEARCH],  # -P: no module of the working folder stands in for ours
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=True,
        )
        found: list[dict[str, Any]] = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.SubprocessError):
        return ()
    return tuple(Interpreter(**one) for one in found)
