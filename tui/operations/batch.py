"""Send many payloads to one trigger or action: some at a time, at a pace, and never faster than the platform allows.

A payload that cannot be read, or that the platform refuses, is an outcome like any other and holds up none of the rest.
Only "too many requests" does: then all wait, and that payload is sent again.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import Struct, field

from tui.client.errors import FateUnknown, RateLimited
from tui.entities.json import JsonObject
from tui.errors import UsageError, UserError

from .outcomes import Kind, Outcome, send_and_wait
from .pace import pause_when_throttled_s
from .payloads import read_text

if TYPE_CHECKING:
    from .operations import Operations

MOST_PAYLOADS: Final = 100_000
MOST_AT_ONCE: Final = 200
NOT_SENT: Final = "not sent"
"""The word for a payload that was refused, or is none."""
UNKNOWN: Final = "unknown"
"""The word for one that was accepted, or perhaps was: what came of it could not be read."""
LEFT: Final = "left out"
"""The word for one that was not begun before the stop."""


class Stage(StrEnum):
    """How far one payload is."""

    WAITING = "waiting"
    SENT = "running"
    DONE = "done"


class Item(Struct, eq=False):
    """One payload, and what came of it."""

    number: int
    """From 1; of a file, the number of its line."""
    text: str
    """As it was typed, or stands in the file."""
    stage: Stage = Stage.WAITING
    activation_id: str | None = None
    outcome: Outcome | None = None
    trouble: str = ""
    """Why it was not sent, or why nobody knows what came of it."""
    is_lost: bool = False
    """It may have been accepted."""

    @property
    def word(self) -> str:
        """What came of it, in the words by which outcomes are counted; how far it is where nothing has."""
        if self.outcome is not None:
            return self.outcome.word
        if self.stage is not Stage.DONE:
            return self.stage.value
        if not self.trouble:
            return LEFT
        return UNKNOWN if self.is_lost or self.activation_id is not None else NOT_SENT

    @property
    def failed(self) -> bool:
        return self.outcome.failed if self.outcome is not None else bool(self.trouble)


def items_of_lines(path: Path) -> list[Item]:
    """One payload a line; empty lines are none.

    Raises:
        UsageError: It cannot be read, or has too many lines.
    """
    lines = enumerate(read_text(path).split("\n"), 1)  # JSON's texts may hold what Unicode calls the end of a line
    items = [Item(number, line) for number, line in lines if line.strip()]
    if not items:
        raise UsageError(f"{path} has no line with a payload.")
    if len(items) > MOST_PAYLOADS:
        raise UsageError(f"{path} has {len(items):,} payloads: at most {MOST_PAYLOADS:,} are sent in one go.")
    return items


def budget_per_minute(operations: Operations, kind: Kind) -> int | None:
    """How many the platform takes in a minute; `None` where it does not bound them."""
    limits = operations.platform.limits
    return limits.fires_per_minute if kind == "trigger" else limits.invocations_per_minute


class Batch(Struct, eq=False, kw_only=True):
    """Many payloads for one thing. `run` sends them, `stop` ends that early."""

    kind: Kind
    name: str
    items: Sequence[Item]
    payload_of: Callable[[Item], JsonObject]
    """Raises `UserError` where an item's text is no payload."""
    at_once: int = 4
    """So many may be without an outcome at a time."""
    per_minute: float | None = None
    """So many are begun in a minute; `None`: as soon as there is room."""
    held_until: float = 0.0
    """On the monotonic clock: until then the platform wants to be left alone."""
    counts: Counter[str] = field(default_factory=Counter)
    """Outcomes by their words."""
    failing: set[str] = field(default_factory=set)
    """Those words that stand for a failure."""
    running: int = 0
    """Payloads under way."""
    _ids: set[str] = field(default_factory=set)
    """Of what was accepted."""
    _next_at: float = 0.0
    _stopped: asyncio.Event = field(default_factory=asyncio.Event)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def done(self) -> int:
        """Payloads with an outcome."""
        return self.counts.total()

    @property
    def is_over(self) -> bool:
        return self.done == len(self.items)

    @property
    def is_stopped(self) -> bool:
        return self._stopped.is_set()

    def stop(self) -> None:
        """Begin no more of them. What runs is waited for."""
        self._stopped.set()

    async def run(self, operations: Operations, changed: Callable[[Item], object]) -> None:
        """Send them all, in their order.

        Args:
            changed: Told of each item that got further.
        """
        waiting = iter(self.items)
        workers = min(self.at_once, len(self.items))
        async with asyncio.TaskGroup() as tasks:
            for _ in range(workers):
                tasks.create_task(self._send_some(operations, waiting, changed))

    async def _send_some(
        self, operations: Operations, waiting: Iterator[Item], changed: Callable[[Item], object]
    ) -> None:
        for item in waiting:
            if not self.is_stopped:
                await self._send(operations, item, changed)
            item.stage = Stage.DONE
            self.counts[item.word] += 1
            if item.failed:
                self.failing.add(item.word)
            changed(item)

    async def _send(self, operations: Operations, item: Item, changed: Callable[[Item], object]) -> None:
        def accepted(activation_id: str) -> None:
            if activation_id in self._ids:  # found when its own answer got lost: payloads may be alike
                raise FateUnknown("The answer got lost, and the only run that it could be about is another payload's.")
            self._ids.add(activation_id)
            item.activation_id = activation_id
            changed(item)

        while await self._may_send():
            item.stage = Stage.SENT
            self.running += 1
            changed(item)
            try:
                payload = self.payload_of(item)
                item.outcome = await send_and_wait(operations, self.kind, self.name, payload, accepted=accepted)
            except RateLimited as error:
                if item.activation_id is not None:  # it was taken; only what came of it was not told
                    item.trouble = error.message
                    return
                pause_s = pause_when_throttled_s(error.retry_after_s)
                self.held_until = max(self.held_until, time.monotonic() + pause_s)
                item.stage = Stage.WAITING
                changed(item)
                continue
            except UserError as error:
                item.trouble, item.is_lost = error.message, isinstance(error, FateUnknown)
            finally:
                self.running -= 1
            return

    async def _may_send(self) -> bool:
        """Wait for the turn; `False` once it was stopped."""
        async with self._turn:
            while not self.is_stopped and (wait_s := max(self._next_at, self.held_until) - time.monotonic()) > 0:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stopped.wait(), wait_s)
            if self.per_minute is not None:
                self._next_at = max(self._next_at, time.monotonic()) + 60 / self.per_minute
            return not self.is_stopped


_RATE = re.compile(r"(\d+(?:\.\d+)?)\s*/\s*(s|sec|m|min|h)")
_PER_MINUTE: Final = {"s": 60.0, "sec": 60.0, "m": 1.0, "min": 1.0, "h": 1 / 60}


def parse_rate(text: str) -> float | None:
    """`10/s`, `600/m`, `30/h` → so many in a minute; nothing → `None`.

    Raises:
        ValueError: It is no rate; the text says how one is written.
    """
    if not text.strip():
        return None
    found = _RATE.fullmatch(text.strip())
    if found is None or not float(found[1]):
        raise ValueError("written as 10/s, 600/m or 30/h")
    return float(found[1]) * _PER_MINUTE[found[2]]
