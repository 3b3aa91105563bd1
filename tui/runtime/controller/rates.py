"""Rates that the configuration may limit: calls in a calendar minute, and runs at the same time."""

from collections.abc import Callable

from .. import messages
from ..faults import TooManyRequests

_MINUTE_MS = 60_000


class MinuteRate:
    """Counts calls of one namespace in the current calendar minute."""

    def __init__(self, allowed: int | None, clock_ms: Callable[[], int]) -> None:
        self._allowed = allowed
        self._clock_ms = clock_ms
        self._minute = 0
        self._counts: dict[str, int] = {}

    def count(self, namespace: str) -> None:
        """Raises `TooManyRequests` for a call too many; does nothing where the rate is off."""
        if self._allowed is None:
            return
        minute = self._clock_ms() // _MINUTE_MS
        if minute != self._minute:
            self._minute = minute
            self._counts.clear()
        calls = self._counts.get(namespace, 0) + 1
        self._counts[namespace] = calls
        if calls > self._allowed:
            raise TooManyRequests(messages.too_many_per_minute(calls, self._allowed))


def check_concurrent(in_flight: Callable[[str], int], namespace: str, allowed: int | None) -> None:
    """Raises `TooManyRequests` where as many runs as allowed are under way."""
    if allowed is None:
        return
    running = in_flight(namespace)
    if running >= allowed:
        raise TooManyRequests(messages.too_many_concurrent(running, allowed))
