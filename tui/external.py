"""Programs run for the user: the editor, the pager, clipboard tools; and files written for the user.

No shell is involved, and what the user edits, reads or copies travels in files of their own (0600) or over a pipe,
never in arguments, where every process of the machine could read it. Everything here blocks: the dashboard suspends
itself for editor and pager, and copies and saves from a thread.
"""

import base64
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from .entities.text import visible
from .errors import UserError

OSC52_MAX_BYTES = 75_000
"""Terminals drop longer texts, some without a word."""
_COPY_WITHIN_S = 3.0
_EDITORS = ("nano", "vim", "vi")
_PAGERS = ("less", "more")


class ExternalFailed(UserError):
    """A program that was run for the user is missing or ended badly."""

    title = "The program did not work"


def edit_text(text: str, *, suffix: str = ".txt", environ: Mapping[str, str] = os.environ) -> str:
    """Let the user edit `text` in `$VISUAL` or `$EDITOR` and give back what was saved.

    Raises:
        ExternalFailed: There is no editor, it ended with an error, or what it saved is not UTF-8.
    """
    command = _chosen(("VISUAL", "EDITOR"), _EDITORS, environ, hint="Set EDITOR to the editor that you want.")
    with tempfile.TemporaryDirectory(prefix="whisktop-") as folder:
        file = Path(folder) / f"edit{suffix}"
        file.touch(mode=0o600)
        file.write_bytes(text.encode("utf-8", "surrogatepass"))
        _run([*command, str(file)], environ)
        try:
            return file.read_bytes().decode("utf-8")
        except OSError as error:
            raise ExternalFailed(f"{command[0]} left no file behind: {error.strerror or error}") from error
        except UnicodeDecodeError as error:
            raise ExternalFailed(f"What {command[0]} saved is not UTF-8: {error}") from error


def page_text(text: str, *, environ: Mapping[str, str] = os.environ) -> None:
    """Show `text` in `$PAGER`, with control characters as symbols.

    Raises:
        ExternalFailed: There is no pager, or it ended with an error.
    """
    command = _chosen(("PAGER",), _PAGERS, environ, hint="Set PAGER to the pager that you want.")
    _run(command, environ, given=visible(text).encode())


def copy_text(text: str, *, environ: Mapping[str, str] = os.environ) -> str | None:
    """Put `text` on the clipboard with the system's own tool and name the tool.

    `None` where there is none or it failed: then the terminal itself may be asked (OSC 52).
    """
    return next((command[0] for command in _clipboard_commands(environ) if _given(command, text, environ)), None)


def _given(command: Sequence[str], text: str, environ: Mapping[str, str]) -> bool:
    """Whether a program took `text` from its standard input."""
    try:
        subprocess.run(
            command,
            input=text.encode("utf-8", "replace"),
            env=environ,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_COPY_WITHIN_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return True


def terminal_copy_sequence(text: str, *, environ: Mapping[str, str] = os.environ) -> str | None:
    """What asks the terminal itself to put `text` on the clipboard (OSC 52); `None` where it is too long for that.

    Inside tmux it is wrapped, so that it reaches the terminal around it.
    """
    data = text.encode("utf-8", "replace")
    if len(data) > OSC52_MAX_BYTES:
        return None
    sequence = f"\x1b]52;c;{base64.b64encode(data).decode()}\a"
    if environ.get("TMUX"):
        return f"\x1bPtmux;{sequence.replace(chr(27), chr(27) * 2)}\x1b\\"
    return sequence


def fill_tmux_buffer(text: str, *, environ: Mapping[str, str] = os.environ) -> bool:
    """Give `text` to tmux, which keeps it to be pasted and hands it to its own terminal; `False` outside tmux."""
    if not environ.get("TMUX"):
        return False
    return _given(["tmux", "load-buffer", "-w", "-"], text, environ)


class FileThere(ExternalFailed):
    """There is such a file already, and nobody said that it may go."""

    title = "There is such a file"


def save_bytes(path: Path, data: bytes, *, overwrite: bool = False) -> None:
    """Write a file that only the user can read (0600), whole or not at all.

    Raises:
        FileThere: It exists, and `overwrite` was not said.
        ExternalFailed: It cannot be written.
    """
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name[:40]}-", delete=False) as file:
            written = Path(file.name)
            try:
                file.write(data)
                file.flush()
                _put_in_place(written, path, overwrite=overwrite)
            finally:
                written.unlink(missing_ok=True)
    except FileExistsError as error:
        raise FileThere(f"{path} is there already.") from error
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        reason = error.strerror if isinstance(error, OSError) else None
        raise ExternalFailed(f"{path} cannot be written: {(reason or str(error)).lower()}.") from error


def _put_in_place(written: Path, path: Path, *, overwrite: bool) -> None:
    if overwrite:
        written.replace(path)
        return
    try:
        path.hardlink_to(written)  # refuses where a file came up meanwhile
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        with path.open("xb") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(written.read_bytes())


def _clipboard_commands(environ: Mapping[str, str]) -> list[list[str]]:
    """Those that could work here, the surest first."""
    commands = [["pbcopy"]]
    if environ.get("WAYLAND_DISPLAY"):
        commands.append(["wl-copy"])
    if environ.get("DISPLAY"):
        commands += [["xclip", "-selection", "clipboard"], ["xsel", "--clipboard", "--input"]]
    if environ.get("WSL_DISTRO_NAME"):
        commands.append(["clip.exe"])
    return [command for command in commands if shutil.which(command[0], path=environ.get("PATH"))]


def _chosen(variables: Sequence[str], known: Sequence[str], environ: Mapping[str, str], *, hint: str) -> list[str]:
    """The command that the first of `variables` holds, else the first program of `known` that is installed."""
    for variable in variables:
        if not (value := environ.get(variable, "").strip()):
            continue
        try:
            return shlex.split(value)
        except ValueError as error:
            raise ExternalFailed(f"{variable} is not a command: {error}", hint=hint) from error
    for program in known:
        if shutil.which(program, path=environ.get("PATH")):
            return [program]
    raise ExternalFailed(f"There is no {' or '.join(known)} on this machine.", hint=hint)


def run_in_terminal(
    command: Sequence[str], variables: Mapping[str, str], *, environ: Mapping[str, str] = os.environ
) -> int:
    """Run a program of the user's in the terminal, and wait until what it printed was read; its exit code.

    Raises:
        ExternalFailed: It cannot be run.
    """
    try:
        code = subprocess.run(command, env={**environ, **variables}, check=False).returncode
    except FileNotFoundError as error:
        raise ExternalFailed(f"{command[0]} is not installed.") from error
    except (OSError, ValueError) as error:
        raise ExternalFailed(f"{command[0]} cannot be run: {error}") from error
    sys.stdout.write(f"\n{visible(command[0])} ended with code {code}; enter goes back\n")
    sys.stdout.flush()
    sys.stdin.readline()
    return code


def _run(command: Sequence[str], environ: Mapping[str, str], given: bytes | None = None) -> None:
    try:
        subprocess.run(command, input=given, env=environ, check=True)
    except FileNotFoundError as error:
        raise ExternalFailed(f"{command[0]} is not installed.") from error
    except OSError as error:
        raise ExternalFailed(f"{command[0]} cannot be run: {error.strerror or error}") from error
    except subprocess.CalledProcessError as error:
        raise ExternalFailed(f"{command[0]} ended with code {error.returncode}.") from error
