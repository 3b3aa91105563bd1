"""Variables in manifests: `$NAME` and `${NAME}` stand for what the environment, or a `.env` beside them, says.

A variable that is not set is an error that names it: an action with an empty key is worse than none.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path

from tui.entities.json import Json

from ...payloads import read_text
from .documents import ManifestError

ENV_FILE = ".env"
_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_ANYWHERE = re.compile(rf"(\$?)\$\{{ *({_NAME}) *\}}")
_AT_THE_START = re.compile(rf"\$({_NAME})")
_ENTRY = re.compile(r"\s*(?:export\s+)?([A-Za-z_][\w.-]*)\s*=\s*(.*?)\s*", re.DOTALL)
_QUOTED = re.compile(r"""('(?:\\'|[^'])*'|"(?:\\"|[^"])*"|`(?:\\`|[^`])*`)\s*(?:\#.*)?""")
_QUOTES = ("'", '"', "`")


class Variables:
    """Values by name, and which names were asked for in vain."""

    def __init__(self, values: Mapping[str, str], *, only: Mapping[str, Json] | None = None) -> None:
        """
        Args:
            only: Names that are variables, with their sort: `text`, or `json` for one that stands for a whole value.
                Everything else stays as it is written. `None`: any name is one.
        """
        self._values = values
        self._only = only
        self.missing: dict[str, None] = {}

    @classmethod
    def around(cls, folder: Path, environ: Mapping[str, str], *, only: Mapping[str, Json] | None = None) -> "Variables":
        """Of the environment, which wins, and of the folder's `.env`."""
        return cls({**load_env_file(folder / ENV_FILE), **environ}, only=only)

    def find(self, name: str) -> str | None:
        """What the variable says; one that is not set is noted."""
        value = self._values.get(name)
        if value is None:
            self.missing[name] = None
        return value

    def is_set(self, name: str) -> bool:
        return name in self._values

    def fill(self, value: Json) -> Json:
        """A value with every variable in its texts replaced, however deep they stand."""
        if isinstance(value, str):
            return self._whole(value) if self._only is not None else self.fill_text(value)
        if isinstance(value, list):
            return [self.fill(member) for member in value]
        if isinstance(value, dict):
            return {key: self.fill(member) for key, member in value.items()}
        return value

    def fill_text(self, text: str) -> str:
        """`${NAME}` anywhere, `$NAME` where the text begins with it; `$${NAME}` is a plain `${NAME}`."""
        if "$" not in text:
            return text
        first = _AT_THE_START.match(text)
        if first is not None and self._is_meant(first[1]):
            return (self.find(first[1]) or "") + self._fill_braces(text[first.end() :])
        return self._fill_braces(text)

    def _whole(self, text: str) -> Json:
        """A text that may be nothing but a variable of some other sort."""
        match = _ANYWHERE.fullmatch(text)
        if match is None or not self._is_meant(match[2]) or (self._only or {}).get(match[2]) != "json":
            return self.fill_text(text)
        try:
            return json.loads(self.find(match[2]) or "null")
        except ValueError as error:
            raise ManifestError(f"The variable {match[2]} has to be JSON: {error}.") from error

    def check(self, where: object) -> None:
        """
        Args:
            where: The file, or the place in it.

        Raises:
            ManifestError: Some were not set; all of them are named.
        """
        if self.missing:
            names = ", ".join(self.missing)
            raise ManifestError(
                f"{where} uses variables that are not set: {names}.",
                hint=f"Set them in the environment, or in a file {ENV_FILE} beside it.",
            )

    def _fill_braces(self, text: str) -> str:
        def replaced(match: re.Match[str]) -> str:
            if not self._is_meant(match[2]):
                return match[0]
            return match[0][1:] if match[1] else self.find(match[2]) or ""

        return _ANYWHERE.sub(replaced, text)

    def _is_meant(self, name: str) -> bool:
        return self._only is None or name in self._only


def load_env_file(path: Path) -> dict[str, str]:
    """`NAME=value` lines as dotenv reads them: comments, `export`, quotes, values of several lines in quotes.

    Raises:
        UsageError: It is there and cannot be read.
    """
    if not path.is_file():
        return {}
    return parse_env(read_text(path))


def parse_env(text: str) -> dict[str, str]:
    values: dict[str, str] = {}
    lines = text.replace("\r\n", "\n").split("\n")
    number = 0
    while number < len(lines):
        entry = _ENTRY.fullmatch(lines[number])
        number += 1
        if entry is None:
            continue
        raw = entry[2]
        while raw[:1] in _QUOTES and _QUOTED.fullmatch(raw) is None and number < len(lines):
            raw = f"{raw}\n{lines[number]}"
            number += 1
        values[entry[1]] = _unquoted(raw)
    return values


def find_env_line(name: str, value: str) -> str | None:
    """A line that `parse_env` reads back as it was; `None` of a value that no such line can hold."""
    plain = (value,) if re.fullmatch(r"[\w./:@+=,-]*", value, re.ASCII) else ()
    lines = (f"{name}={candidate}\n" for candidate in (*plain, f"'{value}'", f"`{value}`"))
    return next((line for line in lines if parse_env(line) == {name: value}), None)


def _unquoted(raw: str) -> str:
    quoted = _QUOTED.fullmatch(raw)
    if quoted is None:
        return raw.partition(" #")[0].rstrip() if not raw.startswith("#") else ""
    inner = quoted[1]
    return inner[1:-1].replace("\\n", "\n").replace("\\r", "\r") if inner[0] == '"' else inner[1:-1]
