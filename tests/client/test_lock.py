"""A locked context sends no byte of a write, whichever verb it is: seen at the socket of a real listener."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from tui.client import Client, Route, open_client
from tui.entities.endpoint import Endpoint, Secret
from tui.entities.rule import RuleStatus
from tui.errors import ReadOnly

Write = Callable[[Client], Awaitable[object]]

ROUTE = Route(base_path="/v1", path="/things", method="get", action="/guest/hello", api="things")
WRITES: dict[str, Write] = {
    "create an action": lambda client: client.actions.put("hello", {}),
    "update an action": lambda client: client.actions.put("hello", {}, overwrite=True),
    "delete an action": lambda client: client.actions.delete("hello"),
    "invoke": lambda client: client.actions.invoke("hello", {}),
    "invoke and wait": lambda client: client.actions.invoke("hello", {}, blocking=True),
    "create a trigger": lambda client: client.triggers.put("upload", {}),
    "delete a trigger": lambda client: client.triggers.delete("upload"),
    "fire": lambda client: client.triggers.fire("upload", {}),
    "create a rule": lambda client: client.rules.put("on-upload", {}),
    "turn a rule on": lambda client: client.rules.set_status("on-upload", RuleStatus.ACTIVE),
    "turn a rule off": lambda client: client.rules.set_status("on-upload", RuleStatus.INACTIVE),
    "delete a rule": lambda client: client.rules.delete("on-upload"),
    "create a package": lambda client: client.packages.put("demo", {}),
    "delete a package": lambda client: client.packages.delete("demo"),
    "create a route": lambda client: client.routes.put(ROUTE),
    "delete a route": lambda client: client.routes.delete(ROUTE),
    "cancel a run": lambda client: client.live.cancel("0" * 32),
}


@dataclass
class Listener:
    """Answers everything with an empty list, and keeps every byte it got."""

    url: str = ""
    connections: int = 0
    received: bytearray = field(default_factory=bytearray)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        while chunk := await reader.read(65536):
            self.received += chunk
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]")
        writer.close()


@asynccontextmanager
async def listening() -> AsyncIterator[Listener]:
    listener = Listener()
    async with await asyncio.start_server(listener.serve, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        listener.url = f"http://{host}:{port}"
        yield listener


@asynccontextmanager
async def opened(listener: Listener, **said: bool) -> AsyncIterator[Client]:
    endpoint = Endpoint(context="prod", url=listener.url, auth=Secret("u:k"), namespace="guest", **said)
    async with open_client(endpoint) as client:
        yield client


@pytest.mark.parametrize("what", WRITES)
async def test_no_byte_of_a_write_leaves_a_locked_context(what: str) -> None:
    async with listening() as listener, opened(listener, read_only=True) as client:
        with pytest.raises(ReadOnly, match="The context prod is read-only"):
            await WRITES[what](client)

        assert (listener.connections, bytes(listener.received)) == (0, b"")


async def test_everything_that_is_not_a_read_is_in_the_table() -> None:
    """So that a new verb is not forgotten: what the collections offer beside reading is tried above."""
    reads = {"logs", "result", "limits", "describe", "ping", "running", "status", "open_events", "count"}
    tried = {"put", "delete", "invoke", "fire", "set_status", "cancel"}
    async with listening() as listener, opened(listener) as client:
        collections = (client.actions, client.triggers, client.rules, client.packages, client.activations, client.live)
        offered = {name for each in collections for name in dir(each) if not name.startswith(("_", "list", "get"))}

    assert offered <= reads | tried


async def test_reads_go_on_and_the_lock_works_at_once_for_every_copy_of_the_client() -> None:
    async with listening() as listener, opened(listener) as client:
        other = client.for_namespace("team")
        other.lock.lock()

        assert client.endpoint.read_only
        with pytest.raises(ReadOnly):
            await client.triggers.fire("upload", {})
        assert await client.actions.list() == ()

        client.lock.unlock()
        assert not other.endpoint.read_only
        await other.rules.set_status("on-upload", RuleStatus.ACTIVE)

    assert listener.received.count(b"POST /api/v1/namespaces/team/rules/on-upload") == 1
    assert b"fire" not in listener.received


async def test_a_lock_of_the_command_line_stays() -> None:
    async with listening() as listener, opened(listener, read_only=True, is_lock_fixed=True) as client:
        with pytest.raises(ReadOnly, match="--read-only"):
            client.lock.unlock()
        with pytest.raises(ReadOnly):
            await client.triggers.fire("upload", {})

    assert listener.connections == 0
