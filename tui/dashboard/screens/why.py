"""Why something is not there: a short checklist over what is known, what applies first."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from tui.operations.explain import Reason, Verdict

from ..jobs import Jobs
from ..render.glyphs import Glyphs, glyphs_of
from ..render.line import Line, Span, gap, wrap_words
from ..widgets.line_view import GUTTER, LineView
from ..widgets.title_line import TitleLine


class WhyScreen(Jobs, ModalScreen[None]):
    """Shows the reasons that are known at once, and again once more is."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter,E", "dismiss", "back", id="why.back", tooltip="back to where you came from"),
    ]

    def __init__(
        self,
        question: str,
        reasons: Sequence[Reason],
        ask: Callable[[], Awaitable[Sequence[Reason]]] | None = None,
    ) -> None:
        """
        Args:
            question: As a sentence: `Why is there no log?`
            ask: Gives the reasons once more, when the platform told what it can do.
        """
        super().__init__()
        self._question = question
        self._reasons = tuple(reasons)
        self._ask = ask

    def compose(self) -> ComposeResult:
        with Vertical(classes="modal why"):
            yield TitleLine(self._question, detail=(Span("esc leaves", "faint"),))
            yield LineView(id="reasons", cursor=False)

    def on_mount(self) -> None:
        self.query_one(LineView).focus()
        if self._ask is not None:
            self.start_job(self._ask, then=self._told, failed=lambda _: None, group="why", latest_only=True)

    def on_resize(self) -> None:
        self.call_after_refresh(self._show)

    def _told(self, reasons: Sequence[Reason]) -> None:
        self._reasons = tuple(reasons)
        self._show()

    def _show(self) -> None:
        view = self.query_one(LineView)
        width = max(20, view.scrollable_content_region.width - GUTTER)
        lines = [line for reason in self._reasons for line in reason_lines(reason, width, glyphs_of(self))]
        view.show_lines(lines or [(Span("Nothing that is known here explains it.", "muted"),)])
        view.styles.height = max(3, min(len(lines), self.app.size.height - 6))


def reason_lines(reason: Reason, width: int, glyphs: Glyphs) -> list[Line]:
    """A mark, what is the case, and below it what to do."""
    is_so = reason.verdict is Verdict.YES
    mark = Span(f"{glyphs.separator} " if is_so else "? ", "warning bold" if is_so else "faint")
    text = Span(reason.text, "foreground" if is_so else "muted")
    lines = wrap_words([mark, text], width, indent=2)
    if reason.hint:
        lines += wrap_words([gap(2), Span(reason.hint, "primary" if is_so else "faint")], width, indent=2)
    return [*lines, ()]
