"""Placeholders of payloads: what they become, and what is left alone."""

import uuid

import pytest

from tui.operations.placeholders import Filling, Unfilled, filled, placeholders_in

FILLING = Filling(now_ms=1_767_225_600_123, environ={"REGION": "eu-1"}, number=7)


def test_texts_are_filled_however_deep_they_stand() -> None:
    payload = {"at": "{{now}}", "where": ["in {{ env.REGION }}, {{n}}"], "deep": {"{{env.REGION}}": "{{now_ms}}"}}

    assert filled(payload, FILLING) == {
        "at": "2026-01-01T00:00:00.123Z",
        "where": ["in eu-1, 7"],
        "deep": {"eu-1": 1_767_225_600_123},
    }


def test_a_number_alone_is_a_number_and_in_a_text_it_is_text() -> None:
    assert filled({"n": "{{n}}", "file": "part-{{n}}.png"}, FILLING) == {"n": 7, "file": "part-7.png"}


def test_an_id_is_a_new_one_wherever_it_stands() -> None:
    ids = filled({"a": "{{uuid}}", "b": "{{uuid}}"}, FILLING)

    assert len({str(uuid.UUID(str(value))) for value in ids.values()}) == 2


def test_other_braces_and_other_values_are_left_alone() -> None:
    payload = {"mail": "Dear {{name}}, {{nowhere}} {{env.}} {now}", "count": 3, "none": None, "yes": True}

    assert filled(payload, FILLING) == payload
    assert placeholders_in(str(payload)) == ()


def test_what_was_filled_in_is_not_filled_again() -> None:
    filling = Filling(now_ms=0, environ={"A": "{{env.B}}", "B": "b"})

    assert filled({"a": "{{env.A}}"}, filling) == {"a": "{{env.B}}"}


def test_a_variable_that_is_missing_is_named() -> None:
    with pytest.raises(Unfilled, match=r"no MISSING\."):
        filled({"a": "{{env.MISSING}}"}, FILLING)


def test_placeholders_are_told_once_each() -> None:
    assert placeholders_in('{"a": "{{uuid}} {{ uuid }}", "b": "{{env.HOME}}"}') == ("{{uuid}}", "{{env.HOME}}")
