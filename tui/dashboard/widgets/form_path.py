"""Completion of paths, for the field that takes one."""

from __future__ import annotations

import os
from pathlib import Path

from textual.content import Content
from textual.widgets import Input
from textual_autocomplete import DropdownItem, PathAutoComplete, TargetState

from tui.entities.text import visible_line


class PathCompletion(PathAutoComplete):
    """Knows the home folder, the root, and which names must not reach a terminal."""

    def __init__(self, target: Input) -> None:
        super().__init__(target, Path(), folder_prefix=Content(""), file_prefix=Content(""))

    def get_candidates(self, target_state: TargetState) -> list[DropdownItem]:
        typed = target_state.text[: target_state.cursor_position]
        folder, slash, begun = typed.rpartition("/")
        place = Path(folder + slash).expanduser() if slash else Path()
        try:
            with os.scandir(place) as entries:
                found = [(not entry.is_dir(), entry.name) for entry in entries if _offered(entry.name, begun)]
        except OSError:
            return []
        return [DropdownItem(name if is_file else f"{name}/") for is_file, name in sorted(found)]

    def apply_completion(self, value: str, state: TargetState) -> None:
        folder, slash, _ = state.text[: state.cursor_position].rpartition("/")
        target = self.target
        target.value = folder + slash + value + state.text[state.cursor_position :]
        target.cursor_position = len(folder + slash + value)


def path_completion(target: Input) -> PathCompletion:
    """Completion for `target`, to be mounted on its screen."""
    return PathCompletion(target)


def _offered(name: str, begun: str) -> bool:
    """Hidden files only where a dot was typed; names with control characters never."""
    return (begun.startswith(".") or not name.startswith(".")) and visible_line(name) == name
