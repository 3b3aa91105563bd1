"""Pick a file for a field: the picker opens at what is typed there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tui.entities.text import visible_line

from ..jobs import Jobs
from .action_form import find_path


def pick_file(screen: Jobs, typed: str, take: Callable[[str], object]) -> None:
    """`take` gets the path as one would type it."""
    from .file_picker import FilePicker  # lazy: only this key needs it

    def picked(path: Path | None) -> None:
        if path is None:
            return
        if visible_line(str(path)) != str(path):
            screen.say("the name of that file holds control characters: rename it first", "warning")
            return
        take(short_path(path))

    here = find_path(typed)
    start = next((folder for folder in (here, here.parent) if folder.is_dir()), Path())
    screen.app.push_screen(FilePicker(start), picked)


def short_path(path: Path) -> str:
    """Below the working folder without its front."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
