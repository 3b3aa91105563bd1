"""Many payloads to one thing: outcomes counted, each line on its own, a pace kept, a stop, and 429 waited out."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest

from tests.client.platform import client_of, failure
from tests.dashboard.world import World, waits_for, world_of
from tests.running import RunningRuntime, running_runtime
from tui.client.errors import FateUnknown, RateLimited
from tui.entities.json import JsonObject
from tui.entities.limits import NamespaceLimits
from tui.errors import UsageError
from tui.operations import Operations, fate, open_operations
from tui.operations.actions import ActionDraft
from tui.operations.batch import Batch, Item, Stage, items_of_lines
from tui.operations.outcomes import Outcome, send_and_wait
from tui.operations.payloads import parse_payload
from tui.operations.platform import PlatformInfo

PICKY = """\
def main(args):
    if args["n"] == 3:
        return {"error": "three is refused"}
    return {"n": args["n"]}
"""


@pytest.fixture
async def world(runtime: RunningRuntime, tmp_path: Path) -> AsyncIterator[World]:
    async with world_of(runtime, tmp_path) as world:
        yield world


def parsed(item: Item) -> JsonObject:
    return parse_payload(item.text)


def numbered(count: int) -> list[Item]:
    return [Item(number, f'{{"n": {number}}}') for number in range(1, count + 1)]


def nobody(_: Item) -> None:
    return None


async def test_each_payload_is_sent_once_and_the_outcomes_are_counted(world: World) -> None:
    await world.action("sending-picky", PICKY)
    batch = Batch(kind="action", name="sending-picky", items=numbered(5), payload_of=parsed)

    await batch.run(world.operations, nobody)

    assert batch.counts == {"success": 4, "app error": 1}
    assert [item.outcome.result for item in batch.items if item.outcome and not item.failed] == [
        {"n": 1}, {"n": 2}, {"n": 4}, {"n": 5},
    ]  # fmt: skip
    assert len({item.activation_id for item in batch.items}) == 5


async def test_a_line_that_is_no_payload_holds_up_none_of_the_others(world: World) -> None:
    await world.action("sending-lines", PICKY)
    file = world.folder / "lines.jsonl"
    file.write_text('{"n": 1}\n\n{"n": }\n{"n": 4}\n[1]\n')
    batch = Batch(kind="action", name="sending-lines", items=items_of_lines(file), payload_of=parsed)

    await batch.run(world.operations, nobody)

    assert batch.counts == {"success": 2, "not sent": 2}
    assert [(item.number, item.trouble[:16]) for item in batch.items if item.trouble] == [
        (3, "line 1, column 7"), (5, "line 1, column 1"),
    ]  # fmt: skip


async def test_of_a_trigger_everything_that_its_rules_run_is_waited_for(world: World) -> None:
    await world.chain("sending-fired", PICKY)
    await world.operations.triggers.create("sending-lone")
    batch = Batch(kind="trigger", name="sending-fired", items=numbered(3), payload_of=parsed)

    await batch.run(world.operations, nobody)

    assert batch.counts == {"success": 2, "app error": 1}
    first = batch.items[0].outcome
    assert first is not None
    assert first.result == {"sending-fired-rule": {"n": 1}}
    alone = await send_and_wait(world.operations, "trigger", "sending-lone", {})
    assert (alone.activation_id, alone.word, alone.failed) == (None, "no rule", True)


async def test_no_more_than_allowed_run_at_once_and_a_stop_leaves_the_rest_out(world: World) -> None:
    gate = world.folder / "gate"
    await world.action("sending-gated", waits_for(gate))
    batch = Batch(kind="action", name="sending-gated", items=numbered(6), payload_of=parsed, at_once=2)
    begun = asyncio.Event()
    most = 0

    def changed(_: Item) -> None:
        nonlocal most
        most = max(most, batch.running)
        if batch.running == 2:
            begun.set()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(batch.run(world.operations, changed))
        await begun.wait()
        batch.stop()
        gate.touch()

    assert most == 2
    assert batch.counts == {"success": 2, "left out": 4}
    assert batch.is_over


async def test_a_pace_is_kept(world: World) -> None:
    await world.action("sending-paced", PICKY)
    batch = Batch(kind="action", name="sending-paced", items=numbered(5), payload_of=parsed, per_minute=600)
    begun_at = time.monotonic()

    await batch.run(world.operations, nobody)

    assert time.monotonic() - begun_at >= 0.4  # four pauses of a tenth of a second
    assert batch.done == 5


async def test_what_the_platform_has_too_much_of_is_sent_again_after_a_pause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One run at once is allowed: the others are refused until it ended."""
    monkeypatch.setattr("tui.operations.batch.pause_when_throttled_s", lambda _: 0.05)
    (tmp_path / "config.toml").write_text("[runtime]\nconcurrent_invocations = 1\n")
    held: list[int] = []
    with running_runtime(tmp_path) as running:
        async with open_operations(running.endpoint) as operations:
            source = tmp_path / "worker.py"
            source.write_text("import time\ndef main(args):\n    time.sleep(0.2)\n    return {}\n")
            await operations.actions.create(ActionDraft(source=source, name="worker", kind="python:default"))
            batch = Batch(kind="action", name="worker", items=numbered(4), payload_of=parsed, at_once=4)

            def changed(item: Item) -> None:
                if item.stage is Stage.WAITING:
                    held.append(item.number)

            await batch.run(operations, changed)

    assert held
    assert batch.counts == {"success": 4}


