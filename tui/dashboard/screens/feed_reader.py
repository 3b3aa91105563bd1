"""Reads the feed and hands it on in frames: at most ten times a second, never per event, later while keys arrive."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import aclosing
from time import monotonic
from typing import TYPE_CHECKING

from textual.timer import Timer

if TYPE_CHECKING:
    from tui.operations.activation_feed import ActivationFeed
    from tui.operations.feed_batch import FeedBatch

FRAME_S = 0.1
KEYS_FIRST_S = 0.08
"""After a key, the answer to it goes before the next frame."""
LATEST_S = 0.3
"""A frame is not put off longer than this."""
MANY = 100
"""Records of one frame, about: taking in a whole gap at once would keep keys waiting."""
NEXT_S = 0.02
"""Until the next frame while more is there than that."""


class FeedReader:
    """One feed for the life of one connection."""

    def __init__(
        self,
        feed: ActivationFeed,
        *,
        show: Callable[[list[FeedBatch]], None],
        later: Callable[[float, Callable[[], None]], Timer],
        last_key_at: Callable[[], float],
    ) -> None:
        """
        Args:
            show: Gets the batches of one frame.
            later: Calls something after so many seconds.
            last_key_at: When the user pressed a key last, on the monotonic clock.
        """
        self.feed = feed
        self._show = show
        self._later = later
        self._last_key_at = last_key_at
        self._inbox: list[FeedBatch] = []
        self._timer: Timer | None = None
        self._shown_at = 0.0
        self._is_stopped = False

    def stop(self) -> None:
        """Show nothing any more."""
        self._is_stopped = True
        if self._timer is not None:
            self._timer.stop()

    async def run(self) -> None:
        """Until cancelled.

        Raises:
            ApiError: The key is no longer accepted, for example: trying again would not help.
        """
        async with aclosing(self.feed.batches()) as batches:
            async for batch in batches:
                self._inbox.append(batch)
                if self._timer is None and not self._is_stopped:
                    wait = self._shown_at + FRAME_S - monotonic()
                    self._timer = self._later(max(0.001, wait), self._frame)

    def _frame(self) -> None:
        now = monotonic()
        keys_are_coming = now - self._last_key_at() < KEYS_FIRST_S
        if keys_are_coming and now - self._shown_at < LATEST_S:
            self._timer = self._later(KEYS_FIRST_S, self._frame)
            return
        self._timer = None
        self._shown_at = now
        self._show(self._take())
        if self._inbox:
            self._timer = self._later(NEXT_S, self._frame)

    def _take(self) -> list[FeedBatch]:
        """What came first, as much as one frame takes in."""
        records, count = 0, 0
        while count < len(self._inbox) and records < MANY:
            records += len(self._inbox[count].finished)
            count += 1
        taken, self._inbox = self._inbox[:count], self._inbox[count:]
        return taken
