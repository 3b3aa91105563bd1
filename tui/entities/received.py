"""What all things that are read from a platform have in common: they keep what they were read from."""

from typing import Any

from msgspec import Struct

from .json import JsonObject


class Received(Struct, frozen=True, kw_only=True):
    """Two of one class are equal where all their fields are, whatever they were read from."""

    received: JsonObject | None = None
    """The platform's own JSON, members that we do not know included; `None` where it was not read from any.
    A copy with changes still carries the original."""

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return all(value == getattr(other, name) for name, value in self.__rich_repr__())

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [(name, getattr(self, name)) for name in self.__struct_fields__ if name != "received"]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self.__rich_repr__())})"
