"""Variables in manifests, files of variables, and which values count as keys."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.errors import UsageError
from tui.operations.deployment.manifests.variables import Variables, find_env_line, parse_env
from tui.operations.deployment.placeholders import Placeholders
from tui.operations.deployment.secrets import is_secret


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("${A}", "1"), ("$A", "1"), ("$A/x", "1/x"), ("x ${ A } y", "x 1 y"), ("$${A}", "${A}"),
        ("cost: $5", "cost: $5"),
        ("a $A", "a $A"), ("${A}${B}", "12"), ("$", "$"), ("${EMPTY}", ""),
    ],
)  # fmt: skip
def test_variables_are_filled_in(text: str, filled: str) -> None:
    variables = Variables({"A": "1", "B": "2", "EMPTY": ""})

    assert variables.fill({"deep": [text]}) == {"deep": [filled]}
    assert not variables.missing


def test_all_that_is_not_set_is_named_at_once() -> None:
    variables = Variables({})

    variables.fill(["${ONE}", "$TWO", {"k": "x${ONE}"}])

    with pytest.raises(UsageError, match="ONE, TWO"):
        variables.check("manifest.yml")


def test_only_names_that_are_variables_are_filled_in_where_they_are_told() -> None:
    variables = Variables({"A": "1", "B": "[2]"}, only={"A": "text", "B": "json"})

    assert variables.fill(["${A}", "${B}", "${C}", "$HOME", "$${A} ${B}"]) == ["1", [2], "${C}", "$HOME", "${A} [2]"]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("A=1\n# B=2\nexport C = 'x # y' # z\n\nD=\"a\\nb\"\nE=x # y\nF=\nG=a=b", {
            "A": "1", "C": "x # y", "D": "a\nb", "E": "x", "F": "", "G": "a=b",
        }),
        ("A='one\ntwo'\nB=3", {"A": "one\ntwo", "B": "3"}),
        ("no equals\n=x\nA=1", {"A": "1"}),
    ],
)  # fmt: skip
def test_files_of_variables_are_read_as_others_read_them(text: str, values: dict[str, str]) -> None:
    assert parse_env(text) == values


_TEXTS = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\r"))


@given(_TEXTS)
def test_what_is_written_into_a_file_of_variables_is_read_back(value: str) -> None:
    line = find_env_line("A", value)

    assert line is None or parse_env(f"{line}B=after") == {"A": value, "B": "after"}
    assert line is not None or ("'" in value and "`" in value)


@given(_TEXTS)
def test_whatever_a_key_is_a_placeholder_stands_for_it(value: str) -> None:
    placeholders = Placeholders()
    manifest = placeholders.replace("my action", "api key", value)

    values = parse_env(placeholders.env_file(secrets=True))

    assert not value or value not in manifest or value in "${MY_ACTION_API_KEY}"
    assert Variables(values, only=placeholders.sorts).fill(manifest) == value


@pytest.mark.parametrize(
    ("name", "value", "secret"),
    [
        ("apiKey", "x", True), ("db_password", "x", True), ("TOKEN", "t", True), ("require-whisk-auth", 4711, True),
        ("url", "https://user:word@host/x", True), ("header", "Bearer abc", True),
        ("k", "23bc46b1-71f6-4ed5-8c54-816aa4f8c502:123zO3xZCLrM", True), ("v", "8fJ2kQ9zLmX4vB7nR1tY6wPc", True),
        ("name", "Jane", False), ("author", "Jane", False), ("keyboard", "de", False),
        ("url", "https://host/path", False),
        ("description", "a text with several words in it, and 1 number", False), ("public-key-required", True, False),
        ("region", "eu-central-1", False), ("token", None, False), ("monkey", "banana", False),
    ],
)  # fmt: skip
def test_keys_are_told_by_name_or_looks(name: str, value: object, secret: bool) -> None:
    assert is_secret(name, value) is secret
