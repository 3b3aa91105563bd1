"""A payload that is not JSON: where it went wrong, and what to type there."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.entities.json import Json
from tui.errors import UsageError
from tui.operations.payloads import PayloadError, parse_payload, parse_value, payload_of_pairs


@pytest.mark.parametrize(
    ("text", "payload"),
    [("", {}), (" \n ", {}), ('{"a": [1, null]}', {"a": [1, None]}), ('\n {"grüße": "☃"}\n', {"grüße": "☃"})],
)
def test_an_object_is_a_payload_and_so_is_nothing_at_all(text: str, payload: Json) -> None:
    assert parse_payload(text) == payload


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '{\n  "order": {\n    "id": 1,\n    "price": 48213\n    "currency": "EUR"}}',
            "line 5, column 5: expected a comma after 48213",
        ),
        ('{"a": "x" "b": 1}', 'line 1, column 11: expected a comma after "x"'),
        ('{"a": [1 2]}', "line 1, column 10: expected a comma after 1"),
        ('{"a" 1}', 'line 1, column 6: expected a colon after "a"'),
        ('{"a": 1,}', "line 1, column 8: a comma too many: nothing follows it"),
        ('{"a": [1,\n]}', "line 1, column 9: a comma too many: nothing follows it"),
        ("{'a': 1}", "line 1, column 2: texts and names take double quotes, not single ones"),
        ("{\"a\": 'x'}", "line 1, column 7: texts and names take double quotes, not single ones"),
        ("{“a”: 1}", 'line 1, column 2: texts and names take straight double quotes, "'),
        ('{"a": "x}', 'line 1, column 7: the text "x} has no closing quote'),
        ('{"a": "x,\n"b": 1}', 'line 1, column 7: the text "x, has no closing quote in its line'),
        ('{"a": "\t"}', "line 1, column 8: a control character inside a text: write it as an escape, such as \\t"),
        ('{"a": True}', "line 1, column 7: write true, not True"),
        ('{"a": None}', "line 1, column 7: write null, not None"),
        ('{"a": undefined}', "line 1, column 7: write null, not undefined"),
        ('{"a": NaN}', "line 1, column 7: write null, not NaN"),
        ('{"a": hello}', "line 1, column 7: expected a value, not hello: a text takes double quotes"),
        ('{"a":}', "line 1, column 6: expected a value, not }"),
        ("{a: 1}", "line 1, column 2: expected a name in double quotes, not a"),
        ('{"a": 1}}', "line 1, column 9: } after the end of the payload"),
        ('{"a": [1, 2', "line 1, column 12: it ends too early: expected ]"),
        ('{"a": "]"', "line 1, column 10: it ends too early: expected }"),
        ('{"a": "C:\\x"}', "line 1, column 10: \\x is no escape; a backslash itself is written \\\\"),
        ('{\n// why\n"a": 1}', "line 2, column 1: JSON has no comments"),
        ("\n [1]", "line 2, column 2: a payload has to be an object, {…}, not a list"),
        ("true", "line 1, column 1: a payload has to be an object, {…}, not true"),
        ("null", "line 1, column 1: a payload has to be an object, {…}, not null"),
        ("[" * 100_000, "line 1, column 1: nested too deeply"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_its_remedy(text: str, message: str) -> None:
    with pytest.raises(PayloadError) as caught:
        parse_payload(text)

    assert caught.value.message == message
    assert f"line {caught.value.line}, column {caught.value.column}: {caught.value.sentence}" == message
    assert caught.value.exit_code == 2


@given(st.text("{}[]\",:'\\\n\t 1aTn“\x1b\ud800", max_size=40))
def test_whatever_is_typed_gives_an_object_or_a_place_within_it(text: str) -> None:
    mistake: PayloadError | None = None
    try:
        payload = parse_payload(text)
    except PayloadError as error:
        mistake = error

    if mistake is None:
        assert isinstance(payload, dict)
        return
    lines = text.split("\n")
    assert 1 <= mistake.line <= len(lines)
    assert 1 <= mistake.column <= len(lines[mistake.line - 1]) + 1
    assert "\x1b" not in mistake.message


def test_an_at_sign_reads_a_file(tmp_path: Path) -> None:
    file = tmp_path / "payload.json"
    file.write_text('{"from": "file"}')

    assert parse_payload(f"@{file}") == {"from": "file"}


def test_a_mistake_in_a_file_names_the_file(tmp_path: Path) -> None:
    file = tmp_path / "payload.json"
    file.write_text('{"from": "file",}')

    with pytest.raises(PayloadError, match=r"payload\.json, line 1, column 16: a comma too many"):
        parse_payload(f"@{file}")


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"There is no file .*nowhere\.json"):
        parse_payload(f"@{tmp_path / 'nowhere.json'}")


def test_a_file_that_is_no_text_is_told_so(tmp_path: Path) -> None:
    file = tmp_path / "picture.png"
    file.write_bytes(b"\x89PNG")

    with pytest.raises(UsageError, match="is not text"):
        parse_payload(f"@{file}")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3),
        ("true", True),
        ('"3"', "3"),
        ("Jane", "Jane"),
        ("", ""),
        ("NaN", "NaN"),
        ("{", "{"),
        ('{"a":1}', {"a": 1}),
    ],
)
def test_the_value_of_a_pair_is_json_where_it_parses(text: str, value: Json) -> None:
    assert parse_value(text) == value


def test_the_last_of_equal_keys_wins() -> None:
    assert payload_of_pairs([("n", "1"), ("who", "Jane"), ("n", "2")]) == {"n": 2, "who": "Jane"}
