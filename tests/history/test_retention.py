"""The oldest go first, in small steps, and what hung on them goes with them."""

from tests.history.given import START_MS, firing, run
from tui.config import HistorySettings
from tui.history import Database, activations, graph, retention, rollups

DAY_MS = 86_400_000
UNBOUNDED = HistorySettings(retention_days=None, retention_count=None, retention_mb=None)


def kept(database: Database) -> list[int]:
    return [int(one.activation_id, 16) for one in activations.page(database, limit=10_000)]


def prune(database: Database, settings: HistorySettings, now_ms: int = START_MS) -> list[int]:
    return list(retention.prune(database, settings, now_ms=now_ms))


def test_without_bounds_nothing_goes(database: Database) -> None:
    activations.add(database, [run(1)])

    assert prune(database, UNBOUNDED, now_ms=START_MS + 10_000 * DAY_MS) == []


def test_what_is_too_old_goes(database: Database) -> None:
    activations.add(database, [run(1), run(2), run(3)])

    prune(database, HistorySettings(retention_days=1), now_ms=START_MS + DAY_MS + 3000)

    assert kept(database) == [3]
    assert activations.count(database) == 1


def test_what_is_too_many_goes_oldest_first_in_steps(database: Database) -> None:
    activations.add(database, [run(number) for number in range(2000)])

    steps = prune(database, HistorySettings(retention_count=700, retention_days=None))

    assert kept(database) == list(range(1999, 1299, -1))
    assert sum(steps) == 1300
    assert max(steps) == retention.STEP


def test_what_takes_too_much_space_goes_and_the_file_shrinks(database: Database) -> None:
    import random

    noise = random.Random(1)
    activations.add(database, [run(number, logs=[noise.randbytes(4000).hex()]) for number in range(1000)])
    before = retention.used_bytes(database)
    assert before > 1_500_000

    prune(database, HistorySettings(retention_mb=1, retention_days=None))

    assert retention.used_bytes(database) <= 1_000_000
    assert database.connection.execute("pragma freelist_count").fetchone()[0] == 0
    assert kept(database)[0] == 999


def test_links_and_counts_go_with_their_records(database: Database) -> None:
    activations.add(database, [firing(1, f"{2:032x}"), run(2), run(500)])

    prune(database, HistorySettings(retention_count=1, retention_days=None))

    assert graph.parents(database, [f"{2:032x}"]) == {}
    assert rollups.by_name(database, is_trigger=True) == {}
    assert rollups.by_name(database)["demo/hello"].runs == 1
