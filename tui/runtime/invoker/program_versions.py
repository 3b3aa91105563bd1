"""What programs told of their version, kept from one start of the runtime to the next.

To ask a Node.js takes a fifth of a start. A program is known again by its path, size and time stamp.
"""

import json
import os
from contextlib import suppress
from pathlib import Path
from threading import Lock

import platformdirs

from ..folder import UnusableFolder, write_private

_writing = Lock()
"""Programs are asked side by side."""


def recall(program: str) -> str | None:
    """The version that `program`, a real path, told earlier; `None` if it did not, or is another one by now."""
    with suppress(OSError, ValueError, TypeError):
        known = _load().get(program)
        if known is not None and known[:2] == _stamp(program) and str(known[2]).partition(".")[0].isdecimal():
            return str(known[2])
    return None


def remember(program: str, version: str) -> None:
    """Keep it, if that is possible, and forget programs that are gone."""
    with _writing, suppress(OSError, ValueError, TypeError, UnusableFolder):
        kept = {path: known for path, known in _load().items() if os.access(path, os.X_OK)}
        kept[program] = [*_stamp(program), version]
        file = _file()
        file.parent.mkdir(parents=True, exist_ok=True)
        write_private(file, json.dumps(kept), outlives_power=False)


def _file() -> Path:
    return platformdirs.user_cache_path("whisktop", appauthor=False) / "programs.json"


def _load() -> dict[str, list[int | str]]:
    try:
        kept = json.loads(_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}


def _stamp(program: str) -> list[int | str]:
    status = Path(program).stat()
    return [status.st_size, status.st_mtime_ns]
