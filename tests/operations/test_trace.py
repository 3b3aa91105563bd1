"""Traces: the whole tree behind one activation, as it is and as it grows."""

from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any

import httpx
import pytest

from tests.client.platform import client_of, failure
from tests.entities.recorded import recorded
from tests.operations.given import FAILING, SLEEPER, given_action, given_rule
from tui.client import Client
from tui.client.errors import NotFound
from tui.entities.activation import Activation, State
from tui.entities.limits import NamespaceLimits
from tui.operations import Operations, PlatformInfo
from tui.operations.trace import Connected, find_parent_id, follow_trace, load_trace
from tui.operations.trace_node import TraceNode

UNKNOWN = "00000000000000000000000000000000"


@pytest.fixture(params=["live", "polling"])
async def connected(operations: Operations, request: pytest.FixtureRequest) -> Connected:
    """With and without the live capability, on the same platform."""
    return connection(operations.client, live=request.param == "live")


async def settled(nodes: AsyncIterator[TraceNode]) -> list[TraceNode]:
    return [node async for node in nodes]


async def given_fan_out(operations: Operations, name: str) -> str:
    """A trigger with three rules: one to a run that takes a while, one to a failure, one that is off."""
    await given_action(operations, f"{name}-slow", SLEEPER)
    await given_action(operations, f"{name}-bad", FAILING)
    await given_rule(operations, f"{name}-r1", trigger=name, action=f"{name}-slow")
    await given_rule(operations, f"{name}-r2", trigger=name, action=f"{name}-bad")
    await given_rule(operations, f"{name}-r3", trigger=name, action=f"{name}-bad", active=False)
    return name


async def test_a_firing_is_followed_until_every_branch_has_ended(
    operations: Operations, connected: Connected, name: str
) -> None:
    await given_fan_out(operations, name)
    fired = await operations.triggers.fire(name, {"lines": 6, "pause_s": 0.2})
    assert fired is not None

    trees = await settled(follow_trace(connected, fired.activation_id))

    last = trees[-1]
    branches = {node.rule: node for node in last.children}
    assert (last.kind, last.name, last.state, last.settled, last.failed) == ("trigger", name, State.FIRED, True, True)
    assert branches[f"{name}-r1"].state is State.SUCCESS
    assert branches[f"{name}-r1"].name == f"{name}-slow"
    assert branches[f"{name}-r2"].state is State.APPLICATION_ERROR
    assert (branches[f"{name}-r3"].activation_id, branches[f"{name}-r3"].pending) == (None, False)
    assert "is inactive" in (branches[f"{name}-r3"].error or "")
    assert not all(tree.settled for tree in trees)  # the slow branch was shown while it ran
    assert all(before != after for before, after in pairwise(trees))


async def test_a_branch_that_runs_is_pending_and_tells_what_is_known(operations: Operations, name: str) -> None:
    await given_fan_out(operations, name)
    fired = await operations.triggers.fire(name, {"lines": 10})
    assert fired is not None
    await operations.activations.wait(fired.activation_id, timeout_s=30)

    tree = await load_trace(operations, fired.activation_id)

    (slow,) = [node for node in tree.children if node.rule == f"{name}-r1"]
    assert (slow.pending, slow.activation, tree.settled) == (True, None, False)
    assert slow.running is not None
    assert slow.running.trigger_activation_id == fired.activation_id
    assert (await settled(follow_trace(operations, fired.activation_id)))[-1].settled


async def test_a_run_is_a_tree_of_its_own(operations: Operations, connected: Connected, name: str) -> None:
    await given_action(operations, name, SLEEPER)
    invoked = await operations.actions.invoke(name, {"lines": 2})

    (*_, last) = await settled(follow_trace(connected, invoked.activation_id))

    assert (last.kind, last.name, last.state, last.failed, last.children) == ("action", name, State.SUCCESS, False, ())


async def test_a_run_that_goes_on_is_a_pending_tree(operations: Operations, name: str) -> None:
    await given_action(operations, name, SLEEPER)
    invoked = await operations.actions.invoke(name, {"lines": 8})

    tree = await load_trace(operations, invoked.activation_id)

    assert (tree.pending, tree.name) == (True, name)
    assert tree.state in (State.QUEUED, State.RUNNING)
    await operations.activations.wait(invoked.activation_id, timeout_s=30)


async def test_an_unknown_id_has_no_tree(operations: Operations) -> None:
    with pytest.raises(NotFound):
        await load_trace(operations, UNKNOWN)
    with pytest.raises(NotFound):
        await settled(follow_trace(operations, UNKNOWN))


