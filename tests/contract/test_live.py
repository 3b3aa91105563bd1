"""What the local runtime tells beyond OpenWhisk's API. Other platforms announce nothing, and the tests pass them by."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from .platform import Platform

SLEEPING = (
    "import time\ndef main(args):\n    print('begin', flush=True)\n    time.sleep(args['seconds'])\n    return {}\n"
)
Event = tuple[str, str, dict[str, Any]]


@pytest.fixture
def live(platform: Platform) -> str:
    """Where the capability is served."""
    announced = platform.call("GET", "/", signed=False).json().get("whisktop")
    if announced is None:
        pytest.skip("only the local runtime announces the live capability")
    return str(announced["live"])


@contextmanager
def listening(platform: Platform, live: str, headers: dict[str, str] | None = None) -> Iterator[Iterator[Event]]:
    """Events of the namespace from now on."""
    signed = {"Authorization": platform.call("GET", "/").request.headers["authorization"]} | (headers or {})
    url = f"{platform.url}{live}/namespaces/_/events"
    with platform.http.stream("GET", url, headers=signed, timeout=20) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/event-stream"
        chunks = answer.iter_bytes()
        first = next(chunks)
        assert first.startswith((b":", b"id: "))
        yield parse(first, chunks)


def parse(first: bytes, chunks: Iterator[bytes]) -> Iterator[Event]:
    rest = first
    while True:
        while b"\n\n" in rest:
            block, rest = rest.split(b"\n\n", 1)
            fields = dict(line.split(b": ", 1) for line in block.split(b"\n") if not line.startswith(b":"))
            if fields:
                yield fields[b"id"].decode(), fields[b"event"].decode(), json.loads(fields[b"data"])
        rest += next(chunks)


def until(events: Iterator[Event], name: str) -> list[Event]:
    """Everything up to the first event of that name."""
    seen = []
    for event in events:
        seen.append(event)
        if event[1] == name:
            return seen
    raise AssertionError(f"the stream ended without {name!r}")


def test_the_root_announces_path_version_and_instance(platform: Platform, live: str) -> None:
    announced = platform.call("GET", "/", signed=False).json()["whisktop"]

    assert announced["live"] == "/whisktop/v1"
    assert announced["version"]
    assert int(announced["instance"], 16)


def test_a_run_is_under_way_from_its_acceptance_to_its_record(platform: Platform, live: str) -> None:
    name = platform.given_action("running", SLEEPING, limits={"timeout": 30000})
    path = f"{live}/namespaces/{platform.namespace}/running"
    activation_id = platform.rest("POST", f"actions/{name}", {"seconds": 1}).json()["activationId"]

    (run,) = [each for each in platform.call("GET", path).json()["running"] if each["activationId"] == activation_id]

    assert run["entity"] == f"{platform.namespace}/{name}"
    assert run["kind"].startswith("python:")
    assert run["state"] in ("queued", "running")
    assert run["limits"]["timeout"] == 30000
    assert run["accepted"] > 0
    platform.record(activation_id)
    ids = [each["activationId"] for each in platform.call("GET", path).json()["running"]]
    assert activation_id not in ids


def test_the_capability_needs_the_key_and_has_no_cors(platform: Platform, live: str) -> None:
    for path in ("running", "events"):
        answer = platform.call("GET", f"{live}/namespaces/_/{path}", signed=False)

        assert answer.status_code == 401
        assert "access-control-allow-origin" not in answer.headers
    assert platform.call("GET", f"{live}/namespaces/elsewhere/running").status_code == 403
    signed = platform.call("GET", f"{live}/namespaces/_/running")
    assert "access-control-allow-origin" not in signed.headers


def test_a_run_is_told_from_accepted_over_started_and_log_to_finished(platform: Platform, live: str) -> None:
    name = platform.given_action("told", SLEEPING)

    with listening(platform, live) as events:
        activation_id = platform.rest("POST", f"actions/{name}", {"seconds": 0.4}).json()["activationId"]
        seen = until(events, "finished")

    assert [event[1] for event in seen] == ["accepted", "started", "log", "finished"]
    accepted, started, log, finished = (event[2] for event in seen)
    assert accepted["activationId"] == started["activationId"] == log["activationId"] == activation_id
    assert accepted["state"] == "queued"
    assert started["state"] == "running"
    assert started["started"] >= accepted["accepted"] - 1
    assert log["logs"][0].endswith("stdout: begin")
    assert finished == platform.record(activation_id)
    epochs, sequences = zip(*(event[0].rsplit("-", 1) for event in seen), strict=True)
    assert len(set(epochs)) == 1
    assert list(map(int, sequences)) == sorted(map(int, sequences))


def test_a_run_behind_a_firing_tells_which_one(platform: Platform, live: str) -> None:
    trigger = platform.given_trigger()
    platform.given_rule(trigger, platform.given_action("fired"))

    with listening(platform, live) as events:
        trigger_id = platform.rest("POST", f"triggers/{trigger}", {}).json()["activationId"]
        seen = until(events, "started")

    runs = [data for _, name, data in seen if name in ("accepted", "started")]
    assert {run["triggerActivationId"] for run in runs} == {trigger_id}
    records = [data for _, name, data in seen if name == "finished"]
    assert [record["activationId"] for record in records] == [trigger_id]


def test_changes_of_entities_are_told(platform: Platform, live: str) -> None:
    name = platform.name("changing")

    with listening(platform, live) as events:
        platform.rest("PUT", f"triggers/{name}", {})
        platform.rest("PUT", f"triggers/{name}?overwrite=true", {})
        platform.rest("DELETE", f"triggers/{name}")
        changes = [until(events, "entity")[-1][2] for _ in range(3)]

    assert changes == [
        {"collection": "triggers", "name": name, "change": change} for change in ("created", "updated", "deleted")
    ]


def test_the_stream_resumes_after_the_last_event_that_was_seen(platform: Platform, live: str) -> None:
    first, second = platform.name("resume"), platform.name("resume")
    with listening(platform, live) as events:
        platform.given(f"triggers/{first}", {})
        event_id, _, data = until(events, "entity")[-1]
    assert data["name"] == first
    platform.given(f"triggers/{second}", {})

    with listening(platform, live, {"Last-Event-ID": event_id}) as events:
        resumed_id, name, data = next(events)

    assert (name, data["name"]) == ("entity", second)
    assert resumed_id.rpartition("-")[0] == event_id.rpartition("-")[0]
    assert int(resumed_id.rpartition("-")[2]) == int(event_id.rpartition("-")[2]) + 1


def test_an_id_that_cannot_be_resumed_after_gets_a_reset(platform: Platform, live: str) -> None:
    with listening(platform, live, {"Last-Event-ID": "0123abcd-1"}) as events:
        _, name, data = next(events)

    assert (name, data) == ("reset", {})
