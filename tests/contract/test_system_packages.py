"""What every namespace finds ready: utilities, samples, and the validator that Adobe's tools put before web actions."""

import re
from typing import Any

import httpx
import pytest

from .platform import Platform, annotations_of, error_of

UTILS = "/api/v1/namespaces/whisk.system/actions/utils"


def run(platform: Platform, name: str, payload: Any = None, package: str = "whisk.system/utils") -> httpx.Response:
    namespace, _, package = package.partition("/")
    path = f"/api/v1/namespaces/{namespace}/actions/{package}/{name}?blocking=true&result=true"
    return platform.call("POST", path, json={} if payload is None else payload)


@pytest.mark.parametrize(
    ("name", "payload", "result"),
    [
        ("echo", {"payload": "Five fuzzy felines"}, {"payload": "Five fuzzy felines"}),
        ("echo", {}, {}),
        ("cat", {"lines": [4, "b", None, True]}, {"lines": [4, "b", None, True], "payload": "4\nb\n\ntrue"}),
        ("cat", {}, {"lines": [], "payload": ""}),
        ("sort", {"lines": ["b", "a", "ä", "B"]}, {"lines": ["B", "a", "b", "ä"], "length": 4}),
        ("sort", {"lines": [10, 9, 1]}, {"lines": [1, 10, 9], "length": 3}),
        ("head", {"lines": [4, 2, 3], "num": 2}, {"lines": [4, 2], "num": 2}),
        ("head", {"lines": [4, 2, 3]}, {"lines": [4], "num": 1}),
        ("split", {"payload": "one,two,three", "separator": ","}, {"lines": ["one", "two", "three"]}),
        ("split", {"payload": "one\ntwo\r\nthree"}, {"lines": ["one", "two", "three"]}),
        ("split", {"payload": "", "separator": ","}, {"lines": [""]}),
        ("head", {"lines": [4, 2, 3], "num": "2"}, {"lines": [4, 2], "num": "2"}),
        ("smash", {"a": 1, "$fieldName": "p"}, {"p": {"a": 1}}),
    ],
)
def test_utilities_answer_as_the_catalogue_says(platform: Platform, name: str, payload: Any, result: Any) -> None:
    answer = run(platform, name, payload)

    expected = result | {"payload": payload["payload"]} if name == "split" else result
    assert (answer.status_code, answer.json()) == (200, expected)


def test_date_is_the_time_in_utc(platform: Platform) -> None:
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", run(platform, "date").json()["date"])


def test_namespace_is_the_callers(platform: Platform, system: Platform) -> None:
    assert run(platform, "namespace").json() == {"namespace": platform.namespace}
    assert run(system, "namespace").json() == {"namespace": "whisk.system"}


@pytest.mark.parametrize(
    ("payload", "path"),
    [
        ({}, "/api/v1/namespaces/{ns}/actions"),
        ({"path": "a"}, "/api/v1/namespaces/{ns}/actions/a"),
        ({"path": "t", "trigger": True}, "/api/v1/namespaces/{ns}/triggers/t"),
        ({"path": "a", "web": True}, "/api/v1/web/{ns}/default/a.json"),
        ({"path": "p/a", "web": True, "ext": ".http"}, "/api/v1/web/{ns}/p/a.http"),
    ],
)
def test_hosturl_tells_where_something_answers(platform: Platform, payload: Any, path: str) -> None:
    url = run(platform, "hosturl", payload).json()["url"]

    assert httpx.URL(url).path == path.format(ns=platform.namespace)
    assert httpx.URL(url).port == httpx.URL(platform.url).port


@pytest.mark.parametrize(
    ("name", "payload", "error"),
    [
        ("smash", {}, "Expected an argument '$fieldName' of type 'string'."),
        ("hosturl", {"web": True, "trigger": True}, "triggers are not allowed for web actions."),
        ("hosturl", {"path": "p/t", "trigger": True}, "triggers are not allowed in packages."),
        ("cat", {"lines": 5}, "lines has to be an array."),
        ("head", {"lines": [], "num": "x"}, "num has to be a number."),
        ("split", {}, "payload has to be given."),
        ("echo", {"error": "mine"}, "mine"),
    ],
)
def test_their_errors_are_application_errors(platform: Platform, name: str, payload: Any, error: str) -> None:
    answer = run(platform, name, payload)

    assert (answer.status_code, answer.json()) == (502, {"error": error})


