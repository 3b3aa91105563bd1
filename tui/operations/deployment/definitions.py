"""What an entity is to be: the part of its record that its owner decides.

References to other entities are written as their owner writes them: `name` or `package/name` within the namespace,
`/namespace/[package/]name` in another one. So the same definition means the same thing in every namespace.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import ClassVar, Final, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from tui.entities.action import Exec
from tui.entities.json import Json, JsonObject
from tui.entities.limits import Limits
from tui.entities.names import OWN_NAMESPACE, FullName
from tui.entities.parameters import Annotations, Parameters


class Noun(StrEnum):
    """The sort of an entity, in the words of the screen and the command line."""

    PACKAGE = "package"
    ACTION = "action"
    TRIGGER = "trigger"
    RULE = "rule"
    ROUTE = "route"


class Key(NamedTuple):
    """Names one entity of a namespace."""

    noun: Noun
    name: str
    """`name` or `package/name`; of a route `GET /base/path`."""

    def __str__(self) -> str:
        return f"{self.noun} {self.name}"


class LimitsDraft(Struct, frozen=True, kw_only=True):
    """Limits as far as they are said; `None` leaves one to the platform, or as it is."""

    timeout_ms: int | None = None
    memory_mb: int | None = None
    logs_mb: int | None = None
    concurrency: int | None = None
    instances: int | None = None

    @classmethod
    def of(cls, limits: Limits) -> "LimitsDraft":
        """All of them said."""
        return cls(**{name: getattr(limits, name) for name in LIMIT_NAMES})

    def over(self, limits: Limits) -> Limits:
        """`limits` with what is said here."""
        said = {name: value for name in LIMIT_NAMES if (value := getattr(self, name)) is not None}
        return replace(limits, **said)


LIMIT_NAMES: Final = ("timeout_ms", "memory_mb", "logs_mb", "concurrency", "instances")


class Feed(Struct, frozen=True, kw_only=True):
    """The source of a trigger's events."""

    action: str
    """A reference."""
    parameters: JsonObject | None
    """What it was told at creation; `None` where it does not tell any more."""


class PackageDefinition(Struct, frozen=True, kw_only=True):
    """A package, or a binding to one."""

    noun: ClassVar = Noun.PACKAGE
    name: str
    parameters: Parameters | None = None
    """`None`: not said. As it is where the entity exists, none where it is created; likewise below."""
    annotations: Annotations | None = None
    publish: bool | None = None
    binding: str | None = None
    """A reference to the package it is bound to."""

    @property
    def key(self) -> Key:
        return Key(Noun.PACKAGE, self.name)

    @property
    def needs(self) -> tuple[Key, ...]:
        """The namespace's own entities that have to be there first."""
        return () if self.binding is None else _own(Noun.PACKAGE, self.binding)


class ActionDefinition(Struct, frozen=True, kw_only=True):
    """An action or a sequence."""

    noun: ClassVar = Noun.ACTION
    name: str
    """`name` or `package/name`."""
    exec: Exec
    """Components are references."""
    parameters: Parameters | None = None
    """Its own, without those of its package. Ignored for a sequence, which has none."""
    annotations: Annotations | None = None
    """Without those that the platform sets. A web flag that is `False` stands for "not a web action", said or not."""
    limits: LimitsDraft = LimitsDraft()
    publish: bool | None = None

    @property
    def key(self) -> Key:
        return Key(Noun.ACTION, self.name)

    @property
    def package(self) -> str | None:
        return self.name.rpartition("/")[0] or None

    @property
    def is_sequence(self) -> bool:
        return bool(self.exec.components)

    @property
    def needs(self) -> tuple[Key, ...]:
        own_package = () if self.package is None else (Key(Noun.PACKAGE, self.package),)
        return own_package + tuple(key for one in self.exec.components for key in _own(Noun.ACTION, one))


class TriggerDefinition(Struct, frozen=True, kw_only=True):
    """A trigger, with the feed that fires it."""

    noun: ClassVar = Noun.TRIGGER
    name: str
    parameters: Parameters | None = None
    annotations: Annotations | None = None
    """Without `feed`."""
    publish: bool | None = None
    feed: Feed | None = None

    @property
    def key(self) -> Key:
        return Key(Noun.TRIGGER, self.name)

    @property
    def needs(self) -> tuple[Key, ...]:
        return () if self.feed is None else _own(Noun.ACTION, self.feed.action)


class RuleDefinition(Struct, frozen=True, kw_only=True):
    """A rule."""

    noun: ClassVar = Noun.RULE
    name: str
    trigger: str
    action: str
    active: bool | None = None
    annotations: Annotations | None = None
    publish: bool | None = None

    @property
    def key(self) -> Key:
        return Key(Noun.RULE, self.name)

    @property
    def needs(self) -> tuple[Key, ...]:
        return _own(Noun.TRIGGER, self.trigger) + _own(Noun.ACTION, self.action)


class RouteDefinition(Struct, frozen=True, kw_only=True):
    """One operation of an API: a verb and a path that lead to a web action."""

    noun: ClassVar = Noun.ROUTE
    base_path: str
    path: str
    method: str
    """Lower case."""
    action: str
    api: str
    """The API's title."""
    response_type: str = "json"

    @property
    def name(self) -> str:
        return f"{self.method.upper()} {self.base_path.rstrip('/')}{self.path}"

    @property
    def key(self) -> Key:
        return Key(Noun.ROUTE, self.name)

    @property
    def needs(self) -> tuple[Key, ...]:
        return _own(Noun.ACTION, self.action)


Definition = PackageDefinition | ActionDefinition | TriggerDefinition | RuleDefinition | RouteDefinition


class Blueprint(Struct, frozen=True, kw_only=True):
    """Several entities that belong together, each at most once."""

    definitions: Mapping[Key, Definition]
    exact: bool
    """Whether they say everything: then annotations that are not among them are to go."""
    notes: tuple[str, ...] = ()
    """What the user should know about where they come from, each one sentence."""


def own_reference(reference: str, namespace: str) -> str:
    """A reference of the wire, `/ns/[pkg/]name`, as the owner of `namespace` writes it.

    Raises:
        ValueError: It is none.
    """
    name = FullName.parse(reference)
    return name.in_namespace if name.namespace in (namespace, OWN_NAMESPACE) else f"/{name}"


def wire_reference(reference: str) -> str:
    """As bodies have it; the namespace is the key's own unless it is named."""
    return reference if reference.startswith("/") else f"/{OWN_NAMESPACE}/{reference}"


def is_own(reference: str) -> bool:
    return not reference.startswith("/")


def _own(noun: Noun, reference: str) -> tuple[Key, ...]:
    return (Key(noun, reference),) if is_own(reference) else ()


def web_flags(annotations: Mapping[str, Json]) -> bool:
    """Whether they say that an action answers plain HTTP."""
    return annotations.get("web-export") is True
