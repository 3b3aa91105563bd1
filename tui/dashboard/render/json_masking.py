"""Secrets among parameters: which ones they are, and how they are shown until the user asks for them."""

import re
from collections.abc import Mapping

from tui.entities.json import Json, JsonObject

MASK = "••••••"
_SECRET_KEY = re.compile(
    r"auth|token|secret|passw|pwd|api_?key|credential|private|signature|^key$|_key$", re.IGNORECASE
)

_MEMBER = re.compile(r'"((?:[^"\\]|\\.)*)"(\s*:\s*")((?:[^"\\]|\\.)*)')


def is_secret(key: str) -> bool:
    """Whether the name of a parameter suggests that its value must not be read over a shoulder."""
    return _SECRET_KEY.search(key) is not None


def masked(values: Mapping[str, Json]) -> JsonObject:
    """The values with those of secrets replaced by `MASK`, however deep they stand."""
    return {key: MASK if is_secret(key) and _tells(value) else masked_value(value) for key, value in values.items()}


def _tells(value: Json) -> bool:
    """Whether a value could be a secret at all: flags and empty ones are not."""
    return not isinstance(value, bool) and value not in (None, "", {}, [])


def masked_value(value: Json) -> Json:
    """The same of any JSON."""
    if isinstance(value, dict):
        return masked(value)
    if isinstance(value, list):
        return [masked_value(item) for item in value]
    return value


def mask_text(text: str) -> str:
    """JSON text with the secrets among its members hidden, character by character: columns stay where they are."""
    return _MEMBER.sub(lambda member: member[0][: -len(member[3]) or None] + _hidden(member[1], member[3]), text)


def _hidden(key: str, value: str) -> str:
    return "•" * len(value) if is_secret(key) else value
