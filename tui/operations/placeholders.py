"""Placeholders in payloads: `{{now}}`, `{{uuid}}`, `{{env.NAME}}` and `{{n}}`, filled in when a payload is sent.

They stand in texts of the JSON, also as its names. A text that is nothing but `{{now_ms}}` or `{{n}}` becomes a number.
Other words in double braces are left alone: templates of other programs look like that.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final

from msgspec import Struct

from tui.entities.json import Json, JsonObject
from tui.errors import UsageError

EXPLAINED: Final = (
    ("{{now}}", "the time it is sent, 2026-01-31T12:00:00.000Z"),
    ("{{now_ms}}", "the same in milliseconds, as a number"),
    ("{{uuid}}", "a new id each time"),
    ("{{env.NAME}}", "a variable of the environment"),
    ("{{n}}", "1, 2, 3 … where it is sent many times"),
)
_PLACEHOLDER: Final = re.compile(r"\{\{ *(now|now_ms|uuid|n|env\.[A-Za-z_][A-Za-z0-9_]*) *\}\}")
_ESCAPE: Final = re.compile(r"\\u([0-9a-fA-F]{4})")


class Unfilled(UsageError):
    """A placeholder that nothing can be put in place of."""

    title = "A placeholder cannot be filled"


class Filling(Struct, frozen=True, kw_only=True):
    """What placeholders stand for."""

    now_ms: int
    environ: Mapping[str, str]
    number: int = 1
    """Which of many sendings it is, the first being 1."""


def placeholders_in(text: str) -> tuple[str, ...]:
    """Those in a payload as it was typed, also where signs of them are escaped; each once, as `{{now}}`."""
    read = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
    return tuple(dict.fromkeys(f"{{{{{found[1]}}}}}" for found in _PLACEHOLDER.finditer(read)))


def filled(payload: JsonObject, filling: Filling) -> JsonObject:
    """The payload as it is sent.

    Raises:
        Unfilled: The environment has no such variable; the message names it.
    """
    return _filled_object(payload, lambda word: _value(word, filling))


_Value = Callable[[str], str | int]


def _filled(value: Json, value_of: _Value) -> Json:
    if isinstance(value, str):
        alone = _PLACEHOLDER.fullmatch(value)
        return value_of(alone[1]) if alone else _filled_text(value, value_of)
    if isinstance(value, dict):
        return _filled_object(value, value_of)
    if isinstance(value, list):
        return [_filled(item, value_of) for item in value]
    return value


def _filled_object(value: JsonObject, value_of: _Value) -> JsonObject:
    return {_filled_text(key, value_of): _filled(item, value_of) for key, item in value.items()}


def _filled_text(text: str, value_of: _Value) -> str:
    return _PLACEHOLDER.sub(lambda found: str(value_of(found[1])), text)


def _value(word: str, filling: Filling) -> str | int:
    match word:
        case "now":
            now = datetime.fromtimestamp(filling.now_ms / 1000, UTC)
            return now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        case "now_ms":
            return filling.now_ms
        case "uuid":
            return str(uuid.uuid4())
        case "n":
            return filling.number
    name = word.removeprefix("env.")
    if name not in filling.environ:
        raise Unfilled(f"The environment has no {name}.", hint=f"Set it before whisktop starts, or type over {word}.")
    return filling.environ[name]
