"""Triggers, rules and firing (sections 2.8, 2.9, 3.4, 3.5 and 5.1)."""

import json
import time
from typing import Any

import pytest

from .platform import Platform, annotations_of, error_of


def outcomes(record: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The log lines of a trigger's record by rule, after checking that each is compact JSON."""
    lines = [json.loads(line) for line in record["logs"]]
    assert [json.dumps(line, separators=(",", ":")) for line in lines] == record["logs"]
    return {line["rule"]: line for line in lines}


def fire(platform: Platform, trigger: str, payload: Any = None) -> dict[str, Any]:
    """The trigger's record."""
    answer = platform.rest("POST", f"triggers/{trigger}", payload)
    assert answer.status_code == 202, answer.text
    return platform.record(answer.json()["activationId"])


def test_a_new_trigger_has_no_rules(platform: Platform) -> None:
    name = platform.name("new")

    trigger = platform.given(f"triggers/{name}", {"parameters": [{"key": "a", "value": 1}], "feed": "stray"})

    assert {key: trigger[key] for key in trigger if key != "updated"} == {
        "namespace": platform.namespace,
        "name": name,
        "version": "0.0.1",
        "publish": False,
        "parameters": [{"key": "a", "value": 1}],
        "limits": {},
        "annotations": [],
    }
    assert platform.rest("GET", f"triggers/{name}").json() == trigger


def test_a_trigger_is_created_once_and_updated_with_overwrite(platform: Platform) -> None:
    name = platform.given_trigger(parameters=[{"key": "a", "value": 1}], annotations=[{"key": "x", "value": 1}])

    refused = platform.rest("PUT", f"triggers/{name}", {})
    updated = platform.given(f"triggers/{name}", {"annotations": [{"key": "y", "value": 2}]})

    assert (refused.status_code, error_of(refused)) == (409, "resource already exists")
    assert updated["version"] == "0.0.2"
    assert updated["parameters"] == [{"key": "a", "value": 1}]
    assert annotations_of(updated) == {"y": 2}


@pytest.mark.parametrize("feed", ["", "a,b", 5])
def test_a_feed_annotation_has_to_be_a_name(platform: Platform, feed: Any) -> None:
    body = {"annotations": [{"key": "feed", "value": feed}]}

    answer = platform.rest("PUT", f"triggers/{platform.name('feed')}", body)

    assert (answer.status_code, error_of(answer)) == (400, "Feed name is not valid")


def test_a_new_rule_is_active_at_once_and_the_trigger_knows_it(platform: Platform) -> None:
    trigger, action = platform.given_trigger(), platform.given_action("ruled")
    name = platform.name("rule")

    rule = platform.given(f"rules/{name}", {"trigger": f"/_/{trigger}", "action": f"{platform.namespace}/{action}"})

    assert rule["status"] == "active"
    assert rule["trigger"] == {"path": platform.namespace, "name": trigger}
    assert rule["action"] == {"path": platform.namespace, "name": action}
    assert rule["version"] == "0.0.1"
    known = platform.rest("GET", f"triggers/{trigger}").json()
    assert known["rules"] == {
        f"{platform.namespace}/{name}": {
            "action": {"path": platform.namespace, "name": action},
            "status": "active",
        }
    }
    assert known["version"] == "0.0.1"


def test_references_may_be_objects(platform: Platform) -> None:
    trigger, action = platform.given_trigger(), platform.given_action("ruled")

    rule = platform.given(
        f"rules/{platform.name('rule')}",
        {"trigger": {"path": "_", "name": trigger}, "action": {"path": platform.namespace, "name": action}},
    )

    assert rule["trigger"]["name"] == trigger


def test_the_list_of_rules_tells_no_status(platform: Platform) -> None:
    trigger, action = platform.given_trigger(), platform.given_action("ruled")
    rule = platform.given_rule(trigger, action)

    newest = platform.rest("GET", "rules?limit=1").json()[0]

    assert newest["name"] == rule
    assert set(newest) == {
        "namespace", "name", "trigger", "action", "version", "publish", "annotations", "updated"
    }  # fmt: skip


def test_disabling_and_enabling_answer_the_text_ok(platform: Platform) -> None:
    rule = platform.given_rule(platform.given_trigger(), platform.given_action("ruled"))

    for status in ("inactive", "inactive", "active", "active"):
        answer = platform.rest("POST", f"rules/{rule}", {"status": status})

        assert (answer.status_code, answer.text) == (200, "OK")
        assert answer.headers["content-type"].startswith("text/plain")
        assert platform.rest("GET", f"rules/{rule}").json()["status"] == status


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({"status": "xxx"}, "requirement failed: xxx is not a recognized rule state"),
        ({}, "key not found: status"),
    ],
)
def test_a_bad_status_is_refused(platform: Platform, body: dict[str, str], detail: str) -> None:
    rule = platform.given_rule(platform.given_trigger(), platform.given_action("ruled"))

    answer = platform.rest("POST", f"rules/{rule}", body)

    assert (answer.status_code, error_of(answer)) == (400, f"The request content was malformed:\n{detail}")


