"""The file of one account: where it is, its schema, and the connection to it.

One file per host (without the port) and user half of the key: two contexts that name one account share it, and it can
be found without asking anybody. Several processes may have it open and write: every write is one short transaction.
"""

import os
import sqlite3
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection
from typing import Final, TypeVar

from msgspec import Struct, field

from tui.config import default_data_dir
from tui.entities.endpoint import Endpoint
from tui.errors import UserError

from .matching import fits
from .rows import columns_of

_STEPS: Final = ("schema.sql", "schema_2.sql")
"""One file per version of the schema, in order; a database of version n has run the first n."""
_BUSY_S = 15.0
_CACHE_KB = 1_024
"""Of each connection: what is read again and again are the pages of an index that lead to the newest records."""

T = TypeVar("T")


class UnusableHistory(UserError):
    """The file cannot be used by this version."""

    title = "The history cannot be read"


class Database(Struct):
    """One connection, for one thread at a time."""

    connection: Connection
    path: Path
    name_ids: dict[tuple[str, bool], int] = field(default_factory=dict)
    """Ids of `names` known so far; they never change."""
    kinds: set[tuple[int, str, str]] = field(default_factory=set)
    """Of `kinds`, what is known to be there."""
    is_cancelled: bool = False
    """Nobody waits any more for what is being looked for."""

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """All or nothing; waits until no other process writes.

        Raises:
            UnusableHistory: The disk is full, or the file is damaged.
        """
        try:
            self.connection.execute("begin immediate")
            try:
                yield self.connection
            except BaseException:
                self.name_ids.clear()  # some may have been undone
                self.kinds.clear()
                self.connection.execute("rollback")
                raise
            self.connection.execute("commit")
        except sqlite3.DatabaseError as error:
            if self.connection.in_transaction:
                self.connection.execute("rollback")
            raise unusable(self.path, error) from error

    def close(self) -> None:
        self.connection.close()


def history_path(endpoint: Endpoint) -> Path:
    """Where the history of an endpoint's account is kept; the file need not exist."""
    return history_folder() / f"{endpoint.account}.db"


def history_folder() -> Path:
    """Of this user, for all accounts."""
    return default_data_dir().parent / "history"


def open_database(path: Path) -> Database:
    """Open or create the file, and bring it to this version's schema.

    Raises:
        UnusableHistory: A newer version wrote it, it is no database, or the folder cannot be written.
    """
    try:
        _keep_private(path)
        # The check would forbid to close a connection from another thread than the one that used it.
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=_BUSY_S)
    except (OSError, sqlite3.Error) as error:
        raise unusable(path, error) from error
    try:
        _patiently(lambda: _prepare(connection, path))
    except sqlite3.Error as error:
        connection.close()
        raise unusable(path, error) from error
    except BaseException:
        connection.close()
        raise
    return Database(connection, path)


def unusable(path: Path, error: Exception) -> UnusableHistory:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return UnusableHistory(f"{path}: {reason}.", hint="If it is damaged, move the file away to begin anew.")


def _keep_private(path: Path) -> None:
    """Records hold what actions were given; SQLite gives the files beside the database the rights that it has."""
    folder = path.parent
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    if stat.S_IMODE(folder.stat().st_mode) != 0o700:
        folder.chmod(0o700)
    for file in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        if file == path or file.exists():
            os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            if stat.S_IMODE(file.stat().st_mode) != 0o600:
                file.chmod(0o600)


def _prepare(connection: Connection, path: Path) -> None:
    version: int = connection.execute("pragma user_version").fetchone()[0]
    if version > len(_STEPS):
        raise UnusableHistory(
            f"{path} was written by a newer version of whisktop (schema {version}, this one knows {len(_STEPS)}).",
            hint="Install that version again, or move the file away to begin anew.",
        )
    if version == 0:
        connection.execute("pragma auto_vacuum = incremental")  # before the first table, or never
    if connection.execute("pragma journal_mode").fetchone()[0] != "wal":
        connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = normal")
    connection.execute(f"pragma cache_size = -{_CACHE_KB}")
    connection.create_function("fits", 2, fits, deterministic=True)
    if version < len(_STEPS):
        _migrate(connection)


def _migrate(connection: Connection) -> None:
    """Every step that is missing, in one transaction: another process may be about to do the same."""
    connection.create_function("error_of", 1, lambda document: columns_of(document)[0], deterministic=True)
    connection.create_function("kind_of", 1, lambda document: columns_of(document)[1], deterministic=True)
    connection.execute("begin immediate")
    try:
        version: int = connection.execute("pragma user_version").fetchone()[0]
        for number, step in enumerate(_STEPS[version:], start=version + 1):
            for statement in _statements((Path(__file__).parent / step).read_text(encoding="utf-8")):
                connection.execute(statement)
            connection.execute(f"pragma user_version = {number}")
        connection.execute("commit")
    except BaseException:
        connection.execute("rollback")
        raise


def _statements(script: str) -> Iterator[str]:
    """One by one: `executescript` would commit before the first."""
    pending = ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""


def _patiently(work: Callable[[], T]) -> T:
    """Changing the journal's mode does not wait for other processes by itself."""
    deadline = time.monotonic() + _BUSY_S
    while True:
        try:
            return work()
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
