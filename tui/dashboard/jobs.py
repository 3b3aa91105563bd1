"""Work that a screen starts and does not wait for, and where its troubles are told.

`start_job` is the only place that makes Textual workers for such work: a `UserError` becomes a sentence in the footer,
anything else is a bug and ends the app loudly.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, TypeVar

from textual import events
from textual.binding import Binding
from textual.screen import Screen
from textual.worker import Worker

from tui.errors import UserError

from .render.line import Line, Span
from .widgets.footer import find_footer
from .widgets.header import Header
from .widgets.painting import SparingCompositor

Result = TypeVar("Result")
HELP = Binding("question_mark", "app.help", "help", id="main.help", tooltip="every key")
"""For the table of every screen that is no form: `Jobs` does it."""

if TYPE_CHECKING:
    _Base = Screen[Any]
else:
    _Base = object


class Jobs(_Base):
    """For screens: `class TraceScreen(Jobs, Screen[None])`."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._compositor = SparingCompositor()
        self._was_on_top = False

    def start_job(
        self,
        job: Callable[[], Awaitable[Result]],
        *,
        then: Callable[[Result], object] | None = None,
        failed: Callable[[UserError], object] | None = None,
        group: str = "jobs",
        latest_only: bool = False,
    ) -> Worker[None]:
        """Run `job` beside everything else.

        Args:
            job: A callable, not a coroutine object. It runs in the app's loop.
            then: Gets the result, if the screen is still there; may be a coroutine function.
            failed: Gets the `UserError` instead of the footer.
            group: Jobs of one group and one screen belong together.
            latest_only: For reads: cancels the group's earlier jobs, and ends with the screen. Writes leave it off:
                they are never cancelled, and go on when the screen is left.
        """

        async def run() -> None:
            try:
                result = await cancelled_once(job)
            except UserError as error:
                self._job_failed(error, failed)
            except BaseExceptionGroup as troubles:
                self._job_failed(_only_user_error(troubles), failed)
            else:
                if then is not None and self.is_there and self.app.is_running:
                    outcome = then(result)
                    if isawaitable(outcome):
                        await outcome

        owner = self if latest_only else self.app
        return owner.run_worker(run, name=group, group=f"{id(self)} {group}", exclusive=latest_only)

    @property
    def is_there(self) -> bool:
        """Whether there is anything left to show on: a screen that is being taken away loses its widgets one by one."""
        return self.is_attached and self.display

    def say(self, message: str | Line, role: str = "muted") -> None:
        """A sentence at the footer's right end, for six seconds."""
        if footer := find_footer(self.app.screen_stack):
            footer.say(message, role)

    def say_error(self, error: UserError) -> None:
        """What went wrong and what to do next, until the next key."""
        spans = [Span(error.message, "error")]
        if error.hint:
            spans.append(Span(f"  {error.hint}", "muted"))
        if footer := find_footer(self.app.screen_stack):
            footer.say(spans, until_key=True)

    def _on_screen_resume(self, event: events.ScreenResume) -> None:
        """What was just mounted was styled then: only who comes back may have missed a change."""
        event.refresh_styles, self._was_on_top = event.refresh_styles and self._was_on_top, True
        Jobs.on_screen_resume(self)

    def on_screen_resume(self) -> None:
        """Back on top: what went unnoticed below is shown."""
        for header in self.query(Header):
            header.catch_up()

    def reason_disabled(self, action: str) -> str | None:
        """Why a greyed key cannot apply now; screens override it."""
        return None

    def on_key(self, event: events.Key) -> None:
        """A greyed key was pressed: say why it does nothing."""
        active = self.active_bindings.get(event.key)
        if active is not None and not active.enabled and (reason := self.reason_disabled(active.binding.action)):
            event.stop()
            self.say(reason, "warning")

    def _job_failed(self, error: UserError, failed: Callable[[UserError], object] | None) -> None:
        if failed is not None and self.is_there:
            failed(error)
        else:
            self.say_error(error)


async def cancelled_once(job: Callable[[], Awaitable[Result]]) -> Result:
    """Await `job` in a task that is cancelled once, however often we are.

    Textual cancels a worker when its screen goes and again when the app ends. The second time would interrupt
    the first one's way out, and leave sockets open.
    """
    failed: list[Exception] = []
    results: list[Result] = []

    async def inner() -> None:
        try:
            results.append(await job())
        except Exception as error:  # carried over the group's edge as it is, and raised below
            failed.append(error)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(inner())
    for error in failed:
        raise error
    return results[0]


def _only_user_error(troubles: BaseExceptionGroup[BaseException]) -> UserError:
    """The one thing to tell the user out of a task group's troubles; anything else is raised again."""
    matching, others = troubles.split(UserError)
    if matching is None or others is not None:
        raise troubles
    first: BaseException = matching
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    assert isinstance(first, UserError)
    return first
