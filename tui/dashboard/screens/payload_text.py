"""From a payload as it was typed to the payload that is sent, and to a few words for a list."""

from __future__ import annotations

import json
import os
from typing import Any

from textual.app import App

from tui.entities.json import JsonObject
from tui.operations.payloads import parse_payload

from ..render.json_masking import masked_value
from ..render.json_text import inline
from ..render.line import FILL, Line, Span
from .now import now_ms


def payload_of(text: str, app: App[Any], *, number: int = 1) -> JsonObject:
    """What a text says, its placeholders filled in.

    Args:
        number: Which of many sendings it is.

    Raises:
        UsageError: It is no JSON object, a file that it names cannot be read, or a placeholder cannot be filled.
    """
    from tui.operations.placeholders import Filling, filled  # only who sends something pays for it

    return filled(parse_payload(text), Filling(now_ms=now_ms(app), environ=os.environ, number=number))


def summary(text: str) -> Line:
    """A payload in a few cells, its secrets hidden."""
    stripped = text.strip()
    if stripped.startswith("@"):
        return [Span(stripped, "muted", FILL)]
    try:
        value = json.loads(stripped or "{}")
    except (ValueError, RecursionError):
        return [Span(stripped, "muted", FILL)]
    if not value:
        return [Span("{ } empty", "faint", FILL)]
    return inline(masked_value(value))
