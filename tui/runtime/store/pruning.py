"""SQL that removes the oldest activations. Each function works on a connection that `Database` owns."""

from sqlite3 import Connection
from sqlite3 import DatabaseError as DatabaseError  # handed on to who prunes

STEP = 500
"""Rows that one transaction removes at most. It takes a few milliseconds, which nobody else notices."""

_NAMESPACES = "select stream_id from streams where name = ''"
_STARTED_BEFORE = """
    delete from activations where row in (
        select row from activations where namespace = ? and start_ms < ? order by start_ms limit ?)
"""
_OLDEST = "delete from activations where row in (select row from activations order by row limit ?)"


def remove_started_before(connection: Connection, before_ms: int) -> int:
    """Up to a step of activations that started before that time; how many it were."""
    removed = 0
    for (namespace,) in connection.execute(_NAMESPACES).fetchall():
        if removed < STEP:
            removed += connection.execute(_STARTED_BEFORE, (namespace, before_ms, STEP - removed)).rowcount
    return removed


def remove_oldest(connection: Connection, number: int) -> int:
    """Up to a step of those that were recorded first; how many it were."""
    return connection.execute(_OLDEST, (min(number, STEP),)).rowcount


def count_activations(connection: Connection, enough: int) -> int:
    """How many there are; where there cannot be more than `enough`, an upper bound that costs nothing."""
    first, last = connection.execute(
        "select (select row from activations order by row limit 1), "
        "(select row from activations order by row desc limit 1)"
    ).fetchone()
    if first is None:
        return 0
    bound: int = last - first + 1
    if bound <= enough:
        return bound
    count: int = connection.execute("select count(*) from activations").fetchone()[0]
    return count


def used_bytes(connection: Connection) -> int:
    """Of the file, without what the next rows may take."""
    pages, free, size = (
        connection.execute(f"pragma {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
    )
    used: int = (pages - free) * size
    return used
