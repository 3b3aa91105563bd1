"""SQL that counts what is kept. Each function works on a connection that `Database` owns."""

from sqlite3 import Connection

from msgspec import Struct

_OLDEST = """
    select min((select start_ms from activations where activations.namespace = streams.stream_id
                 order by start_ms limit 1))
      from streams where name = ''
"""
_ENTITIES = "select collection, count(*) from entities group by collection"


class Statistics(Struct, frozen=True, kw_only=True):
    """How much there is."""

    database_bytes: int
    unused_bytes: int
    """Of those, what the next records may take before the file grows."""
    activations: int
    oldest_ms: int | None
    """Start of the oldest activation; `None` if there is none."""
    schedules: int
    """Triggers that the clock will fire."""
    next_fire_ms: int | None
    entities: dict[str, int]
    """By collection; one that is empty is absent."""


def take_statistics(connection: Connection) -> Statistics:
    page_bytes = _number(connection, "pragma page_size")
    assert page_bytes is not None
    return Statistics(
        database_bytes=page_bytes * (_number(connection, "pragma page_count") or 0),
        unused_bytes=page_bytes * (_number(connection, "pragma freelist_count") or 0),
        activations=_number(connection, "select count(*) from activations") or 0,
        oldest_ms=_number(connection, _OLDEST),
        schedules=_number(connection, "select count(*) from schedules where next_ms is not null") or 0,
        next_fire_ms=_number(connection, "select min(next_ms) from schedules"),
        entities=dict(connection.execute(_ENTITIES).fetchall()),
    )


def _number(connection: Connection, sql: str) -> int | None:
    value: int | None = connection.execute(sql).fetchone()[0]
    return value
