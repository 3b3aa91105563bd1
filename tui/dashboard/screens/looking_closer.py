"""From a row of the activations to a closer look at it: its trace against time, or the run beside another one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import on
from textual.binding import BindingType

from ..panels.messages import ComparisonRequested, WaterfallRequested
from .command_words import Word
from .own_commands import OwnCommands
from .run_keys import WHY


class LookingCloser(OwnCommands):
    """Between the own commands and promoting."""

    BINDINGS: ClassVar[list[BindingType]] = [WHY]

    def action_why(self) -> None:
        """What may be the reason that something is not there."""
        from .explaining import explain_here

        explain_here(self)  # type: ignore[arg-type]

    def more_words(self) -> Iterable[Word]:
        return [*super().more_words(), Word("why", "why something is not there", lambda _: self.action_why())]

    @on(WaterfallRequested)
    def _open_waterfall(self, request: WaterfallRequested) -> None:
        if (operations := self.operations_at_hand) is None:
            return
        from .trace import TraceScreen
        from .trace_views import WATERFALL

        entry = self.book.find(request.activation_id)
        root_id = (entry.parent_id if entry is not None else None) or request.activation_id
        screen = TraceScreen(operations, root_id, self.book, chosen=request.activation_id, view=WATERFALL)
        self.app.push_screen(screen)

    @on(ComparisonRequested)
    def _open_comparison(self, request: ComparisonRequested) -> None:
        if (operations := self.operations_at_hand) is None:
            return
        from .compare import CompareScreen

        screen = CompareScreen(operations, request.activation_id, self.book, other_id=request.other_id)
        self.app.push_screen(screen)
