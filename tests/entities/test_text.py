"""Nothing from outside can command the terminal."""

import base64
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.entities.endpoint import Secret
from tui.entities.text import hide, visible, visible_line


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "␛[31mred␛[0m"),
        ("\x1b]0;title\x07", "␛]0;title␇"),
        ("\x9b31m", "�31m"),
        ("a\x7f", "a␡"),
        ("abc\u202e.gnp", "abc�.gnp"),
        ("pay\u200bpal", "pay�pal"),
        ("a\u200db", "a�b"),
        ("lone \ud800 half", "lone � half"),
        ("ok\r\n", "ok␍\n"),
        ("grüße ☃ 👍", "grüße ☃ 👍"),
    ],
)
def test_control_characters_become_symbols(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_a_place_with_one_line_keeps_neither_newline_nor_tab() -> None:
    assert visible("a\tb\nc") == "a\tb\nc"
    assert visible_line("a\tb\nc") == "a␉b␊c"


@given(st.text(st.characters(codec=None)))
def test_whatever_comes_in_no_control_character_comes_out(text: str) -> None:
    shown = visible_line(text)

    assert len(shown) == len(text)
    assert not [character for character in shown if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")]
    shown.encode()


def test_a_key_that_was_given_to_hide_is_shown_in_none_of_its_forms() -> None:
    key = "11111111-2222-3333-4444-555555555555:a-very-long-word-that-opens-a-namespace"
    hide(Secret(key))
    in_header = base64.b64encode(key.encode()).decode()

    shown = visible(f"{key} / {key.partition(':')[2]} / {in_header}")

    assert set(shown) == set("•/ ")


def test_a_strangers_key_in_a_header_is_hidden_too_and_words_are_not() -> None:
    assert visible_line('"authorization": "Basic dXVpZDpzZWNyZXQtd29yZA=="') == f'"authorization": "Basic {"•" * 24}"'
    assert visible_line("Basic training went well") == "Basic training went well"


def test_a_key_too_short_to_be_one_does_not_eat_the_letters_of_words() -> None:
    hide(Secret("a:b"))

    assert visible("a big object") == "a big object"
