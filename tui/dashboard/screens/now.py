"""The time by which ages are told: the platform's clock, where the app keeps it."""

import time
from typing import Any

from textual.app import App


def now_ms(app: App[Any]) -> int:
    """Milliseconds since the epoch."""
    kept = getattr(app, "now_ms", None)
    return int(kept()) if callable(kept) else int(time.time() * 1000)
