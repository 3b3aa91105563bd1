"""The activation feed: every finished activation once, whatever becomes of the connection."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from pathlib import Path

import httpx
import pytest

from tests.client.platform import client_of, failure
from tests.entities.recorded import recorded
from tests.operations.given import ECHO, SLEEPER, given_action, given_rule
from tests.running import running_runtime
from tui.client import ServerClock, open_client
from tui.client.errors import Unauthorized
from tui.entities.activation import Activation, LogLine, State, is_activation_id
from tui.entities.endpoint import Endpoint, Secret
from tui.entities.limits import ADOBE_BOUNDS
from tui.entities.live import RunningActivation
from tui.operations import Operations, open_operations
from tui.operations.activation_feed import SLACK_MS, ActivationFeed
from tui.operations.feed_batch import COLLECTIONS, FeedBatch, LinkState

PATIENCE_S = 30


class Told:
    """All that a feed told, and how to wait for more of it."""

    def __init__(self, batches: AsyncIterator[FeedBatch]) -> None:
        self._batches = batches
        self.batches: list[FeedBatch] = []

    async def until(self, condition: Callable[["Told"], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not condition(self):
                self.batches.append(await anext(self._batches))

    @property
    def last(self) -> FeedBatch:
        return self.batches[-1]

    @property
    def finished(self) -> list[Activation]:
        return [record for batch in self.batches for record in batch.finished]

    @property
    def running(self) -> list[RunningActivation]:
        return [one for batch in self.batches for one in batch.running]

    @property
    def changed(self) -> set[str]:
        return {collection for batch in self.batches for collection in batch.entities_changed}

    def states(self, activation_id: str) -> list[State]:
        return [one.state for one in self.running if one.activation_id == activation_id]

    def lines(self, activation_id: str) -> list[str]:
        of_run = [lines for batch in self.batches for key, lines in batch.logs if key == activation_id]
        return [LogLine.parse(line).text for lines in of_run for line in lines]

    def has(self, *activation_ids: str) -> bool:
        return set(activation_ids) <= {record.activation_id for record in self.finished}


@pytest.fixture
async def told(operations: Operations) -> AsyncIterator[Told]:
    """A feed that has connected."""
    async with aclosing(operations.activation_feed().batches()) as batches:
        told = Told(batches)
        await told.until(lambda told: bool(told.batches))
        yield told


def polling(operations: Operations, *, since_ms: int | None = None) -> ActivationFeed:
    """A feed that does not use what only the local runtime tells."""
    return ActivationFeed(
        operations.client, live=False, since_ms=since_ms, bounds=ADOBE_BOUNDS, poll_min_s=0.1, poll_max_s=0.2
    )


async def test_a_run_is_told_as_it_is_accepted_runs_prints_and_ends(
    operations: Operations, told: Told, name: str
) -> None:
    await given_action(operations, name, SLEEPER)

    run_id = (await operations.actions.invoke(name, {"lines": 4})).activation_id
    await told.until(lambda told: told.has(run_id))

    states = told.states(run_id)
    assert states[-1] is State.RUNNING
    assert states in ([State.QUEUED, State.RUNNING], [State.RUNNING])
    assert told.lines(run_id)[0] == "line 0"
    (record,) = [one for one in told.finished if one.activation_id == run_id]
    assert (record.entity_name, record.state, len(record.logs)) == (name, State.SUCCESS, 4)
    assert record.response is not None
    assert record.response.result == {"slept": True}
    assert {batch.link for batch in told.batches} == {LinkState.LIVE}


async def test_a_firing_is_told_and_its_run_names_it(operations: Operations, told: Told, name: str) -> None:
    await given_action(operations, name, SLEEPER)
    await given_rule(operations, f"{name}-rule", trigger=f"{name}-trigger", action=name)

    fired = await operations.triggers.fire(f"{name}-trigger", {"lines": 2})
    assert fired is not None
    await told.until(lambda told: told.has(fired.activation_id))
    (firing,) = [record for record in told.finished if record.activation_id == fired.activation_id]
    (outcome,) = firing.rule_outcomes()
    assert outcome.activation_id is not None
    run_id = outcome.activation_id
    await told.until(lambda told: told.has(run_id))

    assert firing.state is State.FIRED
    assert {one.trigger_activation_id for one in told.running if one.activation_id == run_id} == {fired.activation_id}


async def test_every_one_of_many_is_told_once(operations: Operations, told: Told, name: str) -> None:
    await given_action(operations, name, ECHO)

    started = await asyncio.gather(*(operations.actions.invoke(name, {"n": number}) for number in range(300)))
    await told.until(lambda told: told.has(*(one.activation_id for one in started)))

    ids = [record.activation_id for record in told.finished]
    assert len(ids) == len(set(ids))


async def test_changed_entities_are_told_by_collection(operations: Operations, told: Told, name: str) -> None:
    await given_action(operations, name)
    await given_rule(operations, f"{name}-rule", trigger=f"{name}-trigger", action=name)
    await operations.rules.disable(f"{name}-rule")

    await told.until(lambda told: told.changed >= {"actions", "triggers", "rules"})

    assert told.changed <= COLLECTIONS


async def test_what_ended_before_and_what_runs_already_comes_first(operations: Operations, name: str) -> None:
    await given_action(operations, name, SLEEPER)
    ended = await operations.actions.invoke(name, {"lines": 0}, blocking=True)
    open_id = (await operations.actions.invoke(name, {"lines": 8})).activation_id

    async with aclosing(operations.activation_feed().batches()) as batches:
        told = Told(batches)
        await told.until(lambda told: bool(told.batches))

        assert told.has(ended.activation_id)
        assert told.states(open_id)
        assert told.last.is_connected
        assert told.last.entities_changed == frozenset()
        await told.until(lambda told: told.has(open_id))


async def test_the_beginning_may_be_chosen_and_coverage_says_so(operations: Operations, name: str) -> None:
    await given_action(operations, name)
    before = await operations.actions.invoke(name, {}, blocking=True)
    await asyncio.sleep(0.01)  # the next start has to fall into a later millisecond
    after = await operations.actions.invoke(name, {}, blocking=True)
    assert after.activation is not None
    since_ms = after.activation.start_ms

    for feed in (operations.activation_feed(since_ms=since_ms), polling(operations, since_ms=since_ms)):
        async with aclosing(feed.batches()) as batches:
            told = Told(batches)
            await told.until(lambda told: bool(told.batches))

        assert told.has(after.activation_id)
        assert not told.has(before.activation_id)
        assert told.last.complete_since_ms == since_ms


async def test_without_events_it_is_asked_often_and_each_record_comes_once(operations: Operations, name: str) -> None:
    await given_action(operations, name, SLEEPER)
    feed = polling(operations)
    async with aclosing(feed.batches()) as batches:
        told = Told(batches)
        await told.until(lambda told: bool(told.batches))
        run_id = (await operations.actions.invoke(name, {"lines": 5})).activation_id

        feed.note_accepted(run_id, f"{operations.endpoint.namespace}/{name}")
        await told.until(lambda told: told.has(run_id))

    assert told.states(run_id) == [State.RUNNING]
    ids = [record.activation_id for record in told.finished]
    assert len(ids) == len(set(ids))
    assert {batch.link for batch in told.batches} == {LinkState.POLLING}


async def test_without_events_a_long_run_that_ends_after_short_ones_is_not_lost(
    operations: Operations, name: str
) -> None:
    await given_action(operations, name, SLEEPER)
    async with aclosing(polling(operations).batches()) as batches:
        told = Told(batches)
        long_id = (await operations.actions.invoke(name, {"lines": 10, "pause_s": 0.15})).activation_id
        short = [await operations.actions.invoke(name, {"lines": 0}, blocking=True) for _ in range(3)]
        await told.until(lambda told: told.has(*(one.activation_id for one in short)))
        assert not told.has(long_id)

        await told.until(lambda told: told.has(long_id))


async def test_without_events_the_runs_behind_a_firing_are_in_flight(operations: Operations, name: str) -> None:
    await given_action(operations, name, SLEEPER)
    await given_rule(operations, f"{name}-rule", trigger=f"{name}-trigger", action=name)
    async with aclosing(polling(operations).batches()) as batches:
        told = Told(batches)
        fired = await operations.triggers.fire(f"{name}-trigger", {"lines": 6})
        assert fired is not None
        await told.until(lambda told: told.has(fired.activation_id))

        (one,) = [one for one in told.running if one.trigger_activation_id == fired.activation_id]
        assert one.entity == f"{operations.endpoint.namespace}/{name}"
        await told.until(lambda told: told.has(one.activation_id))


async def test_a_restart_of_the_runtime_is_told_and_leaves_no_gap(tmp_path: Path) -> None:
    async with asyncio.timeout(2 * PATIENCE_S):
        with running_runtime(tmp_path) as first:
            port = first.url.rpartition(":")[2]
            async with open_operations(first.endpoint) as operations:
                await given_action(operations, "echo", ECHO)
                async with aclosing(operations.activation_feed().batches()) as batches:
                    told = Told(batches)
                    before = await operations.actions.invoke("echo", {}, blocking=True)
                    await told.until(lambda told: told.has(before.activation_id))

                    first.process.terminate()
                    await told.until(lambda told: told.last.link is LinkState.RECONNECTING)
                    assert told.last.retry_in_s is not None
                    await asyncio.to_thread(first.process.wait)

                    with running_runtime(tmp_path, "--port", port):
                        meanwhile = await operations.actions.invoke("echo", {}, blocking=True)
                        await told.until(lambda told: told.has(meanwhile.activation_id))
                        assert told.last.link is LinkState.LIVE
                        assert told.changed == COLLECTIONS
                        ids = [record.activation_id for record in told.finished]
                        assert ids.count(before.activation_id) == 1


async def test_a_platform_that_is_away_is_offline_and_asked_ever_more_rarely(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []

    async def no_time(pause_s: float) -> None:
        pauses.append(pause_s)

    monkeypatch.setattr("tui.client.client._RETRY_PAUSES_S", ())
    async with client_of(lambda _: failure(503, "busy")) as client:
        feed = ActivationFeed(client, live=True, bounds=ADOBE_BOUNDS)
        monkeypatch.setattr(feed, "_pause", no_time)
        async with aclosing(feed.batches()) as batches:
            told = Told(batches)
            await told.until(lambda told: len(told.batches) == 10)

    links = [batch.link for batch in told.batches]
    assert links[0] is LinkState.RECONNECTING
    assert links[-1] is LinkState.OFFLINE
    assert pauses[0] < 1
    assert 10 < pauses[-1] < 20
    assert told.last.complete_since_ms is None


async def test_a_key_that_is_no_longer_good_ends_the_feed() -> None:
    async with client_of(lambda _: failure(401, "no")) as client:
        for live in (True, False):
            with pytest.raises(Unauthorized):
                async with aclosing(ActivationFeed(client, live=live, bounds=ADOBE_BOUNDS).batches()) as batches:
                    await anext(batches)


async def test_an_idle_platform_is_asked_at_most_forty_times_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    elapsed_s = 0.0

    def idle(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return httpx.Response(200, json=[])

    async def time_passes(pause_s: float) -> None:
        nonlocal elapsed_s
        elapsed_s += pause_s

    async with client_of(idle) as client:
        feed = ActivationFeed(client, live=False, bounds=ADOBE_BOUNDS)
        monkeypatch.setattr(feed, "_pause", time_passes)
        async with aclosing(feed.batches()) as batches:
            while elapsed_s < 60:
                await anext(batches)

    assert 2 < len(asked) <= 40


class Chunks(httpx.AsyncByteStream):
    """An answer that comes in these pieces."""

    def __init__(self, *chunks: bytes) -> None:
        self._chunks = chunks

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self._chunks:
            yield chunk


async def test_who_reads_slowly_gets_the_whole_gap_behind_the_last_event() -> None:
    now_ms = 1_700_000_000_000
    windows: list[str | None] = []
    record = recorded("activation-action") | {"start": now_ms, "end": now_ms + 1000}
    finished = f"id: 1-1\nevent: finished\ndata: {json.dumps(record)}\n\n".encode()

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/events"):
            return httpx.Response(200, stream=Chunks(b":\n\n", finished, b"id: 1-9\nevent: reset\ndata: {}\n\n"))
        if request.url.path.endswith("/running"):
            return httpx.Response(200, json={"running": []})
        windows.append(request.url.params.get("since"))
        return httpx.Response(200, json=[])

    endpoint = Endpoint(context="local", url="http://runtime.example", auth=Secret("a:b"), namespace="guest")
    clock = ServerClock(lambda: now_ms / 1000)
    async with open_client(endpoint, transport=httpx.MockTransport(answer), clock=clock) as client:
        feed = ActivationFeed(client, live=True, bounds=ADOBE_BOUNDS)
        async with aclosing(feed.batches()) as batches:
            await anext(batches)
            now_ms += 600_000  # ten minutes pass before the next event is read
            await anext(batches)
            await anext(batches)

    assert windows == [None, str(record["end"] - SLACK_MS)]


async def test_hundreds_in_flight_are_asked_for_in_turn_and_given_up_when_they_cannot_be_open() -> None:
    asked: list[str] = []
    now_s = 1_700_000_000.0

    def forgetful(request: httpx.Request) -> httpx.Response:
        activation_id = request.url.path.rpartition("/")[2]
        if not is_activation_id(activation_id):
            return httpx.Response(200, json=[])
        asked.append(activation_id)
        return failure(404, "The requested resource does not exist.")

    async def time_passes(pause_s: float) -> None:
        nonlocal now_s
        now_s += pause_s

    endpoint = Endpoint(context="remote", url="https://platform.example", auth=Secret("a:b"), namespace="guest")
    transport = httpx.MockTransport(forgetful)
    async with open_client(endpoint, transport=transport, clock=ServerClock(lambda: now_s)) as client:
        feed = ActivationFeed(client, live=False, bounds=ADOBE_BOUNDS)
        feed._pause = time_passes  # type: ignore[method-assign]
        ids = [f"{number:032x}" for number in range(100)]
        async with aclosing(feed.batches()) as batches:
            for activation_id in ids:
                feed.note_accepted(activation_id, "guest/hello")
            for _ in range(100):
                await anext(batches)
            assert sorted(asked[:100]) == ids

            now_s += 2 * ADOBE_BOUNDS.max_timeout_ms / 1000 + 601
            batch = await anext(batches)

    assert [one.state for one in batch.running] == [State.LOST] * 100


async def test_a_run_that_the_runtime_forgot_is_lost(tmp_path: Path) -> None:
    with running_runtime(tmp_path) as first:
        port = first.url.rpartition(":")[2]
        async with open_operations(first.endpoint) as operations:
            await given_action(operations, "sleeper", SLEEPER)
            async with aclosing(operations.activation_feed().batches()) as batches:
                told = Told(batches)
                run_id = (await operations.actions.invoke("sleeper", {"lines": 600})).activation_id
                await told.until(lambda told: State.RUNNING in told.states(run_id))

                first.process.kill()
                await asyncio.to_thread(first.process.wait)
                for file in first.data_dir.glob("runtime.db*"):
                    file.unlink()
                await told.until(lambda told: not told.last.is_connected)
                with running_runtime(tmp_path, "--port", port):
                    await told.until(lambda told: told.last.is_connected)

    assert told.states(run_id)[-1] is State.LOST
