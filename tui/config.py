"""Settings: TOML, environment and flags turned into frozen values, each knowing where it came from.

Flags win over environment (`WHISKTOP_RUNTIME_PORT` for `[runtime] port`), environment over the file, the file over the
defaults below. An unknown key or a wrong type is a `ConfigError` that names file, line and key. The file is
`config.toml` in the user's config folder, or what `WHISKTOP_CONFIG` names; without one the defaults hold.
`config.example.toml` shows every setting.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from .entities.endpoint import Secret
from .entities.names import is_valid_name
from .errors import ConfigError

Profile = Literal["adobe", "openwhisk"]
Durability = Literal["crash", "power-loss"]
Sandbox = Literal["none", "bwrap"]
Glyphs = Literal["unicode", "ascii"]
Keymap = Literal["k9s", "lazygit"]
ColorName = Literal["red", "orange", "yellow", "green", "cyan", "blue", "purple", "pink", "gray"]

DEFAULT_ORIGIN = "default"
_NOT_SET_WORDS = ("auto", "off")
"""How a number that is not set is written, since TOML has no null; for a text it is `""`."""

_Table = TypeVar("_Table")


def default_data_dir() -> Path:
    """Where the local runtime of this user keeps everything, unless told otherwise."""
    return _user_folder("user_data_path") / "runtime"


def _user_folder(kind: str) -> Path:
    import platformdirs  # here, since it takes a fifth of the time that `--help` has

    folder: Path = getattr(platformdirs, kind)("whisktop", appauthor=False)
    return folder


def _nothing() -> Mapping[str, Any]:
    return MappingProxyType({})


def _setting(default: Any, *, check: Callable[[Any], str | None] | None = None) -> Any:
    """A field whose values `check` may refuse by answering what they have to be."""
    return field(default=default, metadata={"check": check} if check else {})


def _at_least(least: float) -> Callable[[Any], str | None]:
    return lambda value: None if value is None or value >= least else f"has to be {least} or more"


def _port(value: int) -> str | None:
    return None if 0 <= value <= 65535 else "has to be a port, 0 to 65535"


def _name(value: str) -> str | None:
    return None if is_valid_name(value) else "has to be a valid name"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuntimeSettings:
    """`[runtime]`: the local platform, started by `whisktop serve` or on demand."""

    profile: Profile = "adobe"
    host: str = "127.0.0.1"
    port: int = _setting(3233, check=_port)
    """0 lets the system choose one."""
    data_dir: Path = field(default_factory=default_data_dir)
    """Absolute."""
    namespace: str = _setting("guest", check=_name)
    idle_exit_s: int = _setting(3600, check=_at_least(0))
    """How long a runtime started on demand stays without clients, work or a live schedule; 0: for ever.
    `whisktop serve` takes 0 unless `--idle-exit` is given: in the foreground it stays."""
    drain_s: int = _setting(5, check=_at_least(0))
    """How long running jobs may go on after the runtime was asked to stop."""
    durability: Durability = "crash"
    """What an answer of 202 survives: the death of the process, or the loss of power too."""
    sandbox: Sandbox = "none"
    workers_max: int | None = _setting(None, check=_at_least(1))
    """`None`: as many as fit in free memory, at least 16."""
    memory_max_mb: int | None = _setting(None, check=_at_least(128))
    """Of all workers together; `None`: from the memory that is free."""
    retention_days: int | None = _setting(30, check=_at_least(1))
    """`None` in any of the three: no bound of this sort."""
    retention_count: int | None = _setting(1_000_000, check=_at_least(1))
    retention_mb: int | None = _setting(2048, check=_at_least(1))
    invocations_per_minute: int | None = _setting(None, check=_at_least(1))
    """`None` in any of the three rates: not limited."""
    concurrent_invocations: int | None = _setting(None, check=_at_least(1))
    fires_per_minute: int | None = _setting(None, check=_at_least(1))


@dataclass(frozen=True, slots=True, kw_only=True)
class HistorySettings:
    """`[history]`: how much of what was seen the dashboard keeps, for each account. `None`: no such bound."""

    retention_days: int | None = _setting(90, check=_at_least(1))
    retention_count: int | None = _setting(2_000_000, check=_at_least(1))
    retention_mb: int | None = _setting(1024, check=_at_least(1))


@dataclass(frozen=True, slots=True, kw_only=True)
class DashboardSettings:
    """`[dashboard]`: how the screen looks and behaves."""

    theme: str = "whisktop-dark"
    glyphs: Glyphs = "unicode"
    keymap: Keymap = "k9s"
    bell: bool = False
    """Ring when a job of ours ends while the terminal is not looked at."""
    restore_view: bool = True
    """Open where the last session ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextSettings:
    """`[contexts.NAME]`: one account on one platform."""

    apihost: str | None = None
    """A host without a scheme means `https://`."""
    auth: Secret | None = None
    """`uuid:secret`."""
    namespace: str = "_"
    color: ColorName | None = None
    production: bool = False
    """Every write asks first."""
    read_only: bool = False
    insecure: bool = False
    """Do not check the server's certificate."""
    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None
    proxy: str | None = None
    poll_min_s: float = _setting(2.0, check=_at_least(0.2))
    """The pause between two looks while something happens."""
    poll_max_s: float = _setting(30.0, check=_at_least(1))
    extra_logging: bool = False
    """Send `X-OW-EXTRA-LOGGING: on`, so that Adobe keeps records of blocking calls that went well."""
    prefer: str | None = None
    """Whose credential file counts where several name this context."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterSettings:
    """`[filters.NAME]`: a filter of the activation list with a name."""

    query: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandSettings:
    """`[commands.NAME]`: a program of the user's that works on what the cursor is on."""

    run: tuple[str, ...] = ()
    """The program and its arguments; no shell reads them."""
    panel: str | None = None
    key: str | None = None
    confirm: bool = False
    inputs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings."""

    runtime: RuntimeSettings = field(default_factory=RuntimeSettings)
    history: HistorySettings = field(default_factory=HistorySettings)
    dashboard: DashboardSettings = field(default_factory=DashboardSettings)
    context: str | None = None
    """The context to open; `None`: what the environment names, else the local runtime."""
    contexts: Mapping[str, ContextSettings] = field(default_factory=_nothing)
    keys: Mapping[str, str] = field(default_factory=_nothing)
    """Key by binding id, over the chosen keymap."""
    filters: Mapping[str, FilterSettings] = field(default_factory=_nothing)
    commands: Mapping[str, CommandSettings] = field(default_factory=_nothing)
    file: Path | None = None
    """The file that was read; `None` where there is none."""
    origins: Mapping[str, str] = field(default_factory=_nothing)

    def origin(self, key: str) -> str:
        """Where `runtime.port` and the like came from: a flag, a variable, a file, or `default`."""
        return self.origins.get(key, DEFAULT_ORIGIN)


_TABLES: dict[str, type[Any]] = {"runtime": RuntimeSettings, "history": HistorySettings, "dashboard": DashboardSettings}
_NAMED_TABLES: dict[str, type[Any]] = {
    "contexts": ContextSettings,
    "filters": FilterSettings,
    "commands": CommandSettings,
}
_PATHS = {"data_dir", "ca_file", "cert_file", "key_file"}


def config_path(environ: Mapping[str, str] = os.environ) -> Path:
    """Where the file is looked for; it need not exist."""
    if named := environ.get("WHISKTOP_CONFIG"):
        return Path(named).expanduser().absolute()
    return _user_folder("user_config_path") / "config.toml"


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
                hints = _types(kind)
                if name not in hints:
                    raise ConfigError(f"{source}: there is no setting {key!r}{_suggestion(name, hints)}")
                read = _from_text(value, hints[name]) if isinstance(value, str) else value
                checked = _checked(kind, name, hints[name], read, source)
                changes[table] = replace(changes.get(table) or getattr(settings, table), **{name: checked})
            self.origins[key] = source
        return replace(settings, **changes)

    def _table(self, kind: type[_Table], body: Any, path: tuple[str, ...]) -> _Table:
        if not isinstance(body, dict):
            raise self._error(path, f"{'.'.join(path)} has to be a table")
        hints = _types(kind)
        values = {}
        for key, value in body.items():
            if key not in hints:
                raise self._error((*path, key), f"unknown key {key!r} in [{'.'.join(path)}]", _suggestion(key, hints))
            values[key] = self._value(hints[key], value, (*path, key), kind)
        return kind(**values)

    def _value(self, hint: Any, value: Any, path: tuple[str, ...], kind: type = Settings) -> Any:
        try:
            checked = _checked(kind, path[-1], hint, value, ".".join(path))
        except ConfigError as error:
            raise self._error(path, error.message) from None
        self.origins[".".join(path)] = str(self._path)
        return checked

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


def _types(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _checked(kind: type, name: str, hint: Any, value: Any, where: str) -> Any:
    """`value` as the field's type, or a `ConfigError` that begins with `where`."""
    options = get_args(hint)
    optional = type(None) in options
    plain = next((option for option in options if option is not type(None)), hint) if optional else hint
    if optional and (value in (None, "") or (plain in (int, float) and value in _NOT_SET_WORDS)):
        return None
    if get_origin(plain) is Literal:
        allowed = get_args(plain)
        if value not in allowed:
            raise ConfigError(f"{where} has to be one of {', '.join(map(str, allowed))}, not {value!r}")
        return value
    converted = _converted(plain, name, value)
    if converted is None:
        raise ConfigError(f"{where} has to be {_TYPE_WORDS[plain]}, not {_shown(value, plain)}")
    check = next((field.metadata.get("check") for field in fields(kind) if field.name == name), None)
    if check is not None and (complaint := check(converted)):
        raise ConfigError(f"{where} {complaint}, not {value!r}")
    return converted


