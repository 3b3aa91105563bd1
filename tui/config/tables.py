"""The settings there are: one frozen table for each table of the file, with defaults and bounds beside them.

A bound is what `Annotated` adds to a type: it answers what a value that it refuses has to be.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal

from msgspec import Struct, field

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


def _at_least(least: float) -> Callable[[Any], str | None]:
    return lambda value: None if value is None or value >= least else f"has to be {least} or more"


def _port(value: int) -> str | None:
    return None if 0 <= value <= 65535 else "has to be a port, 0 to 65535"


def _name(value: str) -> str | None:
    return None if is_valid_name(value) else "has to be a valid name"


def _images(values: tuple[str, ...]) -> str | None:
    return None if all(map(_IMAGE.fullmatch, values)) else "has to list images as KIND=IMAGE"


class RuntimeSettings(Struct, frozen=True, kw_only=True):
    """`[runtime]`: the local platform, started by `whisktop serve` or on demand."""

    profile: Profile = "adobe"
    host: str = "127.0.0.1"
    port: Annotated[int, _port] = 3233
    """0 lets the system choose one."""
    data_dir: Path = field(default_factory=default_data_dir)
    """Absolute."""
    namespace: Annotated[str, _name] = "guest"
    public_guest_key: bool = False
    """Take OpenWhisk's guest key, which everybody knows, in place of the data folder's own."""
    idle_exit_s: Annotated[int, _at_least(0)] = 3600
    """How long a runtime started on demand stays without clients, work or a live schedule; 0: for ever.
    `whisktop serve` takes 0 unless `--idle-exit` is given: in the foreground it stays."""
    drain_s: Annotated[int, _at_least(0)] = 5
    """How long running jobs may go on after the runtime was asked to stop."""
    durability: Durability = "crash"
    """What an answer of 202 survives: the death of the process, or the loss of power too."""
    sandbox: Sandbox = "none"
    containers: Engine = "none"
    """What runs actions in OpenWhisk's own images; `none`: they run in processes of this machine."""
    images: Annotated[tuple[str, ...], _images] = ()
    """Further images, or others than the usual ones: `KIND=IMAGE`."""
    workers_max: Annotated[int | None, _at_least(1)] = None
    """`None`: as many as fit in free memory, at least 16."""
    memory_max_mb: Annotated[int | None, _at_least(128)] = None
    """Of all workers together; `None`: from the memory that is free."""
    queue_max_runs: Annotated[int, _at_least(1)] = 100_000
    """Of accepted runs that have not begun: one too many is refused."""
    queue_max_mb: Annotated[int, _at_least(1)] = 256
    """Of their payloads together."""
    retention_days: Annotated[int | None, _at_least(1)] = 30
    """`None` in any of the three: no bound of this sort."""
    retention_count: Annotated[int | None, _at_least(1)] = 1_000_000
    retention_mb: Annotated[int | None, _at_least(1)] = 2048
    invocations_per_minute: Annotated[int | None, _at_least(1)] = None
    """`None` in any of the three rates: not limited."""
    concurrent_invocations: Annotated[int | None, _at_least(1)] = None
    fires_per_minute: Annotated[int | None, _at_least(1)] = None


class HistorySettings(Struct, frozen=True, kw_only=True):
    """`[history]`: how much of what was seen the dashboard keeps, for each account. `None`: no such bound."""

    retention_days: Annotated[int | None, _at_least(1)] = 90
    retention_count: Annotated[int | None, _at_least(1)] = 2_000_000
    retention_mb: Annotated[int | None, _at_least(1)] = 1024


class DashboardSettings(Struct, frozen=True, kw_only=True):
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


class ContextSettings(Struct, frozen=True, kw_only=True):
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
    poll_min_s: Annotated[float, _at_least(0.2)] = 2.0
    """The pause between two looks while something happens."""
    poll_max_s: Annotated[float, _at_least(1)] = 30.0
    extra_logging: bool = False
    """Send `X-OW-EXTRA-LOGGING: on`, so that Adobe keeps records of blocking calls that went well."""
    prefer: str | None = None
    """Whose credential file counts where several name this context."""


class FilterSettings(Struct, frozen=True, kw_only=True):
    """`[filters.NAME]`: a filter of the activation list with a name."""

    query: str = ""


class CommandSettings(Struct, frozen=True, kw_only=True):
    """`[commands.NAME]`: a program of the user's that works on what the cursor is on."""

    run: tuple[str, ...] = ()
    """The program and its arguments; no shell reads them."""
    panel: str | None = None
    key: str | None = None
    confirm: bool = False
    inputs: tuple[str, ...] = ()


class Settings(Struct, frozen=True, kw_only=True):
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
