"""Accepted runs without a record, as they are found after a restart."""

from pathlib import Path

from tests.history.given import run
from tui.entities.activation import State
from tui.entities.limits import Limits
from tui.entities.live import RunningActivation
from tui.history import Database, InFlight, activations, inflight, open_database

MINUTE_MS = 60_000
_MINUTE = Limits()


def accepted(number: int = 1, *, limits: Limits | None = _MINUTE, state: State = State.QUEUED) -> RunningActivation:
    return RunningActivation(
        activation_id=f"{number:032x}",
        entity="guest/demo/hello",
        kind="nodejs:20",
        state=state,
        accepted_ms=1000 * number,
        started_ms=None if state is State.QUEUED else 1000 * number + 500,
        limits=limits,
    )


def test_a_run_of_ours_survives_a_restart_and_leaves_when_its_record_comes(database: Database, path: Path) -> None:
    inflight.note(database, [accepted(2), accepted(1)], started_by="fire", now_ms=5000)
    database.close()

    again = open_database(path)
    assert [one.running for one in inflight.in_flight(again)] == [accepted(1), accepted(2)]
    assert {one.started_by for one in inflight.in_flight(again)} == {"fire"}

    activations.add(again, [run(1)])
    assert [one.running for one in inflight.in_flight(again)] == [accepted(2)]
    again.close()


def test_what_is_newly_known_does_not_forget_who_started_it(database: Database) -> None:
    inflight.note(database, [accepted()], started_by="invoke", now_ms=1)
    inflight.note(database, [accepted(state=State.RUNNING)], now_ms=2)

    (one,) = inflight.in_flight(database)
    assert (one.running.state, one.started_by, one.noted_ms) == (State.RUNNING, "invoke", 1)


def test_a_run_whose_record_is_there_is_not_in_flight(database: Database) -> None:
    activations.add(database, [run(1)])

    inflight.note(database, [accepted(1)], now_ms=1)

    assert inflight.in_flight(database) == ()


def test_who_stops_waiting_still_gets_the_record(database: Database) -> None:
    inflight.note(database, [accepted(1), accepted(2)], now_ms=1)

    inflight.stop_waiting(database, [accepted(1).activation_id])
    assert [one.running for one in inflight.in_flight(database)] == [accepted(2)]

    assert activations.add(database, [run(1)]).new == 1


def test_overdue_is_beyond_the_limit_and_lost_ten_minutes_after_twice_the_limit() -> None:
    one = InFlight(running=accepted(0, state=State.RUNNING))

    assert not one.is_overdue(MINUTE_MS)
    assert one.is_overdue(MINUTE_MS + 501)
    assert not one.is_lost(12 * MINUTE_MS)
    assert one.is_lost(12 * MINUTE_MS + 1)


def test_where_the_limit_is_unknown_nothing_is_overdue_and_lost_only_beyond_any_platforms_limit() -> None:
    one = InFlight(running=accepted(0, limits=None))

    assert not one.is_overdue(100 * MINUTE_MS)
    assert not one.is_lost(360 * MINUTE_MS)
    assert one.is_lost(371 * MINUTE_MS)
