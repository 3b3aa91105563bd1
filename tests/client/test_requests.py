"""What goes over the wire, and what is read from it."""

import asyncio
import base64

import httpx
import pytest

from tests.client.platform import FakePlatform, client_of, failure
from tests.entities.recorded import recorded
from tui.client import open_client
from tui.client.errors import ServerError
from tui.entities.activation import State
from tui.entities.endpoint import Endpoint, Secret
from tui.entities.rule import RuleStatus


async def test_every_request_carries_the_key_and_says_who_asks() -> None:
    platform = FakePlatform(httpx.Response(200, json=["guest"]))
    async with client_of(platform) as client:
        await client.namespaces.list()

    assert platform.request.headers["authorization"] == "Basic " + base64.b64encode(b"user:secret").decode()
    assert platform.request.headers["user-agent"].startswith("whisktop/")


async def test_proxies_of_the_shell_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\n["guest"]')
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        endpoint = Endpoint(context="local", url=f"http://{host}:{port}", auth=Secret("user:secret"))
        async with open_client(endpoint) as client:
            assert await client.namespaces.list() == ("guest",)


async def test_where_the_context_asks_for_it_calls_are_kept_that_went_well() -> None:
    endpoint = Endpoint(
        context="adobe", url="https://p.example", auth=Secret("u:k"), namespace="guest", extra_logging=True
    )
    platform = FakePlatform(httpx.Response(202, json={"activationId": "5f4fa69d910f4c738fa69d910f9c73af"}))
    async with open_client(endpoint, transport=httpx.MockTransport(platform)) as client:
        await client.actions.invoke("hello", {}, blocking=True)

    assert platform.request.headers["x-ow-extra-logging"] == "on"


async def test_names_are_escaped_in_paths_and_packages_are_segments() -> None:
    platform = FakePlatform(httpx.Response(200, json=recorded("action")))
    async with client_of(platform) as client:
        await client.actions.get("my pkg/say & hello", code=False)

    assert platform.request.url.raw_path == b"/api/v1/namespaces/guest/actions/my%20pkg/say%20%26%20hello?code=false"


async def test_lists_send_only_the_bounds_that_are_given() -> None:
    platform = FakePlatform(httpx.Response(200, json=recorded("activation-list")))
    async with client_of(platform) as client:
        await client.activations.list(since_ms=1_700_000_000_000, name="demo/hello", docs=True)

    assert dict(platform.request.url.params) == {
        "limit": "30",
        "name": "demo/hello",
        "since": "1700000000000",
        "docs": "true",
    }


async def test_any_json_can_be_sent_lone_surrogates_included() -> None:
    payload = {"text": "grüße \ud800 ☃", "none": None, "deep": [{"x": 1.5}]}
    platform = FakePlatform(httpx.Response(202, json={"activationId": "1b4fa69d910f4c738fa69d910f9c73af"}))
    async with client_of(platform) as client:
        await client.triggers.fire("upload", payload)

    assert platform.body == payload
    assert platform.request.headers["content-type"] == "application/json"


async def test_a_fire_that_no_rule_answers_is_told_by_nothing() -> None:
    async with client_of(FakePlatform(httpx.Response(204))) as client:
        assert await client.triggers.fire("upload", {}) is None


async def test_a_rule_is_turned_on_though_the_answer_is_no_json() -> None:
    platform = FakePlatform(httpx.Response(200, text="OK"))
    async with client_of(platform) as client:
        await client.rules.set_status("on-upload", RuleStatus.INACTIVE)

    assert platform.body == {"status": "inactive"}


async def test_a_blocking_run_that_failed_is_read_not_raised() -> None:
    record = recorded("activation-timeout")
    async with client_of(FakePlatform(httpx.Response(502, json=record))) as client:
        invoked = await client.actions.invoke("slow", {}, blocking=True)

    assert invoked.activation is not None
    assert invoked.activation.state is State.TIMEOUT


async def test_a_blocking_wait_that_ran_out_leaves_the_id() -> None:
    answer = httpx.Response(202, json={"activationId": "5f4fa69d910f4c738fa69d910f9c73af"})
    async with client_of(FakePlatform(answer)) as client:
        invoked = await client.actions.invoke("slow", {}, blocking=True)

    assert (invoked.activation_id[:2], invoked.activation) == ("5f", None)


async def test_a_list_as_result_comes_bare_and_its_id_in_a_header() -> None:
    headers = {"x-openwhisk-activation-id": "5f4fa69d910f4c738fa69d910f9c73af"}
    async with client_of(FakePlatform(httpx.Response(200, json=[1, 2], headers=headers))) as client:
        invoked = await client.actions.invoke("numbers", {}, blocking=True)

    assert invoked.activation_id == headers["x-openwhisk-activation-id"]


async def test_a_502_of_the_platform_itself_is_an_error() -> None:
    async with client_of(FakePlatform(failure(502, "no invoker is usable"))) as client:
        with pytest.raises(ServerError, match="no invoker is usable"):
            await client.actions.invoke("hello", {})


async def test_deprecated_kinds_cannot_be_chosen() -> None:
    async with client_of(FakePlatform(httpx.Response(200, json=recorded("root")))) as client:
        description = await client.namespaces.describe()

    assert description.kinds == ("nodejs:20", "python:3.10")
    assert description.live_path is None
