"""Compositions: actions that conduct others (section 5.3)."""

from typing import Any

import pytest

from .platform import ECHO, PYTHON, Platform, annotations_of

ADD = "def main(args):\n    return {'n': args['n'] + args.get('by', 1)}\n"
FAIL = "def main(args):\n    return {'error': 'no luck'}\n"
LIST = "def main(args):\n    return [1, 2]\n"

ONE_STEP = """
def main(args):
    if args.get('asked'):
        return {'params': {'seen': {key: args[key] for key in args if key not in ('asked', 'step', 'params')}}}
    return {'action': args['step'], 'params': args.get('params', {}), 'state': {'asked': True}}
"""
"""Runs the step that it is told, then ends with what it was told of the result."""

SEVERAL = """
def main(args):
    steps = args['steps']
    if not steps:
        return {'params': args}
    return {'action': steps[0], 'params': {'n': args['n']}, 'state': {'steps': steps[1:]}}
"""
"""Runs one step after the other and hands `n` on."""

ENDLESS = """
def main(args):
    return {'action': args['step'], 'params': {}, 'state': {'step': args['step']}}
"""
"""Runs its step for as long as it may."""

SCRIPT = """
def main(args):
    return args['answer']
"""
"""Answers as it is told, and ends there."""


def given_conductor(platform: Platform, code: str, stem: str = "conductor", **body: Any) -> str:
    annotations = [{"key": "conductor", "value": True}]
    return platform.given_action(stem, code, annotations=annotations, **body)


def seen(platform: Platform, step: Any, params: Any = None) -> Any:
    """What the conductor is told after it asked for `step`."""
    conductor = given_conductor(platform, ONE_STEP)
    payload = {"step": step} | ({} if params is None else {"params": params})
    return platform.invoke(conductor, payload, result="true").json()["seen"]


def test_a_composition_runs_what_its_conductor_names_until_it_names_nothing(platform: Platform) -> None:
    one, ten = platform.given_action("one", ADD), platform.given_action("ten", ADD, parameters=[_by(10)])
    conductor = given_conductor(platform, SEVERAL)

    answer = platform.invoke(conductor, {"n": 1, "steps": [one, ten, one]})

    assert answer.status_code == 200
    assert answer.json()["response"]["result"] == {"n": 13, "steps": []}


def test_the_record_names_every_run_in_order(platform: Platform) -> None:
    one = platform.given_action("one", ADD, limits={"memory": 512})
    conductor = given_conductor(platform, SEVERAL)

    record = platform.invoke(conductor, {"n": 1, "steps": [one]}).json()

    annotations = annotations_of(record)
    assert annotations["kind"] == "sequence"
    assert annotations["conductor"] is True
    assert annotations["topmost"] is True
    assert annotations["path"] == f"{platform.namespace}/{conductor}"
    assert annotations["limits"] == {"timeout": 60000, "memory": 512, "logs": 10, "concurrency": 1}
    assert annotations["waitTime"] >= 0
    assert not {"initTime", "timeout", "causedBy"} & set(annotations)
    assert "cause" not in record
    runs = [platform.record(activation_id) for activation_id in record["logs"]]
    assert [each["name"] for each in runs] == [conductor, one, conductor]
    assert record["duration"] == sum(each["duration"] for each in runs)
    for each in runs:
        assert each["cause"] == record["activationId"]
        assert annotations_of(each)["causedBy"] == "sequence"
        assert annotations_of(each)["kind"].startswith("python")
        assert not {"conductor", "topmost"} & set(annotations_of(each))
    assert platform.record(record["activationId"]) == record


@pytest.mark.parametrize("value", [True, 1, "yes", {}, []])
def test_any_true_value_makes_a_conductor(platform: Platform, value: Any) -> None:
    name = platform.given_action("c", ECHO, annotations=[{"key": "conductor", "value": value}])

    assert annotations_of(platform.invoke(name).json()).get("conductor") is True


@pytest.mark.parametrize("value", [False, 0, "", None])
def test_any_other_does_not(platform: Platform, value: Any) -> None:
    name = platform.given_action("c", ECHO, annotations=[{"key": "conductor", "value": value}])

    record = platform.invoke(name, {"action": "x"}).json()

    assert "conductor" not in annotations_of(record)
    assert record["response"]["result"] == {"action": "x"}


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        ({"params": {"a": 1}}, {"a": 1}),
        ({"params": 5}, {"value": 5}),
        ({"params": None}, {"value": None}),
        ({"params": [1]}, {"value": [1]}),
        ({"params": {"a": 1}, "state": {"b": 2}, "other": 3}, {"a": 1}),
        ({"a": 1, "state": {"b": 2}}, {"a": 1, "state": {"b": 2}}),
        ({}, {}),
    ],
)
def test_without_an_action_the_params_are_the_result_or_else_everything(
    platform: Platform, answer: Any, result: Any
) -> None:
    conductor = given_conductor(platform, SCRIPT)

    assert platform.invoke(conductor, {"answer": answer}, result="true").json() == result


