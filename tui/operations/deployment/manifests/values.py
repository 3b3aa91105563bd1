"""Values in `manifest.yml`: inputs, annotations, environment, limits and web flags."""

import json
from typing import Final

from tui.entities.json import Json
from tui.entities.parameters import Annotations, Parameter, Parameters

from ..definitions import LimitsDraft
from .documents import Section
from .variables import Variables

_TYPE_DEFAULTS: Final[dict[str, Json]] = {
    "string": "",
    "integer": 0,
    "number": 0,
    "float": 0.0,
    "boolean": False,
    "json": {},
}
_OF_TYPED_INPUTS = frozenset({"type", "description", "value", "required", "default", "status", "schema"})
_WEB_WORDS = {"yes": True, "true": True, "raw": True, "no": False, "false": False}


class Values:
    """Reads them out of sections, variables filled in."""

    def __init__(self, variables: Variables, *, exact: bool, final: bool) -> None:
        """
        Args:
            exact: Everything is said, and meant to the letter.
            final: Web actions protect their default parameters without saying so.
        """
        self._variables = variables
        self._exact = exact
        self._final = final

    def said(self, parameters: Parameters) -> Parameters | None:
        """None at all leaves open which there are, unless everything is said."""
        return parameters if parameters or self._exact else None

    def text(self, section: Section, *keys: str) -> str | None:
        text = section.text(*keys)
        return None if text is None else self._variables.fill_text(text)

    def annotations(self, section: Section) -> Annotations | None:
        table = section.table("annotations")
        is_said = bool(table.members) or self._exact
        return Annotations(self._variables.fill(table.members)) if is_said else None

    def environment(self, section: Section) -> Parameters:
        table = section.table("environment")
        return tuple(Parameter(key, self._variables.fill(value), init=True) for key, value in table.members.items())

    def inputs(self, inputs: Section) -> Parameters:
        return tuple(Parameter(key, self._input(inputs, key, value)) for key, value in inputs.members.items())

    def _input(self, inputs: Section, key: str, written: Json) -> Json:
        """A value as it stands, the name of a type (its empty value), or a mapping that describes one."""
        if self._exact:
            is_wrapped = isinstance(written, dict) and written.keys() == {"value"}
            return self._variables.fill(written["value"] if is_wrapped else written)
        if isinstance(written, str) and written in _TYPE_DEFAULTS:
            return _TYPE_DEFAULTS[written]
        is_described = isinstance(written, dict) and bool(written) and written.keys() <= _OF_TYPED_INPUTS
        if not is_described or not written.keys() & {"type", "value", "default"}:
            return self._variables.fill(written)
        described = inputs.table(key)
        type_name = described.text("type")
        value = self._variables.fill(next((written[each] for each in ("value", "default") if each in written), None))
        if value is None:
            if described.flag("required"):
                raise described.error("is required and has no value.")
            return _TYPE_DEFAULTS.get(type_name or "string", "")
        return _typed(described, type_name, value)

    def web(self, section: Section, annotations: Annotations) -> dict[str, Json]:
        """The flags that `web`, or the annotation `web-export`, stands for."""
        if self._exact:
            return {}
        key = "web" if "web" in section else "web-export"
        written = section.value(key) if key in section else annotations.get("web-export")
        written = self._variables.fill(written)
        word = str(written).lower() if isinstance(written, str | bool) else "no" if written is None else ""
        if word not in _WEB_WORDS:
            raise section.wrong(key, "yes, raw or no", written)
        is_web = _WEB_WORDS[word]
        is_raw = is_web and (word == "raw" or annotations.is_truthy("raw-http"))
        flags: dict[str, Json] = {"web-export": is_web, "raw-http": is_raw}
        if self._final and "final" not in annotations:
            flags["final"] = is_web
        return flags


def limits_of(limits: Section) -> LimitsDraft:
    return LimitsDraft(
        timeout_ms=limits.number("timeout"),
        memory_mb=limits.number("memorySize", "memory"),
        logs_mb=limits.number("logSize", "logs"),
        concurrency=limits.number("concurrentActivations", "concurrency"),
        instances=limits.number("instances"),
    )


def _typed(described: Section, type_name: str | None, value: Json) -> Json:
    """A text, out of a variable as a rule, as the type that was announced."""
    if not isinstance(value, str) or type_name in (None, "string"):
        return value
    try:
        if type_name == "json":
            return json.loads(value)
        if type_name == "integer":
            return int(value)
        if type_name in ("float", "number"):
            return float(value)
        if type_name == "boolean":
            return {"true": True, "false": False}[value.strip().lower()]
    except (ValueError, KeyError) as error:
        raise described.error(f"is no {type_name}.") from error
    return value
