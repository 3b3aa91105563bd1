"""How often a platform is asked is the context's to say: quickly while something happens, rarely while nothing does."""

from contextlib import aclosing
from itertools import pairwise

import httpx
import pytest
from msgspec.structs import replace

from tests.operations.simulated import Run, SimulatedPlatform
from tui.client import ServerClock, open_client
from tui.entities.endpoint import Endpoint, Secret
from tui.operations import Operations
from tui.operations.platform import load_platform

FAR = Endpoint(context="far", url="https://platform.example", auth=Secret("a:b"), namespace="guest")
HOUR_MS = 3_600_000


async def asked_at(platform: SimulatedPlatform, endpoint: Endpoint, *, until_ms: int) -> list[int]:
    """When, in milliseconds after the beginning, the feed of a context has asked; its pauses pass at once."""

    async def time_passes(pause_s: float) -> None:
        platform.now_ms += round(pause_s * 1000)

    clock = ServerClock(platform.local_s)
    async with open_client(endpoint, transport=httpx.MockTransport(platform), clock=clock) as client:
        feed = Operations(client, await load_platform(client)).activation_feed()
        feed._pause = time_passes  # type: ignore[method-assign]
        platform.asked.clear()
        async with aclosing(feed.batches()) as batches:
            while platform.now_ms < until_ms:
                await anext(batches)
    return [at for at, _ in platform.asked]


def longest_gap_s(times: list[int]) -> float:
    return max(later - earlier for earlier, later in pairwise(times)) / 1000


@pytest.mark.parametrize("poll_max_s", [5.0, 120.0])
async def test_while_nothing_happens_a_platform_is_asked_as_rarely_as_its_context_says(poll_max_s: float) -> None:
    endpoint = replace(FAR, poll_min_s=1.0, poll_max_s=poll_max_s)

    times = await asked_at(SimulatedPlatform([]), endpoint, until_ms=HOUR_MS)

    assert poll_max_s * 0.9 <= longest_gap_s(times) <= poll_max_s * 1.3
    assert len(times) <= HOUR_MS / 60_000 * 40


async def test_while_something_happens_it_is_asked_as_quickly_as_its_context_says() -> None:
    runs = [Run(number, number * 1000, 500) for number in range(1, 120)]

    quick = await asked_at(SimulatedPlatform(runs), replace(FAR, poll_min_s=1.0), until_ms=120_000)
    slow = await asked_at(SimulatedPlatform(runs), replace(FAR, poll_min_s=10.0), until_ms=120_000)

    assert len(quick) > 3 * len(slow)
