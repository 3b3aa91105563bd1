"""What happens in the runtime, told to whoever listens.

Events go into a ring and carry ids `epoch-sequence`, so that a listener can tell where it stands. They are turned
into bytes only when somebody reads them, and as long as nobody listens, or may come back to listen, none are kept: a
runtime without listeners pays next to nothing.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from tui.entities.live import EventName

_T = TypeVar("_T")

KEPT_FOR_S = 120.0
"""How long a listener that left may take to come back."""
RING_EVENTS = 4096
_MAX_DIGITS = 18
RING_BYTES = 8 * 1024 * 1024
"""Bound of the payloads that the ring keeps alive, by the estimate that publishers give."""


class Event(NamedTuple):
    sequence: int
    name: EventName
    namespace: str
    render: Callable[[Any], bytes]
    subject: Any
    """What `render` is to be called with."""
    size: int

    def data(self) -> bytes:
        """JSON on one line."""
        return self.render(self.subject)


class EventHub:
    """Publishes to any number of listeners, none of which can slow down another or the runtime."""

    def __init__(self, epoch: str) -> None:
        self.epoch = epoch
        """Another one after every time in which no events were kept."""
        self.is_followed = False
        """Whether events are kept; publishers need not put together what is not."""
        self._first_epoch = epoch
        self._forgotten = 0
        self._forgetting: asyncio.TimerHandle | None = None
        self._sequence = 0
        self._ring: deque[Event] = deque()
        self._size = 0
        self._listeners: set[asyncio.Event] = set()
        self.closed = False

    @property
    def listeners(self) -> int:
        return len(self._listeners)

    @property
    def sequence(self) -> int:
        """Of the latest event."""
        return self._sequence

    def publish(
        self, name: EventName, namespace: str, render: Callable[[_T], bytes], subject: _T, size: int = 0
    ) -> None:
        """`render` makes JSON on one line of `subject`, which must not change any more; `size` is about its bytes."""
        if not self.is_followed:
            return
        self._sequence += 1
        ring = self._ring
        ring.append(Event(self._sequence, name, namespace, render, subject, size))
        self._size += size
        while len(ring) > RING_EVENTS or (self._size > RING_BYTES and len(ring) > 1):
            self._size -= ring.popleft().size
        for listener in self._listeners:
            listener.set()

    def since(self, sequence: int) -> list[Event] | None:
        """Everything after `sequence`; `None` if some of it has left the ring."""
        missing = self._sequence - sequence
        if missing > len(self._ring):
            return None
        if missing <= 0:
            return []
        ring = self._ring
        return [ring[index] for index in range(len(ring) - missing, len(ring))]

    def find_position(self, event_id: str) -> int | None:
        """The sequence number in `epoch-sequence`; `None` if it is not of this epoch or what follows it is gone."""
        epoch, _, digits = event_id.rpartition("-")
        if epoch != self.epoch or not (digits.isascii() and digits.isdigit()) or len(digits) > _MAX_DIGITS:
            return None
        sequence = int(digits)
        return sequence if sequence <= self._sequence and self.since(sequence) is not None else None

    def begin_following(self) -> str:
        """The id of the latest event: whoever asks for what comes after it within a while misses nothing."""
        self.is_followed = True
        self._plan_forgetting()
        return f"{self.epoch}-{self._sequence}"

    def listen(self) -> asyncio.Event:
        """A flag that is set whenever there is something new; give it back to `leave`."""
        listener = asyncio.Event()
        self._listeners.add(listener)
        self.is_followed = True
        return listener

    def close(self) -> None:
        """Let every listener's stream end."""
        self.closed = True
        for listener in self._listeners:
            listener.set()

    def leave(self, listener: asyncio.Event) -> None:
        self._listeners.discard(listener)
        self._plan_forgetting()

    def _plan_forgetting(self) -> None:
        if self._forgetting is not None:
            self._forgetting.cancel()
        self._forgetting = asyncio.get_running_loop().call_later(KEPT_FOR_S, self._forget)

    def _forget(self) -> None:
        """Nobody has come back: from now on events are not kept, and ids of this epoch are answered by a reset."""
        self._forgetting = None
        if self._listeners:
            return
        self.is_followed = False
        self._ring.clear()
        self._size = 0
        self._forgotten += 1
        self.epoch = f"{self._first_epoch}.{self._forgotten}"
