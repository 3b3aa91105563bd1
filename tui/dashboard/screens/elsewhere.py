"""A payload sent to another context: what comes of it there, beside what came of the last run here."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen

from tui.entities.activation import Activation
from tui.entities.endpoint import Endpoint
from tui.entities.json import Json, JsonObject
from tui.errors import UserError

from ..jobs import HELP, Jobs
from ..render import formats
from ..render.diff import Diff, counts
from ..render.glyphs import glyphs_of
from ..render.line import Line, Span, gap
from ..render.watch_rows import TOO_LONG, compare_values, value_lines
from ..widgets.form_title import ModalTitle
from ..widgets.line_view import LineView
from ..widgets.title_line import TitleLine
from .confirm import TextLine

if TYPE_CHECKING:
    from tui.operations.outcomes import Kind, Outcome


class ElsewhereScreen(Jobs, ModalScreen[None]):
    """Sends at once. `esc` goes back: a run there goes on."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss(None)", "back", id="elsewhere.back", tooltip="back; a run there goes on"),
        Binding("tab", "app.focus_next", "next", show=False, id="elsewhere.next", tooltip="to the other result"),
        Binding("V", "reveal", "secrets", show=False, id="elsewhere.reveal", tooltip="show or hide what is masked"),
        HELP,
    ]

    def __init__(
        self, there: Endpoint, kind: Kind, name: str, payload: JsonObject, *, here: str, last: Activation | None
    ) -> None:
        """
        Args:
            here: The name of the context that is shown.
            last: The last run here, to compare with.
        """
        super().__init__()
        self._there = there
        self._kind: Kind = kind
        self._entity = name
        self._payload = payload
        self._here = here
        self._last = last
        self._outcome: Outcome | None = None
        self._said: Line = (Span("being sent", "muted"),)
        self._revealed = False

    def compose(self) -> ComposeResult:
        glyphs = glyphs_of(self)
        is_trigger = self._kind == "trigger"
        mark = Span(f"{glyphs.trigger} ", "secondary") if is_trigger else Span(f"{glyphs.action} ", "faint")
        verb = Span("Fired " if is_trigger else "Invoked ", "foreground bold")
        with Vertical(classes="modal elsewhere"):
            yield ModalTitle((verb, mark, Span(self._entity, "foreground bold")), self._there)
            yield TextLine(id="said")
            with Horizontal(classes="elsewhere-halves"):
                with Vertical():
                    yield TitleLine("There", number=1, id="there-title")
                    yield LineView(id="there", cursor=False)
                with Vertical(classes="elsewhere-here"):
                    yield TitleLine("Here", number=2, id="here-title")
                    yield LineView(id="here", cursor=False)
            yield TitleLine("From here to there", number=3, id="changes-title")
            yield LineView(id="changes", cursor=False)

    def on_mount(self) -> None:
        self.query_one("#there").focus()
        self._show()
        self.start_job(self._send, then=self._ended, failed=self._refused, group="elsewhere")

    async def _send(self) -> Outcome:
        from tui.operations import open_operations
        from tui.operations.outcomes import send_and_wait

        async with open_operations(self._there) as there:
            return await send_and_wait(there, self._kind, self._entity, self._payload, accepted=self._accepted)

    def _accepted(self, activation_id: str) -> None:
        self._say([Span("running there  ", "muted"), Span(activation_id, "faint")])

    def _ended(self, outcome: Outcome) -> None:
        self._outcome = outcome
        role = "error" if outcome.failed else "success"
        mark = glyphs_of(self).error if outcome.failed else glyphs_of(self).success
        took = "" if outcome.duration_ms is None else f"  {formats.duration(outcome.duration_ms)}"
        said: list[Span] = [Span(f"{mark} {outcome.word}", role), Span(took, "muted")]
        self._say([*said, gap(2), Span(outcome.activation_id or "no record is kept", "faint")])
        self._show()

    def _refused(self, error: UserError) -> None:
        hint = f"  {error.hint}" if error.hint else ""
        self._say([Span(f"{glyphs_of(self).error} {error.message}", "error"), Span(hint, "muted")])

    # Showing

    def _say(self, said: Line) -> None:
        self._said = said
        if self.is_there:
            self.query_one("#said", TextLine).say(said)

    def _show(self) -> None:
        self._say(self._said)
        there, here = self._outcome, self._last
        title = Span(self._there.context, "muted"), Span(self._here, "muted")
        for name, state in zip(("there", "here"), title, strict=True):
            self.query_one(f"#{name}-title", TitleLine).show(state=(state,))
        self._show_value("there", None if there is None else (there.result,))
        self._show_value("here", None if here is None else (_result(here),))
        diff, words = self._compared()
        self.query_one("#changes-title", TitleLine).show(state=words)
        self.query_one("#changes", LineView).show_lines(() if diff is None else diff.rows)

    def _compared(self) -> tuple[Diff | None, Line]:
        """What differs, and how to say so."""
        there, here = self._outcome, self._last
        if there is None or here is None or self._kind == "trigger":
            return None, (Span("nothing to compare", "muted"),)
        diff = compare_values(_result(here), there.result, revealed=self._revealed)
        if diff is None:
            return None, (Span(TOO_LONG, "muted"),)
        return diff, counts(diff) if diff else (Span("the same", "success"),)

    def _show_value(self, name: str, value: tuple[Json] | None) -> None:
        lines = [[Span("none yet", "faint")]] if value is None else value_lines(value[0], revealed=self._revealed)
        self.query_one(f"#{name}", LineView).show_lines(lines)

    def on_descendant_focus(self) -> None:
        for name in ("there", "here", "changes"):
            self.query_one(f"#{name}-title", TitleLine).show(focused=self.query_one(f"#{name}").has_focus)

    def action_reveal(self) -> None:
        self._revealed = not self._revealed
        self._show()


def _result(run: Activation) -> Json:
    return None if run.response is None else run.response.result
