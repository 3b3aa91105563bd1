"""Runs the asynchronous part of a command: signals, time limits, the connection to the platform."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, TypeVar

from .ends import Interrupted, OutputClosed

if TYPE_CHECKING:
    from tui.operations import Operations

    from .options import Common

T = TypeVar("T")

_ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run(work: Callable[[], Awaitable[T]]) -> T:
    """Run `work` until it ends.

    Raises:
        Interrupted: A signal ended it; everything that it held is closed.
    """

    async def main() -> T:
        with _cancelled_by_signals():
            return await work()

    return asyncio.run(main())


@contextmanager
def _cancelled_by_signals() -> Iterator[None]:
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    interrupted = False

    def interrupt() -> None:
        nonlocal interrupted
        interrupted = True
        task.cancel()

    for number in _ENDING_SIGNALS:
        loop.add_signal_handler(number, interrupt)
    try:
        yield
    except asyncio.CancelledError:
        if interrupted:
            raise Interrupted from None
        raise
    finally:
        for number in _ENDING_SIGNALS:
            loop.remove_signal_handler(number)


@asynccontextmanager
async def connected(common: Common, *, to: str | None = None) -> AsyncIterator[Operations]:
    """The platform that this command line means; the local runtime is started if that is the one and none runs.

    Args:
        to: A context that is meant instead, as `--to` names it.
    """
    from tui.operations import open_operations
    from tui.operations.connect import find_endpoint

    from .output import narrate

    endpoint = await find_endpoint(
        common.settings(), context=to or common.context, read_only=common.read_only, progress=narrate
    )
    async with open_operations(endpoint) as operations:
        yield operations


@asynccontextmanager
async def time_limit(timeout_ms: int | None) -> AsyncIterator[asyncio.Timeout]:
    """End the block after that time; `expired()` of what it yields tells. `None`: no limit."""
    limit = asyncio.timeout(None if timeout_ms is None else timeout_ms / 1000)
    try:
        async with limit:
            yield limit
    except TimeoutError:
        if not limit.expired():
            raise


@asynccontextmanager
async def ended_by_closed_pipe() -> AsyncIterator[None]:
    """End the block as soon as nobody reads stdout any more, although there may be nothing to write for hours.

    Raises:
        OutputClosed: That happened.
    """
    descriptor = sys.stdout.fileno()
    mode = os.fstat(descriptor).st_mode
    if not (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)):
        yield
        return
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    closed = False

    def notice() -> None:
        nonlocal closed
        closed = True
        loop.remove_reader(descriptor)
        task.cancel()

    # The writing end of a pipe never becomes readable, except to say that the reading end is gone.
    loop.add_reader(descriptor, notice)
    try:
        yield
    except asyncio.CancelledError:
        if closed:
            raise OutputClosed from None
        raise
    finally:
        loop.remove_reader(descriptor)
