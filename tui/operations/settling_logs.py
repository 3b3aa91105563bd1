"""Lines of a run that has just ended, read again until no more of them come.

Platforms collect what a run printed beside its record: for some seconds after the end a log may be short, or empty.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Final

from tui.client.errors import ApiError, NotFound
from tui.entities.activation import Activation

SETTLED_AFTER_MS: Final = 60_000
"""After the end: then nothing more is waited for."""
_EMPTY_UNTIL_MS: Final = 15_000
"""An empty log may still be one that nobody has begun to collect."""
_PAUSES_S: Final = (1.0, 2.0, 3.0, 5.0)

Lines = tuple[str, ...]
Sleep = Callable[[float], Awaitable[None]]


def may_still_arrive(record: Activation, now_ms: int) -> bool:
    """Whether a run ended so short a time ago that lines of it may be missing; times by the platform's clock."""
    return now_ms - (record.end_ms or record.start_ms) < SETTLED_AFTER_MS


async def settle_logs(
    read: Callable[[], Awaitable[Lines]],
    record: Activation,
    *,
    now_ms: Callable[[], int],
    sleep: Sleep = asyncio.sleep,
) -> AsyncGenerator[Lines, None]:
    """The log after each reading that brought more; ends once two readings are equal.

    Args:
        read: Asks the platform for all lines. A failure is no reason to end.
        now_ms: The platform's clock.
    """
    known = record.logs
    for turn in range(1000):
        await sleep(_PAUSES_S[min(turn, len(_PAUSES_S) - 1)])
        try:
            lines = await read()
        except (ApiError, NotFound):
            lines = None
        age_ms = now_ms() - (record.end_ms or record.start_ms)
        if lines is not None and lines != known:
            known = lines
            yield known
        elif lines is not None and (known or age_ms >= _EMPTY_UNTIL_MS):
            return
        if age_ms >= SETTLED_AFTER_MS:
            return
