"""No record is left out and none is given twice, whatever pages a platform cuts its list into."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from tui.entities.activation import Activation
from tui.operations.window import Seen, read_window


async def read(platform: "ListedPlatform", since_ms: int | None) -> list[str]:
    return [one.activation_id async for page in read_window(platform.list, since_ms=since_ms) for one in page]


def record(number: int, start_ms: int) -> Activation:
    return Activation(activation_id=f"{number:032x}", namespace="guest", name="hello", start_ms=start_ms, duration_ms=1)


class ListedPlatform:
    """The activation list of a platform whose pages hold `most` records, and which goes on running things."""

    def __init__(self, records: list[Activation], *, most: int, arriving: list[Activation]) -> None:
        self._records = records
        self._most = most
        self._arriving = arriving
        self.requests = 0

    async def list(
        self, *, limit: int, skip: int, since_ms: int | None, upto_ms: int | None, docs: bool
    ) -> tuple[Activation, ...]:
        self.requests += 1
        newest_first = sorted(self._records, key=lambda one: (one.start_ms, one.activation_id), reverse=True)
        matching = [
            one
            for one in newest_first
            if (since_ms is None or one.start_ms >= since_ms) and (upto_ms is None or one.start_ms <= upto_ms)
        ]
        if self._arriving:
            self._records.append(self._arriving.pop())
        return tuple(matching[skip : skip + self._most])


@given(
    starts=st.lists(st.integers(0, 60), max_size=300),
    since_ms=st.integers(0, 60),
    most=st.sampled_from([30, 50, 200]),
    arriving=st.integers(0, 5),
)
def test_a_window_is_read_whole_while_new_records_arrive(
    starts: list[int], since_ms: int, most: int, arriving: int
) -> None:
    records = [record(number, start_ms) for number, start_ms in enumerate(starts)]
    later = [record(10_000 + number, 61 + number) for number in range(arriving)]
    platform = ListedPlatform(list(records), most=most, arriving=later)

    ids = asyncio.run(read(platform, since_ms))

    assert {one.activation_id for one in records if one.start_ms >= since_ms} <= set(ids)
    assert platform.requests <= 2 * len(ids) // most + 4


async def test_without_a_beginning_one_page_is_enough() -> None:
    platform = ListedPlatform([record(number, number) for number in range(500)], most=200, arriving=[])

    assert len(await read(platform, None)) == 200
    assert platform.requests == 1


def test_each_record_is_new_once_and_those_that_ended_first_come_first() -> None:
    seen = Seen()
    late, early = record(1, 10), record(2, 5)

    assert seen.new_ones((late, early), now_ms=20) == (early, late)
    assert seen.new_ones((early, record(3, 11)), now_ms=21) == (record(3, 11),)


def test_what_no_window_reaches_any_more_is_forgotten_but_what_was_just_told_is_not() -> None:
    seen = Seen()
    long_run = record(1, 0)
    seen.new_ones((long_run,), now_ms=1_000_000)
    seen.new_ones(tuple(record(2 + number, number) for number in range(5000)), now_ms=10)

    seen.forget_before(900_000)

    assert long_run.activation_id in seen
    assert record(3, 1).activation_id not in seen
