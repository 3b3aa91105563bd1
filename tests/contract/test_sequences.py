"""Sequences: what they are made of and how they run (sections 3.2 and 5.2)."""

import json
import time
from typing import Any

import pytest

from .platform import ECHO, PYTHON, Platform, annotations_of, error_of

ADD = "def main(args):\n    return {'n': args['n'] + args.get('by', 1)}\n"
FAIL = "def main(args):\n    return {'error': 'no luck'}\n"
BROKEN = "def main(args):\n    return 5\n"
LIST = "def main(args):\n    return [1, 2]\n"
SLOW = "import time\ndef main(args):\n    time.sleep(0.3)\n    return args\n"
CYCLIC = "Sequence may not refer to itself."


def put(platform: Platform, name: str, *components: str, **body: Any) -> Any:
    content = {"exec": {"kind": "sequence", "components": [f"/_/{each}" for each in components]}, **body}
    return platform.rest("PUT", f"actions/{name}?overwrite=true", content)


def given_sequence(platform: Platform, *components: str, **body: Any) -> str:
    name = platform.name("sequence")
    answer = put(platform, name, *components, **body)
    assert answer.status_code == 200, answer.text
    platform.made.append(f"actions/{name}")
    return name


def test_a_sequence_is_stored_as_the_list_of_its_components(platform: Platform) -> None:
    a, b = platform.given_action("a"), platform.given_action("b")
    name = given_sequence(platform, a, b, parameters=[{"key": "x", "value": 1}])

    body = platform.rest("GET", f"actions/{name}").json()

    components = [f"/{platform.namespace}/{each}" for each in (a, b)]
    assert body["exec"] == {"kind": "sequence", "components": components}
    assert body["parameters"] == [{"key": "_actions", "value": components}]
    assert annotations_of(body)["exec"] == "sequence"


def test_a_sequence_that_becomes_code_loses_its_list(platform: Platform) -> None:
    name = given_sequence(platform, platform.given_action("a"))

    body = platform.given(f"actions/{name}", {"exec": {"kind": PYTHON, "code": ECHO}})

    assert body["parameters"] == []


@pytest.mark.parametrize(
    ("exec_", "detail"),
    [
        ({"kind": "sequence"}, "'components' must be defined for sequence kind"),
        ({"kind": "sequence", "components": "a"}, "'components' must be an array"),
    ],
)
def test_malformed_components_are_named(platform: Platform, exec_: dict[str, Any], detail: str) -> None:
    answer = platform.rest("PUT", f"actions/{platform.name('bad')}", {"exec": exec_})

    assert (answer.status_code, error_of(answer)) == (400, f"The request content was malformed:\n{detail}")


def test_what_a_sequence_cannot_be_made_of(platform: Platform) -> None:
    a = platform.given_action("a")
    inner = given_sequence(platform, a)
    half = given_sequence(platform, *[a] * 26)
    itself = platform.name("itself")

    for name, components, status, text in (
        (platform.name("s"), [], 400, "No component specified for the sequence."),
        (platform.name("s"), [a] * 51, 400, "Too many actions in the sequence."),
        (platform.name("s"), [half, half], 400, "Too many actions in the sequence."),
        (platform.name("s"), [a, "no-such"], 400, "Sequence component does not exist."),
        (platform.name("s"), ["no-such/a"], 404, "The requested resource does not exist."),
        (itself, [a, itself], 400, CYCLIC),
        (a, [inner], 400, CYCLIC),
        (inner, [given_sequence(platform, inner)], 400, CYCLIC),
    ):
        answer = put(platform, name, *components)

        assert (answer.status_code, error_of(answer)) == (status, text), components


def test_each_result_is_the_next_ones_payload_over_its_parameters(platform: Platform) -> None:
    one = platform.given_action("one", ADD)
    ten = platform.given_action("ten", ADD, parameters=[{"key": "by", "value": 10}, {"key": "n", "value": 0}])
    name = given_sequence(platform, one, ten, one)

    assert platform.invoke(name, {"n": 5}, result="true").json() == {"n": 17}


def test_the_record_of_a_sequence_names_its_steps(platform: Platform) -> None:
    slow = platform.given_action("slow", SLOW, limits={"memory": 512})
    name = given_sequence(platform, slow, slow)

    answer = platform.invoke(name, {"x": 1})

    record = answer.json()
    assert answer.status_code == 200
    assert record["response"]["result"] == {"x": 1}
    steps = [platform.record(activation_id) for activation_id in record["logs"]]
    assert len(steps) == 2
    annotations = annotations_of(record)
    assert annotations["kind"] == "sequence"
    assert annotations["topmost"] is True
    assert annotations["path"] == f"{platform.namespace}/{name}"
    assert annotations["limits"] == {"timeout": 60000, "memory": 512, "logs": 10, "concurrency": 1}
    assert annotations["waitTime"] >= 0
    assert not {"initTime", "timeout", "causedBy"} & set(annotations)
    assert "cause" not in record
    assert record["duration"] == sum(step["duration"] for step in steps) >= 600
    for step in steps:
        assert step["cause"] == record["activationId"]
        assert annotations_of(step)["causedBy"] == "sequence"
    assert platform.record(record["activationId"]) == record


