"""The marks the screen is drawn with, in two sets of the same widths.

Every glyph is one cell wide. The ASCII set replaces each one for one, for terminals and fonts that draw the others
badly; where the locale makes ambiguous characters wide it is the default.
"""

import locale
import os
from typing import Any

from msgspec import Struct

from tui.entities.activation import State

_WIDE_LANGUAGES = ("zh", "ja", "ko")


class Glyphs(Struct, frozen=True, kw_only=True):
    """One set; the defaults are the usual one."""

    name: str = "unicode"
    success: str = "✓"
    error: str = "✗"
    platform_error: str = "▲"
    timeout: str = "◷"
    running: str = "▶"
    queued: str = "◌"
    cancelled: str = "■"
    lost: str = "?"
    live: str = "●"
    polling: str = "◐"
    reconnecting: str = "↻"
    offline: str = "✗"
    trigger: str = "↯"
    action: str = "ƒ"
    sequence: str = "»"
    rule_on: str = "●"
    rule_off: str = "○"
    cold: str = "✱"
    late: str = "↶"
    refused: str = "⊘"
    locked: str = "▣"
    paused: str = "‖"
    skew: str = "≈"
    more: str = "…"
    cursor: str = "▌"
    cursor_blurred: str = "▏"
    marked: str = "◆"
    stdout: str = "│"
    stderr: str = "┃"
    folded: str = "▸"
    unfolded: str = "▾"
    bar: str = "━"
    bar_half: str = "╸"
    track: str = "─"
    tick: str = "┼"
    tick_passed: str = "╋"
    rule: str = "─"
    arrow: str = "→"
    up: str = "↑"
    down: str = "↓"
    times: str = "×"
    separator: str = "▸"
    dot: str = "·"
    tree_branch: str = "├"
    tree_last: str = "└"
    tree_down: str = "│"
    waited: str = "┄"
    cold_bar: str = "╍"
    prompt: str = "›"
    enter: str = "↵"
    blocks: str = "▁▂▃▄▅▆▇█"
    """Eight heights of a column, for charts."""

    def of_state(self, state: State) -> str:
        """The glyph that stands before a state's word."""
        return getattr(self, _FIELD_BY_STATE[state])  # type: ignore[no-any-return]


UNICODE = Glyphs()

ASCII = Glyphs(
    name="ascii",
    success="+",
    error="x",
    platform_error="X",
    timeout="t",
    running=">",
    queued=".",
    cancelled="-",
    live="*",
    polling="*",
    reconnecting="~",
    offline="x",
    trigger="!",
    action="f",
    sequence="=",
    rule_on="*",
    rule_off="o",
    cold="~",
    late="<",
    refused="/",
    locked="#",
    paused="=",
    skew="~",
    more="~",
    cursor=">",
    cursor_blurred="|",
    marked="@",
    stdout="|",
    stderr="|",
    folded=">",
    unfolded="v",
    bar="=",
    bar_half="-",
    track="-",
    tick="|",
    tick_passed="|",
    rule="-",
    arrow=">",
    up="^",
    down="v",
    times="x",
    separator=">",
    dot="-",
    tree_branch="|",
    tree_last="`",
    tree_down="|",
    waited=".",
    cold_bar="-",
    prompt=">",
    enter="ret",
    blocks="_.-:=+*#",
)

_FIELD_BY_STATE = {
    State.QUEUED: "queued",
    State.RUNNING: "running",
    State.SUCCESS: "success",
    State.APPLICATION_ERROR: "error",
    State.DEVELOPER_ERROR: "error",
    State.INTERNAL_ERROR: "platform_error",
    State.TIMEOUT: "timeout",
    State.CANCELLED: "cancelled",
    State.LOST: "lost",
    State.FIRED: "trigger",
}


def choose_glyphs(option: str) -> Glyphs:
    """The set for `glyphs = …` of the config: `unicode`, `ascii`, or anything else to go by the locale."""
    if option == "ascii":
        return ASCII
    if option == "unicode":
        return UNICODE
    encoding = locale.getpreferredencoding(False).lower().replace("-", "")
    language = os.environ.get("LC_ALL") or os.environ.get("LC_CTYPE") or os.environ.get("LANG") or ""
    return UNICODE if encoding == "utf8" and not language.startswith(_WIDE_LANGUAGES) else ASCII


def glyphs_of(widget: Any) -> Glyphs:
    """The set in use by the app that `widget` lives in."""
    glyphs = getattr(widget.app, "glyphs", UNICODE)
    return glyphs if isinstance(glyphs, Glyphs) else UNICODE


def all_glyphs(glyphs: Glyphs) -> dict[str, str]:
    """Every mark by the name of its field."""
    return {name: getattr(glyphs, name) for name in glyphs.__struct_fields__ if name != "name"}
