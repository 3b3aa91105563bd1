"""Smaller rules that no other page tells: headers, sizes of the HTTP layer, members of lists (sections 1 to 3)."""

import json
from typing import Any

import pytest

from tests.runtime.serving import basic, body_of, exchange

from .platform import ECHO, PYTHON, Platform, annotations_of, error_of

NO_CORS = "access-control-allow-origin"
LISTED = {"namespace", "name", "version", "publish", "annotations", "updated"}
"""Of every entity."""


def test_an_address_of_more_than_eight_kilobytes_is_refused(platform: Platform) -> None:
    answer = platform.call("GET", f"/api/v1/namespaces?x={'y' * 9000}")

    assert answer.status_code == 414
    assert error_of(answer) == "URI length exceeds the configured limit of 8192 characters"


def test_a_body_of_more_than_fifty_megabytes_is_not_even_read(platform: Platform) -> None:
    head = (
        f"PUT /api/v1/namespaces/_/actions/x HTTP/1.1\r\nHost: localhost\r\nAuthorization: {basic(platform.auth)}\r\n"
    )

    answer = exchange(platform.url, f"{head}Connection: close\r\nContent-Length: 52428801\r\n\r\n".encode())

    assert answer.split(b"\r\n")[0].startswith(b"HTTP/1.1 413 ")
    assert body_of(answer)["error"] == ("The request content is larger than the server is willing or able to process.")


def test_what_the_router_refuses_carries_no_cors_headers(platform: Platform) -> None:
    refused = [
        platform.call("GET", "/api/v1/namespaces", signed=False),
        platform.call("GET", "/api/v1/nothing"),
        platform.rest("POST", "triggers/x", headers={"Content-Type": "text/plain"}, content="{}"),
        platform.rest("PUT", "triggers/x", content="["),
        platform.rest("GET", "actions?limit=x"),
    ]

    assert [each.status_code for each in refused] == [401, 404, 415, 400, 400]
    assert not any(NO_CORS in each.headers for each in refused)


def test_pages_may_ask_the_root_with_three_verbs(platform: Platform) -> None:
    for answer in (platform.call("GET", "/"), platform.call("OPTIONS", "/", signed=False)):
        assert answer.headers["access-control-allow-methods"] == "OPTIONS, GET, POST"
        assert answer.headers[NO_CORS] == "*"


def test_every_answer_about_an_activation_names_it_in_a_header(platform: Platform) -> None:
    works, fails = platform.given_action("works"), platform.given_action("fails", "def main(a): return {'error': 1}")
    trigger = platform.given_trigger()
    platform.given_rule(trigger, works)

    answers = [
        platform.invoke(works),
        platform.invoke(works, result="true"),
        platform.invoke(works, blocking="false"),
        platform.invoke(fails),
        platform.invoke(fails, result="true"),
        platform.rest("POST", f"triggers/{trigger}", {}),
    ]

    assert [each.status_code for each in answers] == [200, 200, 202, 502, 502, 202]
    ids = [each.headers["x-openwhisk-activation-id"] for each in answers]
    assert len(set(ids)) == len(ids)
    for answer, activation_id in zip(answers, ids, strict=True):
        assert answer.json().get("activationId", activation_id) == activation_id
        assert platform.record(activation_id)["activationId"] == activation_id


def test_headers_that_clients_send_for_other_platforms_change_nothing(platform: Platform) -> None:
    action = platform.given_action("headers")
    headers = {"X-OW-EXTRA-LOGGING": "on", "x-namespace-id": "elsewhere", "User-Agent": "OpenWhisk-CLI/1.0 (x) linux"}

    answer = platform.rest("POST", f"actions/{action}", {"a": 1}, params={"blocking": "true"}, headers=headers)

    assert answer.status_code == 200
    assert answer.json()["namespace"] == platform.namespace
    assert platform.record(answer.json()["activationId"])["response"]["result"] == {"a": 1}


