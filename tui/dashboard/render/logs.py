"""Log lines for the screen: which stream, what time, what was said, and where a search finds something.

A log of ten megabytes is kept as the lines came; only lines that are looked at are taken apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct, field
from rich.cells import cell_len

from tui.entities.activation import LogLine
from tui.entities.text import visible_line

TRUNCATED = re.compile(r"Logs were truncated because the total bytes size exceeds the limit of (\d+) bytes\.?$")
"""What the platform appends, on stderr, where it stopped to collect."""
MAX_SHOWN_CHARS = 8_000
"""Of one line: what stands behind it is in the copy and in the file."""
_STREAM_AT = slice(31, 38)
_STREAMS = ("stdout:", "stderr:")
TEXT_AT = 39
"""Where the text begins in a line in the platform's usual form."""


class Match(Struct, frozen=True):
    """One place where a search found something: a line, and the cells of its text."""

    line: int
    start: int
    end: int


class LogText(Struct):
    """What one run printed so far."""

    lines: list[str] = field(default_factory=list)
    """As the platform sent them."""
    stderr_count: int = 0

    def append(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.lines.append(line)
            if is_stderr(line):
                self.stderr_count += 1

    @property
    def cut_at_bytes(self) -> int | None:
        """The limit, where the platform stopped to collect."""
        for line in self.lines[-3:]:
            if found := TRUNCATED.search(line):
                return int(found[1])
        return None

    def parsed(self, index: int) -> LogLine:
        """Line `index` taken apart; its text is safe to show."""
        line = LogLine.parse(self.lines[index])
        return LogLine(line.timestamp, line.stream, shown_text(line.text))

    def cells(self, index: int) -> int:
        """How wide the text of line `index` is."""
        line = self.lines[index]
        if line[_STREAM_AT] in _STREAMS and line.isascii() and "\t" not in line and line[-1] != "\r":
            return min(len(line) - TEXT_AT, MAX_SHOWN_CHARS + 1)  # the common case, without taking it apart
        return cell_len(self.parsed(index).text)

    def find(self, text: str) -> list[Match]:
        """Every place where the text of a line contains `text`, case ignored, from the top."""
        if not text:
            return []
        pattern = re.compile(re.escape(text), re.IGNORECASE)
        matches: list[Match] = []
        for index, line in enumerate(self.lines):
            if pattern.search(line):  # most lines hold nothing: take only the others apart
                said = self.parsed(index).text
                matches += [Match(index, found.start(), found.end()) for found in pattern.finditer(said)]
        return matches


def is_stderr(line: str) -> bool:
    """Whether a line as the platform sent it was printed to stderr; without taking it apart."""
    return line[_STREAM_AT] == "stderr:"


def shown_text(text: str) -> str:
    """A line as it may stand on the screen."""
    if len(text) > MAX_SHOWN_CHARS:
        text = text[:MAX_SHOWN_CHARS] + "…"
    return visible_line(text.replace("\t", "    ").removesuffix("\r"))


def local_time(timestamp: str) -> str:
    """`2024-07-02T10:03:00.111222333Z` → `12:03:00.111` in the user's zone; `""` where there is none."""
    try:
        moment = datetime.fromisoformat(timestamp[:23].rstrip("Z") + "+00:00")
    except ValueError:
        return ""
    return f"{moment.astimezone():%H:%M:%S}.{moment.microsecond // 1000:03d}"
