"""Manifests as plain JSON values that know where they stand, so that what is wrong with one can be said."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from tui.entities.json import Json, JsonObject
from tui.errors import UsageError

from ...payloads import read_text

_MOST_NODES: Final = 1_000_000
"""Aliases may make a short text into more than any machine holds."""
_DEEPEST: Final = 100


class ManifestError(UsageError):
    """A manifest that cannot be used; the message names file and place."""

    title = "That manifest cannot be used"


class Section:
    """A mapping of a manifest."""

    def __init__(self, members: JsonObject, place: str) -> None:
        self.members = members
        self.place = place
        """`manifest.yml: packages.demo.actions`."""

    def __contains__(self, key: str) -> bool:
        return self.members.get(key) is not None

    def value(self, key: str) -> Json:
        return self.members.get(key)

    def text(self, *keys: str) -> str | None:
        """The first of these members that is there; numbers are texts as well."""
        for key in keys:
            value = self.members.get(key)
            if value is None:
                continue
            if isinstance(value, bool) or not isinstance(value, str | int | float):
                raise self.wrong(key, "a text", value)
            return str(value)
        return None

    def number(self, *keys: str) -> int | None:
        for key in keys:
            value = self.members.get(key)
            if value is None:
                continue
            if isinstance(value, str) and value.strip().isdecimal():  # out of a variable
                return int(value)
            if isinstance(value, bool) or not isinstance(value, int):
                raise self.wrong(key, "a whole number", value)
            return value
        return None

    def flag(self, key: str) -> bool | None:
        value = self.members.get(key)
        if value is not None and not isinstance(value, bool):
            raise self.wrong(key, "true or false", value)
        return value

    def table(self, key: str) -> Section:
        """An empty one where it is missing."""
        value = self.members.get(key)
        if value is None:
            value = {}
        if not isinstance(value, dict):
            raise self.wrong(key, "a mapping", value)
        return Section(value, self._below(key))

    def tables(self, key: str) -> Iterator[tuple[str, Section]]:
        """Named mappings; what is left empty is an empty one."""
        outer = self.table(key)
        for name in outer.members:
            yield name, outer.table(name)

    def rows(self, key: str) -> Iterator[Section]:
        """A list of mappings."""
        value = self.members.get(key)
        if value is None:
            return
        if not isinstance(value, list):
            raise self.wrong(key, "a list", value)
        for number, row in enumerate(value):
            if not isinstance(row, dict):
                raise ManifestError(f"{self._below(key)}[{number}] has to be a mapping.")
            yield Section(row, f"{self._below(key)}[{number}]")

    def words(self, key: str) -> tuple[str, ...]:
        """A list of texts, or one text with commas in it."""
        value = self.members.get(key)
        if value is None:
            return ()
        parts = value.split(",") if isinstance(value, str) else value
        if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
            raise self.wrong(key, "a list of texts", value)
        return tuple(part.strip() for part in parts if part.strip())

    def error(self, text: str) -> ManifestError:
        return ManifestError(f"{self.place} {text}")

    def wrong(self, key: str, expected: str, value: Json) -> ManifestError:
        return ManifestError(f"{self._below(key)} has to be {expected}, not {_sort(value)}.")

    def _below(self, key: str) -> str:
        return f"{self.place}{key}" if self.place.endswith(": ") else f"{self.place}.{key}"


def load_document(path: Path, text: str | None = None) -> Section:
    """Read YAML or JSON.

    Args:
        text: What the file holds, where it was changed before it is read.

    Raises:
        ManifestError: It is no YAML, or no mapping, or holds what JSON cannot.
        UsageError: It cannot be read.
    """
    import yaml  # a twentieth of a second that few commands need

    content = read_text(path) if text is None else text
    try:
        value = yaml.load(content, Loader=_loader())
        plain = _Plain(path).of(value, "")
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = "" if mark is None else f", line {mark.line + 1}, column {mark.column + 1}"
        raise ManifestError(f"{path}{where}: {error.problem or 'that is no YAML'}.") from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise ManifestError(f"{path} is no YAML: {error}.") from error
    if not isinstance(plain, dict):
        raise ManifestError(f"{path} holds no mapping.")
    return Section(plain, f"{path}: ")


def _loader() -> Any:
    """Safe, and a date stays the text that it is: JSON has no dates."""
    import yaml

    class Loader(yaml.SafeLoader):
        pass

    Loader.yaml_implicit_resolvers = {
        sign: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for sign, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    return Loader


class _Plain:
    """Makes JSON of what was loaded."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._nodes = 0

    def of(self, value: Any, place: str, depth: int = 0) -> Json:
        self._nodes += 1
        if self._nodes > _MOST_NODES or depth > _DEEPEST:
            raise ManifestError(f"{self._path} is too large or nested too deeply.")
        if isinstance(value, dict):
            return {
                self._key(key, place): self.of(member, f"{place}.{key}" if place else str(key), depth + 1)
                for key, member in value.items()
            }
        if isinstance(value, list):
            return [self.of(member, f"{place}[{number}]", depth + 1) for number, member in enumerate(value)]
        if value is None or isinstance(value, str | bool | int):
            return value
        if isinstance(value, float) and math.isfinite(value):
            return value
        raise ManifestError(f"{self._path}: {place} is {_sort(value)}, which no parameter can be.")

    def _key(self, key: Any, place: str) -> str:
        if isinstance(key, bool):
            where = f" in {place}" if place else ""
            raise ManifestError(f"{self._path}: a name{where} reads as {str(key).lower()}: put it in quotes.")
        if isinstance(key, str | int | float):
            return str(key)
        raise ManifestError(f"{self._path}: a name in {place or 'the document'} is no text.")


def _sort(value: Json) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    names = {dict: "a mapping", list: "a list", str: "a text", int: "a number", float: "a number"}
    return names.get(type(value), f"a {type(value).__name__}")
