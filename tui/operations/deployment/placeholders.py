"""Keys in values give way to `${NAME}`; what the names stand for is kept apart."""

import json
import re
from collections.abc import Iterator

from tui.entities.json import Json

from .definitions import Blueprint, RouteDefinition, RuleDefinition, TriggerDefinition
from .manifests.variables import find_env_line
from .secrets import is_secret


class Placeholders:
    """Names for keys, each used for one value only."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        """As a file of variables has them."""
        self.sorts: dict[str, str] = {}
        """`text`, or `json` for what is no text."""
        self._names: dict[tuple[str, str], str] = {}
        self._written: tuple[str, ...] = ()

    def avoid(self, blueprint: Blueprint) -> None:
        """Choose no name that a value of the blueprint mentions already."""
        self._written = tuple(text for value in _values(blueprint) for text in _texts(value) if "$" in text)

    def replace(self, owner: str, key: str, value: Json) -> Json:
        """`value` without keys, however deep they stand.

        Args:
            owner: The entity it belongs to.
            key: What the value, or the member of it that holds a key, is called.
        """
        if isinstance(value, dict):
            return {name: self.replace(owner, f"{key} {name}", member) for name, member in value.items()}
        if isinstance(value, list):
            return [self.replace(owner, key, member) for member in value]
        if not is_secret(key, value):
            return value
        return "${" + self._name(owner, key, value) + "}"

    def _name(self, owner: str, key: str, value: Json) -> str:
        text = value if isinstance(value, str) else json.dumps(value)
        known = self._names.get((key, text))
        if known is not None:
            return known
        base = re.sub(r"\W+", "_", f"{owner} {key}", flags=re.ASCII).strip("_").upper()
        base = f"V_{base}" if not base or base[0].isdigit() else base
        number = 1
        while (name := base if number == 1 else f"{base}_{number}") in self.values or self._is_mentioned(name):
            number += 1
        self._names[key, text] = name
        is_text = isinstance(value, str) and find_env_line(name, value) is not None
        # As JSON any text fits into one line, and no quotation mark ends it.
        self.values[name] = text if is_text else json.dumps(value).replace("'", "\\u0027")
        self.sorts[name] = "text" if is_text else "json"
        return name

    def env_file(self, *, secrets: bool) -> str:
        """What they stand for, or only their names."""
        if not secrets:
            return "".join(f"{name}=\n" for name in self.values)
        return "".join(filter(None, (find_env_line(name, value) for name, value in self.values.items())))

    def _is_mentioned(self, name: str) -> bool:
        return any(name in text for text in self._written)


def _values(blueprint: Blueprint) -> Iterator[Json]:
    for definition in blueprint.definitions.values():
        if isinstance(definition, RouteDefinition):
            continue
        yield dict(definition.annotations or {})
        if not isinstance(definition, RuleDefinition):
            yield [parameter.value for parameter in definition.parameters or ()]
        if isinstance(definition, TriggerDefinition) and definition.feed is not None:
            yield definition.feed.parameters


def _texts(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for member in value:
            yield from _texts(member)
    elif isinstance(value, dict):
        yield from _texts(list(value.values()))
