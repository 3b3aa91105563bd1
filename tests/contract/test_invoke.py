"""Invoking actions: what a run is given, what the answer is, what the record says (sections 3.2, 4 and 7.1)."""

import re
import time
from typing import Any

import pytest

from .platform import ECHO, NODE, PYTHON, Platform, annotations_of, error_of

ACTIVATION_ID = re.compile(r"[0-9a-f]{32}")
PRINTING = "def main(args):\n    print('hello')\n    print('a\\nb')\n    return {'n': args.get('n', 0)}\n"
FAILING = "def main(args):\n    return {'error': 'no luck', 'other': 1}\n"
BROKEN = "def main(args):\n    return 'text'\n"
SLEEPING = "import time\ndef main(args):\n    time.sleep(args['seconds'])\n    return {'slept': args['seconds']}\n"


def test_a_non_blocking_call_answers_202_with_the_id_of_a_record_to_come(platform: Platform) -> None:
    name = platform.given_action("later")

    answer = platform.rest("POST", f"actions/{name}", {"a": 1})

    assert answer.status_code == 202
    assert set(answer.json()) == {"activationId"}
    activation_id = answer.json()["activationId"]
    assert ACTIVATION_ID.fullmatch(activation_id)
    assert answer.headers["x-openwhisk-activation-id"] == activation_id
    assert platform.record(activation_id)["response"]["result"] == {"a": 1}


def test_a_post_without_a_body_runs_with_no_arguments(platform: Platform) -> None:
    name = platform.given_action("empty")

    answer = platform.rest("POST", f"actions/{name}?blocking=true&result=true")

    assert (answer.status_code, answer.json()) == (200, {})


def test_a_blocking_call_answers_the_record_without_logs(platform: Platform) -> None:
    name = platform.given_action("prints", PRINTING)

    answer = platform.invoke(name, {"n": 7})

    assert answer.status_code == 200
    record = answer.json()
    assert record["response"]["result"] == {"n": 7}
    assert record["logs"] == []
    assert answer.headers["x-openwhisk-activation-id"] == record["activationId"]


def test_the_record_of_a_run_is_complete(platform: Platform) -> None:
    name = platform.given_action("record", PRINTING, limits={"timeout": 20000})
    before = int(time.time() * 1000)

    activation_id = platform.invoke(name, {"n": 7}).json()["activationId"]

    record = platform.record(activation_id)
    annotations = annotations_of(record)
    assert (record["namespace"], record["name"], record["version"]) == (platform.namespace, name, "0.0.1")
    assert record["activationId"] == activation_id
    assert record["publish"] is False
    assert record["subject"]
    assert "cause" not in record
    assert before - 2000 <= record["start"] <= record["end"]
    assert record["duration"] == record["end"] - record["start"]
    assert record["response"] == {"status": "success", "success": True, "size": 9, "result": {"n": 7}}
    assert annotations["path"] == f"{platform.namespace}/{name}"
    assert annotations["kind"].startswith("python:")
    assert annotations["limits"] == {"timeout": 20000, "memory": 256, "logs": 10, "concurrency": 1}
    assert annotations["timeout"] is False
    assert annotations["waitTime"] >= 0
    assert annotations["initTime"] >= 0
    texts = [re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z) *(stdout): (.*)", line) for line in record["logs"]]
    assert [match and match[3] for match in texts] == ["hello", "a", "b"]
    assert all(line[31:].startswith("stdout: ") for line in record["logs"])


def test_a_warm_run_has_no_init_time(platform: Platform) -> None:
    name = platform.given_action("warm")
    first = platform.invoke(name).json()

    second = platform.invoke(name).json()

    assert "initTime" in annotations_of(first)
    assert "initTime" not in annotations_of(second)


def test_an_update_starts_anew(platform: Platform) -> None:
    name = platform.given_action("revision", "def main(args):\n    return {'v': 1}\n")
    assert platform.invoke(name, result="true").json() == {"v": 1}

    platform.given(f"actions/{name}", {"exec": {"kind": PYTHON, "code": "def main(args):\n    return {'v': 2}\n"}})

    record = platform.invoke(name).json()
    assert record["response"]["result"] == {"v": 2}
    assert record["version"] == "0.0.2"


