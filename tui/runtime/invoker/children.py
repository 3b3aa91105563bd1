"""How many processes a worker may have started: one that starts them without end must not take the machine with it.

The system's own bounds count a user's processes, whoever started them; so they are counted here, from the worker down.
What leaves this tree, by letting its parent end, is not counted and ends with the worker all the same.
"""

import asyncio
from collections.abc import Collection
from pathlib import Path
from typing import Protocol

from . import outcomes
from .worker import Worker

MAX_CHILDREN = 256
_LOOK_S = 1.0
_TOO_MANY = outcomes.failed(f"The action had more than {MAX_CHILDREN} processes at a time and was aborted.")


class Workers(Protocol):
    """Whoever knows those that are alive."""

    alive: set[Worker]


async def bound_children(workers: Workers) -> None:
    """Runs as long as the pool: ends workers with too many children, together with what runs in them."""
    while True:
        await asyncio.sleep(_LOOK_S)
        for worker in [each for each in workers.alive if each.runs]:
            if has_more_children(worker.process.pid, MAX_CHILDREN):
                worker.end_all(_TOO_MANY)


def has_more_children(pid: int, most: int) -> bool:
    """Whether more than `most` processes descend from `pid`; `False` where the system does not tell."""
    count = 0
    generation: Collection[int] = (pid,)
    while generation and count <= most:
        generation = [child for parent in generation for child in _children(parent)]
        count += len(generation)
    return count > most


def _children(pid: int) -> list[int]:
    """Of all its threads."""
    found: list[int] = []
    try:
        for thread in Path(f"/proc/{pid}/task").iterdir():
            found += map(int, (thread / "children").read_text().split())
    except OSError:
        return found
    return found
