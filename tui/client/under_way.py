"""Exchanges that are under way over one set of connections, and their end when those are closed.

A connection that is still being made when its pool is closed would come to life behind the pool's back, and nobody
would ever close it. So whatever is under way is ended first, and nothing new begins.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class UnderWay:
    """Shared by every client of one set of connections."""

    def __init__(self) -> None:
        self.is_closed = False
        self._deadlines: set[asyncio.Timeout] = set()
        self._none_left = asyncio.Event()

    @asynccontextmanager
    async def limit(self, timeout_s: float | None) -> AsyncIterator[None]:
        """Around one exchange.

        Raises:
            TimeoutError: It took longer, or the connections are closed.
        """
        async with asyncio.timeout(timeout_s) as deadline:
            self._deadlines.add(deadline)
            try:
                yield
            finally:
                self._deadlines.discard(deadline)
                if not self._deadlines:
                    self._none_left.set()

    async def end(self) -> None:
        """Let nothing begin any more, end what is under way, and wait until it is."""
        self.is_closed = True
        now = asyncio.get_running_loop().time()
        for deadline in self._deadlines:
            if not deadline.expired():
                deadline.reschedule(now)
        while self._deadlines:
            self._none_left.clear()
            await self._none_left.wait()
