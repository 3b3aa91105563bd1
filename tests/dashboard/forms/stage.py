"""The real dashboard over a real runtime, with any of its screens on top."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from textual.screen import Screen

from tests.dashboard import stage
from tests.running import RunningRuntime
from tui.dashboard.panels.activation_book import ActivationBook
from tui.entities.endpoint import Endpoint
from tui.operations import Operations

Shown = TypeVar("Shown", bound=Screen[Any])


@dataclass(slots=True)
class Stage(stage.Stage):
    """One running dashboard, connected."""

    left: list[Any] = field(default_factory=list)
    """What screens were dismissed with, in order."""

    @property
    def operations(self) -> Operations:
        operations: Operations | None = self.app.operations  # type: ignore[attr-defined]
        assert operations is not None
        return operations

    @property
    def book(self) -> ActivationBook:
        """What the feed has told."""
        return self.app.screen_stack[0].book  # type: ignore[attr-defined, no-any-return]

    async def open(self, screen: Shown) -> Shown:
        """Put a screen on top."""
        self.app.push_screen(screen, self.left.append)
        await self.pilot.pause()
        return screen

    async def until_gone(self, count: int = 1) -> Any:
        """Wait until so many screens were left; what the last one was dismissed with."""
        await self.until(lambda: len(self.left) >= count, "the way back")
        return self.left[-1]

    async def until_ended(self, activation_id: str) -> None:
        """Wait until the feed told the end of a run."""
        await self.until(lambda: activation_id in self.book.known, f"the end of {activation_id}")


@asynccontextmanager
async def dashboard(
    runtime: RunningRuntime, *, size: tuple[int, int] = (120, 40), endpoint: Endpoint | None = None
) -> AsyncIterator[Stage]:
    """Connected to `runtime`, its lists read and its feed live."""
    async with stage.connected(endpoint or runtime.endpoint, size=size) as plain:
        yield Stage(plain.app, plain.pilot)
        work = [worker._task for worker in plain.app.workers if worker._task is not None]
    if work:  # it was cancelled: connections are closed before the next test begins
        await asyncio.wait(work)
    for _ in range(3):
        await asyncio.sleep(0)  # sockets are let go in the next turns of the loop


def has_control_characters(text: str) -> bool:
    """Whether a terminal would obey anything in it."""
    return any((ord(sign) < 32 and sign != "\n") or 127 <= ord(sign) < 160 or sign == "\u202e" for sign in text)
