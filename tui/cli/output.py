"""What reaches stdout and stderr.

stdout is data: text, one JSON document, or one a line; always valid UTF-8. stderr is narration. On a terminal text
from outside has its control characters made visible; in JSON they are escaped, everywhere.
"""

from __future__ import annotations

import json
import os
import re
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from tui.entities.text import visible, visible_line

from .ends import OutputClosed

if TYPE_CHECKING:
    from tui.errors import UserError

    from .options import Common

_TO_ESCAPE = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""What JSON allows in a string, but a terminal, a line reader or UTF-8 does not bear."""
_LONE = re.compile("[\ud800-\udfff]")
_DEEP = 20_000


class Output:
    """stdout, in the format that was asked for."""

    def __init__(self, common: Common) -> None:
        self.format = common.format
        self.is_text = common.format == "text"
        self._stream = sys.stdout.buffer
        self._is_terminal = sys.stdout.isatty()
        self._is_colored = self._is_terminal and not os.environ.get("NO_COLOR")

    def document(self, value: Any) -> None:
        """Print one JSON document, or a list's elements one a line with `--jsonl`."""
        if self.format == "jsonl":
            for element in value if isinstance(value, list) else [value]:
                self._write(to_json(element))
        else:
            self._write(to_json(value, pretty=self._is_terminal))

    def line(self, text: str = "") -> None:
        """Print text of our own making, `style`d parts included, with texts from outside already `clean`."""
        self._write(_LONE.sub("�", text))

    def outside(self, text: str) -> None:
        """Print text from outside: neutralised on a terminal, as it is elsewhere."""
        self.line(visible(text) if self._is_terminal else text)

    def clean(self, text: str) -> str:
        """Text from outside for a place in one line."""
        return visible_line(text)

    def style(self, text: str, **looks: Any) -> str:
        return click.style(text, **looks) if self._is_colored else text

    def table(self, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Print columns as wide as their widest cell; nothing is cut."""
        cells = [tuple(map(self.clean, row)) for row in rows]
        widths = [max(map(_width, column)) for column in zip(head, *cells, strict=True)]
        self.line(self.style(_aligned(head, widths), bold=True))
        for row in cells:
            self.line(_aligned(row, widths))

    def facts(self, facts: Iterable[tuple[str, str]], colors: Mapping[str, str | None] | None = None) -> None:
        """Print names and values, one pair a line; a value of several lines stands below its name.

        Args:
            colors: Of values, by name.
        """
        shown = [(name, value) for name, value in facts if value]
        width = max((len(name) for name, _ in shown), default=0)
        for name, value in shown:
            label = self.style(f"{name:<{width}}", bold=True)
            safe = self.style(visible(value) if self._is_terminal else value, fg=(colors or {}).get(name))
            self.line(f"{label.rstrip()}\n{safe}" if "\n" in value else f"{label}  {safe}")

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text.encode() + b"\n")
            self._stream.flush()
        except BrokenPipeError as error:
            raise OutputClosed from error


def to_json(value: Any, *, pretty: bool = False) -> str:
    """`value` as valid JSON that is valid UTF-8 on one line, or indented."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, _DEEP))  # what was parsed can be nested almost as deep as the stack
    try:
        try:
            text = json.dumps(value, ensure_ascii=False, indent=2 if pretty else None, allow_nan=False)
        except ValueError:
            text = json.dumps(_finite(value), ensure_ascii=False, indent=2 if pretty else None)
    finally:
        sys.setrecursionlimit(limit)
    return _TO_ESCAPE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _finite(value: Any) -> Any:
    """JSON has no NaN and no infinity, though Python reads them."""
    if isinstance(value, float):
        return value if value - value == 0 else None
    if isinstance(value, dict):
        return {key: _finite(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_finite(member) for member in value]
    return value


def narrate(text: str) -> None:
    """Tell the user what goes on, on stderr."""
    click.echo(_LONE.sub("�", visible(text)), err=True)


def say_error(error: UserError) -> None:
    narrate(f"whisktop: {error.message}")
    if error.hint:
        narrate(error.hint)


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()


def _width(text: str) -> int:
    """Cells that a terminal needs."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text
    )