@pytest.mark.parametrize(
    ("code", "status", "text", "result"),
    [
        (FAILING, 502, "application error", {"error": "no luck"}),
        (BROKEN, 502, "action developer error", {"error": "The action did not return a dictionary or array."}),
    ],
)
def test_a_run_that_fails_is_502_with_its_record(
    platform: Platform, code: str, status: int, text: str, result: Any
) -> None:
    name = platform.given_action("fails", code)

    full, bare = platform.invoke(name), platform.invoke(name, result="true")

    assert (full.status_code, bare.status_code) == (status, status)
    assert full.json()["response"]["status"] == text
    assert full.json()["response"]["success"] is False
    assert full.json()["response"]["result"] == result
    assert bare.json() == result
    assert bare.headers["x-openwhisk-activation-id"]


def test_a_result_that_is_an_array_is_answered_bare(platform: Platform) -> None:
    name = platform.given_action("array", "def main(args):\n    return [1, 2]\n")

    answer = platform.invoke(name)

    assert (answer.status_code, answer.json()) == (200, [1, 2])


def test_a_wait_that_ends_before_the_run_is_202_and_the_run_goes_on(platform: Platform) -> None:
    name = platform.given_action("slow", SLEEPING)

    answer = platform.invoke(name, {"seconds": 1.5}, timeout="300")

    assert answer.status_code == 202
    assert set(answer.json()) == {"activationId"}
    activation_id = answer.json()["activationId"]
    for part in ("", "/result", "/logs"):
        assert platform.rest("GET", f"activations/{activation_id}{part}").status_code == 404
    assert platform.record(activation_id)["response"]["result"] == {"slept": 1.5}


def test_the_time_limit_ends_a_run_with_a_developer_error(platform: Platform) -> None:
    name = platform.given_action("limit", SLEEPING, limits={"timeout": 300})

    record = platform.invoke(name, {"seconds": 20}).json()

    assert record["response"]["status"] == "action developer error"
    assert record["response"]["result"] == {"error": "The action exceeded its time limits of 300 milliseconds."}
    assert annotations_of(record)["timeout"] is True


@pytest.mark.parametrize("timeout", ["0", "-1", "x", "60001", "1.5"])
def test_a_wait_out_of_range_is_refused(platform: Platform, timeout: str) -> None:
    name = platform.given_action("wait")

    answer = platform.invoke(name, timeout=timeout)

    assert answer.status_code == 400
    expected = "Timeout must be number of milliseconds up to 60000."
    assert error_of(answer) == f"The query parameter 'timeout' was malformed:\n{expected}"


def test_an_unknown_action_or_package_is_404(platform: Platform) -> None:
    for path in ("actions/no-such", "actions/no-such/action"):
        answer = platform.rest("POST", path, {})

        assert (answer.status_code, error_of(answer)) == (404, "The requested resource does not exist.")


def test_the_payload_wins_over_the_parameters_of_the_action(platform: Platform) -> None:
    name = platform.given_action("merge", parameters=[{"key": "a", "value": 1}, {"key": "b", "value": [2]}])

    assert platform.invoke(name, {"b": 3, "c": None}, result="true").json() == {"a": 1, "b": 3, "c": None}


def test_payloads_arrive_unchanged(platform: Platform) -> None:
    name = platform.given_action("exact")
    payload = {"text": '☃ \u2028 "\\\n', "deep": {"list": [1, 2.5, -0.1, None, True, {}]}, "": "", "big": 2**53}

    assert platform.invoke(name, payload, result="true").json() == payload


def test_integers_of_more_than_64_bits_survive(platform: Platform) -> None:
    name = platform.given_action("long", parameters=[{"key": "a", "value": 1}])

    assert platform.invoke(name, {"n": 2**70}, result="true").json() == {"a": 1, "n": 2**70}


def test_a_payload_of_exactly_a_megabyte_is_fine_and_one_byte_more_is_413(platform: Platform) -> None:
    name = platform.given_action("large", "def main(args):\n    return {'n': len(args['x'])}\n")
    fill = 1048576 - len('{"x":""}')

    fits = platform.rest("POST", f"actions/{name}?blocking=true&result=true", content=b'{"x":"%b"}' % (b"y" * fill))
    larger = platform.rest("POST", f"actions/{name}", content=b'{"x":"%b"}' % (b"y" * (fill + 1)))

    assert (fits.status_code, fits.json()) == (200, {"n": fill})
    assert (larger.status_code, error_of(larger)) == (413, "Request larger than allowed: 1048577 > 1048576 bytes.")


