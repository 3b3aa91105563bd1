"""JSON as bytes, fast where it can be and exact where it must be.

orjson reads an integer of more than 64 bits as a float and neither reads nor writes lone surrogates; the standard
library does both right, so it stands in for those texts. `NaN` and `Infinity` are no JSON and are refused.
"""

import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

import orjson

from tui.entities.json import Json

_LONG_NUMBER = re.compile(rb"\d{19}")
_SEARCHED_BYTES = 2 * 1024 * 1024
"""Longer texts are code in base64; looking through them would cost more than it finds."""
_MAX_DEPTH = 1000
"""The platform's own parser reads no text that is nested deeper; ours bears a little more."""
_FRAMES_PER_LEVEL = 4
_deepening = Lock()
"""Python's limit is one for all threads: who takes it back must not find another that is still deep down."""


def parse_json(text: bytes) -> Json:
    """Read one JSON value.

    Raises:
        ValueError: Not JSON; the text says where.
    """
    if len(text) > _SEARCHED_BYTES or _LONG_NUMBER.search(text) is None:
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError:
            pass
    try:
        return json.loads(text.decode(), parse_constant=_refuse_constant)
    except RecursionError as error:
        raise ValueError("the content is nested too deeply") from error


def is_readable(text: bytes) -> bool:
    """Whether JSON of a worker's making can be read again: a program may nest deeper than any other can follow."""
    if len(text) <= _MAX_DEPTH or text.count(b"[") + text.count(b"{") <= _MAX_DEPTH:
        return True
    try:
        parse_json(text)
    except ValueError:
        return False
    return True


def _refuse_constant(name: str) -> Json:
    raise ValueError(f"{name} is not JSON")


def encodable(text: str) -> str:
    """`text` with a question mark for every lone surrogate, which UTF-8 cannot carry."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def to_json_bytes(value: Json) -> bytes:
    """Compact JSON on one line."""
    try:
        return orjson.dumps(value)
    except TypeError:
        with _room_for_depth():
            return json.dumps(value, separators=(",", ":")).encode()


def to_pretty_bytes(value: Json) -> bytes:
    """Two blanks per level, one member per line, arrays on one line, as the web route prints JSON."""
    with _room_for_depth():
        return _pretty(value, "\n").encode("utf-8", "backslashreplace")


@contextmanager
def _room_for_depth() -> Iterator[None]:
    """What could be read can be written: by default Python follows a value less deep than our reader does."""
    with _deepening:
        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(limit + _FRAMES_PER_LEVEL * (_MAX_DEPTH + 100))
        try:
            yield
        finally:
            sys.setrecursionlimit(limit)


def _pretty(value: Json, line: str) -> str:
    if isinstance(value, dict):
        if not value:
            return "{\n" + line + "}"
        inner = line + "  "
        members = (f"{_scalar(str(key))}: {_pretty(member, inner)}" for key, member in value.items())
        return "{" + inner + ("," + inner).join(members) + line + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_pretty(element, line) for element in value) + "]"
    return _scalar(value)


def _scalar(value: Json) -> str:
    if isinstance(value, str):
        text = json.dumps(value, ensure_ascii=False)
        return text if text.isascii() or not _has_surrogates(text) else json.dumps(value)
    return json.dumps(value)


def _has_surrogates(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)
