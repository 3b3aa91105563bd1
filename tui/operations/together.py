"""Several requests at the same time, every one of them waited for."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

AT_ONCE = 8
"""Enough to hide a remote platform's distance, few enough not to look like an attack."""


async def map_together(each: Callable[[T], Awaitable[R]], things: Iterable[T], *, at_once: int = AT_ONCE) -> list[R]:
    """`each` of `things`, at most `at_once` at a time; answers in the order of `things`.

    The first error ends the others and is raised as itself, not in a group.
    """
    gate = asyncio.Semaphore(at_once)

    async def one(thing: T) -> R:
        async with gate:
            return await each(thing)

    try:
        async with asyncio.TaskGroup() as tasks:
            started = [tasks.create_task(one(thing)) for thing in things]
    except ExceptionGroup as group:
        raise _first(group) from None
    return [task.result() for task in started]


def _first(group: ExceptionGroup[Exception]) -> Exception:
    first = group.exceptions[0]
    return _first(first) if isinstance(first, ExceptionGroup) else first
