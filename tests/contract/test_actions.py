"""Actions as entities: create, read, update, list, delete (sections 2.3 to 2.6 and 3.2)."""

import base64
import re
import time
from typing import Any

import pytest

from .platform import ECHO, NODE, PYTHON, Platform, annotations_of, error_of

MALFORMED = "The request content was malformed:\n"


def test_a_new_action_has_version_defaults_and_the_exec_annotation(platform: Platform) -> None:
    name = platform.name("new")

    action = platform.given(f"actions/{name}", {"exec": {"kind": PYTHON, "code": ECHO}})

    assert (action["namespace"], action["name"], action["version"]) == (platform.namespace, name, "0.0.1")
    assert action["publish"] is False
    assert action["limits"] == {"timeout": 60000, "memory": 256, "logs": 10, "concurrency": 1}
    assert action["exec"]["code"] == ECHO
    assert action["exec"]["binary"] is False
    assert "main" not in action["exec"]
    assert re.fullmatch(r"python:3\.\d+", action["exec"]["kind"])
    assert annotations_of(action)["exec"] == action["exec"]["kind"]
    assert abs(action["updated"] - time.time() * 1000) < 60_000


def test_the_default_of_a_family_is_stored_as_a_concrete_kind(platform: Platform) -> None:
    action = platform.given(f"actions/{platform.name('node')}", {"exec": {"kind": NODE, "code": "x"}})

    assert re.fullmatch(r"nodejs:\d+", action["exec"]["kind"])


def test_get_gives_the_action_and_code_false_leaves_the_code_out(platform: Platform) -> None:
    name = platform.given_action("read")

    assert platform.rest("GET", f"actions/{name}").json()["exec"]["code"] == ECHO
    assert "code" not in platform.rest("GET", f"actions/{name}?code=false").json()["exec"]


def test_a_name_that_exists_is_a_conflict_unless_overwritten(platform: Platform) -> None:
    name = platform.given_action("twice")

    answer = platform.rest("PUT", f"actions/{name}", {"exec": {"kind": PYTHON, "code": ECHO}})

    assert (answer.status_code, error_of(answer)) == (409, "resource already exists")


def test_an_update_bumps_the_patch_and_keeps_what_it_does_not_mention(platform: Platform) -> None:
    name = platform.given_action(
        "update",
        parameters=[{"key": "a", "value": 1}],
        limits={"timeout": 5000},
        annotations=[{"key": "x", "value": 1}],
    )
    before = platform.rest("GET", f"actions/{name}").json()

    after = platform.given(f"actions/{name}", {"limits": {"memory": 512}, "annotations": [{"key": "y", "value": 2}]})

    assert after["version"] == "0.0.2"
    assert after["updated"] > before["updated"]
    assert after["exec"] == before["exec"]
    assert after["parameters"] == [{"key": "a", "value": 1}]
    assert after["limits"] == {"timeout": 5000, "memory": 512, "logs": 10, "concurrency": 1}
    assert annotations_of(after) == {"x": 1, "y": 2, "exec": before["exec"]["kind"]}


def test_parameters_are_replaced_as_a_whole_and_annotations_can_be_dropped(platform: Platform) -> None:
    name = platform.given_action(
        "replace", parameters=[{"key": "a", "value": 1}], annotations=[{"key": "x", "value": 1}]
    )

    after = platform.given(
        f"actions/{name}", {"parameters": [{"key": "b", "value": None}], "delAnnotations": ["x", "exec"]}
    )

    assert after["parameters"] == [{"key": "b", "value": None}]
    assert set(annotations_of(after)) == {"exec"}


@pytest.mark.parametrize(
    ("version", "stored"),
    [("1.2", "1.2.0"), ("7", "7.0.0"), ("1.2.3.4", "1.2.3"), ("0.0.1.x", "0.0.1"), ("2.", "2.0.0")],
)
def test_a_version_in_the_body_is_used_as_it_is(platform: Platform, version: str, stored: str) -> None:
    name = platform.given_action("version", version=version)

    assert platform.rest("GET", f"actions/{name}").json()["version"] == stored
    raised = stored[:-1] + str(int(stored[-1]) + 1)
    assert platform.given(f"actions/{name}", {})["version"] == raised


