"""What the local runtime does with runs that have no record yet: cancel them, show their lines; and how it does."""

import re
import time

import pytest

from .platform import NODE, Platform, annotations_of, error_of

CANCELLED = "The action was cancelled."
SLOW = "import time\ndef main(args):\n    print('begin', flush=True)\n    time.sleep(60)\n    return {}\n"
STUBBORN = """
import signal, time
def main(args):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(60)
"""


@pytest.fixture
def live(platform: Platform) -> str:
    announced = platform.call("GET", "/", signed=False).json().get("whisktop")
    if announced is None:
        pytest.skip("only the local runtime announces the live capability")
    return f"{announced['live']}/namespaces/_/running"


def until_running(platform: Platform, live: str, activation_id: str, *, printed: bool = False) -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        runs = platform.call("GET", live).json()["running"]
        running = any(run["activationId"] == activation_id and run["state"] == "running" for run in runs)
        if running and (not printed or platform.call("GET", f"{live}/{activation_id}/logs").json()["logs"]):
            return
        time.sleep(0.02)
    raise AssertionError(f"{activation_id} does not run")


def given_running(platform: Platform, live: str, code: str = SLOW, **body: object) -> str:
    name = platform.given_action("slow", code, limits={"timeout": 90_000}, **body)
    activation_id: str = platform.rest("POST", f"actions/{name}", {}).json()["activationId"]
    until_running(platform, live, activation_id, printed=code is SLOW)
    return activation_id


@pytest.mark.parametrize("code", [SLOW, STUBBORN], ids=["sleeping", "ignoring SIGTERM"])
def test_a_cancelled_run_ends_at_once_with_a_record_that_says_so(platform: Platform, live: str, code: str) -> None:
    activation_id = given_running(platform, live, code)
    began = time.monotonic()

    answer = platform.call("DELETE", f"{live}/{activation_id}")

    assert answer.status_code == 200
    assert answer.json() == {"activationId": activation_id, "cancelled": [activation_id]}
    record = platform.record(activation_id)
    assert time.monotonic() - began < 5
    assert record["response"]["status"] == "action developer error"
    assert record["response"]["result"] == {"error": CANCELLED}
    assert annotations_of(record)["timeout"] is False
    if code is SLOW:
        assert record["logs"][0].endswith("stdout: begin")


def test_whoever_waits_for_a_run_that_is_cancelled_gets_its_record(platform: Platform, live: str) -> None:
    activation_id = given_running(
        platform, live, "setTimeout(() => {}, 90000)\nfunction main() { return new Promise(() => {}) }", kind=NODE
    )

    platform.call("DELETE", f"{live}/{activation_id}")

    assert platform.rest("GET", f"activations/{activation_id}/result").json()["result"] == {"error": CANCELLED}


def test_cancelling_twice_is_a_conflict_and_an_unknown_id_is_not_found(platform: Platform, live: str) -> None:
    activation_id = given_running(platform, live)
    platform.call("DELETE", f"{live}/{activation_id}")
    platform.record(activation_id)

    again = platform.call("DELETE", f"{live}/{activation_id}")
    unknown = platform.call("DELETE", f"{live}/{'0' * 32}")
    ill = platform.call("DELETE", f"{live}/xyz")

    assert (again.status_code, error_of(again)) == (409, "The activation has ended already.")
    assert unknown.status_code == 404
    assert ill.status_code == 400


def test_a_cancelled_sequence_ends_with_its_step_and_takes_no_other(platform: Platform, live: str) -> None:
    slow = platform.given_action("slow", SLOW, limits={"timeout": 90_000})
    after = platform.given_action("after")
    sequence = platform.name("sequence")
    components = [f"/_/{slow}", f"/_/{after}"]
    platform.given(f"actions/{sequence}", {"exec": {"kind": "sequence", "components": components}})
    activation_id = platform.rest("POST", f"actions/{sequence}", {}).json()["activationId"]
    until_running(platform, live, activation_id)

    platform.call("DELETE", f"{live}/{activation_id}")

    record = platform.record(activation_id)
    assert record["response"]["result"] == {"error": CANCELLED}
    assert len(record["logs"]) == 1
    assert platform.record(record["logs"][0])["response"]["result"] == {"error": CANCELLED}


def test_a_cancelled_composition_is_not_asked_for_another_step(platform: Platform, live: str) -> None:
    slow, after = platform.given_action("slow", SLOW, limits={"timeout": 90_000}), platform.given_action("after")
    code = f"def main(args):\n    return {{'action': '{after}' if 'error' in args else '{slow}', 'state': {{}}}}\n"
    composition = platform.given_action("composition", code, annotations=[{"key": "conductor", "value": True}])
    activation_id = platform.rest("POST", f"actions/{composition}", {}).json()["activationId"]
    until_under_way(platform, live, slow)

    platform.call("DELETE", f"{live}/{activation_id}")

    record = platform.record(activation_id)
    assert record["response"]["result"] == {"error": CANCELLED}
    names = [platform.record(each)["name"] for each in record["logs"]]
    assert names == [composition, slow]


