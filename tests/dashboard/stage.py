"""The dashboard on a stage of a given size: driven by keys, read as text."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.theme import Theme
from textual.widget import Widget

from tui.config import DashboardSettings, Settings
from tui.dashboard.app import WhisktopApp
from tui.dashboard.render.themes import DARK_NAME, THEMES, variable_defaults
from tui.entities.endpoint import Endpoint

WAIT_S = 30.0
_KEY_NAMES = {" ": "space", "/": "slash", "-": "minus", ".": "full_stop", "_": "underscore", "@": "at"}


@dataclass(slots=True)
class Stage:
    """One running app."""

    app: App[Any]
    pilot: Pilot[Any]

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
