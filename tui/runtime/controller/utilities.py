"""The system's small actions, `/whisk.system/utils` and `/whisk.system/samples`.

Source of what they take and answer: the catalogue of Apache OpenWhisk.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime

from tui.entities.json import Json, JsonObject

from .natives import NativeCall, NativeFailure, NativeFunction

_WEB_EXTENSIONS = (".json", ".text", ".html", ".http")


def echo(call: NativeCall) -> Json:
    """What it was given."""
    return call.arguments


def cat(call: NativeCall) -> Json:
    lines = _lines(call)
    return {"lines": lines, "payload": "\n".join("" if line is None else _text(line) for line in lines)}


def sort(call: NativeCall) -> Json:
    """By their texts, numbers too, as JavaScript does it."""
    lines = sorted(_lines(call), key=lambda line: _text(line).encode("utf-16-be", "surrogatepass"))
    return {"lines": lines, "length": len(lines)}


def head(call: NativeCall) -> Json:
    told = _members(call).get("num") or 1
    try:
        number = int(float(_text(told)))
    except (ValueError, OverflowError):
        raise NativeFailure("num has to be a number.") from None
    return {"lines": _lines(call)[:number], "num": told}


def split(call: NativeCall) -> Json:
    """At `separator`, else into lines."""
    payload, separator = _payload(call), _members(call).get("separator")
    text = _text(payload)
    lines = text.split(_text(separator)) if separator else re.split(r"\r?\n", text)
    return {"lines": lines, "payload": payload}


def date(call: NativeCall) -> Json:
    return {"date": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")}


def namespace(call: NativeCall) -> Json:
    return {"namespace": call.identity.namespace}


def smash(call: NativeCall) -> Json:
    """Everything under the property that `$fieldName` names."""
    arguments = dict(_members(call))
    name = arguments.pop("$fieldName", None)
    if not isinstance(name, str):
        raise NativeFailure("Expected an argument '$fieldName' of type 'string'.")
    return {name: arguments}


def make_host_url(url: Callable[[], str]) -> NativeFunction:
    """`url` tells the runtime's address."""

    def host_url(call: NativeCall) -> Json:
        arguments = _members(call)
        web, trigger = arguments.get("web") is True, arguments.get("trigger") is True
        path, extension = _text(arguments.get("path") or ""), arguments.get("ext") or ".json"
        if web and trigger:
            raise NativeFailure("triggers are not allowed for web actions.")
        if web and extension not in _WEB_EXTENSIONS:
            listed = ", ".join(f'"{each}"' for each in _WEB_EXTENSIONS)
            raise NativeFailure(f"extension for web action must be one of [{listed}].")
        if trigger and "/" in path:
            raise NativeFailure("triggers are not allowed in packages.")
        own = call.identity.namespace
        if not web:
            base = f"{url()}/api/v1/namespaces/{own}/{'triggers' if trigger else 'actions'}"
            return {"url": f"{base}/{path}" if path else base}
        base = f"{url()}/api/v1/web/{own}"
        if not path:
            return {"url": base}
        return {"url": f"{base}/{path if '/' in path else f'default/{path}'}{extension}"}

    return host_url


def greeting(call: NativeCall) -> Json:
    arguments = _members(call)
    name, place = arguments.get("name") or "stranger", arguments.get("place") or "somewhere"
    return {"payload": f"Hello, {_text(name)} from {_text(place)}!"}


def word_count(call: NativeCall) -> Json:
    """Between single blanks: two of them hold an empty word."""
    return {"count": len(_text(_payload(call)).split(" "))}


def _payload(call: NativeCall) -> Json:
    payload = _members(call).get("payload")
    if payload is None:
        raise NativeFailure("payload has to be given.")
    return payload


def _members(call: NativeCall) -> JsonObject:
    if not isinstance(call.arguments, dict):
        raise NativeFailure("The action takes an object.")
    return call.arguments


def _lines(call: NativeCall) -> list[Json]:
    lines = _members(call).get("lines") or []
    if not isinstance(lines, list):
        raise NativeFailure("lines has to be an array.")
    return lines


def _text(value: Json) -> str:
    """As JavaScript turns it into a string."""
    if isinstance(value, str):
        return value
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join("" if each is None else _text(each) for each in value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "[object Object]" if isinstance(value, dict) else str(value)
