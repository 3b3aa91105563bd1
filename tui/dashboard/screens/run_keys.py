"""What can be done with a run or firing that is looked at: the same again, and an end to it.

The main screen does both, since it keeps the feed and the history of payloads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding

from ..jobs import Jobs
from ..panels.messages import StartRequested, StopRequested
from ..panels.panel import LOCKED

if TYPE_CHECKING:
    from tui.entities.json import JsonObject
    from tui.operations import Operations

    from ..panels.activation_book import ActivationBook
    from .run import Run


WHY = Binding("E", "why", "why", show=False, id="main.why", tooltip="why is it not there: a checklist of reasons")
"""For the table of the main screen, and of those with a run."""


class RunKeys(Jobs):
    """For screens with bindings for `again` and `stop`."""

    operations: Operations
    book: ActivationBook
    KEYS_OF_RUN: ClassVar = frozenset({"again", "stop", "compare"})

    def looked_at(self) -> Run | None:
        """The run that the keys mean."""
        raise NotImplementedError

    def action_again(self) -> None:
        if (run := self.looked_at()) is not None:
            collection = "trigger" if run.kind == "trigger" else "action"
            request = StartRequested(collection, run.name, again=False, payload=_payload_of(run))  # type: ignore[arg-type]
            self.app.screen_stack[0].post_message(request)

    def action_stop(self) -> None:
        run = self.looked_at()
        if run is not None and run.activation_id is not None:
            self.app.screen_stack[0].post_message(StopRequested(run.activation_id))

    def tab_looked_at(self) -> str:
        """Which view of the run is shown: `result`, `logs`, `facts` or `record`."""
        raise NotImplementedError

    def action_why(self) -> None:
        """What may be the reason that something of the run is missing."""
        from .explaining import explain_run

        if (run := self.looked_at()) is not None:
            explain_run(self.app.screen_stack[0], run, self.tab_looked_at())  # type: ignore[arg-type]

    def action_compare(self) -> None:
        """Beside the last good run of the same action."""
        from .compare import CompareScreen

        run = self.looked_at()
        if run is not None and run.activation_id is not None:
            self.app.push_screen(CompareScreen(self.operations, run.activation_id, self.book))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in self.KEYS_OF_RUN and self.is_mounted:
            return True if self.reason_disabled(action) is None else None
        return super().check_action(action, parameters)

    def reason_disabled(self, action: str) -> str | None:
        run = self.looked_at() if action in self.KEYS_OF_RUN else None
        if run is None:
            return super().reason_disabled(action)
        if self.operations.endpoint.read_only and (action == "again" or self.operations.platform.live):
            return LOCKED
        if action == "again" and not run.name:
            return "what ran is not known yet"
        if action == "compare" and run.activation is None:
            return "there is no record of it yet to compare"
        if action == "stop" and not self.book.can_stop(run.activation_id):
            return "it never ran" if run.activation_id is None else "it has ended: nothing of it runs"
        return None

    def footer_label(self, binding: Binding) -> str | None:
        """The key that ends a run is offered only while there is something to end."""
        if binding.action == "stop":
            return stop_label(self.operations) if self.reason_disabled("stop") is None else ""
        if binding.action == "again":
            run = self.looked_at()
            return "invoke again" if run is not None and run.kind != "trigger" else "fire again"
        return None


def stop_label(operations: Operations | None) -> str:
    """What `x` does on this platform."""
    return "cancel" if operations is None or operations.platform.live else "stop waiting"


def _payload_of(run: Run) -> JsonObject | None:
    """What a firing was given; an action's record does not tell."""
    if run.kind != "trigger" or run.activation is None or run.activation.response is None:
        return None
    result = run.activation.response.result
    return result if isinstance(result, dict) else None
