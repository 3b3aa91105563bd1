"""The form for an existing action: limits, web access, parameters, and its code from `$EDITOR` or from a file."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Input, Static

from tui.entities.action import Action
from tui.errors import UserError
from tui.operations.actions import editable_text, suffix_of
from tui.operations.watching import SourcePaths

from ..render import formats
from ..render.code import CodeLines
from ..render.glyphs import glyphs_of
from ..render.line import Line, Span
from ..widgets.breadcrumb import Breadcrumb
from ..widgets.footer import Footer
from ..widgets.form import FormField, Refusal, SubmitLine, TextField
from ..widgets.form_code import CodePreview
from ..widgets.header import Header
from ..widgets.title_line import TitleLine
from .action_fields import limit_and_web_fields
from .action_form import find_path
from .edit import JSON_FIELDS, EditScreen
from .edit_outside import edit_outside
from .file_choice import pick_file

if TYPE_CHECKING:
    from tui.operations import Operations
    from tui.operations.definitions import Entity

_TYPING_PAUSE_S = 0.15


class EditActionScreen(EditScreen):
    """Dismisses with the action as the platform has it now, or `None`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "app.focus_next", "next field", id="form.next", tooltip="to the next field"),
        Binding("ctrl+o", "pick_file", "code from a file", id="form.pick_file", tooltip="pick a file", priority=True),
        Binding(
            "ctrl+e", "edit", "edit", id="form.edit", tooltip="edit the code, or the JSON of a field", priority=True
        ),
    ]

    def __init__(self, operations: Operations, before: Action) -> None:
        super().__init__(operations, before)
        self._edited = before
        self._broken: tuple[str, str] | None = None
        """A text that was edited and has an error, and what is wrong with it."""

    @property
    def edited(self) -> Action:
        return self._edited

    # Layout

    def compose(self) -> ComposeResult:
        action, bounds = self._edited, self.operations.platform.bounds
        yield Header()
        yield Breadcrumb()
        with Horizontal(classes="halves"):
            with Vertical(classes="form-half"):
                state = (Span("nothing is sent until you have seen what changes", "muted"),)
                yield TitleLine("Edit", number=1, state=state, id="title")
                with VerticalScroll(can_focus=False, classes="fields"):
                    if not action.is_sequence:
                        yield from self._code_fields()
                    yield from limit_and_web_fields(bounds)
                    for name in JSON_FIELDS:
                        if not action.is_sequence or name == "annotations":
                            yield FormField(name, name, TextField(placeholder="none", json=True), hint="JSON or @file")
                    yield Static("", classes="spacer")
                    yield SubmitLine("review", indent=15)
                    yield Refusal()
            with Vertical(classes="code-half"):
                yield TitleLine("Code", number=2, id="code-title")
                yield CodePreview()
                yield Static("", id="found", markup=False)
        yield Footer()

    def _code_fields(self) -> ComposeResult:
        yield FormField("file", "new code", TextField(placeholder="path of a file or folder"), hint="ctrl+e edits it")
        yield FormField("kind", "kind", TextField())
        yield FormField("main", "main", TextField(placeholder="main"), hint="exported function")
        yield Static("", classes="spacer")

    def on_mount(self) -> None:
        glyphs, action = glyphs_of(self), self._edited
        name = [Span(f"{glyphs.action} ", "faint"), Span(action.name, "foreground bold")]
        self.query_one(Breadcrumb).show([(Span("Actions", "muted"),), name, (Span("edit", "foreground bold"),)])
        self.query_one("#title", TitleLine).show(focused=True)
        self.fill()
        if "file" in self.fields():
            from ..widgets.form_path import path_completion  # lazy: only forms with a path need it

            self.mount(path_completion(cast(Input, self.fields()["file"].control)))
        self.fields()["timeout"].control.focus()
        self._show_code()
        if self.fields().get("file") is not None and self.fields()["file"].value:
            self.changed("file")

    def _show_code(self) -> None:
        action = self._edited
        title, view = self.query_one("#code-title", TitleLine), self.query_one(CodePreview)
        text = editable_text(action.exec)
        if action.is_sequence:
            title.show(name="Steps")
            text = "\n".join(step.removeprefix("/").partition("/")[2] for step in action.exec.components)
        if text is None:
            title.show(state=(Span("an archive", "muted"),))
            view.show_nothing((Span("An archive is not edited here: give a file or folder with new code.", "muted"),))
            return
        lines = CodeLines(text, kind=action.kind)
        is_new = self._edited.exec.code != cast(Action, self.before).exec.code
        word: Line = (Span("changed", "warning"),) if is_new else ()
        title.show(state=(Span(formats.counted(len(lines), "line") + "  ", "muted"), *word))
        view.show_code(lines)

    # What a form gives

    def check(self, values: Mapping[str, str]) -> Mapping[str, str]:
        errors = dict(super().check(values))
        if self._broken is not None:
            errors["file"] = self._broken[1]
        return errors

    async def send(self, values: Mapping[str, str]) -> Entity:
        updated = await super().send(values)
        if file := values.get("file", "").strip():
            SourcePaths().note(self.operations.endpoint, updated.name, find_path(file))
        return updated

    def changed(self, field: str) -> None:
        if field != "file":
            return
        text = self.fields()["file"].value.strip()
        self._broken = None
        if not text:
            self._edited = cast(Action, self.before)
            self._show_code()
            return
        read = partial(self._read_file, find_path(text))
        self.start_job(read, then=self._code_changed, failed=self._file_refused, group="new code", latest_only=True)

    async def _read_file(self, path: Path) -> Action:
        await asyncio.sleep(_TYPING_PAUSE_S)  # while the fingers move, nothing is read
        return await self.operations.actions.with_source(cast(Action, self.before), path)

    def _code_changed(self, edited: Action) -> None:
        self._edited = edited
        self.fields()["kind"].value = edited.kind
        self._broken = None
        self._say_found("")
        self._show_code()
        self.recheck()

    def _file_refused(self, error: UserError) -> None:
        self._broken = ("", error.message)
        self._left_once.add("file")
        self.recheck()

    def _say_found(self, text: str, *, bad: bool = False) -> None:
        line = self.query_one("#found", Static)
        line.set_class(bad, "-missing")
        line.update(text)

    # Keys

    def action_edit(self) -> None:
        focused = next((field for field in self.fields().values() if field.control.has_focus), None)
        if focused is not None and focused.field in JSON_FIELDS:
            self.edit_json(focused)
            return
        if self._edited.is_sequence:
            from .create_sequence import CreateSequenceScreen

            self.app.push_screen(CreateSequenceScreen(self.operations, self._edited), self._steps_changed)
            return
        text = self._broken[0] if self._broken and self._broken[0] else editable_text(self._edited.exec)
        if text is None:
            self.say("there is no text to edit: give a file or folder with new code")
            return
        edited = edit_outside(self, text, suffix=suffix_of(self._edited.kind))
        if edited is None or edited == text:
            return
        take = partial(self.operations.actions.with_code, self._edited, edited)
        self.start_job(take, then=self._code_changed, failed=partial(self._code_refused, edited), group="new code")

    def _steps_changed(self, sequence: Action | None) -> None:
        if sequence is not None:
            self.dismiss(sequence)

    def _code_refused(self, text: str, error: UserError) -> None:
        """The text is kept: the next `ctrl+e` goes on with it."""
        self._broken = (text, error.message)
        self._say_found(f"{glyphs_of(self).error} {error.message} ctrl+e goes on with it.", bad=True)
        self._left_once.add("file")
        self.recheck()

    def action_pick_file(self) -> None:
        if "file" in self.fields():
            field = self.fields()["file"]
            pick_file(self, field.value, lambda path: setattr(field, "value", path))
