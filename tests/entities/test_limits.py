"""Limits as people write them."""

import pytest

from tui.entities.limits import Limits, parse_duration_ms, parse_memory_mb


@pytest.mark.parametrize(
    ("text", "duration_ms"),
    [("100ms", 100), ("90s", 90_000), ("2m", 120_000), (" 1h30m ", 5_400_000), ("1.5 s", 1500), ("3H", 10_800_000)],
)
def test_a_duration_has_units(text: str, duration_ms: int) -> None:
    assert parse_duration_ms(text) == duration_ms


@pytest.mark.parametrize("text", ["", "60000", "2 minutes", "m", "-1s", "1h x", "1,5s"])
def test_a_duration_without_a_unit_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="90s, 2m or 1h30m"):
        parse_duration_ms(text)


@pytest.mark.parametrize(
    ("text", "memory_mb"), [("256", 256), ("512MB", 512), ("1 GB", 1024), ("0.5g", 512), ("128m", 128)]
)
def test_memory_is_in_megabytes_unless_it_says_gigabytes(text: str, memory_mb: int) -> None:
    assert parse_memory_mb(text) == memory_mb


@pytest.mark.parametrize("text", ["", "lots", "0.3MB", "12kB", "-1"])
def test_memory_that_is_no_whole_number_of_megabytes_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_memory_mb(text)


def test_limits_that_are_left_out_take_their_defaults() -> None:
    assert Limits.from_json({"timeout": 1000}) == Limits(timeout_ms=1000, memory_mb=256, logs_mb=10, concurrency=1)