@pytest.mark.parametrize(
    ("code", "status"), [(FAIL, "application error"), ("def main(args):\n    return 5\n", "action developer error")]
)
def test_a_conductor_that_fails_ends_the_composition_with_its_outcome(
    platform: Platform, code: str, status: str
) -> None:
    record = platform.invoke(given_conductor(platform, code))

    assert record.status_code == 502
    assert record.json()["response"]["status"] == status
    assert len(record.json()["logs"]) == 1


def test_a_step_that_fails_is_told_to_the_conductor(platform: Platform) -> None:
    assert seen(platform, platform.given_action("fail", FAIL)) == {"error": "no luck"}


def test_state_comes_back_over_the_result_of_the_step(platform: Platform) -> None:
    code = "def main(a):\n    return {'params': a} if 'back' in a else {'action': a['step'], 'state': a['state']}\n"
    step = platform.given_action("step", "def main(args):\n    return {'back': 1, 'x': 'step'}\n")
    conductor = given_conductor(platform, code)

    def ended(state: Any) -> Any:
        return platform.invoke(conductor, {"step": step, "state": state}, result="true").json()

    assert ended({"x": "state", "y": 2}) == {"back": 1, "x": "state", "y": 2}
    assert ended(7) == {"back": 1, "x": "step", "state": 7}


def test_params_that_are_no_object_reach_the_step_as_a_value(platform: Platform) -> None:
    assert seen(platform, platform.given_action("echo"), params=3) == {"value": 3}


def test_a_step_is_named_in_any_way(platform: Platform) -> None:
    package = platform.name("package")
    platform.given(f"packages/{package}", {})
    platform.given(f"actions/{package}/a", {"exec": {"kind": PYTHON, "code": ECHO}})
    own, namespace = platform.given_action("own"), platform.namespace

    for name in (
        own,
        f"/_/{own}",
        f"/{namespace}/{own}",
        f"{package}/a",
        f"/_/{package}/a",
        f"/{namespace}/{package}/a",
        f"{namespace}/{package}/a",
        f"_/{package}/a",
    ):
        assert seen(platform, name, {"x": 1}) == {"x": 1}, name


@pytest.mark.parametrize(("reference", "printed"), [(5, "5"), ({"a": 1}, '{"a":1}'), ("a//b/c/d", '"a//b/c/d"')])
def test_a_name_that_cannot_be_read_is_told_to_the_conductor(platform: Platform, reference: Any, printed: str) -> None:
    expected = f"Failed to parse action name from json value {printed} during composition."

    assert seen(platform, reference) == {"error": expected}


def test_a_step_that_is_missing_or_not_allowed_is_told_to_the_conductor(platform: Platform) -> None:
    namespace = platform.namespace
    for reference, text in (
        ("no-such", f"Failed to resolve action with name '{namespace}/no-such' during composition."),
        ("no-such/a", f"Failed entitlement check for action with name '{namespace}/no-such/a' during composition."),
        ("/foreign/a", "Failed entitlement check for action with name 'foreign/a' during composition."),
        ("/foreign/p/a", "Failed entitlement check for action with name 'foreign/p/a' during composition."),
    ):
        assert seen(platform, reference) == {"error": text}


def test_a_bad_step_costs_two_runs_of_the_conductor(platform: Platform) -> None:
    record = platform.invoke(given_conductor(platform, ONE_STEP), {"step": "no-such"}).json()

    assert len(record["logs"]) == 2


def test_the_fifty_first_step_is_refused_and_told_to_the_conductor(platform: Platform) -> None:
    counting = """
def main(args):
    if args.get('error'):
        return {'params': {'error_text': args['error'], 'taken': args['taken']}}
    return {'action': args['step'], 'state': {'step': args['step'], 'taken': args.get('taken', -1) + 1}}
"""
    conductor = given_conductor(platform, counting)

    result = platform.invoke(conductor, {"step": platform.given_action("echo")}, result="true").json()

    assert result == {"error_text": "Too many actions in the composition.", "taken": 50}


def test_a_conductor_that_never_ends_is_ended(platform: Platform) -> None:
    answer = platform.invoke(given_conductor(platform, ENDLESS), {"step": platform.given_action("echo")})

    record = answer.json()
    assert answer.status_code == 502
    assert record["response"]["status"] == "application error"
    assert record["response"]["result"] == {"error": "Too many actions in the composition."}
    assert len(record["logs"]) == 101 + 50


def test_a_composition_inside_has_a_record_of_its_own_and_shares_the_count(platform: Platform) -> None:
    one = platform.given_action("one", ADD)
    inner = given_conductor(platform, SEVERAL, "inner")
    outer = given_conductor(platform, "def main(a):\n    return a if 'state' not in a else dict(a.pop('ask'), **a)\n")
    ask = {"action": inner, "params": {"n": 1, "steps": [one, one]}}

    record = platform.invoke(outer, {"ask": ask, "state": {}}).json()

    names = [platform.record(each)["name"] for each in record["logs"]]
    assert names == [outer, inner, outer]
    nested = platform.record(record["logs"][1])
    assert nested["response"]["result"] == {"n": 3, "steps": []}
    assert nested["cause"] == record["activationId"]
    assert annotations_of(nested)["topmost"] is False
    assert annotations_of(nested)["conductor"] is True
    assert annotations_of(nested)["causedBy"] == "sequence"
    assert {platform.record(each)["cause"] for each in nested["logs"]} == {nested["activationId"]}
    assert record["duration"] == sum(platform.record(each)["duration"] for each in record["logs"])


