"""Payloads sent in this session, newest first, by what they were sent to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from textual.app import App

from tui.entities.endpoint import Endpoint

MAX_KEPT = 100
"""Of one trigger or action."""


@dataclass(frozen=True, slots=True)
class SentPayload:
    """One payload as it was typed."""

    text: str
    sent_ms: int
    activation_id: str | None
    """`None` where no rule answered the fire: there is no record then."""


class PayloadHistory:
    """What was sent, by namespace, kind and name."""

    def __init__(self) -> None:
        self._sent: dict[tuple[str, ...], list[SentPayload]] = {}

    def note(self, endpoint: Endpoint, kind: str, name: str, payload: SentPayload) -> None:
        """Remember one; an equal text moves to the front and is not kept twice."""
        entries = self._sent.setdefault(_key(endpoint, kind, name), [])
        entries[:] = [payload, *(entry for entry in entries if entry.text != payload.text)][:MAX_KEPT]

    def of(self, endpoint: Endpoint, kind: str, name: str) -> tuple[SentPayload, ...]:
        """Newest first."""
        return tuple(self._sent.get(_key(endpoint, kind, name), ()))

    def last(self, endpoint: Endpoint, kind: str, name: str) -> SentPayload | None:
        return next(iter(self.of(endpoint, kind, name)), None)


_histories: WeakKeyDictionary[App[Any], PayloadHistory] = WeakKeyDictionary()


def payload_history(app: App[Any]) -> PayloadHistory:
    """The history of one running app."""
    return _histories.setdefault(app, PayloadHistory())


def _key(endpoint: Endpoint, kind: str, name: str) -> tuple[str, ...]:
    return endpoint.url, endpoint.namespace, kind, name
