"""The context that is open: locked against writes and opened again, and the way to the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import Binding

from tui.errors import UserError

from ..jobs import Jobs
from ..render.line import Line, Span
from .confirm import ConfirmScreen, Question

if TYPE_CHECKING:
    from tui.operations import Operations

CONTEXTS = Binding("c", "contexts", "contexts", show=False, id="main.contexts", tooltip="contexts: other accounts")
LOCK = Binding("R", "lock", "lock", show=False, id="main.lock", tooltip="lock or unlock this context")


class Guarding(Jobs):
    """For the main screen: `CONTEXTS` and `LOCK` belong into its table."""

    operations: Operations | None

    def lock_changed(self) -> None:
        """The context refuses writes now, or no longer does."""
        raise NotImplementedError

    def action_contexts(self) -> None:
        accounts = self.app.accounts  # type: ignore[attr-defined]
        if accounts is None:
            self.say("this session has one context only")
            return
        from .contexts import ContextsScreen

        self.app.push_screen(ContextsScreen(accounts, self), self._leave_for)

    def _leave_for(self, name: str | None) -> None:
        if name is not None:
            self.app.switch_to(name)  # type: ignore[attr-defined]

    def action_lock(self) -> None:
        """Locking happens at once; unlocking is asked about, in production by name."""
        operations = self.operations
        if operations is None:
            self.say("not connected yet", "warning")
        elif not operations.endpoint.read_only:
            operations.lock()
            self._lock_changed("read-only: every write is refused")
        elif operations.endpoint.is_lock_fixed:
            self._unlock(operations)  # which says why it cannot be
        else:
            self._ask_to_unlock(operations)

    def _ask_to_unlock(self, operations: Operations) -> None:
        endpoint = operations.endpoint
        where: Line = [Span(f"{endpoint.host}, namespace {endpoint.namespace}", "muted")]
        question = Question(
            title=f"Unlock {endpoint.context}?",
            lines=[[Span("Fires, invokes, changes and deletes go through again.")], where],
            key="y",
            verb="unlock",
            keep="stay read-only",
            typed=endpoint.context if endpoint.production else None,
        )

        def answered(yes: bool | None) -> None:
            if yes:
                self._unlock(operations)

        self.app.push_screen(ConfirmScreen(question), answered)

    def _unlock(self, operations: Operations) -> None:
        try:
            operations.unlock()
        except UserError as error:
            self.say_error(error)
        else:
            self._lock_changed("unlocked")

    def _lock_changed(self, said: str) -> None:
        self.lock_changed()
        self.say(said, "warning")
