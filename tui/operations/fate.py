"""A fire or an invoke whose answer got lost: it is never sent again, but looked for among the records and the runs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final, TypeVar

from tui.client.errors import ApiError, FateUnknown, NotFound, is_transient

if TYPE_CHECKING:
    from tui.client import Client, Fired, Invoked
    from tui.entities.activation import Activation
    from tui.entities.json import JsonObject

LOOK_FOR_S: Final = 45.0
_EVERY_S: Final = 2.0
_CLOCK_SLACK_MS: Final = 1500
"""The platform's clock is known to a second."""

Said = Callable[[str], object]
T = TypeVar("T")


async def or_find(
    client: Client,
    send: Callable[[], Awaitable[T]],
    *,
    name: str,
    payload: JsonObject | None,
    found: Callable[[str, bool], T],
    said: Said,
) -> T:
    """Send once; if nobody knows what became of it, look for the run that it started.

    Args:
        name: Of the trigger or action.
        payload: What a record of a firing has to hold; `None` where records do not tell, as those of actions.
        found: Makes the answer out of the activation id, and of whether it is a guess.
        said: Told in a sentence when the looking begins.

    Raises:
        FateUnknown: Nothing was found in time, or more than one thing that it could be.
    """
    since_ms = client.clock.now_ms() - _CLOCK_SLACK_MS
    try:
        return await send()
    except FateUnknown as error:
        said("unknown whether that was accepted: checking")
        ids = await _look(client, name, payload, since_ms)
        if len(ids) == 1:
            activation_id = ids.pop()
            if is_guess := not payload:  # nothing but the time tells it from somebody else's
                said(f"{activation_id} is the only run of {name} that began then: perhaps this one")
            return found(activation_id, is_guess)
        what = f"{len(ids)} runs of {name} began then" if ids else f"no run of {name} showed up in {LOOK_FOR_S:g} s"
        raise FateUnknown(f"{error.message} It was looked for: {what}.") from error


def refuse_guess(started: Invoked | Fired) -> None:
    """Where an outcome is counted or compared, that of another's run would be worse than none.

    Raises:
        FateUnknown: The answer got lost, and nothing but the time tells the run that was found from another's.
    """
    if started.is_guess:
        raise FateUnknown(f"The answer got lost: {started.activation_id} is perhaps what was started, or another's.")


async def _look(client: Client, name: str, payload: JsonObject | None, since_ms: int) -> set[str]:
    """Ids of what began since then and could be it; ends with the first look that finds any."""
    give_up_at = time.monotonic() + LOOK_FOR_S
    while True:
        try:
            ids = {*await _running(client, name, since_ms), *await _ended(client, name, payload, since_ms)}
        except ApiError as error:
            if not is_transient(error):
                return set()
            ids = set()
        if ids or time.monotonic() > give_up_at:
            return ids
        await asyncio.sleep(_EVERY_S)


async def _ended(client: Client, name: str, payload: JsonObject | None, since_ms: int) -> set[str]:
    records = await client.activations.list(name=name, since_ms=since_ms, docs=payload is not None)
    return {
        record.activation_id
        for record in records
        if record.cause is None and (payload is None or _holds(record, payload))
    }


def _holds(record: Activation, payload: JsonObject) -> bool:
    """Whether a firing's record has this payload, its trigger's own parameters beside it."""
    result = None if record.response is None else record.response.result
    return isinstance(result, dict) and all(result.get(key) == value for key, value in payload.items())


async def _running(client: Client, name: str, since_ms: int) -> set[str]:
    """Runs without a record, where the platform tells of them."""
    try:
        running = await client.live.running()
    except NotFound:
        return set()
    except ApiError as error:
        if is_transient(error):
            raise
        return set()
    return {
        one.activation_id
        for one in running
        if one.accepted_ms >= since_ms and one.entity.partition("/")[2] == name and one.trigger_activation_id is None
    }
