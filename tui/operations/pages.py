"""Whole collections out of a platform's pages."""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from tui.entities.limits import MAX_LIST_SIZE


class _Named(Protocol):
    @property
    def name(self) -> str: ...


T = TypeVar("T", bound=_Named)


async def all_pages(page: Callable[[int, int], Awaitable[tuple[T, ...]]]) -> tuple[T, ...]:
    """Everything that `page(limit, skip)` gives until it gives nothing new.

    Lists are ordered by last change: while somebody writes, a page may repeat what an earlier one had.
    """
    by_name: dict[str, T] = {}
    skip = 0
    while True:
        members = await page(MAX_LIST_SIZE, skip)
        for member in members:
            by_name.setdefault(member.name, member)
        # Some platforms give fewer than asked for: only an empty page is surely the end.
        if not members or (skip == 0 and len(members) < _SMALLEST_PAGE):
            return tuple(by_name.values())
        skip += len(members)


_SMALLEST_PAGE = 30
"""No platform's largest page is smaller than this, so fewer members are all there are."""
