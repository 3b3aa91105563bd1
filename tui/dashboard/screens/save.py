"""Save what is shown: which form, and where. A file that is there already is only replaced after a second `enter`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from tui.errors import UserError
from tui.external import FileThere, save_bytes

from ..jobs import Jobs
from ..render import formats
from ..render.line import Line, Span, gap
from ..render.source import Rows
from ..widgets.drawn_line import DrawnLine
from ..widgets.form import FormField, TextField
from ..widgets.line_view import LineView
from ..widgets.title_line import TitleLine
from .copies import Savable


class SaveNote(DrawnLine):
    """What `enter` does now, or what went wrong."""

    text: Line = ()

    def line(self, width: int) -> Line:
        return self.text


class SaveScreen(Jobs, ModalScreen[Path | None]):
    """Dismisses with the file that was written, or `None`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "back", id="save.back", tooltip="save nothing", priority=True),
        # With priority, so that `enter` saves also while names are offered: `tab` completes them.
        Binding("enter,ctrl+s", "save", "save", id="save.write", tooltip="write the file", priority=True),
        Binding("ctrl+t", "next_form", "next form", id="save.form", tooltip="another form of it", priority=True),
    ]

    def __init__(self, files: Sequence[Savable], stem: str) -> None:
        """
        Args:
            files: At least one; the first is what is offered.
            stem: How the file's name begins.
        """
        super().__init__()
        self._files = {file.label: file for file in files}
        self._stem = stem
        self._may_replace: Path | None = None

    def compose(self) -> ComposeResult:
        from ..widgets.form_path import path_completion  # lazy: only forms with a path need it

        path = TextField(self._name_of(next(iter(self._files.values()))), id="path")
        with Vertical(classes="modal save"):
            yield TitleLine("Save", detail=(Span("enter saves, esc leaves", "faint"),))
            yield FormField("path", "file", path, hint="in the working folder")
            yield SaveNote()
            yield TitleLine("What", detail=(Span("ctrl+t chooses another", "faint"),))
            yield LineView(id="forms")
        yield path_completion(path)

    def on_mount(self) -> None:
        path = self.query_one("#path", TextField)
        path.focus()
        path.cursor_position = path.value.rindex(".")
        forms = self.query_one("#forms", LineView)
        forms.can_focus = False
        forms.styles.height = len(self._files)
        forms.show(Rows(list(self._files.values()), key=lambda file: file.label, draw=_row))

    def _name_of(self, file: Savable) -> str:
        return f"{file.stem or self._stem}{file.suffix}"

    @property
    def _file(self) -> Savable:
        chosen = self.query_one("#forms", LineView).cursor_id
        return self._files.get(str(chosen)) or next(iter(self._files.values()))

    @on(LineView.Chosen)
    def _chosen(self, event: LineView.Chosen) -> None:
        event.stop()
        self.action_save()

    @on(LineView.Moved)
    def _other_form(self, event: LineView.Moved) -> None:
        """The name follows, as long as it is one of ours; the suffix of another name, too."""
        event.stop()
        field = self.query_one("#path", TextField)
        if field.value in map(self._name_of, self._files.values()):
            field.value = self._name_of(self._file)
            return
        stem, dot, suffix = field.value.rpartition(".")
        if dot and f".{suffix}" in {file.suffix for file in self._files.values()}:
            field.value = f"{stem}{self._file.suffix}"

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._may_replace = None
        self._note()

    def action_leave(self) -> None:
        self.dismiss(None)

    def action_next_form(self) -> None:
        forms = self.query_one("#forms", LineView)
        forms.move_to_index((forms.cursor_index + 1) % len(self._files))

    def action_save(self) -> None:
        typed = self.query_one("#path", TextField).value.strip()
        if not typed:
            self._note(Span("a file needs a name", "error"))
            return
        path = Path(typed).expanduser()
        write = partial(self._write, self._file, path, overwrite=self._may_replace == path)
        self.start_job(write, then=self._saved, failed=self._refused, group="save")

    @staticmethod
    async def _write(file: Savable, path: Path, *, overwrite: bool) -> tuple[Path, int]:
        def write() -> int:
            data = file.make()
            save_bytes(path, data, overwrite=overwrite)
            return len(data)

        return path, await asyncio.to_thread(write)

    def _saved(self, written: tuple[Path, int]) -> None:
        path, size = written
        self.dismiss(path)
        self.say([Span(str(path)), Span(f" saved  {formats.size(size)}", "muted")])

    def _refused(self, error: UserError) -> None:
        if isinstance(error, FileThere):
            self._may_replace = Path(self.query_one("#path", TextField).value.strip()).expanduser()
            self._note(
                Span(f"{error.message} ", "warning"), Span("enter", "primary bold"), Span(" replaces it", "muted")
            )
        else:
            self._note(Span(error.message, "error"))

    def _note(self, *spans: Span) -> None:
        note = self.query_one(SaveNote)
        note.text = spans
        note.redraw()


def _row(file: Savable, width: int) -> Line:
    return [Span(file.label, "name", min(44, width - 8)), gap(2), Span(file.suffix, "faint")]