def platform_of(*names: str) -> Any:
    """A remote platform that holds these recorded activations and no others."""
    records = {record["activationId"]: record for record in map(recorded, names)}

    def answer(request: httpx.Request) -> httpx.Response:
        record = records.get(request.url.path.rpartition("/")[2])
        return httpx.Response(200, json=record) if record else failure(404, "The requested resource does not exist.")

    return answer


def connection(client: Client, *, live: bool) -> Connected:
    platform = PlatformInfo(live=live, version=None, limits=NamespaceLimits.from_json({}), kinds=())
    return Operations(client, platform)


def remote(client: Client) -> Connected:
    return connection(client, live=False)


async def test_a_recorded_firing_shows_runs_and_refusals() -> None:
    firing = recorded("activation-trigger")
    async with client_of(platform_of("activation-trigger", "activation-action")) as client:
        tree = await load_trace(remote(client), firing["activationId"])

    assert tree.to_json() == {
        "activationId": firing["activationId"],
        "kind": "trigger",
        "name": "upload",
        "status": "success",
        "start": 1_700_000_000_000,
        "duration": None,
        "result": {"file": "a.png"},
        "children": [
            {
                "activationId": "0f4fa69d910f4c738fa69d910f9c73af",
                "kind": "action",
                "name": "demo/hello",
                "status": "success",
                "start": 1_700_000_000_000,
                "duration": 34,
                "result": {"greeting": "hello Jane"},
                "children": [],
                "rule": "on-upload",
            },
            {
                "kind": "action",
                "name": "gone",
                "status": None,
                "start": None,
                "duration": None,
                "result": None,
                "children": [],
                "rule": "to-nowhere",
                "error": "The requested resource does not exist.",
            },
            {
                "kind": "action",
                "name": "audit",
                "status": None,
                "start": None,
                "duration": None,
                "result": None,
                "children": [],
                "rule": "audit",
                "error": "Rule 'guest/audit' is inactive, action 'guest/audit' was not activated.",
            },
        ],
    }
    assert (tree.failed, tree.settled) == (True, True)


async def test_a_step_without_a_record_is_pending() -> None:
    sequence = recorded("activation-sequence")
    async with client_of(platform_of("activation-sequence")) as client:
        tree = await load_trace(remote(client), sequence["activationId"])

    assert (tree.kind, tree.settled) == ("sequence", False)
    assert [child.to_json() for child in tree.children] == [
        {
            "activationId": step_id,
            "kind": "action",
            "name": "",
            "status": None,
            "start": None,
            "duration": None,
            "result": None,
            "children": [],
            "pending": True,
        }
        for step_id in sequence["logs"]
    ]


async def test_a_sequence_under_way_shows_the_steps_so_far() -> None:
    sequence_id, running_id = "2c4fa69d910f4c738fa69d910f9c73af", "6a4fa69d910f4c738fa69d910f9c73af"
    ended = recorded("activation-timeout")  # a step of that sequence
    running = [
        {"activationId": sequence_id, "entity": "guest/both", "kind": "sequence", "state": "running", "accepted": 1},
        {"activationId": running_id, "entity": "guest/demo/join", "kind": "python:3.11", "state": "queued"}
        | {"accepted": 1_700_000_000_200, "cause": sequence_id},
    ]

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/running"):
            return httpx.Response(200, json={"running": running})
        return httpx.Response(200, json=[ended, recorded("activation-action")])

    async with client_of(answer) as client:
        tree = await load_trace(connection(client, live=True), sequence_id)

    assert (tree.kind, tree.name, tree.pending) == ("sequence", "both", True)
    assert [(step.name, step.state) for step in tree.children] == [
        ("slow", State.TIMEOUT),
        ("demo/join", State.QUEUED),
    ]


async def test_records_that_are_known_are_not_asked_for() -> None:
    firing = recorded("activation-trigger")
    known = {body["activationId"]: Activation.from_json(body) for body in (firing, recorded("activation-action"))}
    async with client_of(platform_of()) as client:
        tree = await load_trace(remote(client), firing["activationId"], known=known)

    assert tree.children[0].state is State.SUCCESS


def test_the_way_up_is_told_by_the_record_the_runtime_or_the_feed() -> None:
    step = Activation.from_json(recorded("activation-timeout"))
    run = Activation.from_json(recorded("activation-action"))

    assert find_parent_id(step) == recorded("activation-sequence")["activationId"]
    assert find_parent_id(run) is None
    assert find_parent_id(run, triggered_by={run.activation_id: "firing"}) == "firing"
