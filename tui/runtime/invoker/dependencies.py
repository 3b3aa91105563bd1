"""Dependencies that an archive names and does not bring: they are installed while the action initialises.

A Node.js archive whose `package.json` has dependencies, without `node_modules`, gets them from npm; a Python archive
with `requirements.txt`, without `virtualenv`, gets that folder from pip (or uv). The worker asks and waits; its time
limit bounds that. The installer runs outside of the worker, with the user's registry settings and none of the
action's memory limit. In a sandbox it may run no script of a package, since it would run outside of it.
"""

import asyncio
import importlib.util
import logging
import os
import re
import shutil
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from .installing import NPM_OPTIONS, InstallFailed, install, npm_command
from .interpreters import Interpreter, Interpreters
from .worker import Worker

logger = logging.getLogger(__name__)

VIRTUALENV: Final = "virtualenv"
_KEPT_VARIABLES = re.compile(
    r"(npm_config_.+|pip_.+|uv_.+|xdg_cache_home|xdg_config_home|(https?|all|no)_proxy|ssl_cert_(file|dir)"
    r"|node_extra_ca_certs|requests_ca_bundle|path|home|lang|lc_.+|tz)",
    re.IGNORECASE,
)


class Dependencies:
    """Installs for workers, which are told how it ended."""

    def __init__(self, interpreters: Interpreters, tasks: asyncio.TaskGroup, *, sandboxed: bool) -> None:
        self._nodes = [one for one in interpreters.found if one.family == "nodejs"]
        self._group = tasks
        self._sandboxed = sandboxed
        self._running: dict[Worker, asyncio.Task[None]] = {}

    @property
    def tasks(self) -> Iterable[asyncio.Task[None]]:
        return self._running.values()

    def install(self, worker: Worker, within_s: float) -> None:
        """Bring what the archive in the worker's folder asks for, in so much time."""
        task = self._group.create_task(self._install(worker, within_s), name="install an action's dependencies")
        self._running[worker] = task
        task.add_done_callback(lambda _: self._running.pop(worker, None))

    def cancel(self, worker: Worker) -> None:
        """The worker is gone."""
        if task := self._running.get(worker):
            task.cancel()

    async def _install(self, worker: Worker, within_s: float) -> None:
        started = time.monotonic()
        try:
            command = self._command(worker.interpreter, worker.folder / "action")
            environment = _environment(worker.interpreter, worker.folder)
            await install(command, worker.folder / "action", environment, within_s=max(within_s, 0.0))
        except InstallFailed as error:
            worker.dependencies_installed(str(error), error.output)
        except Exception as error:  # it must not end the pool, whose task this is
            logger.exception("an action's dependencies cannot be installed")
            worker.dependencies_installed(str(error))
        else:
            logger.info("installed an action's dependencies in %.1f s", time.monotonic() - started)
            worker.dependencies_installed(None)

    def _command(self, interpreter: Interpreter, folder: Path) -> list[str]:
        """Raises InstallFailed if there is no installer."""
        if interpreter.family == "nodejs":
            nodes = [interpreter, *(node for node in self._nodes if node != interpreter)]
            command = [*npm_command(nodes), "install", "--no-save", *NPM_OPTIONS]
            return [*command, "--ignore-scripts"] if self._sandboxed else command
        command = _pip_command(interpreter, folder)
        return [*command, "--only-binary=:all:"] if self._sandboxed else command


def _pip_command(interpreter: Interpreter, action_folder: Path) -> list[str]:
    """Both write plain folders: the worker adds them to its path, so that no environment has to be activated."""
    target = ["--target", str(action_folder / VIRTUALENV), "-r", "requirements.txt", "--quiet"]
    if importlib.util.find_spec("pip") is not None:
        return [interpreter.path, "-m", "pip", "install", "--no-input", "--disable-pip-version-check", *target]
    if uv := shutil.which("uv"):
        return [uv, "pip", "install", "--python", interpreter.path, *target]
    raise InstallFailed("neither pip nor uv was found")


def _environment(interpreter: Interpreter, folder: Path) -> dict[str, str]:
    """What an installer needs of the user's settings; scripts of packages see no more of them either.

    The temporary folder is the worker's, by whose name whatever is left over is found and ended.
    """
    environment = {name: value for name, value in os.environ.items() if _KEPT_VARIABLES.fullmatch(name)}
    path = os.pathsep.join([str(Path(interpreter.path).parent), environment.get("PATH", os.defpath)])
    return environment | {"PATH": path, "TMPDIR": str(folder / "tmp")}
