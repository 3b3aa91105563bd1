"""The runtime's database: one file, one thread that writes, one that reads what may take long.

Looking up a single row takes microseconds and is done on the event loop, on a connection of its own.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from importlib.resources import files
from pathlib import Path
from sqlite3 import Connection as Connection  # handed on: the controller names the type, and only that
from typing import TypeVar

from tui.errors import UserError

from . import activations
from .records import Record
from .writer import Writer

_STEPS = ("schema.sql", "schema_2_schedules.sql", "schema_3_apis.sql", "schema_4_forwarding.sql")
"""One file per version of the schema, in order; a database of version n has run the first n."""
_SYNCHRONOUS = {"crash": "normal", "power-loss": "full"}

_T = TypeVar("_T")


class UnusableData(UserError):
    """The data folder's database cannot be used by this version."""

    title = "The runtime's data cannot be read"


class Database:
    """What the controller and the API keep things with."""

    def __init__(self, connection: Connection, writer: Writer, reader: ThreadPoolExecutor, reading: Connection) -> None:
        self._connection = connection
        self._reader = reader
        self._reading = reading
        self.writer = writer

    def look_up(self, function: Callable[[Connection], _T]) -> _T:
        """Run a query that finds single rows by their key, here and now."""
        return function(self._connection)

    async def read(self, function: Callable[[Connection], _T]) -> _T:
        """Run a query that may take long, in the reading thread."""
        return await asyncio.get_running_loop().run_in_executor(self._reader, function, self._reading)

    async def write(self, function: Callable[[Connection], _T]) -> _T:
        """Run `function` in a transaction; returns when it is committed. What it raises undoes it."""
        return await self.writer.call(function)

    async def settle(self) -> None:
        """Have what has finished by now in the file, unless it takes nothing at the moment."""
        with suppress(sqlite3.DatabaseError):
            await self.writer.flush()

    def find_record(self, activation_id: str) -> Record | None:
        """A finished activation, whether it is committed yet or not."""
        record = self.writer.unwritten(activation_id)
        if record is not None:
            return record
        return activations.find(self._connection, activation_id)


@asynccontextmanager
async def open_database(path: Path, *, durability: str) -> AsyncIterator[Database]:
    """Open or create the file at `path`, bring it to this version's schema, and start its threads.

    Raises:
        UnusableData: A newer version wrote it, or it is no database.
    """

    def connect() -> Connection:
        return _connect(path, synchronous=_SYNCHRONOUS[durability])

    _keep_private(path)
    connection = connect()
    try:
        _migrate(connection, path)
        writer = Writer(connect, asyncio.get_running_loop())
        writer.start()
        reading = connect()
        reader = ThreadPoolExecutor(1, thread_name_prefix="database reader")
        try:
            yield Database(connection, writer, reader, reading)
        finally:
            await asyncio.to_thread(writer.close)
            reader.shutdown()
            reading.close()
    finally:
        connection.close()


def _keep_private(path: Path) -> None:
    """Queued payloads carry credentials. SQLite gives the files beside the database the rights that it has itself."""
    path.touch(mode=0o600)
    for file in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        with suppress(FileNotFoundError):
            file.chmod(0o600)


def _connect(path: Path, *, synchronous: str) -> Connection:
    # Each connection is used by one thread at a time; the check would forbid to close it from another.
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
    connection.execute(f"pragma synchronous = {synchronous}")
    return connection


def _migrate(connection: Connection, path: Path) -> None:
    try:
        connection.execute("pragma journal_mode = wal")
        version: int = connection.execute("pragma user_version").fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise UnusableData(f"{path} cannot be read: {error}", hint="Move the file away to begin anew.") from error
    if version > len(_STEPS):
        raise UnusableData(
            f"{path} was written by a newer version of whisktop (schema {version}, this one knows {len(_STEPS)})",
            hint="Install that version again, or choose another folder with --data-dir.",
        )
    for number, step in enumerate(_STEPS[version:], start=version + 1):
        script = files(__package__).joinpath(step).read_text(encoding="utf-8")
        connection.executescript(f"begin immediate; {script}; pragma user_version = {number}; commit;")