def until_under_way(platform: Platform, live: str, name: str) -> None:
    end = time.monotonic() + 20
    while not any(run["entity"].endswith(f"/{name}") for run in platform.call("GET", live).json()["running"]):
        assert time.monotonic() < end, f"{name} does not run"
        time.sleep(0.02)


def test_cancelling_a_firing_ends_the_runs_that_it_set_off(platform: Platform, live: str) -> None:
    trigger = platform.given_trigger()
    for _ in range(2):
        platform.given_rule(trigger, platform.given_action("slow", SLOW, limits={"timeout": 90_000}))
    fired = platform.rest("POST", f"triggers/{trigger}", {}).json()["activationId"]

    cancelled = platform.call("DELETE", f"{live}/{fired}").json()["cancelled"]

    assert len(cancelled) == 2
    for activation_id in cancelled:
        assert platform.record(activation_id)["response"]["result"] == {"error": CANCELLED}
    assert platform.record(fired)["response"]["success"] is True
    assert platform.call("DELETE", f"{live}/{fired}").status_code == 409


def test_the_lines_of_a_running_job_can_be_read_before_it_has_a_record(platform: Platform, live: str) -> None:
    activation_id = given_running(platform, live)

    body = platform.call("GET", f"{live}/{activation_id}/logs").json()

    assert body["activationId"] == activation_id
    assert [line[-13:] for line in body["logs"]] == ["stdout: begin"]
    assert re.fullmatch(r"[0-9a-f]+-\d+", body["eventId"])
    platform.call("DELETE", f"{live}/{activation_id}")
    platform.record(activation_id)
    assert platform.call("GET", f"{live}/{activation_id}/logs").status_code == 404


def test_the_status_tells_what_a_doctor_asks(platform: Platform, live: str) -> None:
    body = platform.call("GET", live.partition("/namespaces")[0] + "/status").json()

    assert body["namespace"] == platform.namespace
    assert body["profile"] in ("adobe", "openwhisk")
    kinds = {one["kind"] for one in body["interpreters"]}
    assert kinds
    assert body["kinds"]["python:3.9"] in kinds
    assert body["kinds"]["python:default"] in kinds
    assert body["pool"]["workersMax"] >= 16
    assert body["queue"]["waiting"] >= 0
    assert body["disk"]["freeBytes"] > 0
    assert body["limits"]["max_action_duration"] > 0
    assert body["activations"]["recorded"] >= 0
    assert body["schedules"]["live"] >= 0
    assert platform.auth.partition(":")[2] not in str(body)


def test_the_metrics_are_prometheus_text_and_count_runs(platform: Platform, live: str) -> None:
    path = live.partition("/namespaces")[0] + "/metrics"
    name = platform.given_action("counted")
    before = samples(platform.call("GET", path).text)

    platform.invoke(name)

    answer = platform.call("GET", path)
    after = samples(answer.text)
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    success = 'whisktop_activations_total{status="success"}'
    assert after[success] >= before[success] + 1
    assert after["whisktop_runs_accepted_total"] >= before["whisktop_runs_accepted_total"] + 1
    assert after["whisktop_workers_max"] >= 16


def samples(text: str) -> dict[str, float]:
    """Every line is a comment or a sample; names end where the value begins."""
    found = {}
    for line in text.splitlines():
        if line.startswith("#"):
            assert re.fullmatch(r"# (HELP|TYPE) whisktop_\w+ .+", line)
        else:
            name, value = line.rsplit(" ", 1)
            assert re.fullmatch(r'whisktop_\w+(\{\w+="[^"]*"(,\w+="[^"]*")*\})?', name)
            found[name] = float(value)
    return found


@pytest.mark.parametrize("path", ["status", "metrics", "namespaces/_/running/" + "0" * 32 + "/logs"])
def test_status_metrics_and_lines_need_the_key_and_have_no_cors(platform: Platform, live: str, path: str) -> None:
    root = live.partition("/namespaces")[0]

    unsigned = platform.call("GET", f"{root}/{path}", signed=False)
    preflight = platform.call("OPTIONS", f"{root}/{path}", signed=False)
    signed = platform.call("GET", f"{root}/{path}")

    assert unsigned.status_code == 401
    assert preflight.status_code == 401
    for answer in (unsigned, preflight, signed):
        assert "access-control-allow-origin" not in answer.headers