class Answering:
    """Answers each invocation with what the test says, and every look for a run with 429."""

    def __init__(self, *answers: httpx.Response | None) -> None:
        self._answers = list(answers)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method != "POST":
            return failure(429, "too many requests")
        answer = self._answers.pop(0)
        if answer is None:
            raise httpx.ReadError("reset")
        return answer


async def sent_to(platform: Answering, *, payloads: int = 1) -> Batch:
    batch = Batch(kind="trigger", name="t", items=numbered(payloads), payload_of=parsed)
    async with client_of(platform) as client:
        info = PlatformInfo(live=False, version=None, limits=NamespaceLimits.from_json({}), kinds=())
        await batch.run(Operations(client, info), nobody)
    return batch


async def test_of_what_got_lost_on_the_way_nobody_says_that_it_was_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fate, "_EVERY_S", 0.01)
    monkeypatch.setattr(fate, "LOOK_FOR_S", 0.05)

    lost = await sent_to(Answering(None))
    refused = await sent_to(Answering(failure(404, "no such thing")))

    assert lost.counts == {"unknown": 1}
    assert lost.failing == {"unknown"}
    assert refused.counts == {"not sent": 1}


async def test_one_run_is_never_the_outcome_of_two_payloads(monkeypatch: pytest.MonkeyPatch) -> None:
    async def taken(*_: object, accepted: Callable[[str], object], **__: object) -> Outcome:
        accepted("5f4fa69d910f4c738fa69d910f9c73af")
        return Outcome(activation_id="5f4fa69d910f4c738fa69d910f9c73af", word="success", failed=False)

    monkeypatch.setattr("tui.operations.batch.send_and_wait", taken)

    batch = await sent_to(Answering(), payloads=2)

    assert batch.counts == {"success": 1, "unknown": 1}


async def test_a_run_that_is_only_perhaps_ours_is_no_outcome(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fate, "LOOK_FOR_S", 0.05)
    record = {"activationId": "5f4fa69d910f4c738fa69d910f9c73af", "namespace": "guest", "name": "t", "version": "0.0.1"}
    record |= {"start": 2**42, "response": {"status": "success", "success": True, "result": {}}}

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            raise httpx.ReadError("reset")
        return httpx.Response(200, json=[record]) if "activations" in request.url.path else failure(404, "none")

    async with client_of(answer) as client:
        info = PlatformInfo(live=False, version=None, limits=NamespaceLimits.from_json({}), kinds=())
        with pytest.raises(FateUnknown, match="perhaps"):
            await send_and_wait(Operations(client, info), "trigger", "t", {})


async def test_a_payload_that_was_taken_is_not_sent_again_when_asking_for_its_outcome_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def refused(*_: object, accepted: Callable[[str], object], **__: object) -> Outcome:
        accepted("5f4fa69d910f4c738fa69d910f9c73af")
        raise RateLimited("Too many requests.")

    monkeypatch.setattr("tui.operations.batch.send_and_wait", refused)

    batch = await sent_to(Answering())

    assert batch.counts == {"unknown": 1}


def test_only_the_end_of_a_line_parts_payloads(tmp_path: Path) -> None:
    file = tmp_path / "lines.jsonl"
    file.write_text('{"n": "one\u2028two\x85"}\r\n\r\n{"n": 2}\n', newline="")

    assert [(item.number, parsed(item)) for item in items_of_lines(file)] == [
        (1, {"n": "one\u2028two\x85"}),
        (3, {"n": 2}),
    ]


def test_a_file_without_payloads_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "empty.jsonl"
    file.write_text("\n \n")
    with pytest.raises(UsageError, match="has no line with a payload"):
        items_of_lines(file)
