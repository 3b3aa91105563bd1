"""The database: one writer, groups that commit together, records that are there at once."""

import asyncio
import sqlite3
import stat
from collections.abc import AsyncIterator
from contextlib import closing
from importlib.resources import files
from pathlib import Path
from sqlite3 import Connection

import orjson
import pytest

from tui.entities.limits import Limits
from tui.runtime.faults import NotKept
from tui.runtime.store import activations, queue, schedules
from tui.runtime.store.activations import Selection
from tui.runtime.store.database import Database, open_database
from tui.runtime.store.queue import Accepted
from tui.runtime.store.records import Origin, Record

ORIGIN = Origin.of_action(
    namespace="guest", subject="guest", path="guest/hello", version="0.0.1", kind="nodejs:20", limits=Limits()
)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with open_database(tmp_path / "runtime.db", durability="crash") as database:
        yield database


def an_id(number: int) -> str:
    return f"{number:032x}"


def a_record(number: int, **changes: object) -> Record:
    values = {
        "activation_id": an_id(number),
        "origin": ORIGIN,
        "start_ms": 1_700_000_000_000 + number,
        "end_ms": 1_700_000_000_005 + number,
        "status_code": 0,
        "result": b'{"greeting":"hello"}',
        "size_bytes": 20,
        "wait_ms": 3,
        "timed_out": False,
    }
    return Record(**(values | changes))  # type: ignore[arg-type]


def a_run(number: int, *, started: bool = False) -> Accepted:
    return Accepted(
        activation_id=an_id(number),
        started=started,
        accepted_ms=1.5,
        snapshot_id=1,
        subject="guest",
        namespace="guest",
        transaction_id="tid",
        arguments=b'{"n":1}',
        context=b"{}",
        trigger_id=an_id(99),
    )


async def queued(database: Database) -> list[Accepted]:
    return await database.read(queue.load_all)


async def test_accepted_work_is_on_disk_when_its_future_is_done(database: Database, tmp_path: Path) -> None:
    await database.writer.accept([a_run(1), a_run(2, started=True)])

    other = sqlite3.connect(tmp_path / "runtime.db")
    rows = other.execute("select state from queue order by row").fetchall()
    other.close()
    assert rows == [(0,), (1,)]
    assert await queued(database) == [a_run(1), a_run(2, started=True)]


async def test_work_that_waits_at_the_same_time_shares_a_commit(database: Database) -> None:
    await asyncio.gather(*(database.writer.accept([a_run(number)]) for number in range(200)))

    assert database.writer.groups < 20
    assert len(await queued(database)) == 200


async def test_a_mark_is_durable_before_its_callback(database: Database) -> None:
    await database.writer.accept([a_run(1)])
    marked = asyncio.Event()

    database.writer.mark_started(an_id(1), marked.set)
    await marked.wait()

    (run,) = await queued(database)
    assert run.started


async def test_a_finished_record_can_be_read_at_once_and_ends_its_row(database: Database) -> None:
    await database.writer.accept([a_run(1)])
    record = a_record(1)

    database.writer.finish(record)

    assert database.find_record(an_id(1)) is record
    await database.writer.flush()
    assert database.writer.unwritten(an_id(1)) is None
    assert database.find_record(an_id(1)) == record
    assert await queued(database) == []


async def test_a_quick_result_spares_the_row_of_a_blocking_call(database: Database) -> None:
    database.writer.accept_unawaited(a_run(1))
    database.writer.finish(a_record(1))

    await database.writer.flush()

    assert await queued(database) == []
    assert database.find_record(an_id(1)) is not None


async def test_finished_records_are_committed_without_anybody_asking(database: Database, tmp_path: Path) -> None:
    database.writer.finish(a_record(1))

    async with asyncio.timeout(5):
        while database.writer.unwritten(an_id(1)) is not None:  # noqa: ASYNC110  (nobody is told of this commit)
            await asyncio.sleep(0.005)

    assert database.look_up(lambda connection: activations.find(connection, an_id(1))) is not None


async def test_work_that_others_wait_for_does_not_hold_up_a_record_for_ever(database: Database) -> None:
    database.writer.finish(a_record(1))

    async with asyncio.timeout(5):
        number = 2
        while database.writer.unwritten(an_id(1)) is not None:
            await database.writer.accept([a_run(number)])
            assert database.find_record(an_id(1)) is not None
            number += 1

    assert database.look_up(lambda connection: activations.find(connection, an_id(1))) is not None


async def test_what_a_function_raises_undoes_it_alone(database: Database) -> None:
    def fail(connection: Connection) -> None:
        queue.insert(connection, [a_run(1)])
        raise LookupError("not this one")

    failing = database.writer.call(fail)
    fitting = database.writer.call(lambda connection: queue.insert(connection, [a_run(2)]))

    with pytest.raises(LookupError, match="not this one"):
        await failing
    await fitting
    assert await queued(database) == [a_run(2)]


