"""Choose a theme: whatever the cursor is on is shown at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from textual import on
from textual.theme import Theme

from ..render.themes import THEMES
from ..widgets.line_view import LineView
from .picker import PickScreen


class ThemePicker(PickScreen):
    """Dismisses with the theme that was taken, or `None`: then whoever asked shows again what was before."""

    def __init__(self, themes: Mapping[str, Theme], current: str) -> None:
        super().__init__("Theme", themes_in_order(themes), current=current)
        self._themes = themes

    def note_of(self, choice: str) -> str:
        theme = self._themes[choice]
        shade = "dark" if theme.dark else "light"
        return f"{shade}, the terminal's colours" if theme.ansi else shade

    @on(LineView.Moved)
    def _preview(self, event: LineView.Moved) -> None:
        event.stop()
        if isinstance(event.row_id, str):
            self.app.theme = event.row_id


def themes_in_order(names: Iterable[str]) -> list[str]:
    """Ours first, then those of the terminal's own colours, then the others by name."""
    ours = [theme.name for theme in THEMES]
    return sorted(names, key=lambda name: (name not in ours, not name.startswith("ansi"), name))