def test_a_rule_needs_a_trigger_and_an_action_that_exist(platform: Platform) -> None:
    trigger, action = platform.given_trigger(), platform.given_action("ruled")
    namespace = platform.namespace
    incomplete = (
        "The request content was malformed:\nrequirement failed: The fully qualified name of the entity must contain "
        "at least the namespace and the name of the entity."
    )

    for body, status, text in (
        ({"trigger": f"/_/{trigger}"}, 400, "rule requires a valid trigger and a valid action"),
        ({"trigger": "/_/no-t", "action": "/_/no-a"}, 400, f"trigger /{namespace}/no-t does not exist"),
        ({"trigger": f"/_/{trigger}", "action": "/_/no-a"}, 400, f"action /{namespace}/no-a does not exist"),
        ({"trigger": f"/_/{trigger}", "action": "/_/no-p/a"}, 404, "The requested resource does not exist."),
        ({"trigger": trigger, "action": f"/_/{action}"}, 400, incomplete),
    ):
        answer = platform.rest("PUT", f"rules/{platform.name('bad')}", body)

        assert (answer.status_code, error_of(answer)) == (status, text)


def test_a_rule_leads_neither_from_an_action_nor_to_a_trigger(platform: Platform) -> None:
    action, trigger = platform.given_action("sort"), platform.given_trigger()
    entity = "class org.apache.openwhisk.core.entity.Whisk"

    from_action = platform.rest("PUT", f"rules/{platform.name('r')}", _rule(action, action))
    to_trigger = platform.rest("PUT", f"rules/{platform.name('r')}", _rule(trigger, trigger))

    assert (from_action.status_code, error_of(from_action)) == (
        400,
        f"document type {entity}Action did not match expected type {entity}Trigger.",
    )
    assert (to_trigger.status_code, error_of(to_trigger)) == (
        400,
        f"document type {entity}Trigger did not match expected type {entity}ActionMetaData.",
    )


def _rule(trigger: str, action: str) -> dict[str, str]:
    return {"trigger": f"/_/{trigger}", "action": f"/_/{action}"}


def test_an_update_keeps_status_and_unmentioned_references(platform: Platform) -> None:
    first, second = platform.given_trigger(), platform.given_trigger()
    action = platform.given_action("ruled")
    rule = platform.given_rule(first, action)
    platform.rest("POST", f"rules/{rule}", {"status": "inactive"})

    updated = platform.given(f"rules/{rule}", {"trigger": f"/_/{second}"})

    assert (updated["status"], updated["version"]) == ("inactive", "0.0.2")
    assert updated["action"]["name"] == action
    assert platform.rest("GET", f"triggers/{first}").json()["rules"] == {}
    assert list(platform.rest("GET", f"triggers/{second}").json()["rules"]) == [f"{platform.namespace}/{rule}"]


