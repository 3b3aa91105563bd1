"""What was seen is there again at the next start, with and without a connection, and is found by filters."""

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tests.dashboard.stage import whisktop
from tests.history.given import failed, firing, of_action, run
from tui.dashboard.screens import past_keeper
from tui.entities.activation import Activation
from tui.entities.endpoint import Endpoint, Secret
from tui.history import activations, history_path, open_database
from tui.operations.feed_batch import FeedBatch, LinkState

NOBODY = Endpoint(context="away", url="http://127.0.0.1:9", auth=Secret("user:key"), namespace="guest")


def seen(endpoint: Endpoint) -> Path:
    """The history of an account with a thousand runs, the newest of which failed."""
    path = history_path(endpoint)
    database = open_database(path)
    activations.add(database, [*map(run, range(1, 1000)), failed(1000), of_action("other", 500_000)])
    database.close()
    return path


async def test_without_a_link_everything_that_was_seen_is_shown_and_filtered() -> None:
    endpoint = replace(NOBODY, auth=Secret("one:key"))
    seen(endpoint)
    async with whisktop(endpoint) as stage:
        feed = stage.app.screen_stack[0].feed  # type: ignore[attr-defined]
        await stage.until(lambda: len(feed.source) == 1001, "all rows")
        assert "other" in stage.text
        assert "app error" in stage.text

        await stage.press("4", "exclamation_mark")
        await stage.until(lambda: len(feed.source) == 1, "the failure alone")
        await stage.press("exclamation_mark", "G")
        await stage.until(lambda: feed.selected_id == f"{1:032x}", "the oldest row under the cursor")


@pytest.mark.parametrize("content", [b"no database at all" * 1000])
async def test_a_history_that_cannot_be_read_is_said_and_stops_nothing(content: bytes) -> None:
    endpoint = replace(NOBODY, auth=Secret("two:key"))
    seen(endpoint).write_bytes(content)
    async with whisktop(endpoint) as stage:
        await stage.until_said("file is not a database")
        assert stage.app.screen_stack[0].keeper is None  # type: ignore[attr-defined]
        assert stage.app.is_running


async def test_without_a_link_rows_open_with_result_log_and_what_caused_them() -> None:
    endpoint = replace(NOBODY, auth=Secret("three:key"))
    path = history_path(endpoint)
    database = open_database(path)
    log = "2026-01-01T00:00:00.000000000Z stdout: printed long ago"
    activations.add(database, [firing(1, f"{2:032x}"), run(2, logs=[log]), *map(run, range(3, 9))])
    database.close()
    async with whisktop(endpoint) as stage:
        feed = stage.app.screen_stack[0].feed  # type: ignore[attr-defined]
        await stage.until(lambda: len(feed.source) == 8, "all rows")
        await stage.press("4", "G", "k")
        assert feed.selected_id == f"{2:032x}"

        await stage.press("l")
        await stage.until_said("printed long ago")
        await stage.press("escape", "r")
        await stage.until_said('"greeting"')
        await stage.press("U")
        await stage.until_said("Trace", "upload", "rule-0")
        await stage.press("escape", "escape", "U")
        await stage.until_said("Trace", "upload")
        await stage.press("escape", "g", "enter")
        await stage.until_said('"greeting"')
        await stage.press("U")
        await stage.until_said("what caused it is not known")


def starts(feed: Any) -> list[int]:
    """Of all rows, from the top."""
    return [feed.source.entry_at(index).start_ms for index in range(len(feed.source))]


async def test_what_was_listed_late_stands_where_it_started_and_is_marked_with_and_without_a_filter() -> None:
    endpoint = replace(NOBODY, auth=Secret("four:key"))
    seen(endpoint)
    async with whisktop(endpoint) as stage:
        main: Any = stage.app.screen_stack[0]
        feed = main.feed
        await stage.until(lambda: len(feed.source) == 1001, "all rows")
        late = [of_action("latecomer", 900, activationId="a" * 32), of_action("latecomer", 20, activationId="b" * 32)]

        main._show_frame([told(*late, late=frozenset({"a" * 32}))])
        await stage.until(lambda: len(feed.source) == 1003 and not len(list(main.book.residents())), "both in the past")

        assert starts(feed) == sorted(starts(feed), reverse=True)
        assert [feed.source.entry_at(feed.source.index_of(key)).name for key in ("a" * 32, "b" * 32)] == [
            "latecomer"
        ] * 2
        assert feed.source.entry_at(feed.source.index_of("a" * 32)).late_ms > 0
        assert feed.source.entry_at(feed.source.index_of("b" * 32)).late_ms is None
        await stage.press("4", "slash")
        await stage.type("latecomer")
        await stage.press("enter")
        await stage.until(lambda: len(feed.source) == 2, "both, filtered")
        main._show_frame([told(of_action("latecomer", 500, activationId="c" * 32))])
        await stage.until(lambda: [feed.source.id_at(index)[0] for index in range(len(feed.source))] == ["a", "c", "b"])
        assert stage.row("latecomer", "aaaaaa").count("late") == 2  # in its name, and the mark


async def test_what_is_too_much_for_memory_leaves_it_and_stays_in_the_list(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a tenth of the usual bounds."""
    monkeypatch.setattr(past_keeper, "RESIDENTS_MAX", past_keeper.RESIDENTS_MAX // 10)
    monkeypatch.setattr(past_keeper, "_RESIDENTS_LEFT", past_keeper._RESIDENTS_LEFT // 10)
    endpoint = replace(NOBODY, auth=Secret("five:key"))
    seen(endpoint)
    async with whisktop(endpoint) as stage:
        main: Any = stage.app.screen_stack[0]
        feed = main.feed
        await stage.until(lambda: len(feed.source) == 1001, "all rows")
        await stage.press("4", "j", "j", "j")
        chosen = feed.selected_id
        fresh = [run(number, activationId=f"{number:032x}") for number in range(600_000, 600_450)]

        for begin in range(0, len(fresh), 50):
            main._show_frame([told(*fresh[begin : begin + 50])])
            await stage.pilot.pause()
        await stage.until(lambda: main.book.resident_count <= past_keeper.RESIDENTS_MAX, "fewer in memory")
        await stage.until(lambda: len(feed.source) == 1451, "all of them in the list")

        numbers = [int(feed.source.id_at(index), 16) for index in range(len(feed.source))]
        assert numbers == [*range(600_449, 599_999, -1), 500_000, *range(1000, 0, -1)]
        assert (feed.selected_id, feed.new) == (chosen, 450)
        feed.set_filter(f"{600_001:032x}")
        await stage.until(lambda: len(feed.source) == 1, "one that has left memory, by its id")


def told(*records: Activation, late: frozenset[str] = frozenset()) -> FeedBatch:
    return FeedBatch(link=LinkState.POLLING, finished=records, late=late, complete_since_ms=1, poll_interval_s=2.0)
