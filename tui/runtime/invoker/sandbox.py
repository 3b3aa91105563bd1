"""Optional: workers inside `bwrap`, which hides the user's home, the runtime's data and all other processes.

Without it a worker is bounded in time and memory and nothing else: it runs the action's code as the user.
"""

import shutil
import sys
from pathlib import Path
from typing import Protocol

from tui.errors import UserError

from .interpreters import Interpreter

_HIDDEN = ("/tmp", "/root", "/home")


class Enclosure(Protocol):
    """What workers are put into."""

    def wrap(self, command: list[str], interpreter: Interpreter, folder: Path, memory_mb: int) -> list[str]:
        """The command that starts `command` inside."""


class NoSandbox(UserError):
    """The sandbox that the configuration asks for is not there."""

    title = "No sandbox"
    hint = 'Install bubblewrap (Linux only), or set sandbox = "none" in config.toml.'


def find_sandbox(name: str, work_dir: Path, readable: tuple[Path, ...]) -> "Sandbox | None":
    """`name` is `bwrap`, or `none`; raises `NoSandbox`."""
    return Sandbox(work_dir, readable) if name == "bwrap" else None


class Sandbox:
    """Wraps the command of a worker; everything is read-only but its own folder."""

    def __init__(self, work_dir: Path, readable: tuple[Path, ...]) -> None:
        """The folder that holds `work_dir` is hidden, since it holds the runtime's data; `readable` is not.

        Raises:
            NoSandbox: There is no `bwrap` here.
        """
        program = shutil.which("bwrap")
        if program is None:
            raise NoSandbox("The program bwrap was not found")
        self._program = program
        self._hidden = {*_HIDDEN, str(Path.home()), str(work_dir.resolve().parent)}
        self._readable = readable

    def wrap(self, command: list[str], interpreter: Interpreter, folder: Path, memory_mb: int) -> list[str]:
        wrapped = [self._program, "--unshare-all", "--share-net", "--die-with-parent", "--new-session"]
        wrapped += ["--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev"]
        for path in sorted(self._hidden):
            if Path(path).is_dir():
                wrapped += ["--tmpfs", path]
        for path in (*_installation(interpreter), *map(str, self._readable)):
            wrapped += ["--ro-bind-try", path, path]
        return [*wrapped, "--bind", str(folder), str(folder), "--chdir", str(folder / "action"), "--", *command]


def _installation(interpreter: Interpreter) -> list[str]:
    """Where it and its libraries are, in case they are in a folder that is hidden."""
    prefixes = [Path(interpreter.path).parent.parent, Path(interpreter.path).resolve().parent.parent]
    if interpreter.path == sys.executable:
        prefixes += [Path(sys.prefix), Path(sys.base_prefix)]
    return [str(prefix) for prefix in dict.fromkeys(prefixes) if prefix != Path("/") and prefix != Path("/usr")]
