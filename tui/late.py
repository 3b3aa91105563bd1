"""Names of a package that are loaded when somebody first asks for them: a start waits for nothing it does not use."""

from collections.abc import Callable
from importlib import import_module
from typing import Any


def late(package: str, **names_of_module: tuple[str, ...]) -> Callable[[str], Any]:
    """The `__getattr__` of a package (PEP 562).

    Args:
        package: Its `__name__`.
        names_of_module: Which names each of its modules gives.

    Type checkers do not see what this gives: import the same names under `TYPE_CHECKING` beside it.
    """
    places = {name: f"{package}.{module}" for module, names in names_of_module.items() for name in names}

    def load(name: str) -> Any:
        if name not in places:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(places[name]), name)

    return load
