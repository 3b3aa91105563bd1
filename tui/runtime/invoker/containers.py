"""Optional: actions run in OpenWhisk's own images, by docker or podman; each container is one worker.

A process of ours, `hosts/container_host.py`, stands in for the container: the pool bounds and ends it like any other
worker, and afterwards the container is removed by its name. Containers left behind by a runtime that was killed are
found by their label when the next one starts.
"""

import asyncio
import logging
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from tui.entities.kinds import BLACKBOX
from tui.errors import UserError

from .interpreters import Interpreter, Interpreters

logger = logging.getLogger(__name__)

IMAGES: Final[Mapping[str, str]] = {
    "nodejs:20": "openwhisk/action-nodejs-v20:nightly",
    "nodejs:18": "openwhisk/action-nodejs-v18:nightly",
    "python:3.11": "openwhisk/action-python-v3.11:nightly",
    "python:3.10": "openwhisk/action-python-v3.10:nightly",
    "swift:5.7": "openwhisk/action-swift-v5.7:nightly",
    "swift:5.3": "openwhisk/action-swift-v5.3:nightly",
    "java:8": "openwhisk/java8action:nightly",
    "php:8.1": "openwhisk/action-php-v8.1:nightly",
    "ruby:2.5": "openwhisk/action-ruby-v2.5:nightly",
    "go:1.20": "openwhisk/action-golang-v1.20:nightly",
    "dotnet:6.0": "openwhisk/action-dotnet-v6.0:nightly",
    "dotnet:3.1": "openwhisk/action-dotnet-v3.1:nightly",
    "rust:1.34": "openwhisk/action-rust-v1.34:nightly",
}
"""By kind; the first of a family is its default. Source: the runtimes manifest of Apache OpenWhisk."""
LABEL: Final = "whisktop"
_END, _NO_END = "end", "no-end"
"""Whether an image tells where the log of a run ends; of those that actions bring nobody knows."""
_ENGINE_WITHIN_S = 60.0
_LEAST_CPU_SHARES = 2


class NoEngine(UserError):
    """The engine that the configuration asks for is not there, or does not answer."""

    title = "No container engine"
    hint = 'Install and start it, or set containers = "none" in config.toml.'


class Containers:
    """What the engine is told, and what it is asked to remove."""

    def __init__(self, engine: str, work_dir: Path, images: Iterable[str] = ()) -> None:
        """`images`: further ones, or others, each as `KIND=IMAGE`.

        Raises:
            NoEngine: There is no such program here.
        """
        program = shutil.which(engine)
        if program is None:
            raise NoEngine(f"The program {engine} was not found")
        self._program = program
        self._images = dict(IMAGES) | dict(each.split("=", 1) for each in images)
        self._label = f"{LABEL}={work_dir.resolve()}"
        self._has_answered = False

    def interpreters(self) -> Interpreters:
        """One for each kind that there is an image for."""
        return Interpreters(
            tuple(
                Interpreter(kind, kind.partition(":")[0], image, self._program, image)
                for kind, image in self._images.items()
            )
        )

    def wrap(self, command: list[str], interpreter: Interpreter, folder: Path, memory_mb: int) -> list[str]:
        """The command of the process that stands in for the container, which is named like the worker's folder."""
        run = [self._program, "run", "--rm", "--name", folder.name, "--label", self._label]
        run += ["--publish", "127.0.0.1::8080"]  # nobody else on the network is to reach an action
        run += ["--memory", f"{memory_mb}m", "--memory-swap", f"{memory_mb}m"]
        run += ["--cpu-shares", str(max(memory_mb, _LEAST_CPU_SHARES))]  # in proportion to memory, as the platform does
        run += ["--pids-limit", "1024", "--ulimit", "nofile=1024:1024"]
        run += ["--cap-drop", "NET_RAW", "--cap-drop", "NET_ADMIN", "--security-opt", "no-new-privileges"]
        if interpreter.family == "nodejs":
            run += ["--env", "__OW_ALLOW_CONCURRENT=true"]
        end = _NO_END if interpreter.family == BLACKBOX else _END
        return [*command, folder.name, end, *run, interpreter.image]

    async def remove(self, folder: Path) -> None:
        """The container of a worker that is gone."""
        await self._ask("rm", "--force", folder.name)

    async def remove_all(self) -> None:
        """Also those that an earlier runtime has left.

        Raises:
            NoEngine: It has not answered even once. If it did and is gone by now, that is only logged.
        """
        code, output, errors = await self._ask("ps", "--all", "--quiet", "--filter", f"label={self._label}")
        if code:
            trouble = f"{self._program} does not answer: {errors.strip() or f'it ended with {code}'}"
            if not self._has_answered:
                raise NoEngine(trouble)
            logger.error("containers may be left: %s", trouble)
            return
        self._has_answered = True
        if left := output.split():
            logger.info("removing %d containers", len(left))
            await self._ask("rm", "--force", *left)

    async def _ask(self, *arguments: str) -> tuple[int, str, str]:
        """Exit code, stdout and stderr of the engine; code 124 if it takes too long, 127 if it cannot be started."""
        try:
            process = await asyncio.create_subprocess_exec(
                self._program,
                *arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
        except OSError as error:
            return 127, "", str(error)
        try:
            async with asyncio.timeout(_ENGINE_WITHIN_S):
                output, errors = await process.communicate()
        except TimeoutError:
            process.kill()
            await process.wait()
            return 124, "", f"nothing within {_ENGINE_WITHIN_S:.0f} s"
        assert process.returncode is not None
        return process.returncode, output.decode("utf-8", "replace"), errors.decode("utf-8", "replace")
