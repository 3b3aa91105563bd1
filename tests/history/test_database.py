"""The file: whose it is, who may read it, what versions, crashes and other processes do to it."""

import signal
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.history.given import failed, firing, of_action, run, sequence
from tui.entities.activation import Activation
from tui.entities.endpoint import Endpoint, Secret
from tui.history import (
    Database,
    Field,
    Filter,
    Term,
    UnusableHistory,
    activations,
    graph,
    groups,
    history_path,
    open_database,
    open_history,
)
from tui.history import database as module
from tui.history.rows import row_of

WRITER = """
import sys
from pathlib import Path
from tests.history.given import run
from tui.history import activations, open_database
database = open_database(Path(sys.argv[1]))
first, count = int(sys.argv[2]), int(sys.argv[3])
for number in range(first, first + count, 10):
    activations.add(database, [run(one) for one in range(number, number + 10)])
    print(number, flush=True)
"""


def writer(path: Path, first: int, count: int) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", WRITER, str(path), str(first), str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def endpoint(url: str, auth: str) -> Endpoint:
    return Endpoint(context="any", url=url, auth=Secret(auth))


def test_two_contexts_that_name_one_account_share_a_history() -> None:
    first = history_path(endpoint("https://Platform.example:443", "user:one"))

    assert first == history_path(endpoint("http://platform.example:3233", "user:two"))
    assert first != history_path(endpoint("https://platform.example", "other:one"))
    assert first != history_path(endpoint("https://elsewhere.example", "user:one"))
    assert "one" not in first.name


@pytest.mark.parametrize("user", ["../../etc/passwd", "a" * 1000, "ü/ß", ""])
def test_no_key_leads_out_of_the_folder_or_makes_a_name_too_long(user: str) -> None:
    path = history_path(endpoint("https://[::1]:3233", f"{user}:secret"))

    assert path.parent == module.history_folder()
    assert len(path.name) < 230


def test_folder_and_files_are_their_owners_alone(database: Database, path: Path) -> None:
    activations.add(database, [run(1)])

    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}


def test_rights_that_were_loosened_are_tightened(database: Database, path: Path) -> None:
    path.chmod(0o644)
    path.parent.chmod(0o755)

    open_database(path).close()

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_newer_versions_file_is_refused_and_left_alone(path: Path) -> None:
    open_database(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("pragma user_version = 99")
    connection.close()

    with pytest.raises(UnusableHistory, match="newer version"):
        open_database(path)


def test_an_older_versions_file_is_brought_up_to_date(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    older = open_database(path)
    activations.add(older, [run(1)])
    older.close()
    tomorrow = path.with_name("step_of_tomorrow.sql")
    tomorrow.write_text("alter table totals add column tomorrow text default 'it is';")
    monkeypatch.setattr(module, "_STEPS", (*module._STEPS, str(tomorrow)))

    newer = open_database(path)

    assert newer.connection.execute("pragma user_version").fetchone() == (len(module._STEPS),)
    assert newer.connection.execute("select tomorrow from totals").fetchone() == ("it is",)
    assert activations.count(newer) == 1
    newer.close()


def test_a_filled_file_of_the_first_version_answers_as_if_this_one_had_filled_it(
    path: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = [
        *(run(number) for number in range(200)),
        *(failed(number) for number in range(200, 260)),
        of_action("other", 300, version="0.0.1"),
        firing(301, f"{1:032x}"),
        sequence(302, f"{2:032x}", f"{3:032x}"),
    ]
    first = path.with_name("first.db")
    fill_as_the_first_version_did(first, records, monkeypatch)
    activations.add(database, records)

    upgraded = open_database(first)

    assert upgraded.connection.execute("pragma user_version").fetchone() == (len(module._STEPS),)
    for wanted in (
        (),
        (Term(Field.SAID, "no such luck"),),
        (Term(Field.SAID, "/no.*luck/", negated=True),),
        (Term(Field.KIND, "nodejs"),),
        (Term(Field.KIND, "sequence"),),
        (Term(Field.ACTION, "other"),),
    ):
        there, here = (ids(one, Filter(terms=wanted)) for one in (upgraded, database))
        assert (there, bool(there)) == (here, True)
    assert activations.count(upgraded) == len(records)
    assert groups.by_message(upgraded) == groups.by_message(database)
    assert activations.add(upgraded, [run(1), run(999)]).new == 1
    upgraded.close()


def ids(database: Database, matching: Filter) -> list[str]:
    return [kept.activation_id for kept in activations.page(database, matching, limit=1000)]


def fill_as_the_first_version_did(path: Path, records: list[Activation], monkeypatch: pytest.MonkeyPatch) -> None:
    """Its table of records has no error, and nobody noted kinds."""
    with monkeypatch.context() as patch:
        patch.setattr(module, "_STEPS", module._STEPS[:1])
        database = open_database(path)
    with database.transaction() as connection:
        for row in map(row_of, records):
            connection.execute(
                "insert or ignore into names (name, is_trigger) values (?, ?)", [row.name, row.is_trigger]
            )
            connection.execute(
                """
                insert into activations
                    (id, start_ms, end_ms, duration_ms, name_id, version, state, init_ms, late_ms, document)
                values (?, ?, ?, ?, (select name_id from names where name = ? and is_trigger = ?), ?, ?, ?, ?, ?)
                """,
                [*row[:4], row.name, row.is_trigger, *row[6:11]],
            )
            connection.execute("update totals set records = records + 1")
        graph.add_links(database, [link for record in records for link in graph.links_of(record)])
    database.close()


def test_what_is_no_database_is_said_to_be_none(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(b"no database at all" * 1000)

    with pytest.raises(UnusableHistory, match=path.name):
        open_database(path)


def test_two_processes_and_this_one_write_at_the_same_time(path: Path) -> None:
    writers = [writer(path, first, 200) for first in (0, 100, 1000)]
    ours = open_database(path)
    for number in range(2000, 2100):
        activations.add(ours, [run(number)])

    assert [one.communicate() and one.returncode for one in writers] == [0, 0, 0]
    assert activations.count(ours) == len(activations.page(ours, limit=1000)) == 300 + 200 + 100
    ours.close()


def test_what_was_taken_in_survives_a_process_that_is_killed(path: Path) -> None:
    one = writer(path, 0, 100_000)
    assert one.stdout is not None
    told = [int(one.stdout.readline()) for _ in range(20)]
    one.send_signal(signal.SIGKILL)
    one.communicate()

    database = open_database(path)

    kept = {int(kept.activation_id, 16) for kept in activations.page(database, limit=100_000)}
    assert kept >= set(range(told[-1] + 10))
    assert activations.count(database) == len(kept)
    assert database.connection.execute("pragma integrity_check").fetchone() == ("ok",)
    database.close()


async def test_an_event_loop_adds_and_reads_without_waiting_for_the_disk(path: Path) -> None:
    async with open_history(path) as history:
        added = await history.add([run(1), run(2)], late_ms={run(1).activation_id: 45_000})
        await history.note_covered(0, 1000)
        await history.note_covered(1001, 2000)
        await history.note_covered(5000, 6000)

        newest, oldest = await history.page()
        assert (added.new, newest.late_ms, oldest.late_ms) == (2, None, 45_000)
        assert await history.covered() == ((5000, 6000), (0, 2000))
        assert await history.count() == 2