def test_only_a_parameter_for_the_environment_is_printed_as_one(platform: Platform) -> None:
    parameters = [{"key": "a", "value": 1, "init": False}, {"key": "b", "value": 2, "init": True}]
    action = platform.given_action("init", parameters=parameters)

    stored = platform.rest("GET", f"actions/{action}").json()["parameters"]

    assert sorted(stored, key=lambda each: str(each["key"])) == [
        {"key": "a", "value": 1},
        {"key": "b", "value": 2, "init": True},
    ]


def test_the_time_of_the_last_write_grows_with_every_write(platform: Platform) -> None:
    for path, body in (
        ("actions", {"exec": {"kind": PYTHON, "code": ECHO}}),
        ("triggers", {}),
        ("packages", {}),
    ):
        name = f"{path}/{platform.name('written')}"

        times = [platform.given(name, body)["updated"] for _ in range(4)]

        assert times == sorted(set(times))


def test_elements_of_lists_have_exactly_these_members(platform: Platform) -> None:
    package = platform.name("package")
    platform.given(f"packages/{package}", {"parameters": [{"key": "a", "value": 1}]})
    action, trigger = platform.given_action("listed"), platform.given_trigger()
    platform.given_rule(trigger, action)

    def newest(collection: str) -> dict[str, Any]:
        return dict(platform.rest("GET", f"{collection}?limit=1").json()[0])

    assert set(newest("triggers")) == LISTED
    assert set(newest("packages")) == LISTED | {"binding"}
    assert set(newest("rules")) == LISTED | {"trigger", "action"}
    assert set(newest("actions")) == LISTED | {"limits", "exec"}


def test_a_count_is_bounded_by_skip_alone(platform: Platform) -> None:
    for _ in range(3):
        platform.given_trigger()

    whole = platform.rest("GET", "triggers?count=true").json()
    some = platform.rest("GET", "triggers?count=true&limit=1&skip=2").json()

    assert set(whole) == {"triggers"}
    assert some == {"triggers": whole["triggers"] - 2}
    assert platform.rest("GET", "triggers?count=true&skip=100000").json() == {"triggers": 0}


@pytest.mark.parametrize("path", ["/api/v1/namespaces/", "/api/v1/namespaces/_/limits/", "/api/v1/namespaces/_/rules/"])
def test_a_slash_behind_a_collection_is_no_matter(platform: Platform, path: str) -> None:
    assert platform.call("GET", path).status_code == 200


def test_the_name_of_a_package_is_no_name_of_an_action(platform: Platform) -> None:
    package = platform.name("package")
    platform.given(f"packages/{package}", {})

    for method, body in (("GET", None), ("PUT", {"exec": {"kind": PYTHON, "code": ECHO}}), ("DELETE", None)):
        answer = platform.rest(method, f"actions/{package}?overwrite=true", body)
        assert answer.status_code == 409
        assert error_of(answer) == "Resource by this name exists but is not in this collection."


def test_in_the_address_of_a_web_action_an_underscore_is_a_name_like_any_other(platform: Platform) -> None:
    action = platform.given_web_action("def main(args):\n    return {'body': 'x'}\n")

    assert platform.web("GET", f"default/{action}").status_code == 200
    answer = platform.call("GET", f"/api/v1/web/_/default/{action}")
    assert (answer.status_code, error_of(answer)) == (404, "The requested resource does not exist.")


def test_runs_through_a_binding_are_found_by_its_name(platform: Platform) -> None:
    package, binding = platform.name("package"), platform.name("binding")
    platform.given(f"packages/{package}", {})
    platform.given(f"actions/{package}/a", {"exec": {"kind": PYTHON, "code": ECHO}})
    platform.given(f"packages/{binding}", {"binding": {"namespace": "_", "name": package}})

    activation_id = platform.invoke(f"{binding}/a").json()["activationId"]

    (found,) = platform.rest("GET", f"activations?name={binding}/a").json()
    assert found["activationId"] == activation_id
    assert annotations_of(found)["path"] == f"{platform.namespace}/{package}/a"


def test_a_rule_that_is_not_there_can_be_neither_read_nor_turned_off(platform: Platform) -> None:
    name = platform.name("rule")

    for method, body in (("GET", None), ("DELETE", None), ("POST", {"status": "inactive"})):
        answer = platform.rest(method, f"rules/{name}", body)
        assert (answer.status_code, error_of(answer)) == (404, "The requested resource does not exist.")


