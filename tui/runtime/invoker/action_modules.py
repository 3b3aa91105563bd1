"""The npm module `openwhisk`, which actions may require without packing it.

Only its name and the checksums are shipped (`npm/`). On first need npm installs it into the cache folder, under a name
made from the lock file. A link in the folder above the action's serves both `require` and `import`; modules that an
action brings itself are nearer and win.
"""

import asyncio
import contextlib
import hashlib
import logging
import os
import secrets
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from .interpreters import Interpreter, Interpreters
from .jobs import Executable

logger = logging.getLogger(__name__)

_MANIFEST: Final = Path(__file__).parent / "npm"
_FILES: Final = ("package.json", "package-lock.json")
_NPM_CLI: Final = ("lib/node_modules/npm/bin/npm-cli.js", "share/nodejs/npm/bin/npm-cli.js")
_OPTIONS: Final = (
    "ci",
    "--omit=dev",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--prefer-offline",
    "--no-update-notifier",
    "--loglevel=error",
    "--fetch-retries=1",
    "--fetch-timeout=20000",
)
_INSTALL_TIMEOUT_S = 120
_RETRY_AFTER_S = 60.0


class ActionModules:
    """Installs them once, and says who has to wait for that."""

    def __init__(self, cache_dir: Path, interpreters: Interpreters) -> None:
        cache_dir.mkdir(parents=True, exist_ok=True)
        lock = (_MANIFEST / "package-lock.json").read_bytes()
        self._target = cache_dir / f"action-modules-{hashlib.sha256(lock).hexdigest()[:16]}"
        self._interpreters = interpreters
        self._waiting: list[Callable[[], None]] = []
        self._installing = asyncio.Lock()
        self._failed_at: float | None = None
        self.trouble: str | None = None
        """Why they are not there, as one line for the action's log; `None` if they are."""
        self.ready = False
        self._look()

    @property
    def settled(self) -> bool:
        """Whether a first attempt has come to an end, well or badly."""
        return self.ready or self._failed_at is not None

    @property
    def worth_trying(self) -> bool:
        return not self.ready and (self._failed_at is None or time.monotonic() - self._failed_at > _RETRY_AFTER_S)

    def wanted_by(self, executable: Executable) -> bool:
        """Whether the action might require them: a text tells, an archive does not."""
        return executable.binary or "openwhisk" in executable.code

    def when_settled(self, callback: Callable[[], None]) -> None:
        self._waiting.append(callback)

    async def prepare(self) -> None:
        """Install them if they are missing. Never raises; `trouble` says what went wrong."""
        async with self._installing:
            if not self.worth_trying:
                return
            try:
                if not self._look():
                    await self._install()
                    self._look()
            except (OSError, _InstallError) as error:
                self._failed_at = time.monotonic()
                self.trouble = f"The module 'openwhisk' could not be installed: {error}"
                logger.warning("%s", self.trouble)
            finally:
                if not self.settled:  # cancelled
                    self._failed_at = time.monotonic()
                waiting, self._waiting = self._waiting, []
                for callback in waiting:
                    callback()

    def link_into(self, folder: Path) -> None:
        """Serve them to what lies in a folder of `folder`, if they are there."""
        if self.ready:
            with contextlib.suppress(OSError):
                (folder / "node_modules").symlink_to(self._target / "node_modules")

    def _look(self) -> bool:
        if (self._target / "node_modules" / "openwhisk" / "package.json").is_file():
            self.ready, self.trouble = True, None
        return self.ready

    async def _install(self) -> None:
        command = self._npm_command()
        if command is None:
            raise _InstallError("no npm was found")
        place = self._target.with_name(f".{self._target.name}-{secrets.token_hex(4)}")
        place.mkdir(parents=True)
        try:
            for name in _FILES:
                shutil.copyfile(_MANIFEST / name, place / name)
            started = time.monotonic()
            await _run([*command, *_OPTIONS], place)
            with contextlib.suppress(OSError):  # another runtime was faster: its folder is as good
                place.rename(self._target)
            logger.info("installed the actions' modules in %.1f s", time.monotonic() - started)
        finally:
            await asyncio.to_thread(shutil.rmtree, place, ignore_errors=True)

    def _npm_command(self) -> list[str] | None:
        nodes = [one for one in self._interpreters.found if one.family == "nodejs"]
        for node in nodes:
            if (script := _npm_of(node)) is not None:
                return [node.path, str(script)]
        npm = shutil.which("npm")
        return [npm] if nodes and npm else None


class _InstallError(Exception):
    """npm did not do it; the text is one line."""


def _npm_of(node: Interpreter) -> Path | None:
    prefix = Path(node.path).resolve().parent.parent
    return next((script for name in _NPM_CLI if (script := prefix / name).is_file()), None)


async def _run(command: list[str], folder: Path) -> None:
    """npm needs the user's own settings: the registry, proxies, certificates."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(_INSTALL_TIMEOUT_S):
            _, errors = await process.communicate()
    except TimeoutError as error:
        raise _InstallError(f"npm took longer than {_INSTALL_TIMEOUT_S} s") from error
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    if process.returncode != 0:
        raise _InstallError(_reason(errors.decode("utf-8", "replace")) or f"npm ended with code {process.returncode}")


def _reason(errors: str) -> str:
    """The line of npm's complaint that says most."""
    prefixes = ("npm error ", "npm ERR! ")
    lines = [
        line.removeprefix(prefix) for line in errors.splitlines() for prefix in prefixes if line.startswith(prefix)
    ]
    telling = [line for line in lines if not line.startswith(("code ", "errno ", "syscall ", "A complete log"))]
    return telling[0].strip() if telling else ""
