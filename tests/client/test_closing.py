"""Connections that are closed while requests are under way: none is left, at whatever moment it happens."""

import asyncio

import pytest

from tui.client import open_client
from tui.client.errors import Unreachable
from tui.entities.endpoint import Endpoint, Secret

REQUESTS = 5


class Server:
    """Answers after a while, and knows which connections are open."""

    def __init__(self) -> None:
        self.open = 0
        self.nobody = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        self.nobody.clear()
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                await asyncio.sleep(0.01)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]")
        except (asyncio.IncompleteReadError, ConnectionError):
            self.open -= 1
            if not self.open:
                self.nobody.set()
        finally:
            writer.close()


async def one_more(host: str, port: int) -> None:
    """A request over a connection of its own, answered."""
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(b"GET / HTTP/1.1\r\n\r\n")
    await reader.readuntil(b"[]")
    writer.close()


@pytest.mark.parametrize("turns", [*range(1, 16), 40, 200])
async def test_no_connection_outlives_its_client(turns: int) -> None:
    """`turns` of the event loop pass between the first request and the end."""
    server = Server()
    async with await asyncio.start_server(server.serve, "127.0.0.1", 0) as listening:
        host, port = listening.sockets[0].getsockname()
        endpoint = Endpoint(context="here", url=f"http://{host}:{port}", auth=Secret("u:k"), namespace="guest")
        async with open_client(endpoint) as client:
            asked = [asyncio.create_task(client.actions.list()) for _ in range(REQUESTS)]
            for _ in range(turns):
                await asyncio.sleep(0)
        answers = await asyncio.gather(*asked, return_exceptions=True)

        assert all(answer == () or isinstance(answer, Unreachable) for answer in answers)
        with pytest.raises(Unreachable, match="was closed"):
            await client.actions.list()
        async with asyncio.timeout(30):
            await one_more(host, port)  # connections are taken in turn: those before it are seen by now
            while server.open:
                await server.nobody.wait()