def test_samples_greet_and_count(platform: Platform) -> None:
    greeted = run(platform, "greeting", {"name": "Ada", "place": "London"}, "whisk.system/samples")
    counted = run(platform, "wordCount", {"payload": "Five fuzzy felines"}, "whisk.system/samples")

    assert greeted.json() == {"payload": "Hello, Ada from London!"}
    assert counted.json() == {"count": 3}
    counted = run(platform, "wordCount", {"payload": "two  blanks"}, "whisk.system/samples")
    assert counted.json() == {"count": 3}


def test_they_are_actions_like_any_other(platform: Platform) -> None:
    listed = platform.call("GET", f"{UTILS}/").json()
    shown = platform.call("GET", f"{UTILS}/echo?code=false").json()
    packages = platform.call("GET", "/api/v1/namespaces/whisk.system/packages").json()

    assert {"echo", "cat", "sort", "split", "head", "date", "hosturl"} <= {each["name"] for each in listed}
    assert {each["namespace"] for each in listed} == {"whisk.system/utils"}
    assert annotations_of(shown)["exec"] == shown["exec"]["kind"]
    assert annotations_of(shown)["description"] == "Returns the input"
    assert {"utils", "alarms", "samples"} <= {each["name"] for each in packages}


def test_a_run_has_its_record_in_the_callers_namespace(platform: Platform) -> None:
    accepted = platform.call("POST", f"{UTILS}/echo", json={"x": 1})

    record = platform.record(accepted.json()["activationId"])

    assert accepted.status_code == 202
    assert (record["namespace"], record["name"]) == (platform.namespace, "echo")
    assert record["response"] == {"status": "success", "success": True, "size": 7, "result": {"x": 1}}
    assert record["duration"] == record["end"] - record["start"]
    annotations = annotations_of(record)
    assert annotations["path"] == "whisk.system/utils/echo"
    assert annotations["timeout"] is False
    assert annotations["waitTime"] >= 0
    assert annotations["limits"] == {"timeout": 60000, "memory": 256, "logs": 10, "concurrency": 1}
    assert "initTime" not in annotations
    assert platform.rest("GET", f"activations/{record['activationId']}/result").json()["result"] == {"x": 1}
    assert record["activationId"] in [
        each["activationId"] for each in platform.rest("GET", "activations?name=utils/echo").json()
    ]


def test_they_are_steps_of_sequences_and_ends_of_rules(platform: Platform) -> None:
    name = platform.name("sequence")
    components = [f"/whisk.system/utils/{each}" for each in ("split", "sort", "cat")]
    platform.given(f"actions/{name}", {"exec": {"kind": "sequence", "components": components}})

    record = platform.invoke(name, {"payload": "c b a", "separator": " "}).json()

    assert record["response"]["result"] == {"lines": ["a", "b", "c"], "payload": "a\nb\nc"}
    assert [platform.record(each)["name"] for each in record["logs"]] == ["split", "sort", "cat"]
    for each in record["logs"]:
        assert platform.record(each)["cause"] == record["activationId"]


def test_they_are_reached_through_bindings_with_parameters(platform: Platform) -> None:
    binding = platform.name("binding")
    body = {"binding": {"namespace": "whisk.system", "name": "utils"}, "parameters": [{"key": "x", "value": 1}]}
    platform.given(f"packages/{binding}", body)

    assert platform.invoke(f"{binding}/echo", {"y": 2}, result="true").json() == {"x": 1, "y": 2}


def test_nobody_writes_an_action_of_their_kind(platform: Platform) -> None:
    kind = platform.call("GET", f"{UTILS}/echo").json()["exec"]["kind"]

    answer = platform.rest("PUT", "actions/mine", {"exec": {"kind": kind, "code": ""}})

    assert answer.status_code == 400
    assert f"The specified runtime '{kind}' is not supported by this platform." in error_of(answer)


def test_adobes_validator_passes_its_input_on(platform: Platform) -> None:
    assert run(platform, "headless-v2", {"x": 1}, "adobeio/shared-validators-v1").json() == {"x": 1}


def test_a_web_action_behind_the_validator_answers(platform: Platform) -> None:
    code = "def main(args):\n    return {'body': args['__ow_headers']['x-mine'] + args['q']}\n"
    inner, name = platform.given_action("inner", code), platform.name("guarded")
    components = ["/adobeio/shared-validators-v1/headless-v2", f"/{platform.namespace}/{inner}"]
    annotations = [{"key": "web-export", "value": True}]
    platform.given(
        f"actions/{name}", {"exec": {"kind": "sequence", "components": components}, "annotations": annotations}
    )

    assert platform.web("GET", f"default/{name}?q=1", headers={"X-Mine": "a"}).text == "a1"
