"""Counts per action, minute and version, and what follows from them: statistics without reading a million records."""

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from tui.entities.percentile import percentile

from .database import Database
from .rows import FIRST_FAILURE, Row, storable

MINUTE_MS: Final = 60_000
_LAST_MS: Final = 2**62
RECENT_RUNS: Final = 1000
"""Percentiles are those of so many last runs."""


class Tally(Struct, frozen=True, kw_only=True):
    """Runs of one action, or firings of one trigger, that were counted together."""

    runs: int = 0
    failures: int = 0
    cold: int = 0
    duration_ms: int = 0
    """The sum."""

    @property
    def failure_rate(self) -> float:
        return self.failures / self.runs if self.runs else 0.0

    @property
    def cold_rate(self) -> float:
        return self.cold / self.runs if self.runs else 0.0


class Durations(Struct, frozen=True, kw_only=True):
    """How long runs that went well took."""

    runs: int
    """How many of them were looked at."""
    p50_ms: int
    p95_ms: int
    p99_ms: int


def count_runs(database: Database, rows: Iterable[tuple[Row, int]]) -> None:
    """Inside a transaction: count records, each with its name's id."""
    counts: dict[tuple[int, int, str], list[int]] = {}
    for row, name_id in rows:
        tally = counts.setdefault((name_id, row.start_ms // MINUTE_MS, row.version), [0, 0, 0, 0])
        tally[0] += 1
        tally[1] += row.state >= FIRST_FAILURE
        tally[2] += row.init_ms is not None
        tally[3] += row.duration_ms or 0
    database.connection.executemany(
        """
        insert into rollups (name_id, minute, version, runs, failures, cold, duration_ms)
        values (?, ?, ?, ?, ?, ?, ?)
        on conflict do update set runs = runs + excluded.runs, failures = failures + excluded.failures,
            cold = cold + excluded.cold, duration_ms = duration_ms + excluded.duration_ms
        """,
        [(*key, *tally) for key, tally in counts.items()],
    )


_SUMS = "sum(runs), sum(failures), sum(cold), sum(duration_ms)"


def by_minute(
    database: Database, *, since_ms: int, upto_ms: int, name: str | None = None, is_trigger: bool = False
) -> dict[int, Tally]:
    """Tallies by the minute (since the epoch) in which the runs started; minutes without any are left out.

    Args:
        name: Of one action or trigger; `None`: all actions together, or all triggers.
    """
    ids = "select name_id from names where is_trigger = ? and (? is null or name = ?)"
    wanted = None if name is None else storable(name)
    rows = database.connection.execute(
        f"select minute, {_SUMS} from rollups where name_id in ({ids}) and minute between ? and ? group by minute",
        [is_trigger, wanted, wanted, since_ms // MINUTE_MS, upto_ms // MINUTE_MS],
    )
    return {minute: _tally(sums) for minute, *sums in rows}


def by_name(database: Database, *, since_ms: int = 0, is_trigger: bool = False) -> dict[str, Tally]:
    """Tallies of every action, or trigger, that ran since the minute of `since_ms`."""
    rows = database.connection.execute(
        f"""
        select name, {_SUMS} from rollups join names using (name_id)
        where is_trigger = ? and minute >= ? group by name_id order by name
        """,
        [is_trigger, since_ms // MINUTE_MS],
    )
    return {name: _tally(sums) for name, *sums in rows}


def by_version(database: Database, name: str, *, since_ms: int = 0) -> dict[str, Tally]:
    """Tallies of one action by its version."""
    rows = database.connection.execute(
        f"""
        select version, {_SUMS} from rollups join names using (name_id)
        where name = ? and not is_trigger and minute >= ? group by version order by min(minute)
        """,
        [storable(name), since_ms // MINUTE_MS],
    )
    return {version: _tally(sums) for version, *sums in rows}


def durations(
    database: Database, name: str, *, version: str | None = None, runs: int = RECENT_RUNS, since_ms: int = 0
) -> Durations | None:
    """Percentiles over the last runs of an action that went well; `None` where there are none since then."""
    first_ms, upto_ms = (0, _LAST_MS) if version is None else _span_of(database, name, version)
    found = sorted(
        duration
        for (duration,) in database.connection.execute(
            """
            select duration_ms from activations
            where name_id = (select name_id from names where name = ? and not is_trigger)
                and start_ms between ? and ? and state = 1 and duration_ms is not null and (? is null or version = ?)
            order by start_ms desc limit ?
            """,
            [storable(name), max(since_ms, first_ms), upto_ms, version, version, runs],
        )
    )
    if not found:
        return None
    p50, p95, p99 = (percentile(found, share) for share in (0.5, 0.95, 0.99))
    return Durations(runs=len(found), p50_ms=p50, p95_ms=p95, p99_ms=p99)


def _span_of(database: Database, name: str, version: str) -> tuple[int, int]:
    """From when to when this version ran, whole minutes: what was before and after need not be looked through."""
    query = """
        select min(minute), max(minute) from rollups
        where name_id = (select name_id from names where name = ? and not is_trigger) and version = ?
    """
    first, last = database.connection.execute(query, [storable(name), version]).fetchone()
    return (0, -1) if last is None else (first * MINUTE_MS, (last + 1) * MINUTE_MS - 1)


def _tally(sums: list[int | None]) -> Tally:
    runs, failures, cold, duration_ms = (value or 0 for value in sums)
    return Tally(runs=runs, failures=failures, cold=cold, duration_ms=duration_ms)
