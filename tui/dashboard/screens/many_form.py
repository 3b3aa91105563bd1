"""How one payload, or a file of them, is sent many times: how often, how fast, how many at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.errors import UserError
from tui.operations.batch import MOST_AT_ONCE, MOST_PAYLOADS, Batch, Item, budget_per_minute, items_of_lines, parse_rate

from ..render import formats
from ..render.line import Span, gap
from ..widgets.form import FormField, Refusal, SubmitLine, TextField
from ..widgets.form_title import ModalTitle
from .action_form import find_path
from .file_choice import pick_file
from .form_screen import FormScreen
from .payload_form import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui.entities.json import JsonObject
    from tui.operations import Operations

_MOST_DIGITS = 9
"""Python refuses to read a number of thousands of digits."""
_USUAL = {"times": "10", "file": "", "rate": "", "at_once": "4"}


class ManyForm(FormScreen[Batch], ModalScreen[Batch | None]):
    """Dismisses with what is to be sent, or `None`. Nothing is sent by it."""

    FORM = "many payloads"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+o", "pick_file", "pick a file", id="form.pick_file", tooltip="pick a file", priority=True),
    ]

    def __init__(
        self,
        operations: Operations,
        kind: Kind,
        name: str,
        text: str,
        payload_of: Callable[[Item], JsonObject],
        payload_of_line: Callable[[Item], JsonObject],
    ) -> None:
        """
        Args:
            text: The payload, as it is typed.
            payload_of: Reads the text once more for each time it is sent.
            payload_of_line: Reads a line of a file.
        """
        super().__init__(operations)
        self._kind: Kind = kind
        self._entity = name
        self._text = text
        self._payload_of = payload_of
        self._payload_of_line = payload_of_line

    def compose(self) -> ComposeResult:
        verb = "Fire" if self._kind == "trigger" else "Invoke"
        with Vertical(classes="modal form"):
            title = (Span(f"{verb} ", "foreground bold"), Span(self._entity), Span(" many times", "foreground bold"))
            yield ModalTitle(title, self.operations.endpoint)
            yield Static("", classes="spacer")
            yield FormField("times", "times", TextField(), hint="{{n}} counts them")
            yield FormField("file", "or a file", TextField(placeholder="none"), hint="a payload in each line")
            yield Static("", classes="spacer")
            yield FormField("rate", "pace", TextField(placeholder="as fast as it goes"), hint="10/s, 600/m")
            yield FormField("at_once", "at a time", TextField(), hint="1: one after the other")
            yield Static("", classes="spacer")
            yield Static(self._bounds(), classes="note", markup=False)
            yield Static("", classes="spacer")
            yield SubmitLine("begin", indent=2)
            yield Refusal()

    def _bounds(self) -> str:
        budget = budget_per_minute(self.operations, self._kind)
        waits = "Each is waited for before its place is free again."
        return waits if budget is None else f"{waits} This account takes {formats.count(budget)} a minute."

    def on_mount(self) -> None:
        draft = self.draft() or {}
        for name, field in self.fields().items():
            field.value = draft.get(name, _USUAL[name])
        self.watch_fields()
        right = (Span("ctrl+o", "primary bold"), Span(" pick a file", "muted"), gap(1))
        self.query_one(SubmitLine).show(right=right)
        self.fields()["times"].control.focus()

    def check(self, values: Mapping[str, str]) -> Mapping[str, str]:
        errors: dict[str, str] = {}
        if not values["file"].strip() and (problem := _number_problem(values["times"], MOST_PAYLOADS)):
            errors["times"] = problem
        if values["file"].strip() and not find_path(values["file"]).is_file():
            errors["file"] = f"there is no file {find_path(values['file'])}"
        try:
            parse_rate(values["rate"])
        except ValueError as error:
            errors["rate"] = str(error)
        if problem := _number_problem(values["at_once"], MOST_AT_ONCE):
            errors["at_once"] = problem
        return errors

    def question(self) -> str:
        values, verb = self.values(), "Fire" if self._kind == "trigger" else "Invoke"
        path = values["file"].strip()
        often = f"once for each line of {Path(path).name}" if path else f"{values['times'].strip()} times"
        return f"{verb} {self._entity} {often}?"

    async def send(self, values: Mapping[str, str]) -> Batch:
        path = values["file"].strip()
        items = await asyncio.to_thread(partial(self._items, find_path(path) if path else None, values["times"]))
        return Batch(
            kind=self._kind,
            name=self._entity,
            items=items,
            payload_of=self._payload_of_line if path else self._payload_of,
            at_once=int(values["at_once"]),
            per_minute=self._pace(parse_rate(values["rate"]), len(items)),
        )

    def _items(self, path: Path | None, times: str) -> list[Item]:
        if path is not None:
            return items_of_lines(path)
        return [Item(number, self._text) for number in range(1, int(times) + 1)]

    def _pace(self, wanted: float | None, count: int) -> float | None:
        """What is wanted, but no more than the account may have in a minute."""
        budget = budget_per_minute(self.operations, self._kind)
        if budget is None or (count <= budget and wanted is None):
            return wanted
        return float(budget) if wanted is None else min(wanted, float(budget))

    def field_of(self, error: UserError) -> str | None:
        return "file"

    def action_pick_file(self) -> None:
        field = self.fields()["file"]
        pick_file(self, field.value, lambda path: setattr(field, "value", path))


def _number_problem(text: str, most: int) -> str | None:
    word = text.strip()
    if not word.isdecimal() or len(word) > _MOST_DIGITS or not 1 <= int(word) <= most:
        return f"a number from 1 to {formats.count(most)}"
    return None
