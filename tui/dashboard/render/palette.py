"""Roles: what a piece of text means, resolved to a style of the theme in use.

A role is one or more words: a colour (`muted`, `faint`, `primary`, `error`, …), a chip (`chip`, `chip-blurred`,
`chip-warning`, `chip-error`), and `bold` or `underline`. Two more know about the cursor: `name` is bold on the cursor's
row, and every `faint` there is drawn muted.
"""

from collections.abc import Mapping
from enum import Enum
from functools import lru_cache
from typing import Any

from rich.style import Style
from textual.app import App
from textual.color import Color

COLORS = {
    "foreground": "foreground",
    "muted": "foreground-muted",
    "faint": "faint",
    "hairline": "hairline",
    "primary": "primary",
    "secondary": "secondary",
    "accent": "accent",
    "success": "success",
    "warning": "warning",
    "error": "error",
    "name": "foreground",
    # the colours of code and JSON
    "keyword": "secondary",
    "string": "success",
    "number": "warning",
    "function": "primary",
    "key": "primary",
    "comment": "faint",
    "punctuation": "faint",
}
"""Variable of the theme by role."""

_CHIPS = {
    "chip": ("background", "primary"),
    "chip-blurred": ("foreground-muted", "panel"),
    "chip-warning": ("background", "warning"),
    "chip-error": ("background", "error"),
    "match-current": ("background", "warning"),
}
_BACKGROUNDS = ("background", "surface", "panel", "row-cursor", "row-cursor-blurred")
_VARIABLES = tuple(sorted({*COLORS.values(), *_BACKGROUNDS}))


class RowState(Enum):
    """How a row stands to the cursor."""

    PLAIN = 0
    CURSOR = 1
    """Under the cursor of the panel that has the focus."""
    CURSOR_BLURRED = 2


class Palette:
    """The roles of one theme. Two themes of equal colours give the same palette, so it may key a cache."""

    def __init__(self, variables: Mapping[str, str], *, ansi: bool) -> None:
        self._variables = variables
        self.ansi = ansi
        self._styles: dict[tuple[str, RowState], Style] = {}

    def style(self, role: str, row: RowState = RowState.PLAIN) -> Style:
        """The style of `role`, without a background unless it is a chip."""
        key = (role, row)
        if (style := self._styles.get(key)) is None:
            style = self._styles[key] = self._resolve(role, row)
        return style

    def row_background(self, row: RowState) -> Style:
        """What lies behind every piece of a row."""
        if row is RowState.PLAIN:
            return Style.null()
        if self.ansi:
            return Style(reverse=row is RowState.CURSOR)
        return self.background("row-cursor" if row is RowState.CURSOR else "row-cursor-blurred")

    def background(self, variable: str) -> Style:
        """A background by the theme's name for it; nothing where the theme leaves it to the terminal."""
        color = self._color(variable)
        return Style() if color is None else Style(bgcolor=color)

    def _resolve(self, role: str, row: RowState) -> Style:
        style = Style.null()
        for word in role.split():
            if word in ("bold", "underline"):
                style += Style(**{word: True})  # type: ignore[arg-type]
            elif word == "dim-chart":
                style += self._blend(0.38)
            elif word == "dim-spark":
                style += self._blend(0.45)
            elif word in _CHIPS:
                style += self._chip(*_CHIPS[word])
            elif word in COLORS:
                style += self._foreground(word, row)
            else:
                raise KeyError(f"{word!r} is no role")
        return style

    def _foreground(self, role: str, row: RowState) -> Style:
        if role == "faint" and row is RowState.CURSOR:
            role = "muted"
        bold = role == "name" and row is RowState.CURSOR
        dim = self.ansi and role in ("faint", "muted", "hairline")
        return Style(color=self._color(COLORS[role]), bold=bold or None, dim=dim or None)

    def _chip(self, text: str, behind: str) -> Style:
        if self.ansi:
            return Style(dim=True) if behind == "panel" else Style(reverse=True)
        return Style(color=self._color(text), bgcolor=self._color(behind))

    def _blend(self, share: float) -> Style:
        if self.ansi:
            return Style(dim=True)
        background, foreground = (Color.parse(self._variables[name]) for name in ("background", "foreground"))
        return Style(color=background.blend(foreground, share, 1.0).rich_color)

    def _color(self, variable: str) -> Any:
        text = self._variables.get(variable, "ansi_default")
        if text in ("transparent", "ansi_default") or text.startswith("auto"):
            return None
        color = Color.parse(text.split()[0])
        return color.rich_color


@lru_cache(maxsize=16)
def _palette(values: tuple[str, ...], ansi: bool) -> Palette:
    return Palette(dict(zip(_VARIABLES, values, strict=True)), ansi=ansi)


def palette_of(app: App[Any]) -> Palette:
    """The palette of the theme that `app` shows now."""
    variables = app.theme_variables
    values = tuple(str(variables.get(name, "ansi_default")) for name in _VARIABLES)
    return _palette(values, bool(app.current_theme.ansi))
