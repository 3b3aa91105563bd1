"""Endpoints, and the keys that never show."""

import pytest

from tui.entities.endpoint import Endpoint, Secret, Wskprops, url_of_apihost

KEY = "23bc46b1-71f6-4ed5-8c54-816aa4f8c502:123zO3xZCLrMN6v2BKK1dXYFpXlPkccOFqm12CdAsMgRU4VrNZ9lyGVCGuMDGIwP"


def test_a_secret_shows_in_no_text_by_accident() -> None:
    endpoint = Endpoint(context="local", url="http://127.0.0.1:3233", auth=Secret(KEY))

    for text in (repr(endpoint), str(endpoint.auth), f"{endpoint.auth}", "%s" % endpoint.auth, endpoint.auth.masked()):  # noqa: UP031
        assert "816aa4f8c502" not in text
        assert "123zO3" not in text
    assert endpoint.auth.reveal() == KEY


@pytest.mark.parametrize(
    ("apihost", "url"),
    [
        ("example.net", "https://example.net"),
        ("http://localhost:3233/", "http://localhost:3233"),
        (" https://a.example ", "https://a.example"),
    ],
)
def test_a_host_without_a_scheme_is_https(apihost: str, url: str) -> None:
    assert url_of_apihost(apihost) == url


def test_wskprops_are_read_as_wsk_reads_them() -> None:
    text = "# comment\nAPIHOST=http://localhost:3233\n\nAUTH = a:b \nNAMESPACE=guest\nBROKEN=a=b\nnothing\n"

    assert Wskprops.parse(text).values == {"APIHOST": "http://localhost:3233", "AUTH": "a:b", "NAMESPACE": "guest"}


def test_wskprops_are_written_so_that_they_can_be_read() -> None:
    text = Wskprops.render(apihost="http://127.0.0.1:1", auth=Secret("a:b"), namespace="guest")

    assert Wskprops.parse(text).values == {"APIHOST": "http://127.0.0.1:1", "AUTH": "a:b", "NAMESPACE": "guest"}
