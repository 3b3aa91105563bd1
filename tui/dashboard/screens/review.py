"""What an edit changes, as a diff, before it is sent."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import ClassVar

from msgspec import Struct
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.entities.action import Action
from tui.entities.endpoint import Endpoint
from tui.operations.actions import editable_text
from tui.operations.definitions import Entity, settings_of

from ..jobs import Jobs
from ..render import formats
from ..render.diff import Diff, compare, compare_json, counts
from ..render.line import Line, Span, gap
from ..widgets.form import SubmitLine
from ..widgets.form_title import ModalTitle
from ..widgets.line_view import LineView


class Change(Struct, frozen=True):
    """A thing as it is and as it shall be."""

    before: Entity
    after: Entity


class ReviewScreen(Jobs, ModalScreen[bool]):
    """Dismisses with whether to send it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "dismiss(True)", "send", id="review.send", tooltip="send this change", priority=True),
        Binding("escape", "dismiss(False)", "back to the form", id="review.back", tooltip="back to the form"),
        Binding("V", "reveal", "secrets", id="review.reveal", tooltip="show or hide what is masked"),
    ]

    def __init__(self, change: Change, endpoint: Endpoint) -> None:
        super().__init__()
        self._change = change
        self._endpoint = endpoint
        self._revealed = False

    def compose(self) -> ComposeResult:
        with Vertical(classes="modal review"):
            name = Span(self._change.before.name, "foreground bold")
            yield ModalTitle((Span("Change ", "foreground bold"), name), self._endpoint)
            yield Static("", classes="spacer")
            yield LineView(cursor=False, fit=False, empty=((Span("comparing", "faint"),),))
            yield Static("", classes="spacer")
            yield SubmitLine("send", indent=2)

    def on_mount(self) -> None:
        right: Line = (Span("esc", "primary bold"), Span(" back to the form", "muted"), gap(1))
        self.query_one(SubmitLine).show(right=right)
        self.query_one(LineView).focus()
        self._compare()

    def action_reveal(self) -> None:
        self._revealed = not self._revealed
        self._compare()

    def _compare(self) -> None:
        work = partial(asyncio.to_thread, changed_rows, self._change, revealed=self._revealed)
        self.start_job(work, then=self._show, group="compare", latest_only=True)

    def _show(self, rows: list[Line]) -> None:
        self.query_one(LineView).show_lines(rows)


def changed_rows(change: Change, *, revealed: bool) -> list[Line]:
    """First the settings, then the code; what does not differ is left out."""
    before, after = change.before, change.after
    rows: list[Line] = []
    settings = compare_json(settings_of(before), settings_of(after), revealed=revealed)
    rows += _section("settings", settings)
    if isinstance(before, Action) and isinstance(after, Action) and before.exec.code != after.exec.code:
        rows += [()] if rows else []
        rows += _code_rows(before, after)
    return rows


def _section(title: str, diff: Diff) -> list[Line]:
    if not diff:
        return []
    return [(Span(title, "foreground bold"), gap(2), *counts(diff)), (), *diff.rows]


def _code_rows(before: Action, after: Action) -> list[Line]:
    old, new = editable_text(before.exec), editable_text(after.exec)
    if old is None or new is None:
        said = f"{_packed(before, old)} becomes {_packed(after, new)}"
        return [(Span("code", "foreground bold"), Span(f"  {said}", "muted"))]
    return _section("code", compare(old.split("\n"), new.split("\n")))


def _packed(action: Action, text: str | None) -> str:
    size = len(action.exec.code or "")
    if text is not None:
        return f"a text of {formats.size(len(text.encode('utf-8', 'surrogatepass')))}"
    return f"an archive of {formats.size(size * 3 // 4)}"
