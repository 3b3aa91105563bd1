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
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from .installing import NPM_OPTIONS, InstallFailed, install, npm_command
from .interpreters import Interpreters
from .jobs import Executable

logger = logging.getLogger(__name__)

_MANIFEST: Final = Path(__file__).parent / "npm"
_FILES: Final = ("package.json", "package-lock.json")
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
    def folder(self) -> Path:
        """The `node_modules` that holds them when they are ready."""
        return self._target / "node_modules"

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
            except Exception as error:  # it must not end the pool, whose task this is
                self._failed_at = time.monotonic()
                self.trouble = f"The module 'openwhisk' could not be installed: {error}"
                expected = isinstance(error, OSError | InstallFailed)
                logger.warning("%s", self.trouble, exc_info=None if expected else error)
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
                (folder / "node_modules").symlink_to(self.folder)

    def _look(self) -> bool:
        if (self.folder / "openwhisk" / "package.json").is_file():
            self.ready, self.trouble = True, None
        return self.ready

    async def _install(self) -> None:
        command = npm_command([one for one in self._interpreters.found if one.family == "nodejs"])
        place = self._target.with_name(f".{self._target.name}-{secrets.token_hex(4)}")
        place.mkdir(parents=True)
        try:
            for name in _FILES:
                shutil.copyfile(_MANIFEST / name, place / name)
            started = time.monotonic()
            # npm needs the user's own settings: the registry, proxies, certificates.
            options = ["ci", "--ignore-scripts", *NPM_OPTIONS]
            await install([*command, *options], place, os.environ, within_s=_INSTALL_TIMEOUT_S)
            with contextlib.suppress(OSError):  # another runtime was faster: its folder is as good
                place.rename(self._target)
            logger.info("installed the actions' modules in %.1f s", time.monotonic() - started)
        finally:
            await asyncio.to_thread(shutil.rmtree, place, ignore_errors=True)
