"""Values that strain whoever reads and writes JSON: each way through the platform ends with a record one can read."""

from typing import Any

import pytest

from .platform import ECHO, NODE, PYTHON, Platform, annotations_of

HALF = "\ud800"
"""Half of a character: JSON can escape it, UTF-8 cannot carry it."""
NODE_ECHO = "function main(args) { return args }"
PRINTS = {
    PYTHON: "def main(args):\n    print(args['text'])\n    return {}\n",
    NODE: "function main(args) { console.log(args.text) }",
}
NESTS = "function main(args) { let n = 1; for (let i = 0; i < args.depth; i++) n = [n]; return {n} }"
UNREADABLE = "The action did not produce a valid JSON or JSON Array response"


@pytest.mark.parametrize(("kind", "code"), [(PYTHON, ECHO), (NODE, NODE_ECHO)])
def test_half_a_character_goes_through_an_action_unharmed(platform: Platform, kind: str, code: str) -> None:
    action = platform.given_action("odd-half", code, kind=kind, parameters=[{"key": "own", "value": HALF}])

    answer = platform.invoke(action, {"text": f"a{HALF}b", HALF: [HALF]}).json()

    expected = {"text": f"a{HALF}b", HALF: [HALF], "own": HALF}
    assert answer["response"]["result"] == expected
    assert platform.record(answer["activationId"])["response"]["result"] == expected


@pytest.mark.parametrize(("kind", "status"), [(PYTHON, "application error"), (NODE, "success")])
def test_half_a_character_that_is_printed_leaves_a_record(platform: Platform, kind: str, status: str) -> None:
    action = platform.given_action("odd-printed", PRINTS[kind], kind=kind)

    record = platform.record(platform.invoke(action, {"text": HALF}).json()["activationId"])

    assert record["response"]["status"] == status
    assert record["logs"]
    assert "timeout" in annotations_of(record)


def _nested(depth: int, **more: Any) -> dict[str, Any]:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return {"n": value, **more}


@pytest.mark.parametrize(("kind", "code"), [(PYTHON, ECHO), (NODE, NODE_ECHO)])
def test_nine_hundred_levels_are_no_matter(platform: Platform, kind: str, code: str) -> None:
    action = platform.given_action("odd-levels", code, kind=kind, parameters=[{"key": "own", "value": 1}])

    answer = platform.invoke(action, _nested(900), result="true")

    assert answer.json() == _nested(900, own=1)


def test_a_web_action_prints_nine_hundred_levels(platform: Platform) -> None:
    action = platform.given_web_action(NESTS, kind=NODE)

    assert platform.web("GET", f"default/{action}.json?depth=900").json() == _nested(900)


def test_a_payload_of_a_hundred_thousand_levels_is_malformed(platform: Platform) -> None:
    action = platform.given_action("odd-deep")
    body = '{"n":' + "[" * 100_000 + "]" * 100_000 + "}"

    answer = platform.call(
        "POST",
        f"/api/v1/namespaces/_/actions/{action}",
        content=body,
        headers={"Content-Type": "application/json"},
    )

    assert answer.status_code == 400
    assert answer.json()["error"].startswith("The request content was malformed:\n")


@pytest.mark.parametrize("depth", [1500, 100_000])
def test_a_result_that_nobody_could_read_is_a_developer_error(platform: Platform, depth: int) -> None:
    action = platform.given_action("odd-unreadable", NESTS, kind=NODE)

    answer = platform.invoke(action, {"depth": depth})

    assert answer.status_code == 502
    response = answer.json()["response"]
    assert response["status"] == "action developer error"
    if depth == 1500:
        assert response["result"]["error"].startswith(f'{UNREADABLE}: {{"n":[[[')


def test_it_ends_a_sequence_and_is_told_to_a_conductor(platform: Platform) -> None:
    nests = platform.given_action("odd-nests", NESTS, kind=NODE)
    sequence = platform.name("odd-sequence")
    components = [f"/_/{nests}", f"/_/{nests}"]
    platform.given(f"actions/{sequence}", {"exec": {"kind": "sequence", "components": components}})
    conducts = f"""
def main(args):
    return {{'params': {{'told': args['error'][:26]}}}} if 'error' in args else {{'action': '{nests}', 'params': args}}
"""
    conductor = platform.given_action("odd-conductor", conducts, annotations=[{"key": "conductor", "value": True}])

    ended = platform.invoke(sequence, {"depth": 1500}).json()
    told = platform.invoke(conductor, {"depth": 1500}).json()

    assert (ended["response"]["status"], len(ended["logs"])) == ("action developer error", 1)
    assert told["response"]["result"] == {"told": UNREADABLE[:26]}
