"""How long activations are kept: by age, number and size, in steps that hold nobody up."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tests.running import running_runtime
from tests.runtime.serving import configure, eventually, talking_to
from tests.runtime.test_store import ORIGIN, a_record
from tui.config import RuntimeSettings
from tui.runtime.controller.retention import Retention
from tui.runtime.store import activations
from tui.runtime.store.activations import Selection
from tui.runtime.store.database import Database, open_database
from tui.runtime.store.pruning import STEP

NOW_MS = 1_700_000_000_000
DAY_MS = 24 * 60 * 60 * 1000
UNBOUNDED = RuntimeSettings(retention_days=None, retention_count=None, retention_mb=None)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with open_database(tmp_path / "runtime.db", durability="crash") as database:
        yield database


async def prune(database: Database, **bounds: int) -> int:
    retention = Retention(database, replace(UNBOUNDED, **bounds), clock_ms=lambda: NOW_MS)
    return await retention.prune()


async def kept(database: Database, namespace: str = "guest") -> list[int]:
    """Starts, newest first, in milliseconds from now."""
    await database.settle()
    selection = Selection(namespace=namespace, limit=100_000)
    records = await database.read(lambda connection: activations.recent(connection, selection, full=False))
    return [record.start_ms - NOW_MS for record in records]


async def test_without_bounds_everything_stays(database: Database) -> None:
    database.writer.finish(a_record(1, start_ms=1, end_ms=2))

    assert await prune(database) == 0
    assert len(await kept(database)) == 1


async def test_what_started_too_long_ago_goes(database: Database) -> None:
    for number, age_ms in enumerate((8 * DAY_MS, 7 * DAY_MS + 1, 7 * DAY_MS, 0)):
        database.writer.finish(a_record(number, start_ms=NOW_MS - age_ms, end_ms=NOW_MS))
    elsewhere = replace(ORIGIN, namespace="other")
    database.writer.finish(a_record(9, origin=elsewhere, start_ms=NOW_MS - 30 * DAY_MS, end_ms=NOW_MS))
    await database.settle()

    assert await prune(database, retention_days=7) == 3

    assert await kept(database) == [0, -7 * DAY_MS]
    assert await kept(database, "other") == []


async def test_of_too_many_the_first_go_and_no_more_than_needed(database: Database) -> None:
    number = 2 * STEP + 7
    for each in range(number):
        database.writer.finish(a_record(each))
    await database.settle()

    assert await prune(database, retention_count=3) == number - 3

    assert await kept(database) == [number - 1, number - 2, number - 3]
    assert await prune(database, retention_count=3) == 0


async def test_what_takes_too_much_room_goes_until_it_fits(database: Database) -> None:
    for number in range(3000):
        database.writer.finish(a_record(number, result=b'{"text":"%b"}' % (b"x" * 2000)))
    await database.settle()

    removed = await prune(database, retention_mb=3)

    assert removed % STEP == 0
    assert 500 <= len(await kept(database)) == 3000 - removed <= 1500
    assert await prune(database, retention_mb=3) == 0


async def test_no_step_removes_more_than_its_rows(database: Database) -> None:
    for number in range(STEP * 3):
        database.writer.finish(a_record(number))
    await database.settle()
    before = database.writer.groups

    await prune(database, retention_count=STEP)

    assert database.writer.groups - before == 2


async def test_power_loss_durability_waits_for_the_disk_and_crash_durability_does_not(tmp_path: Path) -> None:
    for durability, expected in (("crash", 1), ("power-loss", 2)):
        async with open_database(tmp_path / f"{durability}.db", durability=durability) as database:
            synchronous = await database.write(lambda connection: connection.execute("pragma synchronous").fetchone())

        assert synchronous == (expected,)


def test_a_runtime_prunes_by_itself(tmp_path: Path) -> None:
    with running_runtime(tmp_path) as running, talking_to(running) as platform:
        name = platform.given_action("kept")
        for number in range(8):
            platform.invoke(name, {"n": number})
    configure(tmp_path, retention_count=3)

    with running_runtime(tmp_path) as running, talking_to(running) as platform:
        results = eventually(lambda: _at_most(3, platform.rest("GET", "activations?docs=true").json()))

    assert [each["response"]["result"]["n"] for each in results] == [7, 6, 5]


def _at_most(number: int, records: list[Any]) -> list[Any] | None:
    return records if len(records) <= number else None