def test_a_feed_of_ones_own_is_driven_by_its_caller(platform: Platform) -> None:
    """As `wsk trigger create --feed` does it: the feed is an action, and fires with the key that it is given."""
    code = """
import base64, json, os, urllib.request
def main(args):
    if args['lifecycleEvent'] != 'CREATE':
        return {'status': args['lifecycleEvent']}
    namespace, trigger = args['triggerName'].strip('/').split('/')
    url = f"{os.environ['__OW_API_HOST']}/api/v1/namespaces/{namespace}/triggers/{trigger}"
    headers = {'Authorization': 'Basic ' + base64.b64encode(args['authKey'].encode()).decode(),
               'Content-Type': 'application/json'}
    request = urllib.request.Request(url, json.dumps({'from': args['source']}).encode(), headers, method='POST')
    with urllib.request.urlopen(request) as answer:
        return {'status': answer.status, 'fired': json.load(answer)['activationId']}
"""
    feed = platform.given_action("feed", code, annotations=[{"key": "feed", "value": True}])
    trigger = platform.given_trigger(annotations=[{"key": "feed", "value": f"/_/{feed}"}])
    platform.given_rule(trigger, platform.given_action("fed"))
    event = {"triggerName": f"/_/{trigger}", "authKey": platform.auth, "source": "here"}

    created = platform.invoke(feed, {"lifecycleEvent": "CREATE", **event}, result="true").json()
    deleted = platform.invoke(feed, {"lifecycleEvent": "DELETE", **event}, result="true").json()

    fired = platform.record(created["fired"])
    assert (created["status"], deleted) == (202, {"status": "DELETE"})
    assert (fired["name"], fired["response"]["result"]) == (trigger, {"from": "here"})
    assert json.loads(fired["logs"][0])["success"] is True


def test_what_a_trigger_adds_counts_towards_the_size_of_a_call_and_what_the_action_adds_does_not(
    platform: Platform,
) -> None:
    counts = "def main(args):\n    return {'n': len(args['text']) + len(args['own'])}\n"
    action = platform.given_action("sized", counts, parameters=[{"key": "own", "value": "y" * 200_000}])
    trigger = platform.given_trigger()
    heavy = platform.given_trigger(parameters=[{"key": "more", "value": "z" * 200_000}])
    for each in (trigger, heavy):
        platform.given_rule(each, action)

    fired = [platform.rest("POST", f"triggers/{each}", {"text": "x" * 1_000_000}) for each in (trigger, heavy)]

    ran, refused = (json.loads(platform.record(each.json()["activationId"])["logs"][0]) for each in fired)
    assert platform.record(ran["activationId"])["response"]["result"] == {"n": 1_200_000}
    assert (refused["success"], refused["statusCode"]) == (False, 1)
    assert refused["error"].startswith("Request larger than allowed: 12")


def test_slashes_in_excess_are_overlooked(platform: Platform) -> None:
    action, sequence, trigger = platform.given_action("slashes"), platform.name("sequence"), platform.given_trigger()
    rule = platform.name("rule")
    full = f"/{platform.namespace}/{action}"

    stored = platform.given(f"actions/{sequence}", {"exec": {"kind": "sequence", "components": [f"//_//{action}/"]}})
    linked = platform.given(f"rules/{rule}", {"trigger": f"_//{trigger}", "action": f"{full}/"})
    fed = platform.rest("PUT", f"triggers/{platform.name('fed')}", {"annotations": [_feed("//a/b/")]})
    unfed = platform.rest("PUT", f"triggers/{platform.name('unfed')}", {"annotations": [_feed("/")]})
    ran = platform.invoke(action).json()["activationId"]

    assert stored["exec"]["components"] == [full]
    assert linked["action"] == {"path": platform.namespace, "name": action}
    assert fed.status_code == 200
    assert (unfed.status_code, error_of(unfed)) == (400, "Feed name is not valid")
    (found,) = platform.rest("GET", f"activations?name=/{action}/").json()
    assert found["activationId"] == ran


def _feed(name: str) -> dict[str, str]:
    return {"key": "feed", "value": name}
