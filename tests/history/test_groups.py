"""Records counted together, and the way from a group back to its records."""

import time
from typing import Any

import pytest

from tests.history.given import START_MS, failed, firing, of_action, run
from tui.entities.activation import Activation, State
from tui.history import Database, Field, Filter, Term, activations, groups
from tui.history.matching import matcher


def said(number: int, message: str, **changes: Any) -> Activation:
    response = {"status": "application error", "success": False, "result": {"error": message}}
    return run(number, response=response, **changes)


def test_records_are_counted_by_name_and_by_state(database: Database) -> None:
    activations.add(database, [run(1), failed(2), of_action("other", 3), run(4), firing(5)])

    names = {(group.title, group.is_trigger): group for group in groups.by_name(database)}
    assert {key: (group.runs, group.failures) for key, group in names.items()} == {
        ("demo/hello", False): (3, 1),
        ("other", False): (1, 0),
        ("upload", True): (1, 0),
    }
    demo = names["demo/hello", False]
    assert (demo.last_ms, demo.last_id) == (START_MS + 4000, run(4).activation_id)
    assert next(iter(groups.by_name(database))).title == "demo/hello"
    states = {group.title: group.runs for group in groups.by_state(database, Filter(name="demo/hello"))}
    assert states == {"success": 2, "app error": 1}


def test_failures_are_grouped_by_what_they_said_and_found_again(database: Database) -> None:
    timed_out = "The action exceeded its time limits of {} milliseconds."
    activations.add(
        database,
        [
            said(3, timed_out.format(60000)),
            said(7, timed_out.format(100)),
            said(5, "no row 3f2a91c0ffee for https://db/x?id=7"),
            run(6),
        ],
    )

    found = groups.by_message(database)

    assert [(group.title, group.runs) for group in found] == [
        (timed_out.format("#"), 2),
        ("no row # for https://db/x?id=#", 1),
    ]
    assert (found[0].first_ms, found[0].last_ms, found[0].names) == (START_MS + 3000, START_MS + 7000, ("demo/hello",))
    assert found[0].last_id == run(7).activation_id
    for group in found:
        again = Filter(terms=(Term(Field.SAID, groups.expression_of(group.title)),))
        assert activations.page(database, again)[0].activation_id == group.last_id
        assert len(activations.page(database, again)) == group.runs
    assert groups.by_message(database, Filter(states=frozenset({State.TIMEOUT}))) == ()


@pytest.mark.parametrize(
    ("message", "same"),
    [
        ("connect ECONNREFUSED 127.0.0.1:5432", "connect ECONNREFUSED #"),
        ("job 0b6f6a1e-9d1c-4c52-9d70-0c7ad5d31a11 is gone", "job # is gone"),
        ("KeyError: 'region'", "KeyError: 'region'"),
        ("deadbeef decade", "deadbeef decade"),
        ("at 0xFF, 12 times", "at #, # times"),
    ],
)
def test_only_what_differs_from_run_to_run_is_left_aside(message: str, same: str) -> None:
    assert groups.normalised(message) == same


@pytest.mark.parametrize(
    ("message", "expression"),
    [
        ("order 2026-11-24T10:00:00Z of shop-12 failed", r"/^order [\w.,:#-]+Z of shop\-[\w.,:#-]+ failed/"),
        ("a/b (7%)", r"/^a\/b \([\w.,:#-]+%\)/"),
        ("plain text", "/^plain text/"),
    ],
)
def test_a_message_is_looked_for_by_what_does_not_differ(message: str, expression: str) -> None:
    assert groups.expression_of(groups.normalised(message)) == expression
    assert matcher(expression)(message)


def test_a_message_made_of_numbers_does_not_hold_up_the_search() -> None:
    message = groups.normalised("-".join("1" * 30) + " end")
    began = time.monotonic()

    assert not matcher(groups.expression_of(message))("-".join("1" * 60) + " other")

    assert time.monotonic() - began < 1
