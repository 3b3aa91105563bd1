"""Whole collections out of a platform's pages."""

from collections.abc import Awaitable, Callable
from typing import Final, Protocol, TypeVar

AS_MANY_AS_POSSIBLE: Final = 0
"""How a client asks for the largest page that a platform gives: 200 members on most, 50 on some."""
SMALLEST_PAGE: Final = 30
"""No platform's largest page is smaller than this, so a page with fewer members is the last."""


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
        members = await page(AS_MANY_AS_POSSIBLE, skip)
        for member in members:
            by_name.setdefault(member.name, member)
        if len(members) < SMALLEST_PAGE:
            return tuple(by_name.values())
        skip += len(members)
