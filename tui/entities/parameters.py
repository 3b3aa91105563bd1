"""Parameters and annotations: ordered lists of key and value on the wire, mappings in meaning."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Self

from msgspec import Struct

from .json import Json, JsonObject


class Parameter(Struct, frozen=True):
    """A default value that an entity carries."""

    key: str
    value: Json
    init: bool = False
    """Goes to the process environment when a worker starts, not to the arguments of a run."""

    @classmethod
    def from_json(cls, body: JsonObject) -> Self:
        return cls(key=body["key"], value=body.get("value"), init=bool(body.get("init", False)))

    def to_json(self) -> JsonObject:
        member: JsonObject = {"key": self.key, "value": self.value}
        if self.init:
            member["init"] = True
        return member


Parameters = tuple[Parameter, ...]


def parameters_from_json(members: Iterable[JsonObject] | None) -> Parameters:
    """Read the wire's array; a key that is repeated keeps its last value."""
    by_key = {parameter.key: parameter for parameter in map(Parameter.from_json, members or ())}
    return tuple(by_key.values())


def parameters_to_json(parameters: Parameters) -> list[JsonObject]:
    return [parameter.to_json() for parameter in parameters]


def overlay(below: Parameters, above: Parameters) -> Parameters:
    """`above` wins over `below`, key by key."""
    return tuple({parameter.key: parameter for parameter in (*below, *above)}.values())


class Annotations(Mapping[str, Json]):
    """What is said about an entity, by its owner or by the platform. Immutable."""

    __slots__ = ("_by_key",)

    def __init__(self, by_key: Mapping[str, Json] | None = None) -> None:
        self._by_key = dict(by_key or {})

    @classmethod
    def from_json(cls, members: Iterable[JsonObject] | None) -> Self:
        return cls({member["key"]: member.get("value") for member in members or ()})

    def to_json(self) -> list[JsonObject]:
        return [{"key": key, "value": value} for key, value in self._by_key.items()]

    def with_(self, changes: Mapping[str, Json]) -> "Annotations":
        """These annotations overlaid by `changes`."""
        return Annotations({**self._by_key, **changes})

    def without(self, keys: Iterable[str]) -> "Annotations":
        dropped = set(keys)
        return Annotations({key: value for key, value in self._by_key.items() if key not in dropped})

    def is_truthy(self, key: str) -> bool:
        """OpenWhisk's idea of truth: anything but absent, `null`, `false`, `0` and `""`."""
        value = self._by_key.get(key)
        return isinstance(value, (dict, list)) or bool(value)

    def __getitem__(self, key: str) -> Json:
        return self._by_key[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_key)

    def __len__(self) -> int:
        return len(self._by_key)

    def __repr__(self) -> str:
        return f"Annotations({self._by_key!r})"
