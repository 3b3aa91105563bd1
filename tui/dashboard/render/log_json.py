"""Lines of a log that are JSON objects: in one row what matters of them, unfolded all; and lines by their fields."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from typing import Final

from msgspec import Struct

from tui.entities.activation import LogLine
from tui.entities.json import Json, JsonObject
from tui.entities.text import visible_line

from .json_text import pretty_lines
from .line import Span

MAX_CHARS: Final = 100_000
"""A longer line is shown as it is."""
_LEVELS = ("level", "severity", "lvl", "levelname", "log.level")
_MESSAGES = ("msg", "message", "event", "text")
_TIMES = ("time", "timestamp", "ts", "@timestamp")
_PINO = {10: "trace", 20: "debug", 30: "info", 40: "warn", 50: "error", 60: "fatal"}
_FIELD = re.compile(r"(?P<name>[\w.@-]+)(?P<sign>!=|>=|<=|=|>|<)(?P<value>.*)")


def may_be_object(text: str) -> bool:
    """Whether a line looks like a JSON object; for sure only `object_of` knows."""
    return text.startswith('{"') and text.endswith("}") and len(text) <= MAX_CHARS


def object_of(text: str) -> JsonObject | None:
    """The object that a line is; `None` where it is none, or an empty one."""
    if not may_be_object(text):
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and value else None


def summary(value: JsonObject) -> list[Span]:
    """`info checkpoint  page=5 rows=1047`: level, message, and the other fields; the time stands in its own column."""
    spans: list[Span] = []
    level, level_name = _first(value, _LEVELS)
    if level_name is not None:
        word = _PINO.get(level, str(level)) if isinstance(level, int) else _text(level)
        spans.append(Span(f"{word.lower()} ", _level_role(word)))
    message, message_name = _first(value, _MESSAGES)
    if message_name is not None:
        spans.append(Span(f"{_text(message)}  "))
    shown = {level_name, message_name, *_TIMES}
    rest = " ".join(f"{key}={_text(item)}" for key, item in value.items() if key not in shown)
    return [*spans, Span(rest, "faint")]


def unfolded(value: JsonObject) -> list[str]:
    """All of it, a member a line."""
    return pretty_lines(value)


def _first(value: JsonObject, names: Iterable[str]) -> tuple[Json, str | None]:
    return next(((value[name], name) for name in names if name in value), (None, None))


def _text(value: Json) -> str:
    return visible_line(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _level_role(word: str) -> str:
    word = word.lower()
    if word.startswith(("err", "fatal", "crit", "panic", "alert", "emerg")):
        return "error bold"
    return "warning" if word.startswith("warn") else "primary"


class LineFilter(Struct, frozen=True):
    """Which lines of a log are shown: `word`, `!word`, `stderr`, `level=error`, `page>5`, all of them together."""

    text: str
    tests: tuple[Callable[[LogLine], bool], ...]

    @classmethod
    def parse(cls, text: str) -> LineFilter:
        return cls(text, tuple(map(_test, text.split())))

    def admits(self, line: str) -> bool:
        """Of a line as the platform sent it."""
        parsed = LogLine.parse(line)
        return all(test(parsed) for test in self.tests)

    def kept(self, lines: Iterable[str], *, first: int = 0) -> list[int]:
        """The numbers of the lines that are shown, counted from `first`."""
        return [number for number, line in enumerate(lines, first) if self.admits(line)]


def _test(term: str) -> Callable[[LogLine], bool]:
    if term.startswith("!") and len(term) > 1:
        inner = _test(term[1:])
        return lambda line: not inner(line)
    if term in ("stdout", "stderr"):
        return lambda line: line.stream == term
    if (field := _FIELD.fullmatch(term)) is not None:
        return _field_test(field["name"], field["sign"], field["value"])
    word = term.lower()
    return lambda line: word in line.text.lower()


def _field_test(name: str, sign: str, wanted: str) -> Callable[[LogLine], bool]:
    def test(line: LogLine) -> bool:
        value = object_of(line.text)
        found = None if value is None else _member(value, name)
        if found is None:
            return False
        if sign in ("=", "!="):
            return (_text(found).lower() == wanted.lower()) == (sign == "=")
        return _compares(found, sign, wanted)

    return test


def _member(value: JsonObject, name: str) -> Json:
    """By its own name, or by the way to it: `user.id`."""
    if name in value:
        return value[name]
    here: Json = value
    for part in name.split("."):
        here = here.get(part) if isinstance(here, dict) else None
    return here


def _compares(found: Json, sign: str, wanted: str) -> bool:
    try:
        left, right = float(found), float(wanted)
    except (TypeError, ValueError):
        return False
    return {">": left > right, "<": left < right, ">=": left >= right, "<=": left <= right}[sign]
