"""Which texts are names of images."""

import pytest

from tui.entities.images import is_image_name


@pytest.mark.parametrize(
    "name",
    [
        "alpine",
        "docker:dind",
        "me/mine:1",
        "openwhisk/action-nodejs-v20:nightly",
        "localhost:5000/a/b_c/d--e:V1.0",
        "registry.example.com/team/image@sha256:" + "0" * 64,
        "Registry.Example/x",
    ],
)
def test_names_that_registries_know(name: str) -> None:
    assert is_image_name(name)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "-it",
        "a b",
        "a\n",
        "a\0",
        "a\ud800",
        "é",
        "A/",
        "/a",
        "a//b",
        "a:",
        "a:/b",
        "dir:a",
        "oci-archive:a",
        "a;b",
    ],
)
def test_other_texts(text: str) -> None:
    assert not is_image_name(text)
