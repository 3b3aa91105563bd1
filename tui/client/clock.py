"""The platform's clock, read from the `Date` header of its answers.

All bounds of activation queries are on the server's clock. A `Date` has whole seconds only, but every answer narrows
the offset: it was written between the moment the request left and the moment the answer came.
"""

import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime

_RESOLUTION_MS = 1000
_LONGEST_WAIT_S = 600.0


class ServerClock:
    """What time it is on the platform."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._low_ms: float | None = None
        self._high_ms: float | None = None

    def local_ms(self) -> float:
        return self._now() * 1000

    def observe(self, date: str | None, *, sent_ms: float, received_ms: float) -> None:
        """Take in one answer: its `Date` header, and when it was asked for and received by our own clock."""
        if date is None:
            return
        try:
            server_ms = parsedate_to_datetime(date).timestamp() * 1000
        except ValueError:
            return
        low, high = server_ms - received_ms, server_ms + _RESOLUTION_MS - sent_ms
        if self._low_ms is None or self._high_ms is None or low > self._high_ms or high < self._low_ms:
            self._low_ms, self._high_ms = low, high  # the first answer, or one of the two clocks was set
        else:
            self._low_ms, self._high_ms = max(low, self._low_ms), min(high, self._high_ms)

    @property
    def offset_ms(self) -> int:
        """What to add to our clock to get the platform's; 0 while it has not said."""
        if self._low_ms is None or self._high_ms is None or self._low_ms <= 0 <= self._high_ms:
            return 0  # nothing contradicts that both clocks agree
        return round((self._low_ms + self._high_ms) / 2)

    def now_ms(self) -> int:
        """Milliseconds since the epoch, by the platform's clock."""
        return round(self.local_ms()) + self.offset_ms


def retry_after_s(text: str | None, date: str | None) -> float | None:
    """Of a `Retry-After` header: seconds, or a moment by the same clock as the `Date` header."""
    if text is None:
        return None
    try:
        if text.strip().isdecimal():
            wait_s = float(text)
        else:
            wait_s = (parsedate_to_datetime(text) - parsedate_to_datetime(date or "")).total_seconds()
    except (ValueError, TypeError):
        return None
    return min(max(wait_s, 0.0), _LONGEST_WAIT_S)