@pytest.mark.parametrize(
    ("code", "status", "result"),
    [
        (FAIL, "application error", {"error": "no luck"}),
        (BROKEN, "action developer error", {"error": "The action did not return a dictionary or array."}),
    ],
)
def test_a_step_that_fails_ends_the_sequence_with_its_outcome(
    platform: Platform, code: str, status: str, result: Any
) -> None:
    failing, never = platform.given_action("failing", code), platform.given_action("never")
    name = given_sequence(platform, platform.given_action("first"), failing, never)

    answer = platform.invoke(name)

    assert answer.status_code == 502
    assert answer.json()["response"]["status"] == status
    assert answer.json()["response"]["result"] == result
    assert len(answer.json()["logs"]) == 2


def test_a_payload_with_an_error_does_not_stop_it(platform: Platform) -> None:
    drop = platform.given_action("drop", "def main(args):\n    return {'had': args['error']}\n")

    assert platform.invoke(given_sequence(platform, drop), {"error": 1}, result="true").json() == {"had": 1}


def test_an_array_is_handed_on_as_it_is(platform: Platform) -> None:
    count = platform.given_action("count", "def main(args):\n    return {'n': len(args)}\n")
    name = given_sequence(platform, platform.given_action("list", LIST), count)

    assert platform.invoke(name, result="true").json() == {"n": 2}


def test_a_sequence_inside_has_a_record_of_its_own(platform: Platform) -> None:
    add = platform.given_action("add", ADD)
    inner = given_sequence(platform, add, add)
    outer = platform.invoke(given_sequence(platform, add, inner), {"n": 0}).json()

    assert outer["response"]["result"] == {"n": 3}
    assert len(outer["logs"]) == 2
    nested = platform.record(outer["logs"][1])
    assert nested["name"] == inner
    assert nested["cause"] == outer["activationId"]
    assert annotations_of(nested)["topmost"] is False
    assert annotations_of(nested)["causedBy"] == "sequence"
    assert len(nested["logs"]) == 2
    assert {platform.record(each)["cause"] for each in nested["logs"]} == {nested["activationId"]}


def test_the_memory_of_a_sequence_is_the_largest_of_what_ran_however_deep(platform: Platform) -> None:
    small, large = (platform.given_action("add", ADD, limits={"memory": memory}) for memory in (128, 512))
    inner = given_sequence(platform, small, small)
    outer = platform.invoke(given_sequence(platform, small, inner), {"n": 0}).json()
    deep = platform.invoke(given_sequence(platform, given_sequence(platform, large), small), {"n": 0}).json()

    assert annotations_of(outer)["limits"]["memory"] == 128
    assert annotations_of(platform.record(outer["logs"][1]))["limits"]["memory"] == 128
    assert annotations_of(deep)["limits"]["memory"] == 512


def test_a_component_that_was_deleted_is_an_application_error(platform: Platform) -> None:
    first, gone = platform.given_action("first"), platform.given_action("gone")
    name = given_sequence(platform, first, gone)
    platform.rest("DELETE", f"actions/{gone}")

    answer = platform.invoke(name)

    assert answer.status_code == 502
    assert answer.json()["response"]["status"] == "application error"
    assert answer.json()["response"]["result"] == {"error": "Sequence component does not exist."}
    assert len(answer.json()["logs"]) == 1


def test_an_update_during_a_run_does_not_reach_it(platform: Platform) -> None:
    slow, last = platform.given_action("slow", SLOW), platform.given_action("last", ADD)
    name = given_sequence(platform, slow, last)
    activation_id = platform.rest("POST", f"actions/{name}", {"n": 1}).json()["activationId"]

    platform.given(f"actions/{last}", {"exec": {"kind": PYTHON, "code": FAIL}})

    assert platform.record(activation_id)["response"]["result"] == {"n": 2}


def test_a_rule_and_a_url_may_lead_to_a_sequence(platform: Platform) -> None:
    add = platform.given_action("add", ADD, parameters=[{"key": "n", "value": 1}])
    name = given_sequence(platform, add, add, annotations=[{"key": "web-export", "value": True}])
    trigger = platform.given_trigger()
    platform.given_rule(trigger, name)

    fired = platform.record(platform.rest("POST", f"triggers/{trigger}", {"n": 5}).json()["activationId"])
    answered = platform.web("GET", f"default/{name}.json")

    (line,) = map(json.loads, fired["logs"])
    assert platform.record(line["activationId"])["response"]["result"] == {"n": 7}
    assert answered.json() == {"n": 3}


def test_a_sequence_can_outlive_the_wait_of_its_caller(platform: Platform) -> None:
    slow = platform.given_action("slow", SLOW)
    name = given_sequence(platform, slow, slow)
    began = time.monotonic()

    answer = platform.invoke(name, {"x": 1}, timeout="100")

    assert answer.status_code == 202
    assert time.monotonic() - began < 5
    assert platform.record(answer.json()["activationId"])["response"]["result"] == {"x": 1}
