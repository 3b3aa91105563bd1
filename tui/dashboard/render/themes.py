"""The two themes of our own, and what every other theme lacks.

Colours stand here as figures and nowhere else: styles and widgets name roles.
"""

from textual.color import Color
from textual.theme import Theme

DARK_NAME = "whisktop-dark"
LIGHT_NAME = "whisktop-light"


def _theme(
    name: str, *, dark: bool, muted: str, faint: str, hairline: str, cursor: str, blurred: str, **base: str
) -> Theme:
    foreground, primary, panel = base["foreground"], base["primary"], base["panel"]
    return Theme(
        name=name,
        dark=dark,
        **base,  # type: ignore[arg-type]
        variables={
            "foreground-muted": muted,
            "foreground-disabled": faint,
            "faint": faint,
            "hairline": hairline,
            "row-cursor": cursor,
            "row-cursor-blurred": blurred,
            "text": foreground,
            "text-muted": muted,
            "text-disabled": faint,
            "text-primary": primary,
            "text-secondary": base["secondary"],
            "text-warning": base["warning"],
            "text-error": base["error"],
            "text-success": base["success"],
            "text-accent": base["accent"],
            "border": primary,
            "border-blurred": hairline,
            "footer-key-foreground": primary,
            "footer-description-foreground": muted,
            "footer-background": base["background"],
            "block-cursor-background": cursor,
            "block-cursor-foreground": foreground,
            "block-cursor-text-style": "none",
            "block-cursor-blurred-background": blurred,
            "block-cursor-blurred-foreground": foreground,
            "block-hover-background": blurred,
            "input-cursor-background": foreground,
            "input-cursor-foreground": base["background"],
            "input-selection-background": cursor,
            "screen-selection-background": cursor,
            "scrollbar": hairline,
            "scrollbar-hover": faint,
            "scrollbar-active": primary,
            "scrollbar-background": base["background"],
            "scrollbar-background-hover": base["background"],
            "scrollbar-background-active": base["background"],
            "scrollbar-corner-color": base["background"],
            "button-foreground": foreground,
            "link-color": primary,
            "surface-active": panel,
        },
    )


WHISKTOP_DARK = _theme(
    DARK_NAME,
    dark=True,
    background="#0f141a",
    surface="#151c24",
    panel="#1e2731",
    foreground="#dde4ec",
    primary="#7aa8ff",
    secondary="#c0a0fb",
    accent="#4fcfd6",
    success="#7ccb8d",
    warning="#e8b552",
    error="#ff7a72",
    muted="#9aa7b4",
    faint="#8491a0",
    hairline="#33404d",
    cursor="#22334f",
    blurred="#1c252f",
)

WHISKTOP_LIGHT = _theme(
    LIGHT_NAME,
    dark=False,
    background="#f3f5f8",
    surface="#fdfdfe",
    panel="#e6eaf0",
    foreground="#1d2630",
    primary="#1f5fd1",
    secondary="#7440c4",
    accent="#006f7c",
    success="#177033",
    warning="#835500",
    error="#ba2b26",
    muted="#4f5c69",
    faint="#5b6874",
    hairline="#c3ccd5",
    cursor="#d8e5fc",
    blurred="#e6eaf0",
)

THEMES = (WHISKTOP_DARK, WHISKTOP_LIGHT)


def variable_defaults(theme: Theme) -> dict[str, str]:
    """Values of our own variables for a theme that does not set them, blended from the colours it has."""
    colors = theme.to_color_system().generate()
    foreground, background = _color(colors.get("foreground")), _color(colors.get("background"))
    primary = _color(colors.get("primary"))
    if theme.ansi or foreground is None or background is None or primary is None:
        return {
            "faint": "ansi_default",
            "hairline": "ansi_bright_black",
            "row-cursor": "ansi_default",
            "row-cursor-blurred": "ansi_default",
        }
    return {
        "faint": background.blend(foreground, 0.62, 1.0).hex,
        "hairline": background.blend(foreground, 0.22, 1.0).hex,
        "row-cursor": background.blend(primary, 0.22, 1.0).hex,
        "row-cursor-blurred": background.blend(foreground, 0.08, 1.0).hex,
    }


def _color(text: str | None) -> Color | None:
    """The colour `text` names, unless it is one of the terminal's own, which cannot be blended."""
    if text is None or text.startswith(("ansi", "auto")):
        return None
    return Color.parse(text)