async def test_everything_is_committed_before_the_database_closes(tmp_path: Path) -> None:
    async with open_database(tmp_path / "runtime.db", durability="power-loss") as database:
        for number in range(1000):
            database.writer.finish(a_record(number))

    async with open_database(tmp_path / "runtime.db", durability="crash") as database:
        assert await database.read(lambda c: activations.count(c, Selection(namespace="guest"))) == 1000


async def test_a_disk_that_is_full_refuses_new_work_and_keeps_what_was_finished(database: Database) -> None:
    def bound(pages: int) -> "asyncio.Future[object]":
        return database.writer.call(lambda connection: connection.execute(f"pragma max_page_count = {pages}"))

    await bound(1)
    fired = a_record(3, end_ms=None)
    big = b'{"x":"' + b"y" * 1_000_000 + b'"}'
    with pytest.raises(NotKept):
        await database.writer.accept([a_run(1)._replace(arguments=big)], fired)
    assert database.find_record(an_id(3)) is None
    database.writer.finish(a_record(2, result=big))
    with pytest.raises(NotKept):
        await database.writer.flush()
    assert database.find_record(an_id(2)) is not None

    await bound(1_000_000)
    async with asyncio.timeout(20):
        await database.writer.flush()
        while database.writer.unwritten(an_id(2)) is not None:  # noqa: ASYNC110  (nobody is told of this commit)
            await asyncio.sleep(0.01)

    assert await queued(database) == []
    assert database.look_up(lambda connection: activations.find(connection, an_id(2))) is not None


async def test_records_print_what_they_were_made_of(database: Database) -> None:
    record = a_record(1, init_ms=20, cause=an_id(7), logs=b'["a"]', result=b'{"exact":1.0e5}')
    database.writer.finish(record)
    await database.writer.flush()

    stored = database.look_up(lambda connection: activations.find(connection, an_id(1)))

    assert stored == record
    document = record.document()
    assert b'{"exact":1.0e5}' in document
    assert orjson.loads(document) == {
        "namespace": "guest",
        "name": "hello",
        "version": "0.0.1",
        "subject": "guest",
        "publish": False,
        "activationId": an_id(1),
        "start": 1_700_000_000_001,
        "end": 1_700_000_000_006,
        "duration": 5,
        "cause": an_id(7),
        "response": {"status": "success", "success": True, "size": 20, "result": {"exact": 100000.0}},
        "logs": ["a"],
        "annotations": [
            {"key": "limits", "value": {"timeout": 60000, "memory": 256, "logs": 10, "concurrency": 1}},
            {"key": "path", "value": "guest/hello"},
            {"key": "kind", "value": "nodejs:20"},
            {"key": "timeout", "value": False},
            {"key": "waitTime", "value": 3},
            {"key": "initTime", "value": 20},
            {"key": "causedBy", "value": "sequence"},
        ],
    }


async def test_a_small_record_takes_little_room(tmp_path: Path) -> None:
    count = 20_000
    async with open_database(tmp_path / "runtime.db", durability="crash") as database:
        for number in range(count):
            database.writer.finish(a_record(number, logs=b'["2023-11-14T22:13:20.012345Z    stdout: hello"]'))

    assert (tmp_path / "runtime.db").stat().st_size / count < 300


async def test_a_list_uses_an_index_whatever_it_filters_by(database: Database) -> None:
    database.writer.finish(a_record(1))
    await database.writer.flush()

    def explain(connection: Connection) -> list[str]:
        plans = []
        connection.set_trace_callback(plans.append)
        for name in (None, "hello"):
            activations.recent(connection, Selection(namespace="guest", name=name, since_ms=5), full=True)
        connection.set_trace_callback(None)
        lists = [sql for sql in plans if "order by" in sql]
        return [row[3] for sql in lists for row in connection.execute(f"explain query plan {sql}")]

    plan = await database.read(explain)

    assert not [step for step in plan if "TEMP B-TREE" in step or step.startswith("SCAN")]
    assert any("activations_listed" in step for step in plan)
    assert any("activations_of_stream" in step for step in plan)


async def test_a_database_of_the_first_version_is_brought_up_to_date_with_what_is_in_it(tmp_path: Path) -> None:
    path = tmp_path / "runtime.db"
    first = files("tui.runtime.store").joinpath("schema.sql").read_text(encoding="utf-8")
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(f"{first}; insert into streams values (7, 'guest', 'hello'); pragma user_version = 1;")

    async with open_database(path, durability="crash") as database:
        kept = await database.read(lambda reading: reading.execute("select * from streams").fetchall())
        due = await database.read(schedules.find_next_ms)

    assert kept == [(7, "guest", "hello")]
    assert due is None


async def test_the_files_of_the_database_are_their_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "runtime.db"
    path.touch(mode=0o644)

    async with open_database(path, durability="crash"):
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}

    assert modes == {"runtime.db": 0o600, "runtime.db-wal": 0o600, "runtime.db-shm": 0o600}
