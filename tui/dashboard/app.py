"""The dashboard as a program: themes, keys, the connection, and a clean end whatever happens."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
import time
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, suppress
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import events, on
from textual.app import App
from textual.binding import Binding, BindingType
from textual.command import CommandPalette
from textual.driver import Driver
from textual.reactive import reactive
from textual.screen import Screen
from textual.worker import Worker, WorkerError

from tui.config import Settings
from tui.config.tables import DEFAULT_ORIGIN
from tui.entities.endpoint import Endpoint, Secret
from tui.entities.text import hide
from tui.errors import UserError
from tui.logs import log_to_file
from tui.operations.pace import pause_before_retry_s
from tui.operations.requests import RequestLog
from tui.operations.sessions import Sessions

from .crash import log_folder, write_crash_file
from .garbage import EVERY_S, GarbageKeeper
from .jobs import cancelled_once
from .keymap import keys_in_force
from .render.glyphs import choose_glyphs
from .render.line import Span
from .render.themes import DARK_NAME, THEMES, variable_defaults
from .screens.commands import MainCommands
from .screens.main import MainScreen
from .styles import breakpoints
from .terminal_guard import guarded_terminal, is_terminal_gone
from .widgets.footer import Told, find_footer
from .widgets.header import HeaderState

if TYPE_CHECKING:
    from tui.operations import Operations
    from tui.operations.connect import Accounts

logger = logging.getLogger(__name__)

FindEndpoint = Callable[[Callable[[str], None]], Awaitable[Endpoint]]
"""Gives the endpoint to open; its argument is told in words what takes time."""
FindAccount = Callable[[], Endpoint | None]
"""Gives the account whose history is shown until there is a connection, without asking anybody."""
MESSAGES_KEPT = 500
_LOAD_AHEAD_S = 0.1
"""After the first key: somebody is there who may open something next."""
LOOK_AGAIN_S = 1.0
"""Between two looks at files with keys, and for the local runtime, while there is no link."""
SINGLE_KEYS = frozenset({"command_line", "log", "visit"})
"""Actions of keys that are text in a form."""
_TURN_S = 0.0005
"""How long threads that keep history and write to the terminal let each other, and a key, wait for the interpreter."""
_SIGNALS = {signal.SIGTERM: 143, signal.SIGHUP: 129}
"""Exit code by signal, as a shell gives it."""
_LOOK_AT_TERMINAL_S = 1.0


class WhisktopApp(App[None]):
    """Opens the main screen at once, and connects while it is there."""

    TITLE = "whisktop"
    CSS_PATH = sorted(str(path) for path in (Path(__file__).parent / "styles").glob("*.tcss"))
    HORIZONTAL_BREAKPOINTS = breakpoints.HORIZONTAL
    VERTICAL_BREAKPOINTS = breakpoints.VERTICAL
    COMMANDS = {MainCommands}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "ctrl+p",
            "command_palette",
            "palette",
            show=True,
            priority=True,
            id="app.palette",
            tooltip="palette: things and verbs",
        ),
        Binding("colon", "command_line", "command", show=False, id="app.command", tooltip="command line"),
        Binding(
            "minus", "visit(0)", "last view", show=False, id="app.last_view", tooltip="to the view before, and back"
        ),
        Binding("alt+left", "visit(-1)", "back", show=False, id="app.view_back", tooltip="back among views"),
        Binding("alt+right", "visit(1)", "forward", show=False, id="app.view_forward", tooltip="forward among views"),
        Binding("at", "log", "requests", show=False, id="app.log", tooltip="log of the requests made, and of messages"),
        Binding("f1", "help", "help", show=False, priority=True, id="app.help", tooltip="every key, in forms too"),
        Binding("ctrl+q", "quit", "quit", show=False, priority=True, id="app.quit", tooltip="quit at once; jobs go on"),
        Binding("f2", "change_theme", "theme", show=False, id="app.theme", tooltip="choose a theme, seeing each"),
        Binding(
            "ctrl+z", "suspend_process", "suspend", show=False, id="app.suspend", tooltip="back to the shell, for now"
        ),
    ]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in SINGLE_KEYS and hasattr(self.screen, "FORM"):
            return False  # letters and signs are text there
        return super().check_action(action, parameters)

    header_state: reactive[HeaderState] = reactive(HeaderState(), repaint=False)
    """What headers watch; the app itself has nothing to paint of it."""

    def __init__(
        self,
        settings: Settings,
        find_endpoint: FindEndpoint,
        find_account: FindAccount = lambda: None,
        accounts: Accounts | None = None,
    ) -> None:
        """
        Args:
            accounts: The contexts to switch between; `None`: there is only the one that `find_endpoint` gives.
        """
        super().__init__()
        self.accounts = accounts
        self.settings = settings
        self.find_account = find_account
        self.glyphs = choose_glyphs(settings.dashboard.glyphs)
        self.animation_level = "none"
        self.operations: Operations | None = None
        self.last_key_at = 0.0
        """On the monotonic clock."""
        self._find_endpoint = find_endpoint
        self._secrets: list[Secret] = []
        self.sessions = Sessions()
        self.requests = RequestLog()
        self.told: deque[Told] = deque(maxlen=MESSAGES_KEPT)
        """Messages of the footer, oldest first."""
        self._main = MainScreen()
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = self._first_theme = self._theme_at_start()
        self._theme_before: str | None = None
        """The one to come back to, while another is only looked at."""
        self._styled_with = self.get_css_variables()
        self.stylesheet.set_variables(self._styled_with)
        self.keys = keys_in_force(settings)
        self.set_keymap(self.keys)

    def _theme_at_start(self) -> str:
        """The one of the configuration, unless another was chosen since and views are restored."""
        settings = self.settings.dashboard
        chosen = self.sessions.theme if settings.restore_view and not self._is_theme_set else None
        return next((name for name in (chosen, settings.theme) if name in self.available_themes), DARK_NAME)

    @property
    def _is_theme_set(self) -> bool:
        return self.settings.origin("dashboard.theme") != DEFAULT_ORIGIN

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return variable_defaults(self.current_theme)

    def refresh_css(self, animate: bool = True) -> None:
        """Parse every style anew where a theme changes what they are made of; not at the start, when none did."""
        variables = self.get_css_variables()
        if variables != self._styled_with:
            self._styled_with = variables
            super().refresh_css(animate)

    def now_ms(self) -> int:
        """Milliseconds since the epoch, by the platform's clock once it is known."""
        return self.operations.now_ms() if self.operations is not None else int(time.time() * 1000)

    # From start to end

    def run(self, **options: Any) -> None:
        """Run until the user quits; afterwards `return_code` is the exit code."""
        options.setdefault("mouse", self.settings.dashboard.mouse)
        with suppress(OSError):  # a home that cannot be written to is no reason not to look at jobs
            log_to_file(log_folder() / "dashboard.log")
        sys.setswitchinterval(_TURN_S)
        with guarded_terminal():
            super().run(**options)

    def get_default_screen(self) -> Screen[Any]:
        return self._main

    def on_mount(self) -> None:
        if not self.is_headless:
            loop = asyncio.get_running_loop()
            for number, code in _SIGNALS.items():
                loop.add_signal_handler(number, self._end_by_signal, code)
            self.set_interval(_LOOK_AT_TERMINAL_S, self._end_without_terminal)
            garbage = GarbageKeeper(lambda: self.last_key_at)
            self.call_after_refresh(garbage.begin)
            self.set_interval(EVERY_S, garbage.look)
        self.requests.open()
        self.call_after_refresh(self._report_keys)
        self.call_after_refresh(self.connect)

    async def on_unmount(self) -> None:
        """Wait for what was under way to let go of its sockets: Textual cancels workers, but does not wait."""
        self.requests.close()
        for worker in list(self.workers):
            worker.cancel()
            with suppress(WorkerError):
                await worker.wait()

    def exit(self, result: None = None, return_code: int = 0, message: Any = None) -> None:
        """End, with everything kept for the next session to go on from."""
        if self.operations is not None and not self._exit:
            self._main.keep_view(self.operations.endpoint)
        if (theme := self._theme_before or self.theme) != self._first_theme:
            self.sessions.theme = theme
        self.sessions.save()
        super().exit(result, return_code, message)

    @on(Driver.SignalResume)
    def _paint_again(self) -> None:
        """Back from the shell: nothing of what was painted is there any more."""
        self.refresh(layout=True)

    def _end_by_signal(self, code: int) -> None:
        self.exit(return_code=code)

    def _end_without_terminal(self) -> None:
        if is_terminal_gone():
            self._end_by_signal(_SIGNALS[signal.SIGHUP])

    def connect(self) -> None:
        """Find the endpoint and connect to it, in place of the connection there was."""
        _: Worker[None] = self.run_worker(
            partial(cancelled_once, self._hold_connection), name="connection", group="connection", exclusive=True
        )

    async def _hold_connection(self) -> None:
        """Connect, and stay connected; while nobody answers, try again at growing intervals."""
        main, failures = self._main, 0
        while True:
            endpoint: Endpoint | None = None
            try:
                endpoint = await self._find_endpoint(main.show_progress if failures == 0 else logger.info)
                await self._connect_once(main, endpoint, is_first=failures == 0)
                failures = 0
            except UserError as error:
                logger.info("no connection: %s", error.title)
                pause_s = pause_before_retry_s(error, failures)
                main.show_no_link(error, retry_in_s=pause_s)
                failures += 1
                if pause_s is not None:
                    await asyncio.sleep(pause_s)
                elif endpoint is not None:
                    await self._told_otherwise(main, endpoint)
                else:
                    return

    async def _connect_once(self, main: MainScreen, endpoint: Endpoint, *, is_first: bool) -> None:
        """Until the context leads elsewhere."""
        self._secrets.append(endpoint.auth)
        hide(endpoint.auth)
        if is_first:
            main.show_endpoint(endpoint)
        open_operations = await asyncio.to_thread(_load_operations)
        async with open_operations(endpoint) as operations:
            self.operations = operations
            main.attach(operations)
            await self._told_otherwise(main, endpoint)

    async def _told_otherwise(self, main: MainScreen, endpoint: Endpoint) -> None:
        """Wait until the context has another address or key; while there is a link, nobody looks."""
        while True:
            await asyncio.sleep(LOOK_AGAIN_S)
            if self.accounts is not None and main.link.is_down and await self.accounts.look_again(endpoint):
                logger.info("the context %s leads elsewhere now", endpoint.context)
                return

    def switch_to(self, name: str) -> None:
        """Open another context: a new main screen with its own feed, history and lists, in place of the old one."""
        assert self.accounts is not None
        try:
            self.accounts.use(name)
        except UserError as error:
            self._main.say_error(error)
            return
        self.workers.cancel_group(self, "connection")
        self._main.detach()
        self.operations = None
        while len(self.screen_stack) > 1:
            self.pop_screen()
        old, self._main = self._main, MainScreen()
        old._push_result_callback(old, None)  # Textual pops one of every screen, and gives none to the first
        self.switch_screen(self._main)
        self.call_after_refresh(self.connect)

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key) and not event.is_forwarded:
            if not self.last_key_at and not self.is_headless:
                self.set_timer(_LOAD_AHEAD_S, _load_ahead)
            self.last_key_at = time.monotonic()
            if footer := find_footer(self.screen_stack):
                footer.key_pressed()
        await super().on_event(event)

    # Keys and palette

    def action_help(self) -> None:
        """Every key of the screen on top."""
        from .screens.help import HelpScreen, collect, tables_of  # here and below: not needed for the first paint

        if not isinstance(self.screen, HelpScreen | CommandPalette):
            self.push_screen(HelpScreen(collect(tables_of(self.screen), self.keys)))

    def action_command_line(self, text: str = "") -> None:
        """Type a command; what was typed before is offered again."""
        from .screens.command_line import CommandLine
        from .screens.main_words import MainWords

        words = MainWords(self._main)

        async def typed(line: str | None) -> None:
            if line is not None:
                self.sessions.note_line(line)
                await words.run(line)

        self.push_screen(CommandLine(words.words(), self.sessions.lines, text), typed)

    def action_visit(self, step: int) -> None:
        """Back or forward among the views that were visited."""
        self._main.go_back(step)

    def action_log(self, view: int = 0) -> None:
        """What was asked of platforms, and what was said."""
        from .screens.log_screen import LogScreen

        if not isinstance(self.screen, LogScreen):
            self.push_screen(LogScreen(self.requests, self.told, view))

    def action_change_theme(self) -> None:
        """Choose a theme; the screen shows whichever the cursor is on."""
        from .screens.theme_picker import ThemePicker

        before = self.theme

        def chosen(name: str | None) -> None:
            self._theme_before = None
            self.theme = name or before

        if not isinstance(self.screen, ThemePicker):
            self._theme_before = before
            self.push_screen(ThemePicker(self.available_themes, before), chosen)

    def _report_keys(self) -> None:
        """Say at start which keys of the configuration clash, or name nothing."""
        from .screens.key_report import key_troubles

        if texts := key_troubles(self.settings, self.keys, self.BINDINGS):
            self._main.say([Span(f"keys of the configuration: {'; '.join(texts)}", "warning")])

    # A bug

    def _fatal_error(self) -> None:
        """Instead of a traceback with the values of variables on the terminal: a file without them, and a sentence."""
        error = sys.exc_info()[1] or self._exception
        if error is None or self.is_headless:
            super()._fatal_error()
            return
        logger.error("crashed: %s", type(error).__name__)
        try:
            place = f"What led to it is in {write_crash_file(error, self._secrets)}"
        except OSError as trouble:
            place = f"It could not be written down: {trouble}"
        self.panic(
            Text(f"whisktop met a bug and had to end: {type(error).__name__}. {place}\nJobs on the platform go on.")
        )


async def _load_ahead() -> None:
    """The screen that is opened most: loading it takes as long as painting it."""
    await asyncio.to_thread(import_module, "tui.dashboard.screens.activation")


def _load_operations() -> Callable[[Endpoint], AbstractAsyncContextManager[Operations]]:
    """What speaks HTTP takes a while to load: the first paint does without it, and keys are answered meanwhile."""
    from tui.operations import open_operations

    return open_operations
