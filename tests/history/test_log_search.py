"""Words in the logs of the last activations."""

import sqlite3
import time

import pytest

from tests.history.given import firing, of_action, sequence
from tui.entities.activation import Activation
from tui.history import Database, Filter, activations, log_search
from tui.history.activations import Kept
from tui.history.log_search import search_logs


def printed(number: int, *lines: str, name: str = "worker") -> Activation:
    logs = [f"2026-01-01T00:00:{place:02}.000000000Z       stdout: {line}" for place, line in enumerate(lines)]
    return of_action(name, number, logs=logs)


def said(database: Database, text: str, **options: object) -> list[tuple[int, int, str]]:
    """Run, number and text of the lines that are found."""
    found = search_logs(database, text, **options)  # type: ignore[arg-type]
    return [(int(hit.activation_id, 16), hit.number, hit.line.text) for hit in found.hits]


RECORDS = (
    printed(1, "connecting to db-1", "Order 4711 is PAID"),
    printed(2, "order 4712 is open", "order 4711 is seen again"),
    printed(3, "nothing", "x = 1", name="other"),
    firing(4, f"{1:032x}"),
    sequence(5, f"{1:032x}"),
)


@pytest.mark.parametrize("is_indexed", [True, False])
def test_lines_that_have_all_words_are_found_the_last_run_first(
    database: Database, monkeypatch: pytest.MonkeyPatch, is_indexed: bool
) -> None:
    if not is_indexed:  # SQLite may be built without full text
        monkeypatch.setattr(log_search, "_INDEX", "create virtual table temp.printed using nothing_of_the_kind(text)")
    activations.add(database, RECORDS)

    assert said(database, "order 4711") == [(2, 2, "order 4711 is seen again"), (1, 2, "Order 4711 is PAID")]
    assert said(database, '"4711 is p"') == [(1, 2, "Order 4711 is PAID")]
    assert said(database, "x 1") == [(3, 2, "x = 1")]
    assert said(database, "der 47 op") == [(2, 1, "order 4712 is open")]
    assert said(database, "order nothing") == said(database, 'a"b') == said(database, "") == []
    assert said(database, f"{1:032x}") == []  # ids of steps are no printed lines


def test_the_last_so_many_and_those_that_match_are_searched_and_new_ones_are_found_later(database: Database) -> None:
    activations.add(database, RECORDS)

    assert said(database, "order", last=2) == []
    assert said(database, "order", matching=Filter(name="worker"), last=1) == [
        (2, 1, "order 4712 is open"),
        (2, 2, "order 4711 is seen again"),
    ]
    activations.add(database, [printed(9, "order 1 is new")])
    activations.replace(database, printed(3, "order 2 arrived late", name="other"))
    assert [line for _, _, line in said(database, "order")] == [
        "order 1 is new",
        "order 2 arrived late",
        "order 4712 is open",
        "order 4711 is seen again",
        "Order 4711 is PAID",
    ]
    found = search_logs(database, "order", most=2)
    assert (len(found.hits), found.is_cut, found.searched) == (2, True, 5)


def test_keys_in_printed_lines_are_masked_and_not_found(database: Database) -> None:
    activations.add(database, [printed(1, 'headers {"authorization": "Basic c2VjcmV0OnNlY3JldA=="} end')])

    assert said(database, "c2VjcmV0") == []
    assert [line for _, _, line in said(database, "headers")] == ['headers {"authorization": "(not kept)"} end']


def test_thousands_of_logs_are_searched_again_at_once(database: Database) -> None:
    activations.add(
        database, [printed(number, *[f"line {place} of {number}"] * 5) for place, number in enumerate(range(3000))]
    )
    search_logs(database, "line")

    began = time.monotonic()
    found = search_logs(database, "of 2999")

    assert time.monotonic() - began < 1
    assert len(found.hits) == 5


def test_what_stands_behind_a_nul_or_far_down_in_a_long_log_is_found(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_search, "_LONGEST_LOG", 40)
    activations.add(database, [printed(1, "raw \0 bytes", "needle"), printed(2, "x" * 60, "needle")])

    assert said(database, "needle") == [(2, 2, "needle"), (1, 2, "needle")]
    assert said(database, "bytes") == [(1, 1, "raw \0 bytes")]


def test_an_index_that_has_grown_is_begun_anew(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_search, "_MOST_ENTRIES", 4)
    for number in range(1, 8):
        activations.add(database, [printed(number, f"order {number}")])
        assert said(database, "order", last=2)[0] == (number, 1, f"order {number}")
        assert database.connection.execute("select count(*) from indexed").fetchone()[0] <= 4


def test_a_search_that_is_given_up_leaves_what_it_took_in(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_search, "_AT_ONCE", 2)
    activations.add(database, [printed(number, "order") for number in range(1, 7)])
    take_in = log_search._take_in

    def given_up_later(connection: sqlite3.Connection, kept: Kept, size: int) -> None:
        take_in(connection, kept, size)
        database.is_cancelled = True

    monkeypatch.setattr(log_search, "_take_in", given_up_later)
    with pytest.raises(sqlite3.OperationalError, match="interrupted"):
        search_logs(database, "order")

    assert database.connection.execute("select count(*) from indexed").fetchone()[0] == 2
    database.is_cancelled = False
    monkeypatch.undo()
    assert len(said(database, "order")) == 6
