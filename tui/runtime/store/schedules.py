"""SQL of schedules: which triggers the clock fires, and when next. Functions work on a connection of `Database`."""

from sqlite3 import Connection
from typing import Any

from msgspec import Struct

_COLUMNS = "trigger_key, sort, config, active, changed_ms, reason, next_ms"
_UPSERT = f"insert or replace into schedules ({_COLUMNS}) values (?, ?, ?, ?, ?, ?, ?)"


class Schedule(Struct, frozen=True, kw_only=True):
    """When one trigger is fired. Times are epoch milliseconds."""

    trigger_key: str
    """`ns/name`."""
    sort: str
    """`alarm`, `interval` or `once`."""
    config: bytes
    """JSON object."""
    active: bool = True
    changed_ms: int
    """When it was last made, paused, resumed or ended."""
    reason: str | None = None
    """Why it ended; `None` while it is active or paused."""
    next_ms: int | None
    """`None` when it will not fire again."""


def save(connection: Connection, schedule: Schedule) -> None:
    """Write it, in place of an earlier one of the same trigger."""
    connection.execute(
        _UPSERT,
        (
            schedule.trigger_key,
            schedule.sort,
            schedule.config,
            schedule.active,
            schedule.changed_ms,
            schedule.reason,
            schedule.next_ms,
        ),
    )


def advance(connection: Connection, *, old: Schedule, new: Schedule) -> None:
    """Write `new`, unless somebody else has written the schedule since it was `old`."""
    if find(connection, old.trigger_key) == old:
        save(connection, new)


def find(connection: Connection, trigger_key: str) -> Schedule | None:
    row = connection.execute(f"select {_COLUMNS} from schedules where trigger_key = ?", (trigger_key,)).fetchone()
    return None if row is None else _schedule(row)


def delete(connection: Connection, trigger_key: str) -> None:
    connection.execute("delete from schedules where trigger_key = ?", (trigger_key,))


def find_next_ms(connection: Connection) -> int | None:
    """When the first of all is due; `None` if none will fire."""
    next_ms: int | None = connection.execute("select min(next_ms) from schedules").fetchone()[0]
    return next_ms


def due(connection: Connection, now_ms: int) -> list[Schedule]:
    """Those whose time has come, the earliest first."""
    sql = f"select {_COLUMNS} from schedules where next_ms <= ? order by next_ms"
    return [_schedule(row) for row in connection.execute(sql, (now_ms,))]


def _schedule(row: tuple[Any, ...]) -> Schedule:
    trigger_key, sort, config, active, changed_ms, reason, next_ms = row
    return Schedule(
        trigger_key=trigger_key,
        sort=sort,
        config=config,
        active=bool(active),
        changed_ms=changed_ms,
        reason=reason,
        next_ms=next_ms,
    )
