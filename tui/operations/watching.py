"""Watch the file or folder of an action: at each save redeploy that action alone, and run it again.

Code that cannot be read or has a syntax error is not sent: what was good last stays deployed.
"""

from __future__ import annotations

import asyncio
import importlib
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from tui.entities.action import Action
from tui.entities.activation import Activation
from tui.entities.endpoint import Endpoint
from tui.entities.json import JsonObject
from tui.errors import UsageError, UserError

from .fate import refuse_guess
from .kept_files import read_json, state_file, write_json

if TYPE_CHECKING:
    from .operations import Operations

_QUIET_MS: Final = 50
"""A save is over when nothing was written for so long: editors write in several steps."""
_LONGEST_SAVE_MS: Final = 400
_LOOK_MS: Final = 1000
"""So often a file is looked at all the same: not every file system tells of changes."""
_KEPT_PATHS: Final = 500


Stamp = tuple[int, int]


async def saves(path: Path, seen: Stamp | None = None) -> AsyncGenerator[None, None]:
    """One beat for each time that the file, or anything in the folder, was saved. It has no end of its own.

    Args:
        seen: The file as `stamp_of` told it: a save since then counts.

    Raises:
        UsageError: It cannot be watched; the message says why.
    """
    await asyncio.to_thread(importlib.import_module, "watchfiles")
    if (now := stamp_of(path)) != seen:
        seen = now
        yield
    try:
        while True:
            place = _place_of(path)
            async with aclosing(_looks(path.resolve())) as looks:
                async for changed in looks:
                    now = stamp_of(path)
                    if changed or now != seen:
                        seen = now
                        yield
                    if (now_at := _place_of(path)) is not None and now_at != place:
                        break  # nothing is told of the new one
            if path.is_dir():
                yield
    except OSError as error:
        raise UsageError(f"{path} cannot be watched: {(error.strerror or str(error)).lower()}.") from error


async def _looks(path: Path) -> AsyncGenerator[bool, None]:
    """Whether something was written, at least once each second."""
    import watchfiles

    async with aclosing(
        watchfiles.awatch(
            path if path.is_dir() else path.parent,
            watch_filter=watchfiles.DefaultFilter() if path.is_dir() else lambda _, name: name == str(path),
            step=_QUIET_MS,
            debounce=_LONGEST_SAVE_MS,
            rust_timeout=_LOOK_MS,
            yield_on_timeout=True,
            recursive=path.is_dir(),
        )
    ) as changes:
        async for changed in changes:
            yield bool(changed)


def _place_of(path: Path) -> tuple[Path, int, int] | None:
    """Differs once a link leads elsewhere, or a folder was replaced by another one; `None` of what is not there."""
    try:
        resolved = path.resolve(strict=True)
        folder = (resolved if resolved.is_dir() else resolved.parent).stat()
    except OSError:
        return None
    return resolved, folder.st_dev, folder.st_ino


def stamp_of(path: Path) -> Stamp | None:
    """Differs once a file was written; `None` of a folder and of what is not there."""
    try:
        found = path.stat()
    except OSError:
        return None
    return None if path.is_dir() else (found.st_mtime_ns, found.st_size)


class Step(StrEnum):
    """What a watch does now."""

    WAITING = "waiting for a save"
    SENDING = "sending the code"
    RUNNING = "running it again"


class Watch(Struct, eq=False, kw_only=True):
    """The watch of one action, and what came of the last save."""

    action: str
    """`name` or `package/name`."""
    path: Path
    payload: Callable[[], JsonObject]
    """Gives what to run it with."""
    before: Activation | None = None
    """The run to compare with: the last one that ended."""
    after: Activation | None = None
    """The run of the last save; `None` until it ended."""
    step: Step = Step.WAITING
    trouble: UserError | None = None
    """Why the last save was not sent, or did not run."""
    running_id: str | None = None
    version: str | None = None
    """Of what is deployed; `None` before the first save."""
    saves: int = 0
    saved_at: float = 0.0
    """On the monotonic clock."""
    took_s: float | None = None
    """From the last save to the result."""
    _seen: Stamp | None = None

    def __post_init__(self) -> None:
        self._seen = stamp_of(self.path)

    async def run(self, operations: Operations, changed: Callable[[Watch], object]) -> None:
        """Watch until cancelled, and again from there where it is run once more: a save between is none too few.

        A save while a run is waited for ends the wait, not the run.

        Args:
            changed: Told after each step.

        Raises:
            UsageError: The file cannot be watched.
        """
        async with asyncio.TaskGroup() as tasks, aclosing(saves(self.path, self._seen)) as beats:
            waiting: asyncio.Task[None] | None = None
            async for _ in beats:
                if waiting is not None:
                    waiting.cancel()
                self._seen = stamp_of(self.path)
                self.saves += 1
                self.saved_at = time.monotonic()
                self.trouble, self.running_id, self.took_s = None, None, None
                if await self._deploy(operations, changed):
                    waiting = tasks.create_task(self._run_again(operations, changed))

    async def _deploy(self, operations: Operations, changed: Callable[[Watch], object]) -> bool:
        self.step = Step.SENDING
        changed(self)
        try:
            stored = await operations.actions.get_own(self.action)
            wanted = await operations.actions.with_source(stored, self.path)
            if wanted.exec != stored.exec:
                stored = await operations.actions.update(stored, wanted)
            self.version = stored.version
        except UserError as error:
            self.trouble = error
        self.step = Step.WAITING if self.trouble else Step.RUNNING
        changed(self)
        return self.trouble is None

    async def _run_again(self, operations: Operations, changed: Callable[[Watch], object]) -> None:
        try:
            invoked = await operations.actions.invoke(self.action, self.payload())
            refuse_guess(invoked)
            self.running_id = invoked.activation_id
            changed(self)
            ended = await operations.activations.wait(invoked.activation_id)
        except UserError as error:
            self.trouble = error
        else:
            self.before, self.after = self.after or self.before, ended
            self.took_s = time.monotonic() - self.saved_at
        self.step = Step.WAITING
        changed(self)


def reason_unwatchable(action: Action) -> str | None:
    """Why no file can be watched for an action; `None` where one can."""
    return "a sequence has no file of its own" if action.is_sequence else None


class SourcePaths:
    """Which file an action was made of last, by account; kept in one small file across restarts."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file or state_file("sources.json")

    def find(self, endpoint: Endpoint, action: str) -> Path | None:
        """Where it still is; `None` where that is not known."""
        kept = self._all().get(_key(endpoint, action))
        path = None if kept is None else Path(kept)
        return path if path is not None and path.exists() else None

    def note(self, endpoint: Endpoint, action: str, path: Path) -> None:
        paths = {key: kept for key, kept in self._all().items() if key != _key(endpoint, action)}
        paths[_key(endpoint, action)] = str(path.expanduser().resolve())
        write_json(self._file, dict(list(paths.items())[-_KEPT_PATHS:]))

    def _all(self) -> dict[str, str]:
        kept = read_json(self._file)
        found = kept.items() if isinstance(kept, dict) else ()
        return {key: path for key, path in found if isinstance(path, str)}


def _key(endpoint: Endpoint, action: str) -> str:
    return f"{endpoint.account} {endpoint.namespace} {action}"
