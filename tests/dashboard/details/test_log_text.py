"""Log lines: streams told apart, times in the user's zone, matches where they are seen."""

import pytest

from tui.dashboard.render.logs import LogText, Match, local_time

LINES = (
    "2024-07-02T10:03:00.111222333Z stdout: fetched page 1",
    "2024-07-02T10:03:00.480Z       stderr: Retry 1: stdout: retry",
    "no known form",
)


def log(*lines: str) -> LogText:
    text = LogText()
    text.append(lines)
    return text


def test_streams_are_told_apart_and_counted() -> None:
    text = log(*LINES)

    assert [text.parsed(index).stream for index in range(3)] == ["stdout", "stderr", "stdout"]
    assert text.stderr_count == 1


def test_a_search_finds_text_only_in_what_was_said() -> None:
    text = log(*LINES)

    assert text.find("RETRY") == [Match(1, 0, 5), Match(1, 17, 22)]
    assert text.find("2024") == []
    assert text.find("") == []


def test_matches_count_cells_of_the_text_as_it_is_shown() -> None:
    text = log("2024-07-02T10:03:00.111222333Z stdout: \tx")

    assert text.find("x") == [Match(0, 4, 5)]


def test_a_log_cut_at_its_limit_says_at_which() -> None:
    cut = (
        "2024-07-02T10:03:00.111Z       stderr: Logs were truncated because the total bytes size exceeds the limit"
        " of 10485760 bytes."
    )

    assert log(*LINES, cut).cut_at_bytes == 10_485_760
    assert log(*LINES).cut_at_bytes is None


def test_hostile_text_becomes_symbols() -> None:
    shown = log("2024-07-02T10:03:00.111222333Z stdout: \x1b[2J\x9b\u202ehi\r").parsed(0).text

    assert shown == "␛[2J��hi"


def test_times_are_shown_in_the_users_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:
        assert local_time("2024-07-02T10:03:00.111222333Z") == "12:03:00.111"
        assert local_time("") == ""
        assert local_time("not a time") == ""
    finally:
        monkeypatch.undo()
        time.tzset()