def test_delete_answers_the_action_and_a_new_one_starts_at_the_first_version(platform: Platform) -> None:
    name = platform.given_action("gone")
    platform.given(f"actions/{name}", {})

    deleted = platform.rest("DELETE", f"actions/{name}")

    assert (deleted.status_code, deleted.json()["version"]) == (200, "0.0.2")
    assert platform.rest("DELETE", f"actions/{name}").status_code == 404
    assert platform.given(f"actions/{name}", {"exec": {"kind": PYTHON, "code": ECHO}})["version"] == "0.0.1"


def test_an_update_of_nothing_needs_exec(platform: Platform) -> None:
    answer = platform.rest("PUT", f"actions/{platform.name('none')}?overwrite=true", {})

    assert (answer.status_code, error_of(answer)) == (400, "exec undefined")


def test_unknown_members_are_ignored(platform: Platform) -> None:
    name = platform.name("stray")

    body = {"exec": {"kind": PYTHON, "code": ECHO}, "name": "other", "namespace": "x", "updated": 1, "stray": []}
    action = platform.given(f"actions/{name}", body)

    assert action["name"] == name
    assert action["updated"] > 1
    assert "stray" not in action


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({"exec": {"code": "x"}}, "'kind' must be a string defined in 'exec'"),
        (
            {"exec": {"kind": PYTHON}},
            r"'code' must be a string or attachment object defined in 'exec' for 'python:3\.\d+' actions",
        ),
        ({"exec": {"kind": "cobol:1", "code": ""}}, r"The specified runtime 'cobol:1' is not supported by this "
            r"platform\. Valid values are: '.+'\."),
        (
            {"exec": {"kind": PYTHON, "code": "", "main": None}},
            r"if defined, 'main' be a string in 'exec' for 'python:3\.\d+' actions",
        ),
        ({"parameters": {"a": 1}}, "parameters malformed!"),
        ({"parameters": [{"key": "a", "value": 1, "init": "yes"}]}, "parameters malformed!"),
        ({"parameters": [{"key": "a"}]}, "parameters malformed!"),
        ({"annotations": [{"key": 1, "value": 1}]}, "parameters malformed!"),
        ({"limits": {"timeout": "1"}}, "time limit malformed"),
        ({"limits": {"memory": True}}, "memory limit malformed"),
        ({"limits": {"logs": []}}, "log limit malformed"),
        ({"limits": {"concurrency": "x"}}, "concurrency limit malformed"),
        ({"limits": {"timeout": 100.5}}, "requirement failed: time limit must be whole number"),
        ({"limits": {"concurrency": 1.5}}, "requirement failed: intra concurrency limit must be whole number"),
        ({"version": "a.b"}, "semantic version malformed"),
        ({"version": "0.0.0"}, "semantic version malformed"),
        ({"version": "-1.0.0"}, "semantic version malformed"),
        ({"version": "1.2.3-beta"}, "semantic version malformed"),
        ({"version": ""}, "semantic version malformed"),
    ],
)  # fmt: skip
def test_a_malformed_value_is_named(platform: Platform, body: dict[str, Any], detail: str) -> None:
    complete = {"exec": {"kind": PYTHON, "code": ECHO}} | body

    answer = platform.rest("PUT", f"actions/{platform.name('bad')}", complete)

    assert answer.status_code == 400
    text = error_of(answer)
    assert text.startswith(MALFORMED)
    assert re.fullmatch(detail, text.removeprefix(MALFORMED)), text


@pytest.mark.parametrize(
    ("limits", "text"),
    [
        ({"memory": 64}, r"requirement failed: memory size 64 MB below allowed threshold of 128 MB"),
        ({"memory": 999999}, r"requirement failed: memory size 999999 MB exceeds allowed threshold of \d+ MB"),
        ({"logs": 11}, r"requirement failed: log size 11 MB exceeds allowed threshold of 10 MB"),
        (
            {"timeout": 50},
            r"requirement failed: duration 50 milliseconds below allowed threshold of 100 milliseconds",
        ),
        (
            {"timeout": 10**9},
            r"requirement failed: duration 1000000000 milliseconds exceeds allowed threshold of \d+ milliseconds",
        ),
        ({"concurrency": 0}, r"requirement failed: concurrency 0 below allowed threshold of 1"),
        ({"concurrency": 501}, r"requirement failed: concurrency 501 exceeds allowed threshold of 500"),
    ],
)
def test_a_limit_out_of_bounds_is_refused(platform: Platform, limits: dict[str, int], text: str) -> None:
    answer = platform.rest(
        "PUT", f"actions/{platform.name('limits')}", {"exec": {"kind": PYTHON, "code": ECHO}, "limits": limits}
    )

    assert answer.status_code == 400
    assert re.fullmatch(text, error_of(answer))


