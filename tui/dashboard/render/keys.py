"""How a key is written."""

from textual.keys import _character_to_key, key_to_character

from .glyphs import Glyphs

_NAMES = {
    "escape": "esc",
    "space": "space",
    "tab": "tab",
    "backspace": "backspace",
    "delete": "del",
    "pageup": "pgup",
    "pagedown": "pgdn",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "slash": "/",
    "at": "@",
    "minus": "-",
    "colon": ":",
    "question_mark": "?",
    "exclamation_mark": "!",
    "plus": "+",
    "underscore": "_",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
}


def key_label(key: str, glyphs: Glyphs) -> str:
    """`question_mark` → `?`, `enter` → `↵`, `ctrl+p` as it is."""
    *modifiers, bare = key.split("+") if key != "+" else [key]
    if bare == "enter":
        name = glyphs.enter
    elif bare in _NAMES:
        name = bare if glyphs.name == "ascii" and not _NAMES[bare].isascii() else _NAMES[bare]
    elif len(bare) == 1:
        name = bare
    else:
        name = key_to_character(bare) or bare
    return "+".join([*modifiers, name])


def named_keys(keys: str) -> list[str]:
    """`?,ctrl+x` → `question_mark`, `ctrl+x`: as Textual calls them."""
    parts = [key.strip() for key in keys.split(",")]
    return [_character_to_key(key) if len(key) == 1 else key for key in parts if key]
