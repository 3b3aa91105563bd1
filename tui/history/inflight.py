"""Accepted runs without a record: kept on disk, so that whoever started them finds them again.

Nothing tells a platform's client that a run was lost. It is overdue when it has run longer than its limit, and lost
when it cannot be open any more and yet has no record: ten minutes after twice its limit, since a cold start and the
run each get the whole of it.
"""

import json
from collections.abc import Iterable
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from tui.entities.activation import State
from tui.entities.live import RunningActivation

from .database import Database
from .graph import add_links, links_of_running
from .rows import key_of

LOST_AFTER_MS: Final = 600_000
UNKNOWN_LIMIT_MS: Final = 10_800_000
"""What counts where the limit is not known: no platform allows more."""

BY_OTHERS: Final = ""
"""`started_by` of a run that was only seen."""


class InFlight(Struct, frozen=True, kw_only=True):
    """One accepted run, as far as it is known."""

    running: RunningActivation
    started_by: str = BY_OTHERS
    """Who of us started it (`dashboard`, `invoke`, `fire`); `BY_OTHERS` for anybody else."""
    noted_ms: int = 0

    @property
    def limit_ms(self) -> int | None:
        """How long it may run; `None` where nobody told."""
        return None if self.running.limits is None else self.running.limits.timeout_ms

    def elapsed_ms(self, now_ms: int) -> int:
        """Since it began to run; since it was accepted, where its beginning is not known."""
        return max(0, now_ms - (self.running.started_ms or self.running.accepted_ms))

    def is_overdue(self, now_ms: int) -> bool:
        return self.limit_ms is not None and self.elapsed_ms(now_ms) > self.limit_ms

    def as_running(self, now_ms: int) -> RunningActivation:
        """As a feed tells of it."""
        return replace(self.running, state=State.LOST) if self.is_lost(now_ms) else self.running

    def is_lost(self, now_ms: int) -> bool:
        limit_ms = UNKNOWN_LIMIT_MS if self.limit_ms is None else self.limit_ms
        return now_ms - self.running.accepted_ms > 2 * limit_ms + LOST_AFTER_MS


def note(database: Database, running: Iterable[RunningActivation], *, started_by: str = BY_OTHERS, now_ms: int) -> None:
    """Take in accepted runs, or what is newly known of them. One that has its record already is left out."""
    with database.transaction():
        for one in running:
            if _keep(database, one, started_by, now_ms, _NEWLY_KNOWN):
                add_links(database, links_of_running(one))


def claim(database: Database, running: Iterable[RunningActivation], *, started_by: str, now_ms: int) -> None:
    """Take in runs that we started ourselves; what the platform told of one already is kept."""
    with database.transaction():
        for one in running:
            _keep(database, one, started_by, now_ms, "started_by = excluded.started_by")


_NEWLY_KNOWN = """
    body = excluded.body, started_by = iif(excluded.started_by = '', started_by, excluded.started_by)
"""


def _keep(database: Database, one: RunningActivation, started_by: str, now_ms: int, changes: str) -> bool:
    """`changes`: what becomes of a row that is there. `False` where the run has its record already."""
    key, connection = key_of(one.activation_id), database.connection
    if connection.execute("select 1 from activations where id = ?", [key]).fetchone():
        return False
    connection.execute(
        f"""
        insert into in_flight (id, body, started_by, noted_ms) values (?, ?, ?, ?)
        on conflict do update set {changes}
        """,
        [key, json.dumps(one.to_json()), started_by, now_ms],
    )
    return True


def in_flight(database: Database) -> tuple[InFlight, ...]:
    """All of them, those accepted first in front."""
    rows = database.connection.execute("select body, started_by, noted_ms from in_flight")
    found = [
        InFlight(running=RunningActivation.from_json(json.loads(body)), started_by=started_by, noted_ms=noted_ms)
        for body, started_by, noted_ms in rows
    ]
    return tuple(sorted(found, key=lambda one: (one.running.accepted_ms, one.running.activation_id)))


def stop_waiting(database: Database, activation_ids: Iterable[str]) -> None:
    """Forget that they were accepted; a record that still comes is kept all the same."""
    with database.transaction() as connection:
        connection.executemany("delete from in_flight where id = ?", [[key_of(one)] for one in activation_ids])
