"""JSON text in the colours of its parts, line by line."""

from __future__ import annotations

import json
import re

from tui.entities.json import Json
from tui.entities.text import visible, visible_line

from .line import Span

Spans = tuple[Span, ...]

_TOKEN = re.compile(
    r'(?P<key>"(?:[^"\\]|\\.)*"(?=\s*:))|(?P<text>"(?:[^"\\]|\\.)*"?)'
    r"|(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<word>true|false|null)|(?P<other>[^\"\-\dtfn]+|.)",
    re.DOTALL,
)
_ROLES = {"key": "key", "text": "string", "number": "number", "word": "keyword", "other": "punctuation"}
MAX_COLOURED_CHARS = 2000


def coloured_line(line: str) -> Spans:
    """One line of JSON text as spans; what comes after `MAX_COLOURED_CHARS` has no colour."""
    safe = visible_line(line)
    spans = [Span(match[0], _ROLES[match.lastgroup or "other"]) for match in _TOKEN.finditer(safe[:MAX_COLOURED_CHARS])]
    if len(safe) > MAX_COLOURED_CHARS:
        spans.append(Span(safe[MAX_COLOURED_CHARS:]))
    return tuple(spans)


def inline(value: Json) -> Spans:
    """A small value on one line: `{ "region": "eu-west", "pages": 14 }`."""
    text = json.dumps(value, ensure_ascii=False)
    if isinstance(value, (dict, list)) and value:
        text = f"{text[0]} {text[1:-1]} {text[-1]}"
    return coloured_line(text)


def pretty_lines(value: Json) -> list[str]:
    """The value as indented text. Takes about a tenth of a second per megabyte: large ones belong in a thread."""
    return json.dumps(value, ensure_ascii=False, indent=2).split("\n")


def raw_lines(value: Json) -> list[str]:
    """As `pretty_lines`; a result that is a text alone is shown as that text."""
    if isinstance(value, str):
        return visible(value).split("\n")
    return pretty_lines(value)
