"""Which names are valid, and how they are written."""

import pytest

from tui.entities.names import FullName, is_valid_name, split_own_name


@pytest.mark.parametrize("name", ["a", "_", "9", "my-worker", "a b", "a@b.c", "x&y", "a" * 256])
def test_these_are_names(name: str) -> None:
    assert is_valid_name(name)


@pytest.mark.parametrize("name", ["", "-x", " a", "a ", "a#b", "a+b", "é", "☃name", "a/b", "a\n", "a" * 257])
def test_these_are_none(name: str) -> None:
    assert not is_valid_name(name)


@pytest.mark.parametrize(
    ("reference", "parsed"),
    [
        ("/guest/hello", FullName("guest", "hello")),
        ("guest/demo/hello", FullName("guest", "hello", "demo")),
        ("/guest/default/hello", FullName("guest", "hello")),
    ],
)
def test_a_reference_may_have_a_leading_slash_and_a_package(reference: str, parsed: FullName) -> None:
    assert FullName.parse(reference) == parsed


@pytest.mark.parametrize("reference", ["hello", "/hello", "a/b/c/d", "guest//hello", ""])
def test_a_reference_without_namespace_or_with_too_much_is_refused(reference: str) -> None:
    with pytest.raises(ValueError):
        FullName.parse(reference)


def test_the_underscore_stands_for_the_own_namespace() -> None:
    assert str(FullName.parse("/_/demo/hello").resolve("guest")) == "guest/demo/hello"
    assert str(FullName.parse("/other/hello").resolve("guest")) == "other/hello"


def test_a_record_keeps_the_package_in_its_namespace() -> None:
    name = FullName.from_path("guest/demo", "hello")

    assert (name.path, name.in_namespace) == ("guest/demo", "demo/hello")


def test_an_own_name_may_have_a_package() -> None:
    assert split_own_name("demo/hello") == ("demo", "hello")
    assert split_own_name("hello") == (None, "hello")
    assert split_own_name("default/hello") == (None, "hello")


@pytest.mark.parametrize("name", ["a/b/c", "/a", "a/", "", "a b /c"])
def test_an_own_name_with_more_or_less_is_refused(name: str) -> None:
    with pytest.raises(ValueError):
        split_own_name(name)
