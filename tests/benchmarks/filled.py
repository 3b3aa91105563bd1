"""A database with many records in it, written by the store itself."""

import asyncio
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from sqlite3 import Connection

from tui.entities.limits import Limits
from tui.runtime.store import activations
from tui.runtime.store.activations import Dictionary
from tui.runtime.store.database import open_database
from tui.runtime.store.ids import make_activation_id
from tui.runtime.store.records import Origin, Record

_BATCH = 10_000
_APART_MS = 40
NAMESPACE = "guest"
ACTIONS = ("resize", "notify", "import-orders", "thumbnail", "cleanup")
"""The first one has half of all runs; every hundredth run fails."""
_LOGS = b'["2024-07-02T10:03:00.123456789Z stdout: page 1 of 12 is done"]'


def fill(data_dir: Path, count: int) -> None:
    """Put `count` runs of the last hours into a new data folder."""
    data_dir.mkdir(mode=0o700, parents=True)
    asyncio.run(_fill(data_dir / "runtime.db", count))


async def _fill(database_file: Path, count: int) -> None:
    dictionary = Dictionary()
    async with open_database(database_file, durability="crash") as database:
        for first in range(0, count, _BATCH):
            batch = list(_records(first, min(count, first + _BATCH), count))
            await database.write(partial(_insert, dictionary=dictionary, batch=batch))


def _insert(connection: Connection, *, dictionary: Dictionary, batch: list[Record]) -> None:
    activations.insert(connection, dictionary, batch)


def _records(first: int, end: int, count: int) -> Iterator[Record]:
    now_ms = int(time.time() * 1000)
    origins = [_origin(name) for name in ACTIONS]
    for number in range(first, end):
        start_ms = now_ms - (count - number) * _APART_MS
        failed = number % 100 == 0
        yield Record(
            activation_id=make_activation_id(start_ms),
            origin=origins[0 if number % 2 else number // 2 % len(origins)],
            start_ms=start_ms,
            end_ms=start_ms + number % 900,
            status_code=1 if failed else 0,
            result=b'{"error":"the region is missing"}' if failed else b'{"pages":12,"number":%d}' % number,
            size_bytes=30,
            logs=_LOGS,
            wait_ms=3,
            timed_out=False,
        )


def _origin(name: str) -> Origin:
    return Origin.of_action(
        namespace=NAMESPACE,
        subject=NAMESPACE,
        path=f"{NAMESPACE}/{name}",
        version="0.0.1",
        kind="nodejs:20",
        limits=Limits(),
    )
