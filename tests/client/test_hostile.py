"""The real client at a real socket of a platform in trouble: what is said, what is tried again, what never is."""

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from tests.platform import CUT, DOWN, PAGE, SILENT, THROTTLED, Platform, Trouble, serving
from tui.client import Client, open_client
from tui.client.errors import FateUnknown, RateLimited, ServerError, Unauthorized, UnexpectedAnswer, Unreachable
from tui.client.resolving import look_up_apart
from tui.entities.activation import Activation
from tui.entities.endpoint import Endpoint, Secret

LIST = "GET /api/v1/namespaces/guest/activations"


@pytest.fixture
def platform() -> Iterator[Platform]:
    with serving() as platform:
        yield platform


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.client.client._RETRY_PAUSES_S", (0.02, 0.02))


@asynccontextmanager
async def client_of(platform: Platform, url: str | None = None) -> AsyncIterator[Client]:
    endpoint = Endpoint(context="far", url=url or platform.url, auth=Secret("u:k"), namespace="guest")
    async with open_client(endpoint) as client:
        yield client


async def look(client: Client) -> tuple[Activation, ...]:
    answer = await client._http.send("GET", LIST.partition(" ")[2], answer_timeout_s=0.3)
    return answer.read_list(Activation.from_json)


@pytest.mark.parametrize(
    ("trouble", "kind", "asked"),
    [
        (Trouble(status=429, retry_after_s=60), RateLimited, 1),
        (DOWN, ServerError, 3),
        (CUT, Unreachable, 3),
        (PAGE, UnexpectedAnswer, 1),
        (SILENT, Unreachable, 0),
        (Trouble(delay_s=5), Unreachable, 0),
    ],
)
async def test_every_trouble_of_a_read_is_told_and_tried_again_where_that_may_help(
    platform: Platform, trouble: Trouble, kind: type[Exception], asked: int
) -> None:
    platform.trouble = trouble
    async with client_of(platform) as client:
        with pytest.raises(kind):
            await look(client)
        assert platform.asked.count(LIST) == asked

        platform.trouble = None
        assert await client.activations.list() == ()


@pytest.mark.parametrize("trouble", [replace(THROTTLED, times=1), replace(DOWN, times=2), replace(CUT, times=2)])
async def test_a_read_succeeds_once_the_trouble_is_over(platform: Platform, trouble: Trouble) -> None:
    platform.trouble = trouble
    began = time.monotonic()
    async with client_of(platform) as client:
        assert await look(client) == ()

    assert platform.asked.count(LIST) == (trouble.times or 0) + 1
    assert time.monotonic() - began >= (trouble.retry_after_s or 0)


@pytest.mark.parametrize("trouble", [CUT, Trouble(loses_writes=True), SILENT])
async def test_a_write_is_sent_once_whatever_becomes_of_its_answer(platform: Platform, trouble: Trouble) -> None:
    platform.set("POST triggers/upload", {"activationId": "0" * 32}, 202)
    platform.trouble = trouble
    async with client_of(platform) as client:
        with pytest.raises(FateUnknown):
            await client._http.send("POST", "/api/v1/namespaces/guest/triggers/upload", body={}, answer_timeout_s=0.3)

    assert len(platform.writes) == (0 if trouble is SILENT else 1)


async def test_a_key_that_is_no_longer_known_is_told(platform: Platform) -> None:
    async with client_of(platform) as client:
        assert await client.namespaces.list() == ("guest",)

        platform.key = "u:another"
        with pytest.raises(Unauthorized):
            await client.namespaces.list()


@pytest.mark.parametrize("skew_ms", [-7_200_000, 90_000])
async def test_a_platform_whose_clock_differs_is_read_by_its_own(platform: Platform, skew_ms: int) -> None:
    platform.skew_ms = skew_ms
    async with client_of(platform) as client:
        await client.namespaces.list()

        assert abs(client.clock.offset_ms - skew_ms) < 2500


async def test_a_platform_that_restarts_is_reached_again(platform: Platform) -> None:
    port = int(platform.url.rpartition(":")[2])
    async with client_of(platform) as client:
        assert await client.namespaces.list() == ("guest",)
        platform.close()
        with pytest.raises(Unreachable, match="refused"):
            await client.namespaces.list()

        platform.open(port)
        assert await client.namespaces.list() == ("guest",)


async def test_a_name_that_nobody_knows_is_told_in_the_systems_words(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: object, **__: object) -> list[object]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    async with client_of(platform, "http://nowhere.example:80") as client:
        with pytest.raises(Unreachable, match=r"nowhere\.example:80: name or service not known"):
            await client.namespaces.list()


@pytest.mark.parametrize("host", ["a..com", "x" * 70 + ".com"])
async def test_what_cannot_be_a_name_is_told_as_one_that_nobody_knows(host: str) -> None:
    loop = asyncio.get_running_loop()
    look_up_apart(loop)

    with pytest.raises(socket.gaierror):
        async with asyncio.timeout(10):
            await loop.getaddrinfo(host, 80)


async def test_a_name_server_that_is_silent_holds_nothing_else_up(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    over, asked = threading.Event(), []

    def wait(*question: object, **_: object) -> list[object]:
        asked.append(question)
        over.wait(60)
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", wait)
    async with client_of(platform, "http://nowhere.example:80") as client:
        try:
            for _ in range(10):
                with pytest.raises(Unreachable, match="did not answer a connection"):
                    await client.knock(0.02)

            async with asyncio.timeout(5):
                assert await asyncio.to_thread(lambda: "a thread is free") == "a thread is free"
        finally:
            over.set()
    assert len(asked) < 3


async def test_a_name_is_looked_up_and_reached(platform: Platform) -> None:
    async with client_of(platform, platform.url.replace("127.0.0.1", "localhost")) as client:
        assert await client.namespaces.list() == ("guest",)
        await client.knock(5)
