"""What a remote platform may do to us, and the one clear sentence that comes of it."""

import errno

import httpx
import pytest

from tests.client.platform import FakePlatform, client_of, failure
from tui.client import errors, open_client
from tui.client.errors import (
    ApiError,
    BadRequest,
    Conflict,
    FateUnknown,
    Forbidden,
    NotFound,
    RateLimited,
    ServerError,
    TooLarge,
    Unauthorized,
    UnexpectedAnswer,
    Unreachable,
)
from tui.entities.endpoint import Endpoint, Secret
from tui.errors import ConfigError, UsageError


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again at once."""
    monkeypatch.setattr("tui.client.client._RETRY_PAUSES_S", (0, 0))


@pytest.mark.parametrize(
    ("status", "kind", "exit_code"),
    [
        (400, BadRequest, 2),
        (401, Unauthorized, 4),
        (403, Forbidden, 4),
        (404, NotFound, 5),
        (405, BadRequest, 2),
        (409, Conflict, 2),
        (413, TooLarge, 2),
        (415, BadRequest, 2),
        (429, RateLimited, 3),
        (500, ServerError, 3),
        (502, ServerError, 3),
        (503, ServerError, 3),
        (504, ServerError, 3),
        (302, UnexpectedAnswer, 3),
    ],
)
async def test_every_status_has_a_type_and_an_exit_code(status: int, kind: type[ApiError], exit_code: int) -> None:
    async with client_of(FakePlatform(failure(status, "no"))) as client:
        with pytest.raises(kind) as caught:
            await client.actions.get("hello")

    assert (caught.value.exit_code, caught.value.status, caught.value.code) == (exit_code, status, "abc123")


async def test_what_is_missing_is_named() -> None:
    async with client_of(FakePlatform(failure(404, "The requested resource does not exist."))) as client:
        with pytest.raises(NotFound) as caught:
            await client.actions.get("demo/hello")

    assert caught.value.message == "There is no action demo/hello."


async def test_the_platforms_sentence_comes_without_its_wrapping() -> None:
    text = "The request content was malformed:\nrequirement failed: memory size 64 MB below allowed threshold of 128 MB"
    async with client_of(FakePlatform(failure(400, text))) as client:
        with pytest.raises(BadRequest) as caught:
            await client.actions.put("hello", {})

    assert caught.value.message == "action hello: memory size 64 MB below allowed threshold of 128 MB."


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, text="<html>Welcome to the hotel's network</html>"),
        httpx.Response(200, json=[]),
        httpx.Response(200, json={"hello": "world"}),
        httpx.Response(
            200, json={"activationId": "x", "namespace": "guest", "name": "n", "start": 1, "annotations": 5}
        ),
        httpx.Response(200),
    ],
)
async def test_an_answer_that_is_not_openwhisks_is_said_to_be_none(answer: httpx.Response) -> None:
    async with client_of(FakePlatform(answer)) as client:
        with pytest.raises(UnexpectedAnswer, match="GET /api/v1/namespaces/guest/activations"):
            await client.activations.get("0f4fa69d910f4c738fa69d910f9c73af")


async def test_a_proxys_error_page_is_a_server_error_without_its_markup() -> None:
    async with client_of(FakePlatform(httpx.Response(502, text="<h1>Bad gateway</h1>"))) as client:
        with pytest.raises(ServerError) as caught:
            await client.actions.invoke("hello", {})

    assert "<h1>" not in caught.value.message
    assert "502" in caught.value.message


async def test_a_refused_connection_is_told_in_the_systems_words() -> None:
    refused = httpx.ConnectError("All connection attempts failed")
    refused.__cause__ = OSError(errno.ECONNREFUSED, "Connection refused")
    async with client_of(FakePlatform(refused)) as client:
        with pytest.raises(Unreachable) as caught:
            await client.namespaces.list()

    assert caught.value.message == "platform.example: connection refused."
    assert caught.value.exit_code == 3


async def test_a_real_port_without_a_listener_is_unreachable() -> None:
    endpoint = Endpoint(context="local", url="http://127.0.0.1:9", auth=Secret("a:b"))
    async with open_client(endpoint) as client:
        with pytest.raises(Unreachable, match=r"127\.0\.0\.1:9: .*refused"):
            await client.namespaces.list()


async def test_a_read_is_tried_again_when_the_connection_breaks() -> None:
    platform = FakePlatform(httpx.ReadError("reset"), failure(503, "busy"), httpx.Response(200, json=["guest"]))
    async with client_of(platform) as client:
        namespaces = await client.namespaces.list()

    assert namespaces == ("guest",)
    assert len(platform.requests) == 3


@pytest.mark.parametrize("answer", [httpx.ReadError("reset"), failure(503, "busy"), httpx.ReadTimeout("slow")])
async def test_a_write_is_never_sent_twice(answer: httpx.Response | Exception) -> None:
    platform = FakePlatform(answer)
    async with client_of(platform) as client:
        with pytest.raises((Unreachable, ServerError)):
            await client.triggers.fire("upload", {})

    assert len(platform.requests) == 1


@pytest.mark.parametrize(
    "trouble",
    [httpx.ReadError("reset"), httpx.ReadTimeout(""), httpx.RemoteProtocolError("gone"), failure(504, "gave up")],
)
async def test_of_a_write_whose_answer_got_lost_it_is_said_that_nobody_knows(
    trouble: httpx.Response | Exception,
) -> None:
    platform = FakePlatform(trouble)
    async with client_of(platform) as client:
        with pytest.raises(FateUnknown, match=r"Whether POST .*/triggers/upload was done is not known"):
            await client.triggers.fire("upload", {})

    assert len(platform.requests) == 1


@pytest.mark.parametrize("trouble", [httpx.ConnectError("refused"), httpx.ConnectTimeout(""), httpx.PoolTimeout("")])
async def test_a_write_that_never_left_is_not_in_doubt(trouble: Exception) -> None:
    async with client_of(FakePlatform(trouble)) as client:
        with pytest.raises(Unreachable) as caught:
            await client.triggers.fire("upload", {})

    assert not isinstance(caught.value, FateUnknown)


async def test_a_platform_that_says_when_to_come_back_is_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []

    async def note(pause_s: float) -> None:
        pauses.append(pause_s)

    monkeypatch.setattr("tui.client.client.asyncio.sleep", note)
    busy = httpx.Response(429, json={"error": "too many", "code": "c"}, headers={"retry-after": "2"})
    platform = FakePlatform(busy, httpx.Response(200, json=["guest"]))
    async with client_of(platform) as client:
        assert await client.namespaces.list() == ("guest",)

    assert pauses == [2.0]


@pytest.mark.parametrize("status", [429, 503])
async def test_a_long_pause_is_left_to_whoever_asked(status: int) -> None:
    platform = FakePlatform(httpx.Response(status, json={"error": "no", "code": "c"}, headers={"retry-after": "60"}))
    async with client_of(platform) as client:
        with pytest.raises((RateLimited, ServerError)) as caught:
            await client.namespaces.list()

    assert len(platform.requests) == 1
    assert status == 503 or caught.value.retry_after_s == 60  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "page",
    [
        httpx.Response(200, html="<h1>Welcome to the hotel</h1>"),
        httpx.Response(302, headers={"location": "http://hotel.example/login"}),
        httpx.Response(511, html="<h1>Log in first</h1>"),
    ],
)
async def test_a_login_page_of_the_network_is_called_one(page: httpx.Response) -> None:
    async with client_of(FakePlatform(page)) as client:
        with pytest.raises(UnexpectedAnswer) as caught:
            await client.namespaces.list()

    assert "login page" in caught.value.hint
    assert caught.value.exit_code == 3


async def test_a_silent_platform_is_not_waited_for_three_times() -> None:
    platform = FakePlatform(httpx.ReadTimeout(""))
    async with client_of(platform) as client:
        with pytest.raises(Unreachable, match="did not answer"):
            await client.namespaces.list()

    assert len(platform.requests) == 1


async def test_a_name_that_is_none_is_refused_before_anything_is_sent() -> None:
    platform = FakePlatform(httpx.Response(200, json={}))
    async with client_of(platform) as client:
        with pytest.raises(UsageError, match="not a valid name"):
            await client.actions.get("../../secrets")

    assert platform.requests == []


@pytest.mark.parametrize("url", ["http://[::1", "https://example.net:port"])
async def test_an_address_that_is_none_is_a_matter_of_configuration(url: str) -> None:
    with pytest.raises(ConfigError, match="cannot be used"):
        async with client_of(FakePlatform(failure(500, "")), url=url):
            pass


def test_no_error_shows_the_key() -> None:
    error = errors.error_of(401, {"error": "The supplied authentication is invalid", "code": "x"}, asked="GET /")

    assert "secret" not in f"{error} {error.hint}"
