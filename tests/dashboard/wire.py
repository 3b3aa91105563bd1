"""A network that can be cut."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

from tests.running import RunningRuntime


class Wire:
    """Between the dashboard and a platform; it can be cut and mended."""

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        self._target = (address.hostname or "", address.port or 80)
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._carrying: set[asyncio.Task[None]] = set()
        self.port = 0

    async def mend(self) -> None:
        self._server = await asyncio.start_server(self._taken, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        assert self._server is not None
        self._server.close()
        for writer in [*self._open]:
            writer.close()

    async def gone(self) -> None:
        """Nothing of it is open any more."""
        await self.cut()
        await asyncio.gather(*self._carrying)

    def _taken(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._carry(reader, writer))
        self._carrying.add(task)
        task.add_done_callback(self._carrying.discard)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection(*self._target)
        self._open |= {writer, there_writer}
        async with asyncio.TaskGroup() as both:
            both.create_task(self._pour(reader, there_writer))
            both.create_task(self._pour(there_reader, writer))

    async def _pour(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while chunk := await reader.read(65536):
                writer.write(chunk)
                await writer.drain()
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
        self._open.discard(writer)


@asynccontextmanager
async def wire_to(runtime: RunningRuntime) -> AsyncIterator[Wire]:
    wire = Wire(runtime.url)
    await wire.mend()
    try:
        yield wire
    finally:
        await wire.gone()
