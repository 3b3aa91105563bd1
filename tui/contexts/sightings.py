"""What places name: single values, and accounts made of them. Nothing here reads a file or decides which one wins."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from msgspec import Struct, field

from tui.entities.endpoint import Secret, url_of_apihost
from tui.entities.names import OWN_NAMESPACE


class Family(StrEnum):
    """Whose credentials they are; the value is the word for `prefer` in the settings."""

    ENVIRONMENT = "environment"
    WSKPROPS = "wskprops"
    AIO = "aio"
    DOCTL = "doctl"
    OPS = "ops"


class Setting(StrEnum):
    """What a place may say about an account."""

    APIHOST = "endpoint"
    AUTH = "key"
    NAMESPACE = "namespace"
    INSECURE = "insecure"
    CERT = "certificate"
    CERT_KEY = "certificate's key"


class Sighting(Struct, frozen=True):
    """One value at one place."""

    setting: Setting
    value: str | Secret
    place: str
    """A file as the user would write it (`~/.wskprops`), or `environment`."""
    key: str
    """What it is called there: `AUTH`."""

    @property
    def text(self) -> str:
        """In clear; for requests alone."""
        return self.value.reveal() if isinstance(self.value, Secret) else self.value

    @property
    def shown(self) -> str:
        """For eyes: a key is masked."""
        return self.value.masked() if isinstance(self.value, Secret) else self.value

    @property
    def where(self) -> str:
        return f"{self.place} {self.key}"


def sighting(setting: Setting, value: str, place: str, key: str) -> Sighting:
    """As `Sighting`, with what has to be kept secret kept so."""
    return Sighting(setting, Secret(value) if setting is Setting.AUTH else value, place, key)


class Candidate(Struct, frozen=True, kw_only=True):
    """An account that is named somewhere: host and key at least."""

    name: str
    """For the context, where the settings give it none."""
    family: Family
    won: Mapping[Setting, Sighting]
    also: tuple[Sighting, ...] = ()
    """Values of the same settings that were found as well, and are not used."""
    provenance: str = ""

    @property
    def url(self) -> str:
        return url_of_apihost(self.won[Setting.APIHOST].text)

    @property
    def auth(self) -> Secret:
        value = self.won[Setting.AUTH].value
        assert isinstance(value, Secret)
        return value

    @property
    def namespace(self) -> str:
        return self.text(Setting.NAMESPACE) or OWN_NAMESPACE

    def text(self, setting: Setting) -> str | None:
        found = self.won.get(setting)
        return None if found is None else found.text

    def may_be(self, *, url: str, namespace: str) -> bool:
        """Whether it can mean the same account as somebody else's host and namespace."""
        return self.url == url and (OWN_NAMESPACE in (namespace, self.namespace) or self.namespace == namespace)


class Found(Struct, frozen=True):
    """What one source found."""

    candidates: tuple[Candidate, ...] = ()
    problems: tuple[str, ...] = ()
    """Sentences about files that are there and cannot be used."""


class Surroundings(Struct, frozen=True, kw_only=True):
    """All that a source may look at."""

    environ: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    cwd: Path

    @property
    def home(self) -> Path:
        named = self.environ.get("HOME")
        return Path(named) if named else Path.home()

    @property
    def config_folder(self) -> Path:
        """Where programs that follow the XDG rules keep their settings."""
        named = self.environ.get("XDG_CONFIG_HOME")
        return Path(named) if named else self.home / ".config"

    @property
    def folders(self) -> tuple[Path, ...]:
        """The working folder and those above it, the nearest first."""
        return (self.cwd, *self.cwd.parents)

    def shown(self, path: Path) -> str:
        """A path as the user would write it: from here, or from home."""
        if path.is_relative_to(self.cwd):
            return f"./{path.relative_to(self.cwd)}"
        if path.is_relative_to(self.home):
            return f"~/{path.relative_to(self.home)}"
        return str(path)
