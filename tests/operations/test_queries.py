"""Queries over results, and the memory of those that were asked."""

import stat
from pathlib import Path

import pytest

from tui.operations.queries import BadQuery, QueryHistory, run_query

RESULT = {"items": [{"id": "a", "late": True}, {"id": "b", "late": False}], "n": 2}


def test_a_query_gives_what_fits() -> None:
    assert run_query("items[?late].id", RESULT) == ["a"]
    assert run_query("length(items)", RESULT) == 2
    assert run_query("nothing.there", RESULT) is None


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("items[?late", "it ends too early"),
        ("items id", "column 7: id does not fit here"),
        ("nofunc(@)", "Unknown function"),
        ("sum(items)", "sum()"),
    ],
)
def test_what_is_wrong_with_a_query_is_said(query: str, said: str) -> None:
    with pytest.raises(BadQuery) as caught:
        run_query(query, RESULT)

    assert said in caught.value.message


def test_queries_are_remembered_across_restarts_the_last_one_first(tmp_path: Path) -> None:
    file = tmp_path / "state" / "queries.json"
    for query in ("a", "b", "a"):
        QueryHistory(file).note(query)

    assert QueryHistory(file).all() == ("a", "b")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_memory_that_cannot_be_read_or_written_is_empty(tmp_path: Path) -> None:
    (tmp_path / "queries.json").write_text("{")
    (tmp_path / "file").write_text("")
    lost = QueryHistory(tmp_path / "file" / "queries.json")

    lost.note("a")

    assert lost.all() == ("a",)
    assert QueryHistory(tmp_path / "queries.json").all() == ()
