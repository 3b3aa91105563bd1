"""JSON as people write it: comments, names and texts without quotes, commas left out or left over.

That is what `aio` keeps in its files (Hjson), with braces around the whole.
"""

import json
import re
from typing import Any

_SPACE = re.compile(r"(?:\s+|#[^\n]*|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_STRING = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'', re.DOTALL)
_NAME = re.compile(r"[^\s:,{}\[\]\"']+")
_REST_OF_LINE = re.compile(r"[^\n]*")
_LITERAL = re.compile(
    r"(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?=[ \t]*(?:[,\]}#\r\n]|//|/\*|$))"
)
_DEEPEST = 50


def parse(text: str) -> Any:
    """
    Raises:
        ValueError: It is not even that.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return _Parser(text).document()


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def document(self) -> Any:
        value = self._value(0)
        self._skip()
        if self._at < len(self._text):
            raise self._wrong("the end")
        return value

    def _value(self, depth: int) -> Any:
        self._skip()
        if depth > _DEEPEST:
            raise ValueError("it is nested too deeply")
        opening = self._text[self._at : self._at + 1]
        if opening == "{":
            return self._object(depth)
        if opening == "[":
            return self._array(depth)
        if self._text.startswith("'''", self._at):
            return self._block()
        if opening in ('"', "'"):
            return self._string()
        return self._bare()

    def _object(self, depth: int) -> dict[str, Any]:
        members: dict[str, Any] = {}
        self._at += 1
        while not self._closed("}"):
            name = self._string() if self._text[self._at] in "\"'" else self._match(_NAME, "a name")
            self._skip()
            if not self._text.startswith(":", self._at):
                raise self._wrong("a colon")
            self._at += 1
            members[name] = self._value(depth + 1)
            self._comma()
        return members

    def _array(self, depth: int) -> list[Any]:
        elements = []
        self._at += 1
        while not self._closed("]"):
            elements.append(self._value(depth + 1))
            self._comma()
        return elements

    def _closed(self, closing: str) -> bool:
        self._skip()
        if self._at >= len(self._text):
            raise self._wrong(closing)
        if self._text[self._at] != closing:
            return False
        self._at += 1
        return True

    def _comma(self) -> None:
        self._skip()
        if self._text.startswith(",", self._at):
            self._at += 1

    def _string(self) -> str:
        quoted = self._match(_STRING, "a text in quotes")
        if quoted.startswith("'"):
            quoted = '"' + quoted[1:-1].replace("\\'", "'").replace('"', '\\"') + '"'
        return str(json.loads(quoted, strict=False))

    def _block(self) -> str:
        end = self._text.find("'''", self._at + 3)
        if end < 0:
            raise self._wrong("'''")
        text, self._at = self._text[self._at + 3 : end], end + 3
        return "\n".join(line.strip() for line in text.strip().splitlines())

    def _bare(self) -> Any:
        """A number or word as JSON has it, else a text without quotes, which goes on to the end of its line."""
        if literal := _LITERAL.match(self._text, self._at):
            self._at = literal.end()
            return json.loads(literal[0])
        return self._match(_REST_OF_LINE, "a value").strip()

    def _match(self, pattern: re.Pattern[str], what: str) -> str:
        match = pattern.match(self._text, self._at)
        if match is None or not match[0]:
            raise self._wrong(what)
        self._at = match.end()
        return match[0]

    def _skip(self) -> None:
        match = _SPACE.match(self._text, self._at)
        assert match is not None
        self._at = match.end()

    def _wrong(self, expected: str) -> ValueError:
        return ValueError(f"line {self._text.count(chr(10), 0, self._at) + 1}: expected {expected}")
