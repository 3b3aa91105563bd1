"""Text from outside, made safe to show.

Logs, results, names and error texts come from strangers, and a terminal obeys whatever control characters reach it.
Everything that ends up in a widget or on a terminal goes through `visible` or `visible_line` first. Files that the
user exports keep the exact bytes.

The same step hides keys: actions print the headers of the request that fired them, authorization included.
"""

import base64
import re

from .endpoint import Secret

_BIDIRECTIONAL = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_INVISIBLE = "\u180e\u200b\u200d\u2060-\u2064\ufeff\U000e0000-\U000e007f"
"""They hide that a text is another one, and a joiner between any two signs makes terminals disagree about its width."""
_OTHERS = f"\x7f-\x9f\u2028\u2029{_BIDIRECTIONAL}{_INVISIBLE}\ud800-\udfff"
_UNSAFE = re.compile(f"[\x00-\x08\x0b-\x1f{_OTHERS}]")
_UNSAFE_IN_LINE = re.compile(f"[\x00-\x1f{_OTHERS}]")
_DELETE = 0x7F

_BASIC = r"(?<=Basic )[A-Za-z0-9+/]{12,}={0,2}"
"""What follows `Basic` in any header, also where it was cut."""
_SHORTEST_KEY = 12
"""Anything shorter guards nothing, and may be a part of ordinary words."""
_hidden: set[str] = set()
_keys = re.compile(_BASIC)


def hide(secret: Secret) -> None:
    """From now on `visible` shows neither this key nor its halves nor its form in a header, wherever they occur."""
    global _keys
    key = secret.reveal()
    forms = (key, key.partition(":")[2], base64.b64encode(key.encode()).decode())
    _hidden.update(form for form in forms if len(form) >= _SHORTEST_KEY)
    longest_first = sorted(map(re.escape, _hidden), key=len, reverse=True)
    _keys = re.compile("|".join([*longest_first, _BASIC]))


def holds_key(text: str) -> bool:
    """Whether a key that is to be hidden occurs in it."""
    return _keys.search(text) is not None


def visible(text: str) -> str:
    """`text` with every control character turned into a symbol; tabs and newlines stay.

    C0 and DEL become their control pictures (`␛`), everything else `�`: C1, line separators, bidirectional
    overrides, signs without any width, and lone surrogates, which no terminal can be sent.
    """
    return _keys.sub(_bullets, _UNSAFE.sub(_symbol, text))


def visible_line(text: str) -> str:
    """As `visible`, for a place with room for one line: newlines and tabs become symbols too."""
    return _keys.sub(_bullets, _UNSAFE_IN_LINE.sub(_symbol, text))


def _symbol(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == _DELETE else "�"


def _bullets(match: re.Match[str]) -> str:
    # As long as the key: what marks, cuts and measures the text afterwards counts characters.
    return "•" * len(match[0])
