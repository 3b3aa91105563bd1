"""Names of entities, alone and fully qualified.

Source: `EntityName`, `EntityPath` and `FullyQualifiedEntityName` of Apache OpenWhisk.
"""

import re
from typing import Self

from msgspec import Struct

MAX_NAME_LENGTH = 256
DEFAULT_PACKAGE = "default"
OWN_NAMESPACE = "_"
"""Stands for "the namespace of this key" in URLs and in references."""

_SEGMENT = re.compile(r"\A(\w|\w[\w@ .&-]{0,254}[\w@.&-])\Z", re.ASCII)


def is_valid_name(segment: str) -> bool:
    """Whether `segment` may name a namespace, a package or an entity."""
    return _SEGMENT.match(segment) is not None


def split_path(path: str) -> list[str]:
    """The segments of a path that somebody wrote: the platform overlooks slashes in excess."""
    return [segment for segment in path.split("/") if segment]


class FullName(Struct, frozen=True):
    """`namespace/[package/]name`."""

    namespace: str
    name: str
    package: str | None = None

    @classmethod
    def parse(cls, reference: str) -> Self:
        """Read `/ns/name`, `/ns/pkg/name`, with or without the leading slash.

        Raises:
            ValueError: Not two or three segments, or a segment that is no name. A bare name has no namespace.
        """
        segments = reference.removeprefix("/").split("/")
        if len(segments) not in (2, 3):
            raise ValueError(f"{reference!r} does not name a namespace and an entity")
        for segment in segments:
            if not is_valid_name(segment):
                raise ValueError(f"{segment!r} is not a valid name")
        package = segments[1] if len(segments) == 3 and segments[1] != DEFAULT_PACKAGE else None
        return cls(namespace=segments[0], package=package, name=segments[-1])

    @classmethod
    def from_path(cls, path: str, name: str) -> Self:
        """From the two halves a record keeps: `path` is `ns` or `ns/pkg`."""
        namespace, _, package = path.partition("/")
        return cls(namespace=namespace, package=package or None, name=name)

    @property
    def path(self) -> str:
        """`ns` or `ns/pkg`: what a record calls its namespace."""
        return f"{self.namespace}/{self.package}" if self.package else self.namespace

    @property
    def in_namespace(self) -> str:
        """`name` or `pkg/name`: how its owner calls it."""
        return f"{self.package}/{self.name}" if self.package else self.name

    def resolve(self, own_namespace: str) -> "FullName":
        """The same name with `_` replaced by the namespace it stands for."""
        if self.namespace != OWN_NAMESPACE:
            return self
        return FullName(own_namespace, self.name, self.package)

    def __str__(self) -> str:
        """`ns/pkg/name`, without a leading slash, as records print it."""
        return f"{self.path}/{self.name}"


def split_own_name(name: str) -> tuple[str | None, str]:
    """`pkg/name` → `("pkg", "name")`, `name` → `(None, "name")`.

    Raises:
        ValueError: More than two segments, or a segment that is no name.
    """
    package, slash, bare = name.rpartition("/")
    for segment in (package, bare) if slash else (bare,):
        if not is_valid_name(segment):
            raise ValueError(f"{name!r} is not a valid name: use name or package/name")
    return (package if slash and package != DEFAULT_PACKAGE else None), bare
