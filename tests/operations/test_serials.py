"""Serials in little memory behave as the list that they stand for."""

import sys
from array import array
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.operations.serials import Serials

NUMBERS = st.integers(0, 2**40)
STRETCHES = st.builds(lambda first, count: list(range(first, first + count)), NUMBERS, st.integers(0, 600))
SERIALS = st.lists(STRETCHES | st.lists(NUMBERS, max_size=40), max_size=6).map(lambda parts: [*chain(*parts)])


@given(SERIALS, SERIALS, st.lists(st.tuples(st.floats(0, 1), NUMBERS), max_size=20))
def test_they_are_the_list_that_was_made_the_same_way(
    first: list[int], more: list[int], inserted: list[tuple[float, int]]
) -> None:
    serials, expected = Serials(first), list(first)
    for share, serial in inserted:
        place = round(share * len(expected))
        serials.insert(place, serial)
        expected.insert(place, serial)
    serials.extend(more)
    expected.extend(more)

    assert list(serials) == expected
    assert len(serials) == len(expected)
    assert serials[-3:] == expected[-3:]
    assert serials[200:500] == expected[200:500]
    for index in (0, -1, 255, 256, -256):
        if -len(expected) <= index < len(expected):
            assert serials[index] == expected[index]
            assert serials.place_of(expected[index]) == expected.index(expected[index])
    assert serials.place_of(2**41) is None


@pytest.mark.parametrize("index", [3, -4])
def test_what_is_not_there_is_no_serial(index: int) -> None:
    with pytest.raises(IndexError):
        Serials([1, 2, 3])[index]


def test_a_hundred_thousand_of_them_take_a_third_of_what_plain_numbers_do() -> None:
    mixed = [number + (number * 7919 % 300) for number in range(100_000)]

    serials = Serials(mixed)

    chunks = sum(sys.getsizeof(chunk) + sys.getsizeof(chunk[1]) for chunk in serials._chunks)
    lists = sys.getsizeof(serials._chunks) + 2 * sys.getsizeof(serials._starts)
    assert chunks + lists < sys.getsizeof(array("Q", mixed)) / 2.5
