"""What is let go: by age, by count, by bytes, the oldest first and in small steps."""

from collections.abc import Iterator
from typing import Final

from tui.config import HistorySettings

from .activations import bounds, count
from .database import Database
from .rollups import MINUTE_MS

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
    if removed:
        while _forget_counts(database):
            yield 0
        yield from _give_back(database)


def _remove_some(database: Database, settings: HistorySettings, now_ms: int) -> int:
    with database.transaction() as connection:
        limit, floor_ms = _surplus(database, settings), None
        if not limit and settings.retention_days is not None:
            limit, floor_ms = STEP, now_ms - settings.retention_days * _DAY_MS
        if not limit:
            return 0
        rows = connection.execute(
            "select serial, id from activations where (? is null or start_ms < ?) order by start_ms, serial limit ?",
            [floor_ms, floor_ms, limit],
        ).fetchall()
        keys = [(key,) for _, key in rows]
        connection.executemany("delete from activations where serial = ?", [(serial,) for serial, _ in rows])
        connection.executemany("delete from links where parent = ?", keys)
        connection.executemany("delete from links where child = ?", keys)
        connection.execute("update totals set records = records - ?", [len(rows)])
        return len(rows)


def _surplus(database: Database, settings: HistorySettings) -> int:
    """How many of the oldest records have to go now."""
    surplus = 0
    if settings.retention_count is not None:
        surplus = count(database) - settings.retention_count
    if settings.retention_mb is not None and used_bytes(database) > settings.retention_mb * 1_000_000:
        surplus = max(surplus, STEP)
    return max(0, min(surplus, STEP))


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
