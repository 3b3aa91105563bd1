"""The settings there are: one frozen table for each table of the file, with defaults and bounds beside them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from tui.entities.endpoint import Secret
from tui.entities.names import is_valid_name

Profile = Literal["adobe", "openwhisk"]
Durability = Literal["crash", "power-loss"]
Sandbox = Literal["none", "bwrap"]
Engine = Literal["none", "docker", "podman"]
Glyphs = Literal["unicode", "ascii"]
Keymap = Literal["k9s", "lazygit"]
ColorName = Literal["red", "orange", "yellow", "green", "cyan", "blue", "purple", "pink", "gray"]

DEFAULT_ORIGIN = "default"
_IMAGE = re.compile(r"[a-z][a-z0-9]*:[a-z0-9.]+=[^\s=]+")


def default_data_dir() -> Path:
    """Where the local runtime of this user keeps everything, unless told otherwise."""
    return user_folder("user_data_path") / "runtime"


def user_folder(kind: str) -> Path:
    """What platformdirs calls `kind`: `user_data_path` and the like."""
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


def _images(values: tuple[str, ...]) -> str | None:
    return None if all(map(_IMAGE.fullmatch, values)) else "has to list images as KIND=IMAGE"


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
    public_guest_key: bool = False
    """Take OpenWhisk's guest key, which everybody knows, in place of the data folder's own."""
    idle_exit_s: int = _setting(3600, check=_at_least(0))
    """How long a runtime started on demand stays without clients, work or a live schedule; 0: for ever.
    `whisktop serve` takes 0 unless `--idle-exit` is given: in the foreground it stays."""
    drain_s: int = _setting(5, check=_at_least(0))
    """How long running jobs may go on after the runtime was asked to stop."""
    durability: Durability = "crash"
    """What an answer of 202 survives: the death of the process, or the loss of power too."""
    sandbox: Sandbox = "none"
    containers: Engine = "none"
    """What runs actions in OpenWhisk's own images; `none`: they run in processes of this machine."""
    images: tuple[str, ...] = _setting((), check=_images)
    """Further images, or others than the usual ones: `KIND=IMAGE`."""
    workers_max: int | None = _setting(None, check=_at_least(1))
    """`None`: as many as fit in free memory, at least 16."""
    memory_max_mb: int | None = _setting(None, check=_at_least(128))
    """Of all workers together; `None`: from the memory that is free."""
    queue_max_runs: int = _setting(100_000, check=_at_least(1))
    """Of accepted runs that have not begun: one too many is refused."""
    queue_max_mb: int = _setting(256, check=_at_least(1))
    """Of their payloads together."""
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
    mouse: bool = True
    """Off: the terminal keeps the mouse, to select text as it is used to."""
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
