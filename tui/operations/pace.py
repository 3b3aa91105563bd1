"""How often a platform is asked: a budget while nothing happens, and how long to stay away after an error."""

import random
from typing import Final

from tui.client.errors import ApiError, RateLimited, is_transient
from tui.errors import UserError

IDLE_PER_MINUTE: Final = 40
_BURST: Final = 6.0
_PER_SECOND: Final = (IDLE_PER_MINUTE - 2 * _BURST) / 60
"""In no idle minute can more be spent than the burst and what comes in, with something to spare."""
_FIRST_PAUSE_S: Final = 0.5
_LONGEST_PAUSE_S: Final = 15.0
_THROTTLED_S: Final = 5.0
"""After a 429 that does not say when to come back."""


class Budget:
    """Requests that may be made while nothing happens; whenever something does, there is no lack of them."""

    def __init__(self) -> None:
        self._left = _BURST
        self._at_ms: float | None = None

    def spend(self) -> None:
        self._left -= 1

    def refill(self, now_ms: float) -> None:
        """Let time pass; a clock that was set back gives nothing."""
        passed_ms = 0.0 if self._at_ms is None else max(0.0, now_ms - self._at_ms)
        self._at_ms = now_ms
        self._left = min(_BURST, self._left + passed_ms / 1000 * _PER_SECOND)

    def something_happened(self) -> None:
        self._left = _BURST

    @property
    def left(self) -> int:
        """Requests that may be made now."""
        return max(0, int(self._left))

    def wait_s(self, requests: int) -> float:
        """Until so many requests may be made."""
        return max(0.0, (min(requests, _BURST) - self._left) / _PER_SECOND)


def pause_after_failures_s(failures: int) -> float:
    """Until the next try after so many failures in a row, the first being 0: longer each time, and never in step."""
    pause_s: float = min(_FIRST_PAUSE_S * 2.0 ** min(failures, 10), _LONGEST_PAUSE_S)
    return pause_s * random.uniform(0.75, 1.25)


def pause_when_throttled_s(retry_after_s: float | None) -> float:
    """At least as long as the platform said."""
    return (_THROTTLED_S if retry_after_s is None else retry_after_s) * random.uniform(1.0, 1.1) + 0.1


def pause_before_retry_s(error: UserError, failures: int) -> float | None:
    """Until a connection that failed is tried again; `None`: trying again would not help."""
    if not isinstance(error, ApiError) or not is_transient(error):
        return None
    told_s = error.retry_after_s if isinstance(error, RateLimited) else None
    return max(pause_after_failures_s(failures + 1), told_s or 0.0)