def test_init_parameters_go_to_the_environment_and_nowhere_else(platform: Platform) -> None:
    code = (
        "import os\ndef main(args):\n    return {'env': os.environ.get('PLACE'), 'n': os.environ['N'], 'args': args}\n"
    )
    name = platform.given_action(
        "init",
        code,
        parameters=[
            {"key": "PLACE", "value": "here", "init": True},
            {"key": "N", "value": {"a": 1}, "init": True},
            {"key": "x", "value": 1},
        ],
    )

    result = platform.invoke(name, {"PLACE": "there"}, result="true").json()

    assert result == {"env": "here", "n": '{"a":1}', "args": {"x": 1}}
    assert platform.rest("GET", f"actions/{name}").json()["parameters"][0]["init"] is True


def test_a_final_action_refuses_payloads_that_override_its_parameters(platform: Platform) -> None:
    name = platform.given_action(
        "final",
        parameters=[{"key": "a", "value": 1}, {"key": "free", "value": None}],
        annotations=[{"key": "final", "value": True}],
    )

    refused = platform.invoke(name, {"a": 2})
    allowed = platform.invoke(name, {"free": 2, "new": 3}, result="true")

    assert refused.status_code == 400
    assert error_of(refused) == "Request defines parameters that are not allowed (e.g., reserved properties)."
    assert allowed.json() == {"a": 1, "free": 2, "new": 3}


def test_the_environment_tells_a_run_who_and_where_it_is(platform: Platform) -> None:
    code = "import os\ndef main(args):\n    return {k: v for k, v in os.environ.items() if k.startswith('__OW_')}\n"
    name = platform.given_action("environment", code, limits={"timeout": 30000})

    answer = platform.rest("POST", f"actions/{name}?blocking=true", {}, headers={"X-Request-ID": "my-transaction"})

    record = answer.json()
    environment = record["response"]["result"]
    assert environment["__OW_API_HOST"].startswith("http")
    assert environment["__OW_API_KEY"] == platform.auth
    assert environment["__OW_NAMESPACE"] == platform.namespace
    assert environment["__OW_ACTION_NAME"] == f"/{platform.namespace}/{name}"
    assert environment["__OW_ACTION_VERSION"] == "0.0.1"
    assert environment["__OW_ACTIVATION_ID"] == record["activationId"]
    assert environment["__OW_TRANSACTION_ID"] == "my-transaction"
    assert 0 < int(environment["__OW_DEADLINE"]) - record["start"] <= 31000


def test_an_action_whose_owner_declined_gets_no_key(platform: Platform) -> None:
    code = "import os\ndef main(args):\n    return {'key': os.environ.get('__OW_API_KEY')}\n"
    name = platform.given_action("keyless", code, annotations=[{"key": "provide-api-key", "value": False}])

    assert platform.invoke(name, result="true").json() == {"key": None}


def test_several_runs_of_one_action_go_side_by_side(platform: Platform) -> None:
    name = platform.given_action("parallel", SLEEPING)
    started = time.monotonic()

    ids = [platform.rest("POST", f"actions/{name}", {"seconds": 1}).json()["activationId"] for _ in range(4)]
    records = [platform.record(activation_id) for activation_id in ids]

    assert all(record["response"]["success"] for record in records)
    assert time.monotonic() - started < 3.5


def test_a_promise_is_awaited(platform: Platform) -> None:
    code = "const main = args => new Promise(done => setTimeout(() => done({ok: args.x}), 50))"
    name = platform.given_action("promise", code, kind=NODE)

    assert platform.invoke(name, {"x": 1}, result="true").json() == {"ok": 1}


def test_an_action_may_be_deleted_while_it_runs(platform: Platform) -> None:
    name = platform.given_action("deleted", SLEEPING)
    activation_id = platform.rest("POST", f"actions/{name}", {"seconds": 0.5}).json()["activationId"]

    platform.rest("DELETE", f"actions/{name}")

    assert platform.record(activation_id)["response"]["success"] is True


def test_an_action_invokes_another_through_the_openwhisk_module(platform: Platform) -> None:
    target = platform.given_action("target", ECHO)
    code = (
        "const ow = require('openwhisk')()\n"
        "exports.main = args => ow.actions.invoke({name: args.target, blocking: false, params: {from: 'inside'}})"
    )
    name = platform.given_action("caller", code, kind=NODE)

    result = platform.invoke(name, {"target": target}, result="true").json()

    record = platform.record(result["activationId"])
    assert record["response"]["result"] == {"from": "inside"}
    assert "cause" not in record
