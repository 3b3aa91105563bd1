"""The stock aio plugin: how it is installed, and how a test runs one of its commands."""

import asyncio
import hashlib
import json
import os
import re
import secrets
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from tests.running import RunningRuntime
from tui.runtime.invoker.installing import NPM_OPTIONS, install, npm_command
from tui.runtime.invoker.interpreters import Interpreter

SOURCES = Path(__file__).parent / "aio"
_INSTALL_WITHIN_S = 300


def installed_plugin(cache: Path, nodes: list[Interpreter]) -> Path:
    """The folder that holds the plugin; it takes 150 MB and most of a minute where the cache has none yet.

    Raises:
        InstallFailed: npm says why.
    """
    manifest = SOURCES / "package.json"
    digest = hashlib.sha256(manifest.read_bytes()).hexdigest()[:16]
    target = cache / f"aio-plugin-{digest}"
    if target.is_dir():
        return target
    place = cache / f".{target.name}-{secrets.token_hex(4)}"
    place.mkdir(parents=True)
    try:
        shutil.copy(manifest, place)
        command = [*npm_command(nodes), "install", "--ignore-scripts", "--no-package-lock", *NPM_OPTIONS]
        asyncio.run(install(command, place, os.environ, within_s=_INSTALL_WITHIN_S))
        place.rename(target)
    except OSError:
        if not target.is_dir():  # where it is, another process was quicker
            raise
    finally:
        shutil.rmtree(place, ignore_errors=True)
    return target


@dataclass(frozen=True)
class Done:
    """What came of a command."""

    code: int
    stdout: str
    stderr: str


@dataclass(frozen=True)
class Aio:
    """Runs commands as a user of `aio rt` would, with the runtime's `.wskprops`."""

    commands: IO[str]
    answers: IO[str]
    folder: Path
    prefix: str

    def name(self, text: str) -> str:
        return f"{self.prefix}-{text}"

    def try_to(self, *words: str) -> Done:
        self.commands.write(json.dumps(["runtime", *words]) + "\n")
        self.commands.flush()
        return Done(**json.loads(self.answers.readline()))

    def run(self, *words: str) -> str:
        """What the command prints; it has to succeed."""
        done = self.try_to(*words)
        assert done.code == 0, f"aio rt {' '.join(words)}: {done.stderr}"
        return done.stdout

    def read(self, *words: str) -> Any:
        """What the command prints, which is JSON; some print the name of the thing first."""
        printed = self.run(*words)
        return json.loads(printed[re.search(r"^\s*[\[{]", printed, re.MULTILINE).start() :])  # type: ignore[union-attr]

    def file(self, name: str, text: str) -> str:
        """Write a file; gives back its path."""
        file = self.folder / name
        file.write_text(text)
        return str(file)


@contextmanager
def running_plugin(
    plugin: Path, node: Interpreter, runtime: RunningRuntime, folder: Path, variables: Mapping[str, str] | None = None
) -> Iterator[Aio]:
    """The plugin, loaded once for many commands; by default it is told to leave the deploy service alone."""
    told = {"USE_RUNTIME_AUTH": "1"} if variables is None else variables
    theirs, ours = os.pipe()
    with os.fdopen(ours, "w") as commands:
        process = subprocess.Popen(
            [node.path, str(SOURCES / "aio.js"), str(plugin), str(theirs)],
            cwd=folder,
            env=runtime.environment | {"NO_COLOR": "1"} | dict(told),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            pass_fds=(theirs,),
        )
        os.close(theirs)
        with process:
            assert process.stdout is not None
            yield Aio(commands, process.stdout, folder, f"aio-{secrets.token_hex(4)}")
            process.kill()
