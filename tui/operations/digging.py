"""Digging further back than the feed reaches: pages of ever older records, for as long as somebody wants them."""

from collections.abc import AsyncGenerator

from msgspec import Struct

from tui.client import Client
from tui.entities.activation import Activation

from .feed_requests import FeedRequests
from .polling import Gap, rest_of
from .together import map_together


class Dug(Struct, frozen=True, kw_only=True):
    """One page."""

    records: tuple[Activation, ...]
    """Whole records, newest first; some may be known already."""
    since_ms: int
    """Everything that started since then, up to where the digging began, has been given out."""
    is_end: bool
    """The platform keeps nothing older."""


async def dig_back(client: Client, *, upto_ms: int) -> AsyncGenerator[Dug, None]:
    """Records that started at `upto_ms` or before, newest first, until there are no more.

    Close the iterator (`contextlib.aclosing`) when leaving it early.

    Raises:
        ApiError: The platform gave no answer; what was given out before stays true.
    """
    requests = FeedRequests(client)
    gap = Gap(0, upto_ms)
    while True:
        records, is_last = await requests.page(since_ms=None, upto_ms=gap.upto_ms, skip=gap.skip)
        is_end = is_last or not records
        oldest_ms = records[-1].start_ms if records else upto_ms
        # Of the last millisecond of a page there may be more on the next one.
        since_ms = oldest_ms if is_end else oldest_ms + 1
        yield Dug(records=await _whole(requests, records), since_ms=since_ms, is_end=is_end)
        if is_end:
            return
        gap, upto_ms = rest_of(gap, records), oldest_ms


async def _whole(requests: FeedRequests, records: tuple[Activation, ...]) -> tuple[Activation, ...]:
    """Where some came without their response, those are asked for one by one."""

    async def whole(record: Activation) -> Activation | None:
        return record if record.response is not None else await requests.find(record.activation_id)

    found = await map_together(whole, records)
    return tuple(record for record in found if record is not None)
