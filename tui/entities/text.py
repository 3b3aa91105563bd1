"""Text from outside, made safe to show.

Logs, results, names and error texts come from strangers, and a terminal obeys whatever control characters reach it.
Everything that ends up in a widget or on a terminal goes through `visible` or `visible_line` first. Files that the
user exports keep the exact bytes.
"""

import re

_BIDIRECTIONAL = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_UNSAFE = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029{_BIDIRECTIONAL}\ud800-\udfff]")
_UNSAFE_IN_LINE = re.compile(f"[\x00-\x1f\x7f-\x9f\u2028\u2029{_BIDIRECTIONAL}\ud800-\udfff]")
_DELETE = 0x7F


def visible(text: str) -> str:
    """`text` with every control character turned into a symbol; tabs and newlines stay.

    C0 and DEL become their control pictures (`␛`), everything else `�`: C1, line separators, bidirectional
    overrides, and lone surrogates, which no terminal can be sent.
    """
    return _UNSAFE.sub(_symbol, text)


def visible_line(text: str) -> str:
    """As `visible`, for a place with room for one line: newlines and tabs become symbols too."""
    return _UNSAFE_IN_LINE.sub(_symbol, text)


def _symbol(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == _DELETE else "�"
