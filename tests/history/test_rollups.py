"""Statistics that need no look at the records, and percentiles of the last runs."""

from tests.history.given import START_MS, failed, firing, of_action, run
from tui.history import Database, Tally, activations, rollups

MINUTE = START_MS // 60_000


def test_runs_are_counted_by_the_minute_of_their_start(database: Database) -> None:
    activations.add(database, [run(0), failed(1), run(70), of_action("other", 71), firing(72)])

    demo = rollups.by_minute(database, since_ms=START_MS, upto_ms=START_MS + 120_000, name="demo/hello")
    assert demo == {
        (START_MS // 60_000): Tally(runs=2, failures=1, cold=2, duration_ms=68),
        (START_MS + 70_000) // 60_000: Tally(runs=1, failures=0, cold=1, duration_ms=34),
    }
    all_actions = rollups.by_minute(database, since_ms=START_MS, upto_ms=START_MS + 120_000)
    assert sum(tally.runs for tally in all_actions.values()) == 4
    assert rollups.by_name(database, is_trigger=True) == {"upload": Tally(runs=1, failures=0, cold=0, duration_ms=0)}


def test_versions_of_an_action_are_told_apart(database: Database) -> None:
    activations.add(database, [run(1), run(2), failed(3, version="0.0.4")])

    by_version = rollups.by_version(database, "demo/hello")

    assert {version: tally.failure_rate for version, tally in by_version.items()} == {"0.0.3": 0.0, "0.0.4": 1.0}
    assert by_version["0.0.3"].cold_rate == 1.0


def test_percentiles_are_those_of_the_runs_that_went_well(database: Database) -> None:
    activations.add(database, [run(number, duration=number) for number in range(1, 101)])
    activations.add(database, [failed(number, duration=10_000) for number in range(101, 200)])

    found = rollups.durations(database, "demo/hello")

    assert found == rollups.Durations(runs=100, p50_ms=50, p95_ms=95, p99_ms=99)
    assert rollups.durations(database, "demo/hello", version="9.9.9") is None


def test_a_repeat_is_not_counted_again(database: Database) -> None:
    activations.add(database, [run(1)])
    activations.add(database, [run(1)])

    assert rollups.by_name(database)["demo/hello"].runs == 1


def test_of_a_version_only_the_time_in_which_it_ran_is_looked_through(database: Database) -> None:
    activations.add(database, [run(number) for number in range(3000)])
    activations.add(
        database, [run(4000, version="0.0.4"), *(run(number, version="0.0.5") for number in range(5000, 8000))]
    )
    steps: list[None] = []
    database.connection.set_progress_handler(lambda: steps.append(None), 1000)

    found = rollups.durations(database, "demo/hello", version="0.0.4")

    assert found is not None
    assert found.runs == 1
    assert len(steps) < 10  # a record takes more than ten steps of SQLite's machine
