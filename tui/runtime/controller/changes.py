"""What a PUT says about an entity. `None` means "not said": kept on an update, the default on a create."""

from collections.abc import Mapping

from msgspec import Struct, field

from tui.entities.action import Exec
from tui.entities.names import FullName
from tui.entities.parameters import Annotations, Parameters

FIRST_VERSION = "0.0.1"


class Change(Struct, frozen=True, kw_only=True):
    """What all entities have."""

    version: str | None = None
    publish: bool | None = None
    annotations: Annotations | None = None
    parameters: Parameters | None = None


class ActionChange(Change, frozen=True, kw_only=True):
    exec: Exec | None = None
    limits: Mapping[str, int] = field(default_factory=dict)
    """Fields of `Limits` by their names."""
    dropped_annotations: tuple[str, ...] = ()


class PackageChange(Change, frozen=True, kw_only=True):
    binding: FullName | None = None
    """`None` also where the body says `{}`."""


class RuleChange(Change, frozen=True, kw_only=True):
    trigger: FullName | None = None
    action: FullName | None = None


def next_version(stored: str, asked: str | None) -> str:
    """The version of an update: the one asked for, else the stored one with its patch number raised."""
    if asked is not None:
        return asked
    major, minor, patch = stored.split(".")
    return f"{major}.{minor}.{int(patch) + 1}"


def next_updated_ms(now_ms: int, stored_ms: int) -> int:
    """The time of a write, which grows with every one."""
    return max(now_ms, stored_ms + 1)
