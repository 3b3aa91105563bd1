"""What is let go: by age, by count, by bytes, the oldest first and in small steps."""

from collections.abc import Iterator
from itertools import accumulate
from typing import Final

from tui.config import HistorySettings

from .activations import bounds, count
from .database import Database
from .rollups import MINUTE_MS
from .rows import Key

STEP: Final = 500
"""Records of one transaction: a few milliseconds, so that nobody who wants to write has to wait long."""
_DAY_MS: Final = 86_400_000
_PAGES_FREED_AT_ONCE: Final = 2000


def used_bytes(database: Database) -> int:
    """Of the file, without what is free inside it."""
    pages, free, size = (
        database.connection.execute(f"pragma {name}").fetchone()[0]
        for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)


def prune(database: Database, settings: HistorySettings, *, now_ms: int) -> Iterator[int]:
    """Remove what is beyond the bounds; yields after each short transaction how many records it removed."""
    removed = 0
    while step := _remove_some(database, settings, now_ms):
        removed += step
        yield step
        while _forget_counts(database):  # at once: they take space too
            yield 0
    if removed:
        yield from _give_back(database)


def _remove_some(database: Database, settings: HistorySettings, now_ms: int) -> int:
    with database.transaction() as connection:
        rows = _surplus(database, settings, now_ms)
        keys = [(key,) for _, key, _ in rows]
        connection.executemany("delete from activations where serial = ?", [(serial,) for serial, _, _ in rows])
        connection.executemany("delete from links where parent = ?", keys)
        connection.executemany("delete from links where child = ?", keys)
        connection.execute("update totals set records = records - ?", [len(rows)])
        return len(rows)


def _surplus(database: Database, settings: HistorySettings, now_ms: int) -> list[tuple[int, Key, int]]:
    """Serial, id and size of the oldest records that have to go now."""
    too_many = 0 if settings.retention_count is None else count(database) - settings.retention_count
    if too_many > 0:
        return _oldest(database, min(too_many, STEP))
    too_large = 0 if settings.retention_mb is None else used_bytes(database) - settings.retention_mb * 1_000_000
    if too_large > 0:
        sizes = accumulate(size for _, _, size in _oldest(database, STEP))
        return _oldest(database, 1 + sum(1 for size in sizes if size < too_large))
    if settings.retention_days is None:
        return []
    return _oldest(database, STEP, before_ms=now_ms - settings.retention_days * _DAY_MS)


def _oldest(database: Database, limit: int, before_ms: int | None = None) -> list[tuple[int, Key, int]]:
    query = """
        select serial, id, length(document) from activations where (? is null or start_ms < ?)
        order by start_ms, serial limit ?
    """
    return database.connection.execute(query, [before_ms, before_ms, min(limit, STEP)]).fetchall()


def _forget_counts(database: Database) -> bool:
    """Statistics reach back as far as records do; `True` while there is more to forget."""
    kept = bounds(database)
    first_minute = 2**62 if kept is None else kept[0] // MINUTE_MS
    with database.transaction() as connection:
        deleted = connection.execute(
            """
            delete from rollups where (name_id, minute, version) in
                (select name_id, minute, version from rollups where minute < ? limit ?)
            """,
            [first_minute, STEP],
        )
        return deleted.rowcount == STEP


def _give_back(database: Database) -> Iterator[int]:
    """Shrink the file, a little at a time."""
    while database.connection.execute("pragma freelist_count").fetchone()[0]:
        before = database.connection.execute("pragma page_count").fetchone()[0]
        database.connection.execute(f"pragma incremental_vacuum({_PAGES_FREED_AT_ONCE})").fetchall()
        yield 0
        if database.connection.execute("pragma page_count").fetchone()[0] >= before:
            return  # a reader holds an older state
