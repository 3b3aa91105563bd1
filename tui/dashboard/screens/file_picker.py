"""Pick the file of an action. Imported only when the key is pressed: the picker comes from a library.

The library shows names as they are, folders' even as markup; here they are made harmless first. Its icons are emoji,
which many terminals draw too wide, so ours take their place.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.text import Text
from textual.app import ComposeResult
from textual_fspicker import FileOpen
from textual_fspicker.icons import Icons
from textual_fspicker.parts.current_directory import CurrentDirectory
from textual_fspicker.parts.directory_navigation import DirectoryEntry

from tui.entities.text import visible_line


class _Entry(DirectoryEntry):
    """A row of the list."""

    @classmethod
    def safe_name(cls, location: Path) -> Text:
        return Text(visible_line(location.name) + ("/" if location.is_dir() else ""))


class _Place(CurrentDirectory):
    """The folder that is shown."""

    def update(self, content: Any = "", *, layout: bool = True) -> None:
        super().update(Text(visible_line(str(content))), layout=layout)


class FilePicker(FileOpen):
    """Dismisses with the path, or `None`."""

    def __init__(self, start: Path) -> None:
        super().__init__(start, title="Pick the action's file")

    def _header_area(self) -> ComposeResult:
        yield _Place()


# The list makes its rows itself and offers no other seam than its class.
DirectoryEntry._name = _Entry.safe_name  # type: ignore[method-assign]
Icons.set_picker(lambda location: Text(""))
