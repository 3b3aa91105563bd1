"""Reading a stretch of the activation list whole, however many pages it takes."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import AsyncGenerator, Awaitable
from typing import Protocol

from tui.entities.activation import Activation

from .pages import AS_MANY_AS_POSSIBLE, SMALLEST_PAGE


class ListPage(Protocol):
    def __call__(
        self, *, limit: int, skip: int, since_ms: int | None, upto_ms: int | None, docs: bool
    ) -> Awaitable[tuple[Activation, ...]]: ...


async def read_window(list_page: ListPage, *, since_ms: int | None) -> AsyncGenerator[tuple[Activation, ...], None]:
    """Every whole record that started at or after `since_ms`, newest first, by pages; without it, one page.

    It pages back with `upto`: `skip` drifts while new records arrive, and serves only to get past more than a page of
    records that share one start millisecond. A record may come twice, the last page may be empty.
    """
    upto_ms: int | None = None
    skip = largest = 0
    while True:
        page = await list_page(limit=AS_MANY_AS_POSSIBLE, skip=skip, since_ms=since_ms, upto_ms=upto_ms, docs=True)
        yield page
        largest = max(largest, len(page))
        if since_ms is None or len(page) < max(largest, SMALLEST_PAGE):
            return
        oldest_ms = page[-1].start_ms
        if oldest_ms == upto_ms:
            skip += len(page)
        else:
            upto_ms, skip = oldest_ms, 0


class Seen:
    """Records that are known already: each id leaves the feed once, and what is known can be counted by start."""

    _PRUNE_ABOVE = 4096

    def __init__(self) -> None:
        self._last_ms: dict[str, int] = {}
        self._starts: list[int] = []
        self._prune_above = self._PRUNE_ABOVE

    def __contains__(self, activation_id: str) -> bool:
        return activation_id in self._last_ms

    def note(self, activation_id: str, start_ms: int, *, now_ms: int) -> bool:
        """Whether it is new."""
        if activation_id in self._last_ms:
            return False
        self._last_ms[activation_id] = max(start_ms, now_ms)
        insort(self._starts, start_ms)
        return True

    def new_ones(self, records: tuple[Activation, ...], *, now_ms: int) -> tuple[Activation, ...]:
        """Those of `records` that were never handed out, in the order in which they ended."""
        fresh = [record for record in records if self.note(record.activation_id, record.start_ms, now_ms=now_ms)]
        return tuple(sorted(fresh, key=lambda record: record.end_ms or record.start_ms))

    def count(self, since_ms: int, upto_ms: int) -> int:
        """How many are known that started in this interval, both ends included."""
        return bisect_right(self._starts, upto_ms) - bisect_left(self._starts, since_ms)

    def forget_before(self, floor_ms: int) -> bool:
        """No window will reach back beyond `floor_ms` any more, which keeps memory bounded; whether any went."""
        if len(self._last_ms) <= self._prune_above:
            return False
        self._last_ms = {key: last_ms for key, last_ms in self._last_ms.items() if last_ms >= floor_ms}
        del self._starts[: bisect_left(self._starts, floor_ms)]
        self._prune_above = max(self._PRUNE_ABOVE, 2 * len(self._last_ms))  # looking through all is for once in a while
        return True
