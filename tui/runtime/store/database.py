"""The runtime's database: one file, one thread that writes, one that reads what may take long.

Looking up a single row takes microseconds and is done on the event loop, on a connection of its own.
"""

import asyncio
import logging
import secrets
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from sqlite3 import Connection as Connection  # handed on: the controller names the type, and only that
from typing import TypeVar

from tui.errors import UserError

from ..faults import NotKept
from . import activations
from .records import Record
from .writer import Writer

logger = logging.getLogger(__name__)

_STEPS = ("schema.sql", "schema_2_schedules.sql", "schema_3_apis.sql", "schema_4_forwarding.sql")
"""One file per version of the schema, in order; a database of version n has run the first n."""
_CHECKED_WHOLE_BYTES = 64 * 1024 * 1024
"""A file up to this size is read through at the start, which takes a tenth of a second."""
_BROKEN = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
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
        with suppress(NotKept):
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

    A file that is broken is moved aside, never deleted, and a new one is begun.

    Raises:
        UnusableData: A newer version wrote it, or it cannot be read or written.
    """

    def connect() -> Connection:
        return _connect(path, synchronous=_SYNCHRONOUS[durability])

    try:
        connection = _open_sound(path, connect)
    except (OSError, sqlite3.DatabaseError) as error:
        hint = "See whether the disk is full and whose the folder is, or choose another one with --data-dir."
        raise UnusableData(f"{path} cannot be opened: {error}", hint=hint) from error
    try:
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


def _open_sound(path: Path, connect: Callable[[], Connection]) -> Connection:
    """A connection to a database that has this version's schema: the one that is there, unless it is broken."""
    for is_last_try in (False, True):
        _keep_private(path)
        connection: Connection | None = None
        try:
            connection = connect()
            _check(connection, path)
            _migrate(connection, path)
        except BaseException as error:
            if connection is not None:
                connection.close()
            if is_last_try or not _is_broken(error):
                raise
            logger.error("%s is broken (%s); what is left of it is %s", path, error, _set_aside(path))
        else:
            return connection
    raise AssertionError("the last try returns or raises")


def _check(connection: Connection, path: Path) -> None:
    """Raises the `DatabaseError` of a broken file, where that shows at the first look or the file is not large."""
    connection.execute("pragma journal_mode = wal")
    connection.execute("select count(*) from sqlite_schema")
    if path.stat().st_size <= _CHECKED_WHOLE_BYTES:
        (found,) = connection.execute("pragma quick_check(1)").fetchone()
        if found != "ok":
            raise _Broken(found)


class _Broken(sqlite3.DatabaseError):
    """What the check found."""


def _is_broken(error: BaseException) -> bool:
    """Whether it is the content of the file that is wrong. The low byte of a code is its sort."""
    return isinstance(error, _Broken) or (getattr(error, "sqlite_errorcode", 0) & 0xFF) in _BROKEN


def _set_aside(path: Path) -> Path:
    """Rename the database and what belongs to it; gives back its new path."""
    aside = path.with_name(f"{path.name}.broken-{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(2)}")
    for ending in ("-wal", "-shm", ""):
        with suppress(FileNotFoundError):
            path.with_name(f"{path.name}{ending}").rename(aside.with_name(f"{aside.name}{ending}"))
    return aside


def broken_files(folder: Path) -> list[Path]:
    """What was moved aside in a data folder, the oldest first."""
    return sorted(path for path in folder.glob("*.broken-*") if not path.name.endswith(("-wal", "-shm")))


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
    version: int = connection.execute("pragma user_version").fetchone()[0]
    if version > len(_STEPS):
        raise UnusableData(
            f"{path} was written by a newer version of whisktop (schema {version}, this one knows {len(_STEPS)})",
            hint="Install that version again, or choose another folder with --data-dir.",
        )
    for number, step in enumerate(_STEPS[version:], start=version + 1):
        script = (Path(__file__).parent / step).read_text(encoding="utf-8")
        connection.executescript(f"begin immediate; {script}; pragma user_version = {number}; commit;")
