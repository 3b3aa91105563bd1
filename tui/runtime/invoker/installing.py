"""Runs npm and pip: finds them, bounds them, and says in one line what went wrong."""

import asyncio
import contextlib
import os
import shutil
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from .interpreters import Interpreter

NPM_OPTIONS: Final = (
    "--omit=dev",
    "--no-audit",
    "--no-fund",
    "--prefer-offline",
    "--no-update-notifier",
    "--loglevel=error",
    "--fetch-retries=1",
    "--fetch-timeout=20000",
)
_LEAVE_NOTHING_BEHIND: Final = {"NODE_DISABLE_COMPILE_CACHE": "1"}
"""npm would fill a cache of compiled code in the folder for temporary files, which nobody empties."""
_NPM_CLI: Final = ("lib/node_modules/npm/bin/npm-cli.js", "share/nodejs/npm/bin/npm-cli.js")
_KEPT_BYTES = 64 * 1024


class InstallFailed(Exception):
    """The text is one line; `output` is all that the program had to say."""

    def __init__(self, text: str, output: str = "") -> None:
        super().__init__(text)
        self.output = output


def npm_command(nodes: Sequence[Interpreter]) -> list[str]:
    """How to call npm: with the first of `nodes` that brings one, else the one on `PATH`.

    Raises:
        InstallFailed: There is none.
    """
    for node in nodes:
        prefix = Path(node.path).resolve().parent.parent
        for name in _NPM_CLI:
            if (script := prefix / name).is_file():
                return [nodes[0].path, str(script)]
    npm = shutil.which("npm")
    if not (nodes and npm):
        raise InstallFailed("no npm was found")
    return [npm]


async def install(command: list[str], folder: Path, environment: Mapping[str, str], *, within_s: float) -> None:
    """Run the installer in `folder`; whatever happens, nothing of it is left running.

    Raises:
        InstallFailed: It failed, or took longer than `within_s`.
    """
    name = "npm" if any("npm" in part for part in command[:2]) else "pip"
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=folder,
            env={**environment, **_LEAVE_NOTHING_BEHIND},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise InstallFailed(f"{name} cannot be started: {error}") from error
    try:
        async with asyncio.timeout(within_s):
            _, errors = await process.communicate()
    except TimeoutError as error:
        raise InstallFailed(f"{name} took longer than {within_s:g} s") from error
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
    if process.returncode != 0:
        output = errors[-_KEPT_BYTES:].decode("utf-8", "replace").strip()
        raise InstallFailed(_reason(output) or f"{name} ended with code {process.returncode}", output)


def _reason(output: str) -> str:
    """The line of the complaint that says most."""
    npm_prefixes = ("npm error ", "npm ERR! ")
    complaints = [
        line.removeprefix(prefix) for line in output.splitlines() for prefix in npm_prefixes if line.startswith(prefix)
    ]
    telling = [line for line in complaints if not line.startswith(("code ", "errno ", "syscall ", "A complete log"))]
    if not telling:
        telling = [line.removeprefix("ERROR: ") for line in output.splitlines() if line.startswith("ERROR: ")]
    return telling[0].strip() if telling else ""
