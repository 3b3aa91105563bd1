"""The payloads that were sent, for everybody who shows or repeats them."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from textual.app import App

from tui.operations.sent_payloads import PayloadHistory, SentPayload

__all__ = ["PayloadHistory", "SentPayload", "payload_history"]

_histories: WeakKeyDictionary[App[Any], PayloadHistory] = WeakKeyDictionary()


def payload_history(app: App[Any]) -> PayloadHistory:
    """The history of one running app."""
    history = _histories.get(app)
    if history is None:
        history = _histories[app] = PayloadHistory()
    return history