def test_a_composition_inside_is_no_step_itself(platform: Platform) -> None:
    one, inner = platform.given_action("one", ADD), given_conductor(platform, ECHO, "inner")

    record = platform.invoke(given_conductor(platform, SEVERAL), {"n": 0, "steps": [inner] * 30 + [one] * 21}).json()

    assert record["response"]["result"] == {"n": 21, "steps": []}


def test_compositions_inside_each_other_end_together(platform: Platform) -> None:
    name = platform.name("itself")
    code = f"def main(args):\n    return {{'action': '{name}', 'params': {{}}}}\n"
    body = {"exec": {"kind": PYTHON, "code": code}, "annotations": [{"key": "conductor", "value": True}]}
    platform.given(f"actions/{name}", body)

    record = platform.invoke(name).json()

    assert record["response"]["result"] == {"error": "Too many actions in the composition."}


def test_a_sequence_as_a_step_counts_once_and_is_listed_by_its_own_id(platform: Platform) -> None:
    one = platform.given_action("one", ADD, limits={"memory": 512})
    sequence = platform.name("sequence")
    platform.given(f"actions/{sequence}", {"exec": {"kind": "sequence", "components": [f"/_/{one}", f"/_/{one}"]}})

    record = platform.invoke(given_conductor(platform, SEVERAL), {"n": 0, "steps": [sequence]}).json()

    assert record["response"]["result"] == {"n": 2, "steps": []}
    assert len(record["logs"]) == 3
    inner = platform.record(record["logs"][1])
    assert (inner["name"], inner["cause"]) == (sequence, record["activationId"])
    assert annotations_of(inner)["topmost"] is False
    assert annotations_of(record)["limits"]["memory"] == 512


def test_a_composition_may_be_a_step_of_a_sequence(platform: Platform) -> None:
    one = platform.given_action("one", ADD)
    conductor = given_conductor(platform, SEVERAL)
    sequence = platform.name("sequence")
    components = [f"/_/{conductor}", f"/_/{one}"]
    platform.given(f"actions/{sequence}", {"exec": {"kind": "sequence", "components": components}})

    record = platform.invoke(sequence, {"n": 0, "steps": [one]}).json()

    assert record["response"]["result"] == {"n": 2}
    inner = platform.record(record["logs"][0])
    assert annotations_of(inner)["conductor"] is True
    assert annotations_of(inner)["topmost"] is False


def test_a_composition_whose_result_tells_an_error_ends_the_sequence_around_it(platform: Platform) -> None:
    conductor = given_conductor(platform, SCRIPT)
    sequence = platform.name("sequence")
    components = [f"/_/{conductor}", f"/_/{platform.given_action('never')}"]
    platform.given(f"actions/{sequence}", {"exec": {"kind": "sequence", "components": components}})

    answer = platform.invoke(sequence, {"answer": {"params": {"error": "no luck", "more": 1}}})

    assert answer.status_code == 200
    record = answer.json()
    assert record["response"]["result"] == {"error": "no luck", "more": 1}
    assert len(record["logs"]) == 1


def test_the_annotation_means_nothing_on_a_sequence(platform: Platform) -> None:
    sequence = platform.name("sequence")
    body = {
        "exec": {"kind": "sequence", "components": [f"/_/{platform.given_action('echo')}"]},
        "annotations": [{"key": "conductor", "value": True}],
    }
    platform.given(f"actions/{sequence}", body)

    record = platform.invoke(sequence, {"action": "x"}).json()

    assert "conductor" not in annotations_of(record)
    assert record["response"]["result"] == {"action": "x"}


def test_a_step_that_answers_an_array_hands_it_to_the_conductor(platform: Platform) -> None:
    count = "def main(a):\n    return {'action': a['step']} if isinstance(a, dict) else {'params': {'n': len(a)}}\n"
    conductor = given_conductor(platform, count)

    answer = platform.invoke(conductor, {"step": platform.given_action("list", LIST)}, result="true")

    assert answer.json() == {"n": 2}


def test_its_parameters_reach_every_run_of_the_conductor(platform: Platform) -> None:
    code = "def main(a):\n    return {'params': a} if 'done' in a else {'action': a['step'], 'params': {'done': 1}}\n"
    conductor = given_conductor(platform, code, parameters=[{"key": "step", "value": platform.given_action("echo")}])

    result = platform.invoke(conductor, result="true").json()

    assert set(result) == {"done", "step"}


def _by(value: int) -> dict[str, Any]:
    return {"key": "by", "value": value}
