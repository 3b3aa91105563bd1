"""Reads the file, the environment and flags into `Settings`, and remembers where each value came from."""

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from msgspec.structs import replace

from tui.errors import ConfigError

from .tables import (
    CommandSettings,
    ContextSettings,
    DashboardSettings,
    FilterSettings,
    HistorySettings,
    RuntimeSettings,
    Settings,
    user_folder,
)
from .values import checked, from_text, types_of

_Table = TypeVar("_Table")
_TABLES: dict[str, type[Any]] = {"runtime": RuntimeSettings, "history": HistorySettings, "dashboard": DashboardSettings}
_NAMED_TABLES: dict[str, type[Any]] = {
    "contexts": ContextSettings,
    "filters": FilterSettings,
    "commands": CommandSettings,
}


def config_path(environ: Mapping[str, str] = os.environ) -> Path:
    """Where the file is looked for; it need not exist."""
    if named := environ.get("WHISKTOP_CONFIG"):
        return Path(named).expanduser().absolute()
    return user_folder("user_config_path") / "config.toml"


def load_settings(
    *, flags: Mapping[str, Any] = MappingProxyType({}), environ: Mapping[str, str] = os.environ
) -> Settings:
    """Read every source.

    Args:
        flags: What the command line gave, by dotted key (`runtime.port`); a value of `None` was not given.
        environ: The environment.

    Raises:
        ConfigError: A file that is no TOML, an unknown key, a value of a wrong type or out of range.
    """
    path = config_path(environ)
    reader = _Reader(path)
    settings = reader.read_file()
    settings = reader.apply_environment(settings, environ)
    given = {key: value for key, value in flags.items() if value is not None}
    settings = reader.apply(settings, {key: (value, _flag_name(key)) for key, value in given.items()})
    return replace(settings, origins=MappingProxyType(reader.origins))


def _flag_name(key: str) -> str:
    return "--" + key.rpartition(".")[2].removesuffix("_s").replace("_", "-")


class _Reader:
    """Puts values into tables and remembers from where."""

    def __init__(self, path: Path) -> None:
        self.origins: dict[str, str] = {}
        self._path = path
        self._text = ""

    def read_file(self) -> Settings:
        import tomllib

        try:
            self._text = self._path.read_text(encoding="utf-8")
            document = tomllib.loads(self._text)
        except FileNotFoundError:
            return Settings()
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigError(f"{self._path} is not a TOML file: {error}") from error
        except OSError as error:
            raise ConfigError(f"{self._path} cannot be read: {error.strerror or error}") from error
        known: dict[str, Any] = {"file": self._path}
        for key, value in document.items():
            if key in _TABLES:
                known[key] = self._table(_TABLES[key], value, (key,))
            elif key in _NAMED_TABLES:
                kind = _NAMED_TABLES[key]
                tables = {name: self._table(kind, body, (key, name)) for name, body in self._members(key, value)}
                known[key] = MappingProxyType(tables)
            elif key == "keys":
                known[key] = MappingProxyType(dict(self._key_members(value)))
            elif key == "context":
                known[key] = self._value(str, value, (key,))
            else:
                raise self._error((key,), f"unknown key {key!r}", _suggestion(key, _top_level_keys()))
        return Settings(**known)

    def apply_environment(self, settings: Settings, environ: Mapping[str, str]) -> Settings:
        found: dict[str, tuple[Any, str]] = {}
        if context := environ.get("WHISKTOP_CONTEXT"):
            found["context"] = (context, "WHISKTOP_CONTEXT")
        for table in _TABLES:
            prefix = f"WHISKTOP_{table.upper()}_"
            for variable, text in environ.items():
                if variable.startswith(prefix) and text:
                    found[f"{table}.{variable.removeprefix(prefix).lower()}"] = (text, variable)
        return self.apply(settings, found)

    def apply(self, settings: Settings, values: Mapping[str, tuple[Any, str]]) -> Settings:
        """Lay `values` (with their source) by dotted key over `settings`; texts are read as the setting's type."""
        changes: dict[str, Any] = {}
        for key, (value, source) in values.items():
            table, dot, name = key.partition(".")
            if not dot:
                changes[key] = value
            else:
                kind = _TABLES[table]
                hints = types_of(kind)
                if name not in hints:
                    raise ConfigError(f"{source}: there is no setting {key!r}{_suggestion(name, hints)}")
                read = from_text(value, hints[name]) if isinstance(value, str) else value
                allowed = checked(name, hints[name], read, source)
                changes[table] = replace(changes.get(table) or getattr(settings, table), **{name: allowed})
            self.origins[key] = source
        return replace(settings, **changes)

    def _table(self, kind: type[_Table], body: Any, path: tuple[str, ...]) -> _Table:
        if not isinstance(body, dict):
            raise self._error(path, f"{'.'.join(path)} has to be a table")
        hints = types_of(kind)
        values = {}
        for key, value in body.items():
            if key not in hints:
                raise self._error((*path, key), f"unknown key {key!r} in [{'.'.join(path)}]", _suggestion(key, hints))
            values[key] = self._value(hints[key], value, (*path, key))
        return kind(**values)

    def _value(self, hint: Any, value: Any, path: tuple[str, ...]) -> Any:
        try:
            allowed = checked(path[-1], hint, value, ".".join(path))
        except ConfigError as error:
            raise self._error(path, error.message) from None
        self.origins[".".join(path)] = str(self._path)
        return allowed

    def _members(self, key: str, value: Any) -> list[tuple[str, Any]]:
        if not isinstance(value, dict):
            raise self._error((key,), f"{key} has to hold tables: [{key}.NAME]")
        return list(value.items())

    def _key_members(self, value: Any) -> list[tuple[str, str]]:
        members = []
        for name, key in self._members("keys", value):
            if isinstance(key, dict):
                raise self._error(("keys", name), f'a binding id with a dot needs quotes: "{name}.…" = "…"')
            members.append((name, self._value(str, key, ("keys", name))))
        return members

    def _error(self, path: tuple[str, ...], text: str, suggestion: str = "") -> ConfigError:
        return ConfigError(f"{self._path}, line {_line_of(self._text, path)}: {text}{suggestion}")


def _top_level_keys() -> list[str]:
    return ["context", "keys", *_TABLES, *_NAMED_TABLES]


def _suggestion(key: str, known: Any) -> str:
    import difflib

    close = difflib.get_close_matches(key, list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _line_of(text: str, path: tuple[str, ...]) -> int:
    """The line on which the key at `path` begins, the first being 1.

    The shortest beginning of the file that parses and holds the key ends with it, so nothing here has to know TOML.
    """
    import tomllib

    lines = text.splitlines(keepends=True)
    begins = 1
    for end in range(1, len(lines) + 1):
        try:
            found: Any = tomllib.loads("".join(lines[:end]))
        except tomllib.TOMLDecodeError:
            continue
        for key in path:
            found = found.get(key) if isinstance(found, dict) else None
        if found is not None:
            return begins
        begins = end + 1
    return begins
