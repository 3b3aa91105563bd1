"""A filter keeps the same rows in memory and in the history, whatever is typed."""

import pytest

from tests.history.conftest import database, path
from tests.history.given import firing, of_action, run
from tui.dashboard.panels.filters import ActivationFilter
from tui.dashboard.panels.past_rows import entry_of
from tui.history import Database, Filter, activations

__all__ = ["database", "path"]

RECORDS = [
    run(1),
    run(2, response={"status": "application error", "success": False, "result": {"error": "No region eu-1"}}),
    of_action("my-worker", 3),
    of_action("my-web", 4, duration=5000),
    firing(5, name="upload"),
]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("/^my-/", ["my-web", "my-worker"]),
        ("!/^my-/", ["upload", "demo/hello", "demo/hello"]),
        (r"/region\s\S+-\d/", ["demo/hello"]),
        (r"/REGION\S/", []),
        ("/app.*error|^upload$/", ["upload", "demo/hello"]),
        ("action:/w(eb|x)$/", ["my-web"]),
        ("action:~mwk", ["my-worker"]),
        ("~mwk", ["my-worker"]),
        ("trigger:/load/", ["upload"]),
        ("kind:/^node/ /my/", ["my-web", "my-worker"]),
        ("kind:~nd20 my", ["my-web", "my-worker"]),
        ('"no region" status:error', ["demo/hello"]),
        ("/^my-/ dur:>2s", ["my-web"]),
        ("ACTION:MY-WEB", ["my-web"]),
    ],
)
def test_a_regular_expression_and_letters_in_order_are_terms_and_fields_take_them(
    database: Database, text: str, kept: list[str]
) -> None:
    activations.add(database, RECORDS)
    wanted = ActivationFilter.parse(text)

    found = activations.page(database, Filter(terms=wanted.terms))

    assert wanted.trouble is None
    assert [one.name for one in found] == kept
    assert [one.name for one in activations.page(database) if wanted.matches(entry_of(one))] == kept


def test_what_is_no_regular_expression_is_said_and_the_other_terms_hold(database: Database) -> None:
    activations.add(database, RECORDS)
    wanted = ActivationFilter.parse("/my-(/ my-web")

    found = activations.page(database, Filter(terms=wanted.terms))

    assert wanted.trouble is not None
    assert wanted.trouble.startswith("/my-(/ is no regular expression")
    assert [one.name for one in found] == ["my-web"]
