"""Records are taken in once and found again, by page, id and name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.history.given import START_MS, failed, firing, of_action, run
from tui.entities.activation import Activation, State
from tui.history import Database, Filter, Position, activations, rollups
from tui.history.activations import Kept
from tui.history.documents import pack, unpack


def ids(found: tuple[Kept, ...]) -> list[int]:
    return [int(kept.activation_id, 16) for kept in found]


def test_a_record_comes_back_as_the_platform_wrote_it(database: Database) -> None:
    record = run(7, response={"status": "success", "success": True, "result": {"text": "\x1b[31m \ud800 ‮ 宽"}})

    activations.add(database, [record])

    kept = activations.find(database, record.activation_id)
    assert kept is not None
    assert kept.body() == record.received
    assert kept.activation() == record
    assert (kept.name, kept.state, kept.init_ms, kept.is_trigger) == ("demo/hello", State.SUCCESS, 20, False)


def test_repeats_change_nothing_within_a_batch_and_across_batches(database: Database) -> None:
    first = activations.add(database, [run(1), run(2), run(1)])
    second = activations.add(database, [run(2), run(3)])

    assert (first.new, first.repeats) == (2, 1)
    assert (second.new, second.repeats) == (1, 1)
    assert activations.count(database) == 3


def test_what_is_no_whole_record_is_named_and_the_others_are_kept(database: Database) -> None:
    summary = Activation(activation_id="a" * 32, namespace="guest", name="hello", start_ms=1, received={})
    odd = run(5, start="yesterday")

    added = activations.add(database, [summary, odd, run(6)])

    assert added.new == 1
    assert [activation_id for activation_id, _ in added.bad] == ["a" * 32, odd.activation_id]


def test_numbers_and_ids_that_are_none_do_not_stop_a_record(database: Database) -> None:
    record = run(1, activationId="not-hexadecimal", duration=2**70, end="never", name="\ud800")

    activations.add(database, [record])

    (kept,) = activations.page(database)
    assert (kept.activation_id, kept.duration_ms, kept.end_ms) == ("not-hexadecimal", None, None)
    assert kept.body() == record.received


def test_pages_go_from_the_newest_to_the_oldest_whatever_the_order_of_arrival(database: Database) -> None:
    activations.add(database, [run(number) for number in (5, 1, 9, 3, 7)])

    first = activations.page(database, limit=2)
    second = activations.page(database, before=first[-1].position, limit=2)
    third = activations.page(database, before=second[-1].position, limit=2)

    assert [ids(page) for page in (first, second, third)] == [[9, 7], [5, 3], [1]]
    assert ids(activations.page_above(database, after=third[-1].position, limit=2)) == [5, 3]


@given(starts=st.lists(st.integers(0, 5), max_size=40), limit=st.integers(1, 7))
def test_paging_shows_every_record_once_also_where_many_start_at_once(starts: list[int], limit: int) -> None:
    database = in_memory()
    records = [run(number, start=START_MS + start) for number, start in enumerate(starts)]
    activations.add(database, records)
    shown: list[int] = []
    before: Position | None = None
    while page := activations.page(database, before=before, limit=limit):
        shown += ids(page)
        before = page[-1].position

    assert sorted(shown) == list(range(len(starts)))
    assert [starts[number] for number in shown] == sorted(starts, reverse=True)
    database.close()


def in_memory() -> Database:
    import sqlite3
    from pathlib import Path

    from tui.history.database import _prepare

    connection = sqlite3.connect(":memory:", isolation_level=None)
    _prepare(connection, Path(":memory:"))
    return Database(connection, Path(":memory:"))


def test_a_page_may_be_of_one_name_of_failures_or_of_a_stretch_of_time(database: Database) -> None:
    activations.add(
        database, [run(1), failed(2), of_action("other", 3), of_action("hello", 4), firing(5), firing(6, name="hello")]
    )

    def shown(**wanted: object) -> list[int]:
        return ids(activations.page(database, Filter(**wanted)))  # type: ignore[arg-type]

    assert shown(name="demo/hello") == [2, 1]
    assert shown(name="hello") == [6, 4]
    assert shown(name="hello", is_trigger=False) == [4]
    assert shown(is_trigger=True) == [6, 5]
    assert shown(states=frozenset({State.APPLICATION_ERROR, State.TIMEOUT})) == [2]
    assert shown(states=frozenset({State.SUCCESS})) == [4, 3, 1]
    assert shown(since_ms=START_MS + 2000, upto_ms=START_MS + 3000) == [3, 2]
    assert shown(name="nobody") == []


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (Filter(), "activations_by_start"),
        (Filter(name="demo/hello"), "activations_by_name"),
        (Filter(is_trigger=True), "firings_by_start"),
        (Filter(states=frozenset({State.TIMEOUT})), "failures_by_start"),
        (Filter(states=frozenset({State.TIMEOUT}), name="demo/hello"), "failures_by_name"),
    ],
)
def test_no_page_has_to_be_searched_for_among_all_records(database: Database, wanted: Filter, index: str) -> None:
    activations.add(database, [run(1)])
    asked: list[str] = []
    database.connection.set_trace_callback(asked.append)
    activations.page(database, wanted, before=Position(START_MS + 5000, 1))
    database.connection.set_trace_callback(None)

    plan = " ".join(row[3] for row in database.connection.execute(f"explain query plan {asked[-1]}"))

    assert f"USING INDEX {index} (" in plan
    assert "SCAN activations" not in plan
    assert "TEMP B-TREE" not in plan


def test_an_id_may_be_shortened(database: Database) -> None:
    records = [run(1, activationId=activation_id * 4) for activation_id in ("abcdef01", "abcd0123", "1234abcd")]
    activations.add(database, records)

    def found(prefix: str) -> list[str]:
        return [kept.activation_id[:8] for kept in activations.find_by_prefix(database, prefix)]

    assert found("abc") == ["abcd0123", "abcdef01"]
    assert found("ABCDEF") == ["abcdef01"]
    assert found("1234abcd" * 4) == ["1234abcd"]
    assert found("nothing") == found("") == []


def test_names_count_and_bounds_tell_what_is_there(database: Database) -> None:
    assert activations.bounds(database) is None

    activations.add(database, [run(1), firing(2), run(3)])

    assert activations.names(database) == (("demo/hello", False), ("upload", True))
    assert activations.count_between(database, START_MS, START_MS + 2000) == 2
    assert activations.bounds(database) == (START_MS + 1000, START_MS + 3000)


def test_a_record_whose_logs_arrived_later_is_kept_anew(database: Database) -> None:
    assert not activations.replace(database, run(1))
    activations.add(database, [run(1)])

    assert activations.replace(database, run(1, logs=["2023-11-14T22:13:20.012345678Z stdout: at last"]))

    kept = activations.find(database, run(1).activation_id)
    assert kept is not None
    assert len(kept.activation().logs) == 1


HEADER = "Basic dXNlcjpzZWNyZXQtb2YtdGhlLXVzZXI="


@pytest.mark.parametrize(
    "changes",
    [
        {"response": {"status": "success", "success": True, "result": {"__ow_headers": {"authorization": HEADER}}}},
        {"response": {"status": "success", "success": True, "result": {"Authorization": HEADER.upper()}}},
        {"logs": [f"2023-11-14T22:13:20.012345678Z stdout: {{'authorization': '{HEADER}', 'x': 1}}"]},
        {"logs": [f'2023-11-14T22:13:20.012345678Z stdout: {{"authorization":"{HEADER}","x":1}}']},
        {"logs": [f"2023-11-14T22:13:20.012345678Z stdout:   authorization: {HEADER}"]},
        {"logs": [f"2023-11-14T22:13:20.012345678Z stdout: the header is {HEADER}"]},
        {"logs": ["2023-11-14T22:13:20.012345678Z stdout: authorization: Bearer dXNlcjpzZWNyZXQtb2YtdGhlLXVzZXI="]},
    ],
)
def test_the_header_that_a_trigger_hands_on_is_never_stored(database: Database, changes: dict[str, object]) -> None:
    record = run(1, **changes)

    activations.add(database, [record])

    kept = activations.find(database, record.activation_id)
    assert kept is not None
    assert "dXNlcjpzZWNyZXQ" not in unpack(kept.document)
    assert HEADER.upper() not in unpack(kept.document)
    assert kept.body().keys() == (record.received or {}).keys()


def test_what_only_looks_like_a_key_is_kept() -> None:
    text = '{"text":"no authorization: failed, Basic training"}'

    assert unpack(pack(text)) == text


@pytest.mark.parametrize("size", [0, 3000, 5000, 1_000_000])
def test_documents_of_any_size_survive_packing(size: int) -> None:
    text = '{"text":"' + "é" * size + '"}'

    assert unpack(pack(text)) == text


def test_a_small_record_takes_less_than_half_its_size() -> None:
    from tui.history.documents import text_of

    text = text_of(run(1).received or {})

    assert len(pack(text)) < len(text) / 2


def test_of_a_batch_with_repeats_the_new_ones_are_kept_in_their_order_and_counted_once(database: Database) -> None:
    activations.add(database, [run(2)])

    added = activations.add(database, [run(1), run(2), run(3), run(1), run(4)])

    assert (added.new, added.repeats) == (3, 2)
    assert activations.count(database) == rollups.by_name(database)["demo/hello"].runs == 4
    kept = activations.find_all(database, [run(number).activation_id for number in (2, 1, 3, 4)])
    assert [one.activation_id for one in sorted(kept, key=lambda one: one.position.serial)] == [
        run(number).activation_id for number in (2, 1, 3, 4)
    ]
