"""The network is cut while jobs run: that is said within seconds, keys work, and nothing is missing afterwards."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from tests.dashboard.stage import connected
from tests.dashboard.world import world_of
from tests.running import RunningRuntime

SAID_WITHIN_S = 3.0


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


async def test_a_cut_is_said_at_once_keys_work_and_the_feed_is_complete_afterwards(
    runtime: RunningRuntime, tmp_path: Path
) -> None:
    async with world_of(runtime, tmp_path) as world, wire_to(runtime) as wire:
        await world.action("cut-off")
        endpoint = replace(runtime.endpoint, url=f"http://127.0.0.1:{wire.port}")
        async with connected(endpoint) as stage:
            before = await world.ran("cut-off")
            await stage.until_ended(before.activation_id)

            await wire.cut()
            cut_at = time.monotonic()
            await stage.until_said("reconnecting", "Nothing after")
            said_after_s = time.monotonic() - cut_at
            missed = [await world.ran("cut-off") for _ in range(3)]
            await stage.press("1", "4", "z", "z")
            assert stage.row("cut-off", "success")

            await wire.mend()
            for record in missed:
                await stage.until_ended(record.activation_id)
            await stage.until_said("● live")
            assert "Nothing after" not in stage.text

    assert said_after_s < SAID_WITHIN_S