_TYPE_WORDS: dict[Any, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text",
    Path: "a path",
    Secret: "a text",
    tuple[str, ...]: "a list of texts",
}


def _converted(plain: Any, name: str, value: Any) -> Any:
    """`value` as the type a setting has; `None` if it is of another type."""
    if plain is bool:
        return value if isinstance(value, bool) else None
    if plain is int:
        return value if isinstance(value, int) and not isinstance(value, bool) else None
    if plain is float:
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
    if plain == tuple[str, ...]:
        return tuple(value) if isinstance(value, list) and all(isinstance(item, str) for item in value) else None
    if plain is Path and isinstance(value, Path):
        return value.expanduser().absolute()
    if not isinstance(value, str):
        return None
    if plain is Secret:
        return Secret(value)
    expanded = Path(value).expanduser() if name in _PATHS else None
    if plain is Path:
        return Path(value).expanduser().absolute()
    return str(expanded) if expanded is not None else value


def _shown(value: Any, plain: Any) -> str:
    return type(value).__name__ if plain is Secret else repr(value)


def _from_text(text: str, hint: Any) -> Any:
    """What a flag or a variable means for a setting of this type; what does not parse stays text and is refused."""
    types = get_args(hint) or (hint,)
    lowered = text.strip().lower()
    if bool in types and lowered in ("true", "yes", "on", "1", "false", "no", "off", "0"):
        return lowered in ("true", "yes", "on", "1")
    for number in (int, float):
        if number in types:
            try:
                return number(text)
            except ValueError:
                continue
    return text


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
