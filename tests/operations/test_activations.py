"""Runs: waited for, found by a part of their id, their logs followed."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from tests.operations.given import FAILING, SLEEPER, given_action
from tui.client.errors import Conflict, NotFound
from tui.entities.activation import LogLine, State
from tui.errors import UsageError
from tui.operations import Operations
from tui.operations.activations import ActivationOperations, WaitTimeout

UNKNOWN = "00000000000000000000000000000000"


@pytest.fixture(params=["live", "polling"])
async def activations(operations: Operations, request: pytest.FixtureRequest) -> ActivationOperations:
    """With and without the live capability, on the same platform."""
    return ActivationOperations(operations.client, live=request.param == "live")


def texts(lines: tuple[str, ...]) -> list[str]:
    return [LogLine.parse(line).text for line in lines]


async def test_a_wait_ends_with_the_record(
    operations: Operations, activations: ActivationOperations, name: str
) -> None:
    await given_action(operations, name, SLEEPER)
    invoked = await operations.actions.invoke(name, {"lines": 5})

    record = await activations.wait(invoked.activation_id, timeout_s=30)

    assert (record.activation_id, record.state) == (invoked.activation_id, State.SUCCESS)
    assert texts(record.logs) == [f"line {number}" for number in range(5)]


async def test_a_wait_for_what_has_ended_ends_at_once(
    operations: Operations, activations: ActivationOperations, name: str
) -> None:
    await given_action(operations, name, FAILING)
    invoked = await operations.actions.invoke(name, {}, blocking=True)

    assert (await activations.wait(invoked.activation_id, timeout_s=10)).state is State.APPLICATION_ERROR


async def test_a_wait_that_takes_too_long_is_told_and_the_run_goes_on(
    operations: Operations, activations: ActivationOperations, name: str
) -> None:
    await given_action(operations, name, SLEEPER)
    invoked = await operations.actions.invoke(name, {"lines": 10})

    with pytest.raises(WaitTimeout) as caught:
        await activations.wait(invoked.activation_id, timeout_s=0.3)

    assert caught.value.exit_code == 124
    assert (await activations.wait(invoked.activation_id, timeout_s=30)).state is State.SUCCESS


async def test_waiting_for_an_unknown_id_ends_at_once_where_the_platform_knows(operations: Operations) -> None:
    started = time.monotonic()

    with pytest.raises(NotFound):
        await operations.activations.wait(UNKNOWN, timeout_s=30)

    assert time.monotonic() - started < 5


async def test_many_waits_at_once_all_end(operations: Operations, name: str) -> None:
    await given_action(operations, name, SLEEPER)
    started = [await operations.actions.invoke(name, {"lines": number % 4}) for number in range(12)]

    records = await asyncio.gather(*(operations.activations.wait(one.activation_id, timeout_s=60) for one in started))

    assert [record.activation_id for record in records] == [one.activation_id for one in started]


async def test_a_run_without_a_record_is_said_to_be_running(operations: Operations, name: str) -> None:
    await given_action(operations, name, SLEEPER)
    invoked = await operations.actions.invoke(name, {"lines": 10})

    for ask in (operations.activations.get, operations.activations.logs, operations.activations.result):
        with pytest.raises(NotFound, match="is still running"):
            await ask(invoked.activation_id)

    assert invoked.activation_id in {one.activation_id for one in await operations.activations.running()}
    await operations.activations.wait(invoked.activation_id, timeout_s=30)


async def test_elsewhere_it_is_said_that_nobody_knows(operations: Operations) -> None:
    activations = ActivationOperations(operations.client, live=False)

    with pytest.raises(NotFound) as caught:
        await activations.get(UNKNOWN)

    assert "may still be running" in caught.value.hint
    assert await activations.running() == ()


async def test_an_id_may_be_shortened(operations: Operations, name: str) -> None:
    await given_action(operations, name)
    invoked = await operations.actions.invoke(name, {}, blocking=True)

    found = await operations.activations.find(invoked.activation_id[:31].upper())

    assert found.activation_id == invoked.activation_id


async def test_the_id_of_a_running_run_may_be_shortened_too(operations: Operations, name: str) -> None:
    await given_action(operations, name, SLEEPER)
    invoked = await operations.actions.invoke(name, {"lines": 10})

    assert await operations.activations.find_id(invoked.activation_id[:31]) == invoked.activation_id

    await operations.activations.wait(invoked.activation_id, timeout_s=30)


async def test_a_short_id_that_fits_several_is_refused(operations: Operations, name: str) -> None:
    await given_action(operations, name)
    ids = [(await operations.actions.invoke(name, {}, blocking=True)).activation_id for _ in range(17)]
    shared = next(one[0] for one in ids if sum(other[0] == one[0] for other in ids) > 1)

    with pytest.raises(UsageError, match=f"{shared} could be any of"):
        await operations.activations.find(shared)


@pytest.mark.parametrize("text", ["", "my-worker", "../x", "0" * 33])
async def test_what_cannot_be_an_id_is_refused(operations: Operations, text: str) -> None:
    with pytest.raises(UsageError, match="is no activation id"):
        await operations.activations.find(text)


async def collect(batches: AsyncIterator[tuple[str, ...]]) -> list[list[str]]:
    return [texts(batch) async for batch in batches]


async def test_logs_are_followed_line_by_line_until_the_run_ends(operations: Operations, name: str) -> None:
    await given_action(operations, name, SLEEPER)
    invoked = await operations.actions.invoke(name, {"lines": 8, "pause_s": 0.2})

    batches = await collect(operations.activations.follow_logs(invoked.activation_id))

    assert [line for batch in batches for line in batch] == [f"line {number}" for number in range(8)]
    assert len([batch for batch in batches if batch]) > 2  # they came while it ran, not all at its end


async def test_whoever_follows_late_gets_the_lines_of_before_first(operations: Operations, name: str) -> None:
    await given_action(operations, name, SLEEPER)
    invoked = await operations.actions.invoke(name, {"lines": 4, "pause_s": 0.3})
    while True:
        if len((await operations.client.live.logs(invoked.activation_id)).lines) >= 2:
            break
        await asyncio.sleep(0.02)

    batches = await collect(operations.activations.follow_logs(invoked.activation_id))

    assert batches[0][:2] == ["line 0", "line 1"]
    assert [line for batch in batches for line in batch] == [f"line {number}" for number in range(4)]


async def test_a_run_is_cancelled_and_its_record_says_so(operations: Operations, name: str) -> None:
    await given_action(operations, name, SLEEPER)
    invoked = await operations.actions.invoke(name, {"lines": 1000})

    cancelled = await operations.activations.cancel(invoked.activation_id)

    assert cancelled == (invoked.activation_id,)
    assert (await operations.activations.wait(invoked.activation_id)).state is State.CANCELLED
    with pytest.raises(Conflict, match="has ended already"):
        await operations.activations.cancel(invoked.activation_id)


async def test_what_another_platform_cannot_cancel_is_refused(operations: Operations) -> None:
    activations = ActivationOperations(operations.client, live=False)

    with pytest.raises(UsageError, match="cannot cancel"):
        await activations.cancel("0" * 32)


async def test_elsewhere_logs_come_with_the_record(operations: Operations, name: str) -> None:
    await given_action(operations, name, SLEEPER)
    invoked = await operations.actions.invoke(name, {"lines": 3})

    activations = ActivationOperations(operations.client, live=False)

    assert await collect(activations.follow_logs(invoked.activation_id)) == [["line 0", "line 1", "line 2"]]


async def test_logs_of_a_run_that_has_ended_are_followed_to_their_end_at_once(
    operations: Operations, activations: ActivationOperations, name: str
) -> None:
    await given_action(operations, name, SLEEPER)
    invoked = await operations.actions.invoke(name, {"lines": 2}, blocking=True)

    assert await collect(activations.follow_logs(invoked.activation_id)) == [["line 0", "line 1"]]


async def test_records_are_listed_by_name_and_time(operations: Operations, name: str) -> None:
    await given_action(operations, name)
    first = await operations.actions.invoke(name, {"n": 1}, blocking=True)
    second = await operations.actions.invoke(name, {"n": 2}, blocking=True)
    assert second.activation is not None

    newest_first = await operations.activations.list(name=name, docs=True)
    later = await operations.activations.list(name=name, since_ms=second.activation.start_ms)

    assert [one.activation_id for one in newest_first] == [second.activation_id, first.activation_id]
    assert second.activation_id in {one.activation_id for one in later}
    assert newest_first[0].response is not None
    assert later[0].response is None