def test_a_deleted_rule_reads_inactive_and_the_trigger_forgets_it(platform: Platform) -> None:
    trigger = platform.given_trigger()
    rule = platform.given_rule(trigger, platform.given_action("ruled"))

    deleted = platform.rest("DELETE", f"rules/{rule}")

    assert (deleted.status_code, deleted.json()["status"]) == (200, "inactive")
    assert platform.rest("GET", f"triggers/{trigger}").json()["rules"] == {}
    assert platform.rest("POST", f"triggers/{trigger}", {}).status_code == 204


def test_rules_outlive_their_trigger_as_inactive(platform: Platform) -> None:
    trigger = platform.given_trigger()
    rule = platform.given_rule(trigger, platform.given_action("ruled"))

    platform.rest("DELETE", f"triggers/{trigger}")

    assert platform.rest("GET", f"rules/{rule}").json()["status"] == "inactive"
    answer = platform.rest("POST", f"rules/{rule}", {"status": "active"})
    assert (answer.status_code, error_of(answer)) == (404, "Only rules with existing triggers can be activated")


def test_firing_without_an_active_rule_is_204_and_leaves_nothing(platform: Platform) -> None:
    trigger = platform.given_trigger()
    rule = platform.given_rule(trigger, platform.given_action("ruled"))
    platform.rest("POST", f"rules/{rule}", {"status": "inactive"})

    answer = platform.rest("POST", f"triggers/{trigger}", {"a": 1})

    assert (answer.status_code, answer.content) == (204, b"")
    assert "x-openwhisk-activation-id" not in answer.headers
    assert platform.rest("GET", f"activations?name={trigger}").json() == []


def test_firing_an_unknown_trigger_is_404(platform: Platform) -> None:
    answer = platform.rest("POST", "triggers/no-such", {})

    assert (answer.status_code, error_of(answer)) == (404, "The requested resource does not exist.")


def test_the_record_of_a_firing_has_neither_end_nor_duration_nor_annotations(platform: Platform) -> None:
    trigger = platform.given_trigger(parameters=[{"key": "p", "value": 1}])
    platform.given_rule(trigger, platform.given_action("ruled"))

    answer = platform.rest("POST", f"triggers/{trigger}", {"x": 1})

    assert answer.status_code == 202
    activation_id = answer.json()["activationId"]
    assert answer.headers["x-openwhisk-activation-id"] == activation_id
    record = platform.record(activation_id)
    assert set(record) == {
        "namespace", "name", "version", "subject", "activationId", "start", "publish", "annotations", "response", "logs"
    }  # fmt: skip
    assert (record["name"], record["version"]) == (trigger, "0.0.1")
    assert record["annotations"] == []
    assert record["response"] == {"status": "success", "success": True, "result": {"x": 1}}
    assert abs(record["start"] - time.time() * 1000) < 60_000


def test_a_firing_without_payload_has_an_empty_result(platform: Platform) -> None:
    trigger = platform.given_trigger()
    platform.given_rule(trigger, platform.given_action("ruled"))

    assert fire(platform, trigger)["response"]["result"] == {}


