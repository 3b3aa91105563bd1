"""Listening to the local runtime across broken connections, for whoever waits for something to happen."""

import asyncio
import time
from collections.abc import AsyncGenerator

from tui.client import Client
from tui.client.errors import ApiError, Unreachable, is_transient
from tui.entities.live import EventName, LiveEvent

GIVE_UP_AFTER_S = 30.0
"""How long a platform may be away before somebody who waits is told."""

_FIRST_PAUSE_S = 0.2
_LONGEST_PAUSE_S = 5.0


async def live_turns(client: Client) -> AsyncGenerator[list[LiveEvent] | None, None]:
    """Batches of events, and `None` whenever events may have been missed: at the start, and after every gap.

    At `None` the listener reads the state it cares about; whatever happens after that read comes as an event. Close
    the iterator (`contextlib.aclosing`) when leaving it early.

    Raises:
        ApiError: It cannot be listened to, or was away for longer than `GIVE_UP_AFTER_S`.
    """
    patience = Patience()
    while True:
        try:
            async with client.live.open_events() as batches:
                yield None
                patience.restore()
                async for events in batches:
                    if any(event.name is EventName.RESET for event in events):
                        yield None
                    elif events:
                        yield events
            error: ApiError = Unreachable(f"{client.endpoint.host} ended its events.")
        except ApiError as trouble:
            error = trouble
        await patience.wait_after(error)


class Patience:
    """How long to go on asking a platform that is in trouble."""

    def __init__(self) -> None:
        self.restore()

    def restore(self) -> None:
        """It answered."""
        self._pause_s = _FIRST_PAUSE_S
        self._since: float | None = None

    async def wait_after(self, error: ApiError) -> None:
        """Pause before the next try.

        Raises:
            ApiError: `error` itself, where another try is no use or there were enough.
        """
        now = time.monotonic()
        self._since = self._since if self._since is not None else now
        if not is_transient(error) or now - self._since > GIVE_UP_AFTER_S:
            raise error
        await asyncio.sleep(self._pause_s)
        self._pause_s = min(self._pause_s * 2, _LONGEST_PAUSE_S)


class GrowingPause:
    """The pauses between two looks at something that changes rarely: short at first, then longer."""

    def __init__(self, *, first_s: float = 0.25, longest_s: float = 5.0) -> None:
        self._first_s = first_s
        self._longest_s = longest_s
        self._next_s = first_s

    async def wait(self) -> None:
        await asyncio.sleep(self._next_s)
        self._next_s = min(self._next_s * 1.5, self._longest_s)

    def restart(self) -> None:
        self._next_s = self._first_s
