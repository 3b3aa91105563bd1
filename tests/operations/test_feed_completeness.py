"""Against a platform that can only be asked, every record is told exactly once, whatever the platform does."""

import asyncio
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.operations.simulated import (
    FAULTS,
    LONGEST_MS,
    OPENED_MS,
    Heard,
    Run,
    SimulatedPlatform,
    client_of,
    feed_of,
    listen,
)
from tui.operations.feed_batch import LinkState

MINUTE_MS = 60_000
LISTED_WITHIN_MS = 30_000
AFTERWARDS_MS = 4 * MINUTE_MS
"""Within this time after the last one is listed, everything has to be known."""


@st.composite
def runs(draw: st.DrawFn) -> list[Run]:
    """Runs from before the beginning to five minutes after it: out of order, many at once, listed late."""
    duration = st.sampled_from([0, 1, 40, 900, 7000, 59_000, LONGEST_MS])
    lag = st.sampled_from([0, 0, 300, 5000, LISTED_WITHIN_MS - 1000])
    start = st.one_of(st.integers(-150_000, 300_000), st.sampled_from([0, 1000, 60_000, 60_001]))
    single = draw(st.lists(st.tuples(start, duration, lag), max_size=40))
    burst_at, burst_of = draw(st.sampled_from([-100_000, 2000, 90_000])), draw(st.sampled_from([0, 0, 70, 230, 600]))
    spread = draw(st.sampled_from([0, 1, 200]))  # all in one millisecond, in a few, five hundred a second
    burst = [(burst_at + number * spread // 100, draw(duration) if number < 3 else 40, 0) for number in range(burst_of)]
    return [Run(number, *one) for number, one in enumerate([*single, *burst], start=1)]


def end_of(platform: SimulatedPlatform) -> int:
    return max([0, *(run.end + run.lag for run in platform.runs), platform.down[1]]) + AFTERWARDS_MS


def lost_and_repeated(platform: SimulatedPlatform, heard: Heard) -> tuple[list[Run], list[str]]:
    lost = [run for run in platform.runs if run.end >= 0 and run.activation_id not in heard.known_at]
    return lost, [activation_id for activation_id, times in heard.times.items() if times > 1]


platforms = st.builds(
    SimulatedPlatform,
    runs=runs(),
    page=st.sampled_from([30, 50, 200]),
    counts=st.booleans(),
    documents=st.sampled_from(["given", "given", "ignored", "refused"]),
    skew_ms=st.sampled_from([0, 0, -3_600_000, 400_000]),
    faults=st.dictionaries(st.integers(1, 150), st.sampled_from(FAULTS), max_size=25),
    retry_after_s=st.sampled_from([None, 0, 20]),
    down=st.sampled_from([(0, 0), (0, 0), (30_000, 200_000)]),
)


@settings(max_examples=60, deadline=None)
@given(platform=platforms, since=st.sampled_from([None, -60_000, 0]))
def test_every_record_is_told_exactly_once(platform: SimulatedPlatform, since: int | None) -> None:
    heard = asyncio.run(listen(platform, until=end_of(platform), since=since))

    lost, repeated = lost_and_repeated(platform, heard)
    assert (lost, repeated) == ([], [])


OUT_OF_ORDER = [Run(number, number * 500, 40_000 if number % 3 == 0 else 200) for number in range(1, 200)]


async def test_a_cursor_over_start_times_loses_what_ends_out_of_order_and_this_feed_does_not() -> None:
    platform = SimulatedPlatform(OUT_OF_ORDER)
    assert len(await told_by_a_cursor(SimulatedPlatform(OUT_OF_ORDER))) < len(OUT_OF_ORDER) - 20

    heard = await listen(platform, until=end_of(platform))

    assert lost_and_repeated(platform, heard) == ([], [])


async def told_by_a_cursor(platform: SimulatedPlatform) -> set[str]:
    """What the official command lines would print."""
    told: set[str] = set()
    newest_ms = OPENED_MS
    async with client_of(platform) as client:
        while platform.now_ms < end_of(platform):
            for record in await client.activations.list(limit=0, since_ms=newest_ms, docs=True):
                told.add(record.activation_id)
                newest_ms = max(newest_ms, record.start_ms + 1)
            platform.now_ms += 2000
    return told


async def test_five_hundred_a_second_are_told_once_each() -> None:
    steady = [Run(number, 2 * number, 300 + number * 7919 % 3000) for number in range(10_000)]
    platform = SimulatedPlatform([*steady, Run(20_000, 100, 15_000)], page=200)

    heard = await listen(platform, until=60_000)

    assert lost_and_repeated(platform, heard) == ([], [])


async def test_an_idle_platform_is_asked_at_most_forty_times_in_any_minute_also_while_something_is_in_flight() -> None:
    ended_before = [Run(number, -200_000 + number * 100, 40) for number in range(1, 1500)]
    platform = SimulatedPlatform([*ended_before, Run(5000, -1000, 115_000)])
    async with client_of(platform) as client:
        feed = feed_of(client, platform, since=0)
        feed.note_accepted(f"{5000:032x}", "guest/hello")
        async for batch in feed.batches():
            assert batch.link is LinkState.POLLING
            if platform.now_ms > 8 * MINUTE_MS:
                break

    assert 0 < platform.requests_in_the_busiest_minute() <= 40
    assert platform.requests_in_the_busiest_minute(6 * MINUTE_MS) <= 20


async def test_a_run_that_is_known_to_be_in_flight_is_told_soon_after_its_end() -> None:
    platform = SimulatedPlatform([Run(1, 0, 100_000)])
    heard = await listen(platform, until=3 * MINUTE_MS, accepted=(1,))

    assert heard.known_at[f"{1:032x}"] < 115_000


async def test_of_a_run_in_flight_the_limits_are_told_as_soon_as_its_action_was_listed() -> None:
    platform = SimulatedPlatform([Run(1, 0, 100_000)])
    heard = await listen(platform, until=30_000, accepted=(1,))

    told = [one.limits for batch in heard.batches for one in batch.running]
    assert [None if limits is None else limits.timeout_ms for limits in told] == [None, 60_000]


async def test_a_long_run_that_nobody_announced_is_told_soon_after_its_end() -> None:
    busy = [Run(number, number * 1000, 200) for number in range(100, 200)]
    platform = SimulatedPlatform([Run(1, 0, 110_000), *busy])

    heard = await listen(platform, until=3 * MINUTE_MS)

    assert heard.known_at[f"{1:032x}"] < 110_000 + 20_000


async def test_what_the_platform_listed_long_after_its_end_is_marked_late() -> None:
    platform = SimulatedPlatform([Run(1, 10_000, 50, lag=55_000), Run(2, 10_000, 100_000), Run(3, 20_000, 50)])

    heard = await listen(platform, until=5 * MINUTE_MS)

    assert heard.late == {f"{1:032x}"}
    assert lost_and_repeated(platform, heard) == ([], [])


async def test_nothing_is_asked_before_the_platform_said_it_may_be() -> None:
    platform = SimulatedPlatform([], faults={5: "429"}, retry_after_s=90)

    await listen(platform, until=5 * MINUTE_MS)

    refused_at, next_at = platform.asked[4][0], platform.asked[5][0]
    assert 90_000 <= next_at - refused_at < 110_000


async def test_after_an_outage_of_hours_the_gap_is_filled_once() -> None:
    hours = 3 * 60 * MINUTE_MS
    ended = [Run(number, number * 5000, 60_000 if number % 5 == 0 else 100) for number in range(1, hours // 5000)]
    platform = SimulatedPlatform(ended, down=(MINUTE_MS, hours))

    heard = await listen(platform, until=end_of(platform))

    assert lost_and_repeated(platform, heard) == ([], [])
    assert LinkState.OFFLINE in {batch.link for batch in heard.batches}
    assert heard.batches[-1].complete_since_ms is not None


async def test_what_was_read_before_an_error_is_told_and_no_coverage_is_claimed_for_the_rest() -> None:
    ended = [Run(number, 60_000 + number * 1000, 100) for number in range(100)]
    platform = SimulatedPlatform(ended, down=(30_000, 200_000), page=30, failing_second_pages=3)

    heard = await listen(platform, until=6 * MINUTE_MS, since=0)

    known: set[str] = set()
    broken_off = 0
    for batch in heard.batches:
        known |= {record.activation_id for record in batch.finished}
        if batch.finished and not batch.is_connected:
            broken_off += 1
        if known and batch.complete_since_ms is not None:
            assert known >= {run.activation_id for run in ended if OPENED_MS + run.start >= batch.complete_since_ms}
    assert broken_off
    assert heard.batches[-1].complete_since_ms == OPENED_MS
    assert lost_and_repeated(platform, heard) == ([], [])


async def test_a_platform_without_counts_is_asked_for_whole_pages_instead() -> None:
    platform = SimulatedPlatform(OUT_OF_ORDER, counts=False)

    heard = await listen(platform, until=end_of(platform))

    assert lost_and_repeated(platform, heard) == ([], [])


async def test_where_pages_bring_no_whole_records_each_is_asked_for_by_itself_once() -> None:
    platform = SimulatedPlatform(OUT_OF_ORDER, documents="ignored")

    heard = await listen(platform, until=end_of(platform))

    assert lost_and_repeated(platform, heard) == ([], [])
    by_id = Counter(last for _, last in platform.asked if last not in ("activations", "actions"))
    assert set(by_id.values()) == {1}
