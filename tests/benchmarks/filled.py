"""Many records, written into the runtime's database by the store itself and into the history by its own command."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tui.entities.limits import Limits
from tui.runtime.store import activations
from tui.runtime.store.activations import Dictionary
from tui.runtime.store.database import open_database
from tui.runtime.store.records import Origin, Record

from .subject import Runtime

_BATCH = 10_000
_APART_MS = 40
_IMPORT_TIMEOUT_S = 600
_SCATTER = 0x9E3779B97F4A7C15F39D
"""Odd: makes the numbers of records look like the random digits of ids, without two that are the same."""
NAMESPACE = "guest"
ACTIONS = ("resize", "notify", "import-orders", "thumbnail", "cleanup")
"""The first one has half of all runs; every hundredth run fails."""
_LOGS = b'["2024-07-02T10:03:00.123456789Z stdout: page 1 of 12 is done"]'


@dataclass(frozen=True, slots=True)
class Filling:
    """Runs of the last hours: the same ones whenever they are asked for."""

    count: int
    now_ms: int

    def put_into_runtime(self, data_dir: Path) -> None:
        """Into a data folder that is not there yet."""
        data_dir.mkdir(mode=0o700, parents=True)
        asyncio.run(self._put(data_dir / "runtime.db"))

    async def _put(self, database_file: Path) -> None:
        dictionary = Dictionary()
        async with open_database(database_file, durability="crash") as database:
            for batch in self._batches():
                await database.write(partial(activations.insert, dictionary=dictionary, records=batch))

    def put_into_history(self, runtime: Runtime, file: Path) -> None:
        """Of the runtime's account, as a user takes in an incident: `file` is written for that, and removed."""
        with file.open("wb") as lines:
            for batch in self._batches():
                lines.writelines(record.document() + b"\n" for record in batch)
        command = [sys.executable, "-m", "tui", "history", "import", str(file)]
        subprocess.run(command, env=runtime.environment, capture_output=True, timeout=_IMPORT_TIMEOUT_S, check=True)
        file.unlink()

    def _batches(self) -> Iterator[list[Record]]:
        origins = [_origin(name) for name in ACTIONS]
        for first in range(0, self.count, _BATCH):
            numbers = range(first, min(self.count, first + _BATCH))
            yield [self._record(number, origins[0 if number % 2 else number // 2 % len(origins)]) for number in numbers]

    def _record(self, number: int, origin: Origin) -> Record:
        start_ms = self.now_ms - (self.count - number) * _APART_MS
        failed = number % 100 == 0
        return Record(
            activation_id=f"{(number + 1) * _SCATTER % 2**80:020x}{start_ms:012x}",
            origin=origin,
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