def test_every_attached_rule_has_one_log_line(platform: Platform) -> None:
    trigger, namespace = platform.given_trigger(), platform.namespace
    working, doomed = platform.given_action("working"), platform.given_action("doomed")
    good, gone, off = (platform.given_rule(trigger, action) for action in (working, doomed, working))
    platform.rest("DELETE", f"actions/{doomed}")
    platform.rest("POST", f"rules/{off}", {"status": "inactive"})

    by_rule = outcomes(fire(platform, trigger, {"x": 1}))

    accepted = by_rule.pop(f"{namespace}/{good}")
    activation_id = accepted.pop("activationId")
    assert accepted == {
        "rule": f"{namespace}/{good}",
        "action": f"{namespace}/{working}",
        "statusCode": 0,
        "success": True,
    }
    assert by_rule == {
        f"{namespace}/{gone}": {
            "rule": f"{namespace}/{gone}",
            "action": f"{namespace}/{doomed}",
            "statusCode": 1,
            "success": False,
            "error": "The requested resource does not exist.",
        },
        f"{namespace}/{off}": {
            "rule": f"{namespace}/{off}",
            "action": f"{namespace}/{working}",
            "statusCode": 1,
            "success": False,
            "error": f"Rule '{namespace}/{off}' is inactive, action '{namespace}/{working}' was not activated.",
        },
    }
    run = platform.record(activation_id)
    assert run["name"] == working
    assert "cause" not in run


def test_the_action_gets_parameters_then_headers_then_payload(platform: Platform) -> None:
    action = platform.given_action(
        "merged", parameters=[{"key": "a", "value": "action"}, {"key": "deep", "value": "action"}]
    )
    trigger = platform.given_trigger(parameters=[{"key": "a", "value": "trigger"}, {"key": "b", "value": "trigger"}])
    platform.given_rule(trigger, action)

    answer = platform.rest("POST", f"triggers/{trigger}", {"b": "payload"}, headers={"X-Mark": "Here"})

    (line,) = outcomes(platform.record(answer.json()["activationId"])).values()
    arguments = platform.record(line["activationId"])["response"]["result"]
    headers = arguments.pop("__ow_headers")
    assert arguments == {"a": "trigger", "b": "payload", "deep": "action"}
    assert headers["x-mark"] == "Here"
    assert headers["authorization"].startswith("Basic ")
    assert "host" in headers
    assert headers.keys().isdisjoint(("content-type", "content-length"))


def test_a_rule_reaches_an_action_in_a_package(platform: Platform) -> None:
    package = platform.name("package")
    platform.given(f"packages/{package}", {"parameters": [{"key": "p", "value": 1}]})
    action = f"{package}/{platform.given_action('x')}"
    platform.given(f"actions/{action}", {"exec": {"kind": "python:default", "code": "def main(a):\n    return a\n"}})
    trigger = platform.given_trigger()
    platform.given_rule(trigger, action)

    (line,) = outcomes(fire(platform, trigger)).values()

    assert line["action"] == f"{platform.namespace}/{action}"
    assert platform.record(line["activationId"])["response"]["result"]["p"] == 1


def test_a_list_of_activations_shows_firings_without_end_duration_and_status(platform: Platform) -> None:
    trigger = platform.given_trigger()
    platform.given_rule(trigger, platform.given_action("ruled"))
    fire(platform, trigger)

    (summary,) = platform.rest("GET", f"activations?name={trigger}").json()

    assert "duration" not in summary
    assert "end" not in summary
    assert summary["annotations"] == []


def test_a_firing_begins_no_later_than_the_runs_that_it_set_off(platform: Platform) -> None:
    trigger = platform.given_trigger()
    for stem in ("first", "second", "third"):
        platform.given_rule(trigger, platform.given_action(stem))

    record = fire(platform, trigger)

    for outcome in outcomes(record).values():
        run = platform.record(outcome["activationId"])
        waited_ms = annotations_of(run)["waitTime"]
        assert record["start"] <= run["start"] - waited_ms + 1


def test_a_client_that_asks_for_json_still_gets_the_text_of_a_rules_new_state(platform: Platform) -> None:
    rule = platform.given_rule(platform.given_trigger(), platform.given_action("asked"))

    answer = platform.rest("POST", f"rules/{rule}", {"status": "inactive"}, headers={"Accept": "application/json"})

    assert (answer.status_code, answer.text) == (200, "OK")
    assert platform.rest("GET", f"rules/{rule}").json()["status"] == "inactive"