def test_parameters_and_annotations_above_a_megabyte_are_413(platform: Platform) -> None:
    for member in ("parameters", "annotations"):
        value = [{"key": "a", "value": "x" * 1048576}]

        answer = platform.rest(
            "PUT", f"actions/{platform.name('big')}", {"exec": {"kind": PYTHON, "code": ECHO}, member: value}
        )

        assert answer.status_code == 413
        assert error_of(answer) == f"{member} larger than allowed: {1048576 + 3} > 1048576 bytes."


def test_binary_is_computed_from_the_code(platform: Platform) -> None:
    for code, binary in (("abcd", True), (base64.b64encode(b"zip").decode(), True), ("abc", False), ("", False)):
        body = {"exec": {"kind": PYTHON, "code": code, "binary": not binary}}

        assert platform.given(f"actions/{platform.name('binary')}", body)["exec"]["binary"] is binary


def test_a_name_of_another_collection_is_a_conflict(platform: Platform) -> None:
    name = platform.given_trigger()
    text = "Resource by this name exists but is not in this collection."

    for answer in (
        platform.rest("PUT", f"actions/{name}", {"exec": {"kind": PYTHON, "code": ECHO}}),
        platform.rest("GET", f"actions/{name}"),
        platform.rest("DELETE", f"actions/{name}"),
        platform.rest("POST", f"actions/{name}", {}),
    ):
        assert (answer.status_code, error_of(answer)) == (409, text)


def test_a_list_element_tells_neither_kind_nor_code_nor_parameters(platform: Platform) -> None:
    name = platform.given_action("listed", parameters=[{"key": "a", "value": 1}])

    newest = platform.rest("GET", "actions?limit=1").json()[0]

    assert newest["name"] == name
    assert newest["exec"] == {"binary": False}
    assert set(newest) == {
        "namespace", "name", "version", "publish", "annotations", "limits", "exec", "updated"
    }  # fmt: skip
    assert annotations_of(newest)["exec"].startswith("python:")


def test_lists_are_paged_counted_and_sorted_by_the_last_write(platform: Platform) -> None:
    names = [platform.given_action(f"page{number}") for number in range(3)]

    assert [each["name"] for each in platform.rest("GET", "actions?limit=3").json()] == names[::-1]
    assert [each["name"] for each in platform.rest("GET", "actions?limit=1&skip=1").json()] == [names[1]]
    total = platform.rest("GET", "actions?count=true").json()
    assert set(total) == {"actions"}
    assert platform.rest("GET", "actions?count=true&skip=2&limit=1").json() == {"actions": total["actions"] - 2}
    assert platform.rest("GET", "actions?skip=100000").json() == []


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ("limit=-1", "'limit' was malformed:\nThe value '-1' is not in the range of 0 to 200 for {}."),
        ("limit=201", "'limit' was malformed:\nThe value '201' is not in the range of 0 to 200 for {}."),
        ("limit=x", "'limit' was malformed:\nThe value 'x' is not an integer for {}."),
        ("skip=-1", "'skip' was malformed:\nThe value '-1' is not greater than or equal to 0 for {}."),
        ("limit=3000000000", "'limit' was malformed:\nThe value '3000000000' is not an integer for {}."),
        ("skip=1.5", "'skip' was malformed:\nThe value '1.5' is not an integer for {}."),
    ],
)
@pytest.mark.parametrize("collection", ["actions", "triggers", "rules", "packages", "activations"])
def test_a_page_out_of_range_is_refused(platform: Platform, collection: str, query: str, detail: str) -> None:
    answer = platform.rest("GET", f"{collection}?{query}")

    assert answer.status_code == 400
    assert error_of(answer) == f"The query parameter {detail.format(collection)}"


def test_limit_zero_means_two_hundred(platform: Platform) -> None:
    platform.given_action("zero")

    assert platform.rest("GET", "actions?limit=0").json()
