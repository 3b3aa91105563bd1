"""Files that are watched for actions: begun and ended by key, told in the footer, ended with the main screen."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.worker import Worker

from tui.entities.action import Action
from tui.errors import UsageError, UserError

from ..panels.actions import WatchRequested
from ..panels.panel import LOCKED
from ..render.glyphs import glyphs_of
from ..render.line import Line, Span, gap
from ..widgets.footer import Footer
from ..widgets.payload_history import payload_history
from .command_words import Word
from .looking_closer import LookingCloser
from .payload_text import payload_of

if TYPE_CHECKING:
    from tui.entities.json import JsonObject
    from tui.operations import Operations
    from tui.operations.watching import Watch


class Watching(LookingCloser):
    """Adds the watches to the main screen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "ctrl+w", "watches", "watches", show=False, id="main.watches", tooltip="files that are watched, and changes"
        ),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.watches: dict[str, Watch] = {}
        """By action, in the order in which they were begun."""
        self._watchers: dict[str, Worker[None]] = {}

    def more_words(self) -> Iterable[Word]:
        yield from super().more_words()
        yield Word("watch", "a file or folder for the action chosen", self._watch_path, "PATH")
        yield Word("watches", "files that are watched, and changes", lambda _: self.action_watches())

    def footer_note(self) -> Line:
        note = super().footer_note()
        if note or not self.watches:
            return note
        from ..render.watch_rows import watching_note

        watching = watching_note(list(self.watches.values()), glyphs_of(self))
        return [*watching, gap(2), Span("ctrl+w", "primary bold")]

    def action_watches(self) -> None:
        """Show what is watched."""
        self._open_watches(None)

    # Beginning and ending

    @on(WatchRequested)
    def _watch_requested(self, request: WatchRequested) -> None:
        self.watch_action(request.action)

    def watch_action(self, action: Action) -> None:
        """Watch the file of an action, asking for it where it is not known; or no longer watch it."""
        from tui.operations.watching import SourcePaths

        if (operations := self.operations) is None:
            return
        if action.name in self.watches:
            self.end_watch(action.name)
        elif (reason := self._reason_unwatchable(action)) is not None:
            self.say(reason, "warning")
        elif (path := SourcePaths().find(operations.endpoint, action.name)) is not None:
            self._ask_and_begin(action.name, path)
        else:
            self._ask_for_path(action.name)

    def _reason_unwatchable(self, action: Action) -> str | None:
        from tui.operations.watching import reason_unwatchable

        return LOCKED if self.locked else reason_unwatchable(action)

    def _ask_for_path(self, action: str) -> None:
        from .path_prompt import PathPrompt

        def given(path: Path | None) -> None:
            if path is not None:
                self._ask_and_begin(action, path)

        self.app.push_screen(PathPrompt(f"Watch for {action}", "file or folder that it is made of"), given)

    def _watch_path(self, text: str) -> None:
        chosen = getattr(self.current, "selected", None)
        if not isinstance(chosen, Action):
            raise UsageError("Choose an action first.", hint="1 goes to them.")
        path = Path(text).expanduser()
        if not path.exists():
            raise UsageError(f"There is no file {path}.")
        if (reason := self._reason_unwatchable(chosen)) is not None:
            raise UsageError(f"{chosen.name} cannot be watched: {reason}.")
        self._ask_and_begin(chosen.name, path)

    def _ask_and_begin(self, action: str, path: Path) -> None:
        self._guarded(f"deploy {action} at every save", partial(self._begin_watch, action, path))

    def _begin_watch(self, action: str, path: Path) -> None:
        from tui.operations.watching import SourcePaths, Watch

        if (operations := self.operations) is None:
            return
        SourcePaths().note(operations.endpoint, action, path)
        newest = self.book.newest_of(action)
        watch = Watch(
            action=action,
            path=path,
            payload=partial(self._payload_for, action),
            before=None if newest is None else newest.activation,
        )
        self.watches[action] = watch
        self._run_watch(watch, operations)
        self._open_watches(action)

    def _run_watch(self, watch: Watch, operations: Operations) -> None:
        self._watchers[watch.action] = self.start_job(
            partial(watch.run, operations, self._watch_changed),
            failed=partial(self._watch_failed, watch.action),
            group=f"watch {watch.action}",
            latest_only=True,
        )

    def attach(self, operations: Operations) -> None:
        super().attach(operations)
        for watch in self.watches.values():  # the connection that they deploy over is another one now
            self._run_watch(watch, operations)

    def _payload_for(self, action: str) -> JsonObject:
        """What the action was given last by hand."""
        operations = self.operations
        last = None if operations is None else payload_history(self.app).last(operations.endpoint, "action", action)
        return payload_of("{}" if last is None else last.text, self.app)

    def end_watch(self, action: str) -> None:
        """What is deployed stays, and a run goes on."""
        if (watcher := self._watchers.pop(action, None)) is not None:
            watcher.cancel()
            del self.watches[action]
            self.say([Span(action), Span(" is no longer watched", "muted")])
            self._show_watches()

    def _watch_failed(self, action: str, error: UserError) -> None:
        self._watchers.pop(action, None)
        self.watches.pop(action, None)
        self.say_error(error)
        self._show_watches()

    # Showing

    def _watch_changed(self, watch: Watch) -> None:
        if watch.running_id is not None:
            self.own.add(watch.running_id)
        self._show_watches()

    def _show_watches(self) -> None:
        from .watch import WatchScreen

        for screen in self.app.screen_stack:
            if isinstance(screen, WatchScreen):
                screen.show_watches()
        if self.is_attached:
            self.query_one(Footer).redraw()

    def _open_watches(self, action: str | None) -> None:
        from .watch import WatchScreen

        operations = self.operations
        if operations is not None and not isinstance(self.app.screen, WatchScreen):
            self.app.push_screen(WatchScreen(operations, self, chosen=action))
        self._show_watches()
