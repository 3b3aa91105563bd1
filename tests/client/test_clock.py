"""The platform's clock, from headers with whole seconds."""

from email.utils import formatdate

from hypothesis import given
from hypothesis import strategies as st

from tui.client import ServerClock


def http_date(at_ms: float) -> str:
    return formatdate(at_ms / 1000, usegmt=True)


@given(
    skew_ms=st.integers(-86_400_000, 86_400_000),
    times=st.lists(st.tuples(st.integers(0, 60_000), st.integers(1, 2000)), min_size=1, max_size=20),
)
def test_the_offset_stays_within_what_the_answers_allow(skew_ms: int, times: list[tuple[int, int]]) -> None:
    now_ms = 1_700_000_000_000
    clock = ServerClock(now=lambda: now_ms / 1000)

    for pause_ms, latency_ms in times:
        now_ms += pause_ms
        sent_ms = now_ms
        now_ms += latency_ms
        clock.observe(http_date(sent_ms + latency_ms / 2 + skew_ms), sent_ms=sent_ms, received_ms=now_ms)

    shortest_ms = min(latency_ms for _, latency_ms in times)
    assert abs(clock.now_ms() - (now_ms + skew_ms)) <= 1000 + shortest_ms


def test_clocks_that_agree_are_left_alone() -> None:
    clock = ServerClock(now=lambda: 1_700_000_000.5)

    clock.observe(http_date(1_700_000_000_400), sent_ms=1_700_000_000_300, received_ms=1_700_000_000_500)

    assert clock.now_ms() == 1_700_000_000_500


def test_a_clock_that_was_set_is_followed() -> None:
    clock = ServerClock(now=lambda: 1_700_000_000.0)

    clock.observe(http_date(1_700_000_000_000), sent_ms=1_700_000_000_000, received_ms=1_700_000_000_010)
    clock.observe(http_date(1_700_000_060_000), sent_ms=1_700_000_000_000, received_ms=1_700_000_000_010)

    assert abs(clock.offset_ms - 60_000) <= 1000


def test_an_answer_without_a_usable_date_teaches_nothing() -> None:
    clock = ServerClock(now=lambda: 1.0)

    clock.observe(None, sent_ms=1000, received_ms=1000)
    clock.observe("yesterday", sent_ms=1000, received_ms=1000)

    assert clock.offset_ms == 0
