"""The dashboard on a stage of a given size: driven by keys, read as text."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from msgspec.structs import replace
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.screen import Screen
from textual.theme import Theme
from textual.widget import Widget

from tests.running import RunningRuntime
from tui.config import DashboardSettings, Settings
from tui.dashboard.app import WhisktopApp
from tui.dashboard.panels.activation_book import ActivationBook
from tui.dashboard.render.themes import DARK_NAME, THEMES, variable_defaults
from tui.entities.endpoint import Endpoint
from tui.operations import Operations

Shown = TypeVar("Shown", bound=Screen[Any])
WAIT_S = 30.0
_KEY_NAMES = {" ": "space", "/": "slash", "-": "minus", ".": "full_stop", "_": "underscore", "@": "at"}


@dataclass(slots=True)
class Stage:
    """One running app."""

    app: App[Any]
    pilot: Pilot[Any]
    left: list[Any] = field(default_factory=list)
    """What screens were dismissed with, in order."""

    @property
    def lines(self) -> list[str]:
        """What a reader sees now, line by line."""
        return [strip.text.rstrip() for strip in self.app.screen._compositor.render_strips()]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def type(self, text: str) -> None:
        """Letters and signs, as a keyboard sends them."""
        await self.press(*(_KEY_NAMES.get(character, character) for character in text))

    async def until(self, condition: Callable[[], Any], what: str = "a state") -> None:
        give_up_at = time.monotonic() + WAIT_S
        while not condition():
            if time.monotonic() > give_up_at:
                raise AssertionError(f"waited in vain for {what}:\n{self.text}")
            await self.pilot.pause(0.02)

    async def until_said(self, *words: str) -> None:
        """Wait until all of these stand on the screen."""
        await self.until(lambda: all(word in self.text for word in words), repr(words))

    def row(self, *words: str) -> str:
        """The first line that has all of these words."""
        return next((line for line in self.lines if all(word in line for word in words)), "")

    # The whole dashboard alone

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


class Bench(App[None]):
    """An app with our themes and one widget, for widgets alone."""

    def __init__(self, *widgets: Widget) -> None:
        super().__init__()
        self.widgets = widgets
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = DARK_NAME

    def get_theme_variable_defaults(self) -> dict[str, str]:
        theme: Theme = self.current_theme
        return variable_defaults(theme)

    def compose(self) -> ComposeResult:
        yield from self.widgets


@asynccontextmanager
async def bench(*widgets: Widget, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Stage]:
    """Some widgets below each other."""
    app = Bench(*widgets)
    async with app.run_test(size=size) as pilot:
        yield Stage(app, pilot)


@asynccontextmanager
async def whisktop(
    find: Endpoint | Callable[[Callable[[str], None]], Awaitable[Endpoint]],
    *,
    size: tuple[int, int] = (120, 40),
    settings: Settings | None = None,
    **dashboard: Any,
) -> AsyncIterator[Stage]:
    """The whole dashboard; `find` is the endpoint to open, or what finds it."""
    settings = replace(settings or Settings(), dashboard=DashboardSettings(**dashboard))

    async def found(_: Callable[[str], None]) -> Endpoint:
        assert isinstance(find, Endpoint)
        return find

    app = WhisktopApp(settings, found if isinstance(find, Endpoint) else find)
    async with app.run_test(size=size) as pilot:
        yield Stage(app, pilot)


@asynccontextmanager
async def connected(endpoint: Endpoint, **options: Any) -> AsyncIterator[Stage]:
    """The dashboard once its lists and its feed are there."""
    async with whisktop(endpoint, **options) as stage:
        main = stage.app.screen
        await stage.until(lambda: main.link.state == "live", "the feed")  # type: ignore[attr-defined]
        await stage.until(lambda: main.rules is not None and main.triggers is not None, "the lists")  # type: ignore[attr-defined]
        yield stage


@asynccontextmanager
async def dashboard(
    runtime: RunningRuntime, *, size: tuple[int, int] = (120, 40), endpoint: Endpoint | None = None
) -> AsyncIterator[Stage]:
    """Connected to `runtime`, its lists read and its feed live."""
    async with connected(endpoint or runtime.endpoint, size=size) as stage:
        yield stage
        work = [worker._task for worker in stage.app.workers if worker._task is not None]
    if work:  # it was cancelled: connections are closed before the next test begins
        await asyncio.wait(work)
    for _ in range(3):
        await asyncio.sleep(0)  # sockets are let go in the next turns of the loop


def has_control_characters(text: str) -> bool:
    """Whether a terminal would obey anything in it."""
    return any((ord(sign) < 32 and sign != "\n") or 127 <= ord(sign) < 160 or sign == "\u202e" for sign in text)
