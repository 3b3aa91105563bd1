"""The form for a new action: pick a file, look at what it becomes, send it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from msgspec import Struct
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Input, Static

from tui.client.errors import Conflict
from tui.entities.action import Action
from tui.entities.kinds import default_kind, family_of
from tui.errors import UsageError, UserError
from tui.operations.actions import ActionDraft, Source, infer_draft, read_source
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
from .action_form import DEFAULTS, CheckedAction, check_action, find_path, finds_function, same_command
from .edit_outside import edit_outside
from .file_choice import pick_file
from .form_screen import FormScreen
from .picker import PickScreen

if TYPE_CHECKING:
    from tui.operations import Operations

_TYPING_PAUSE_S = 0.15


class _Seen(Struct, frozen=True):
    """What was found at the path that is typed."""

    path: Path
    inferred: ActionDraft
    source: Source | None
    """`None` of a folder: it is packed only when it is sent."""


class CreateActionScreen(FormScreen[Action]):
    """Dismisses with the action that was created, or `None`."""

    FORM = "action"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "app.focus_next", "next field", id="form.next", tooltip="to the next field"),
        Binding("ctrl+o", "pick_file", "pick a file", id="form.pick_file", tooltip="pick a file", priority=True),
        Binding(
            "ctrl+e", "edit", "edit", id="form.edit", tooltip="edit the code, or the JSON of a field", priority=True
        ),
        Binding(
            "ctrl+r",
            "replace",
            "replace it",
            id="form.replace",
            tooltip="send it in place of the action that has this name",
            priority=True,
        ),
    ]

    def __init__(self, operations: Operations, draft_source: Path | None = None) -> None:
        super().__init__(operations)
        self._draft_source = draft_source
        self._inferred: ActionDraft | None = None
        self._source: Source | None = None
        self._replacing = False
        self._command = ""

    # Layout

    def compose(self) -> ComposeResult:
        bounds = self.operations.platform.bounds
        yield Header()
        yield Breadcrumb()
        with Horizontal(classes="halves"):
            with Vertical(classes="form-half"):
                yield TitleLine(
                    "New action", number=1, state=(Span("nothing is sent until ctrl+s", "muted"),), id="title"
                )
                with VerticalScroll(can_focus=False, classes="fields"):
                    yield FormField("file", "file", TextField(placeholder="path of a file or folder"))
                    yield Static("", classes="spacer")
                    yield FormField("name", "name", TextField(), hint="name or package/name")
                    yield FormField("kind", "kind", TextField(), hint=f"{glyphs_of(self).enter} choose")
                    yield FormField("main", "main", TextField(placeholder="main"), hint="exported function")
                    yield Static("", classes="spacer")
                    yield from limit_and_web_fields(bounds)
                    parameters = TextField(placeholder="none", json=True)
                    yield FormField("parameters", "parameters", parameters, hint="JSON or @file")
                    yield FormField(
                        "environment",
                        "environment",
                        TextField(placeholder="none", json=True),
                        hint="read once, at start",
                    )
                    yield Static("", classes="spacer")
                    yield SubmitLine("create", indent=15)
                    yield Refusal()
                    yield Static("", classes="spacer")
                    yield TitleLine("Same as", id="same-title")
                    yield Static("", id="same", markup=False)
            with Vertical(classes="code-half"):
                yield TitleLine("Code", number=2, id="code-title")
                yield CodePreview()
                yield Static("", id="found", markup=False)
        yield Footer()

    def on_mount(self) -> None:
        self.query_one(Breadcrumb).show([(Span("Actions", "muted"),), (Span("new from file", "foreground bold"),)])
        values = dict(DEFAULTS)
        if self._draft_source is not None:
            values["file"] = str(self._draft_source)
        elif draft := self.draft():
            values |= draft
            if any(draft.get(name) != DEFAULTS[name] for name in DEFAULTS):
                self.query_one("#title", TitleLine).show(state=(Span("the draft from before", "muted"),))
        for name, field in self.fields().items():
            field.value = values[name]
        self.query_one("#title", TitleLine).show(focused=True)
        self.watch_fields()
        self._add_completion()
        start = "name" if self._draft_source is not None else "file"
        self.fields()[start].control.focus()
        self._look_at_file()

    def _add_completion(self) -> None:
        from ..widgets.form_path import path_completion  # lazy: only this form needs it

        control = self.fields()["file"].control
        assert isinstance(control, Input)
        self.mount(path_completion(control))

    # What a form gives

    def check(self, values: Mapping[str, str]) -> Mapping[str, str]:
        return self._checked(values).errors

    async def send(self, values: Mapping[str, str]) -> Action:
        checked = await asyncio.to_thread(self._checked, values)
        if checked.draft is None:  # the file went away since it was typed
            raise UsageError(next(iter(checked.errors.values())))
        made = await self.operations.actions.create(checked.draft, update=self._replacing)
        SourcePaths().note(self.operations.endpoint, made.name, checked.draft.source)
        return made

    def field_of(self, error: UserError) -> str | None:
        if isinstance(error, UsageError):
            return "file"
        return super().field_of(error)

    def changed(self, field: str) -> None:
        self._replacing = False
        if field == "file":
            self._look_at_file()
        elif field in ("kind", "main"):
            self._show_source()

    def recheck(self) -> None:
        super().recheck()
        taken = "ctrl+r replaces it" if self._name_is_taken() else "name or package/name"
        self.fields()["name"].show_hint(taken)
        command = same_command(self.values())
        if command != self._command:
            self._command = command
            self.query_one("#same", Static).update(command, layout=False)

    def _checked(self, values: Mapping[str, str]) -> CheckedAction:
        platform = self.operations.platform
        return check_action(values, platform.bounds, platform.kinds)

    # The file

    def _look_at_file(self) -> None:
        text = self.fields()["file"].value
        if not text.strip():
            self._seen_nothing()
            return
        self.start_job(
            partial(_look, find_path(text)),
            then=self._seen,
            failed=lambda _: self._seen_nothing(),
            group="look at the file",
            latest_only=True,
        )

    def _seen(self, seen: _Seen) -> None:
        before = self._inferred
        self._inferred, self._source = seen.inferred, seen.source
        for name in ("name", "kind"):
            field = self.fields()[name]
            if field.value in ("", getattr(before, name, "")):
                field.value = getattr(seen.inferred, name)
        self._show_source()

    def _seen_nothing(self) -> None:
        self._source = None
        self.fields()["file"].show_hint("ctrl+o picks one")
        self.query_one(CodePreview).show_nothing()
        self.query_one("#code-title", TitleLine).show(name="Code", state=(), detail=())
        self.query_one("#found", Static).update("")

    def _show_source(self) -> None:
        source, inferred = self._source, self._inferred
        if inferred is None:
            return
        values = self.values()
        path, tick = inferred.source, glyphs_of(self).success
        title = self.query_one("#code-title", TitleLine)
        detail: Line = (Span(values["kind"], "muted"),)
        self.fields()["kind"].show_hint(f"from {path.suffix or 'the folder'}, {glyphs_of(self).enter} choose")
        if source is None or source.text is None:
            what = "zipped when it is sent" if source is None else formats.size(path.stat().st_size)
            self.fields()["file"].show_hint(f"{tick} {what}", good=True)
            title.show(name=path.name, state=(Span("an archive" if source else "a folder", "muted"),), detail=detail)
            self.query_one(CodePreview).show_nothing()
            self.query_one("#found", Static).update("")
            return
        size = formats.size(len(source.text.encode("utf-8", "surrogatepass")))
        self.fields()["file"].show_hint(f"{tick} {size}, read", good=True)
        title.show(name=path.name, state=(Span(formats.counted(source.lines or 0, "line"), "muted"),), detail=detail)
        self.query_one(CodePreview).show_code(CodeLines(source.text, kind=values["kind"] or inferred.kind))
        self._show_found(source.text, values["kind"] or inferred.kind, values["main"] or "main")

    def _show_found(self, text: str, kind: str, main: str) -> None:
        found, glyphs = finds_function(text, kind, main), glyphs_of(self)
        said = {
            None: "",
            True: f"{glyphs.success} has {main}",
            False: f"{glyphs.refused} no function {main} seen in it",
        }
        line = self.query_one("#found", Static)
        line.set_class(found is False, "-missing")
        line.update(said[found])

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "replace" and self.is_mounted:
            return self._name_is_taken()
        return super().check_action(action, parameters)

    def _name_is_taken(self) -> bool:
        refused = self._refused.get("name")
        return refused is not None and isinstance(refused[1], Conflict) and "already" in refused[1].message

    def action_replace(self) -> None:
        self._refused.pop("name", None)
        self.recheck()
        self._replacing = True
        self.action_send()

    def action_pick_file(self) -> None:
        pick_file(self, self.fields()["file"].value, self._picked)

    def _picked(self, path: str) -> None:
        self.fields()["file"].value = path
        self.fields()["name"].control.focus()

    def action_edit(self) -> None:
        focused = next((field for field in self.fields().values() if field.control.has_focus), None)
        if focused is not None and focused.field in ("parameters", "environment"):
            edited = edit_outside(self, focused.value, suffix=".json")
            if edited is not None:
                focused.value = " ".join(edited.split("\n")).strip()
        elif self._source is not None and self._source.text is not None:
            self._edit_code(self._source)
        else:
            self.say("there is no text to edit")

    def _edit_code(self, source: Source) -> None:
        assert source.text is not None
        edited = edit_outside(self, source.text, suffix=source.path.suffix)
        if edited is not None and edited != source.text:
            try:
                source.path.write_text(edited, encoding="utf-8")
            except OSError as error:
                self.say_error(
                    UsageError(f"{source.path} cannot be written: {(error.strerror or str(error)).lower()}.")
                )
            self._look_at_file()

    async def _on_kind_enter(self) -> None:
        families = dict.fromkeys(family_of(kind) for kind in self.operations.platform.kinds)
        kinds = [*map(default_kind, families), *self.operations.platform.kinds]
        if not kinds:
            self.say("this platform does not tell its kinds: type one")
            return
        field = self.fields()["kind"]
        self.app.push_screen(PickScreen("Kind", kinds, current=field.value), partial(self._kind_picked, field))

    @staticmethod
    def _kind_picked(field: FormField, kind: str | None) -> None:
        if kind is not None:
            field.value = kind

    async def on_input_submitted(self, event: Input.Submitted) -> None:
        if event.input is self.fields()["kind"].control:
            event.prevent_default()
            event.stop()
            await self._on_kind_enter()


async def _look(path: Path) -> _Seen:
    await asyncio.sleep(_TYPING_PAUSE_S)  # while the fingers move, nothing is read
    return await asyncio.to_thread(_read, path)


def _read(path: Path) -> _Seen:
    inferred = infer_draft(path)
    return _Seen(path, inferred, None if path.is_dir() else read_source(path, inferred.kind))
