"""Details that clients come to rely on without noticing, one test each (sections 1 to 6 of the reference)."""

from typing import Any

import pytest

from .platform import ECHO, PYTHON, Platform, annotations_of, error_of

EXEC = {"kind": PYTHON, "code": ECHO}


def p(key: str, value: Any) -> dict[str, Any]:
    return {"key": key, "value": value}


def test_head_is_no_get_on_the_rest_api(platform: Platform) -> None:
    name = platform.given_action("headless")

    assert platform.rest("HEAD", f"actions/{name}").status_code == 404
    assert platform.call("HEAD", "/api/v1/namespaces").status_code == 404


def test_a_kind_is_trimmed_and_lower_cased(platform: Platform) -> None:
    action = platform.given(f"actions/{platform.name('kind')}", {"exec": EXEC | {"kind": " Python:Default "}})

    assert action["exec"]["kind"].startswith("python:3.")


def test_of_repeated_keys_the_last_one_wins_and_null_is_kept(platform: Platform) -> None:
    members = [p("a", 1), p("b", None), p("a", 2)]
    action = platform.given(
        f"actions/{platform.name('twice')}", {"exec": EXEC, "parameters": members, "annotations": members}
    )

    assert {each["key"]: each["value"] for each in action["parameters"]} == {"a": 2, "b": None}
    assert len(action["parameters"]) == 2
    assert annotations_of(action) == {"a": 2, "b": None, "exec": action["exec"]["kind"]}


def test_what_the_server_says_about_an_entity_no_client_can_say(platform: Platform) -> None:
    action = platform.given(f"actions/{platform.name('claims')}", {"exec": EXEC, "annotations": [p("exec", "java")]})
    package, binding = platform.name("package"), platform.name("binding")
    platform.given(f"packages/{package}", {})
    body = {"binding": {"namespace": "_", "name": package}, "annotations": [p("binding", "mine"), p("x", 1)]}
    bound = platform.given(f"packages/{binding}", body)

    assert annotations_of(action)["exec"] == action["exec"]["kind"]
    provider = {"namespace": platform.namespace, "name": package}
    assert annotations_of(bound) == {"binding": provider, "x": 1}


def test_no_annotation_is_dropped_by_a_request_that_makes_a_sequence(platform: Platform) -> None:
    name = platform.given_action("becomes", annotations=[p("x", 1)])
    steps = {"kind": "sequence", "components": [f"/_/{platform.given_action('step')}"]}

    changed = platform.given(f"actions/{name}", {"exec": steps, "delAnnotations": ["x"]})

    assert annotations_of(changed) == {"x": 1, "exec": "sequence"}


def test_code_of_more_than_48_megabytes_is_413(platform: Platform) -> None:
    body = {"exec": EXEC | {"code": "#" * (50_331_648 - 3), "main": "main"}}

    answer = platform.rest("PUT", f"actions/{platform.name('large')}", body)

    assert (answer.status_code, error_of(answer)) == (413, "exec larger than allowed: 50331649 > 50331648 bytes.")


def test_through_a_binding_an_action_without_its_code_names_the_binding(platform: Platform) -> None:
    package, binding = platform.name("package"), platform.name("binding")
    platform.given(f"packages/{package}", {"parameters": [p("a", 1)]})
    written = platform.given(f"actions/{package}/x", {"exec": EXEC, "parameters": [p("b", 2)]})
    platform.given(f"packages/{binding}", {"binding": {"namespace": "_", "name": package}})

    through = platform.rest("GET", f"actions/{binding}/x?code=false").json()

    assert through["binding"] == f"{platform.namespace}/{binding}"
    assert "binding" not in platform.rest("GET", f"actions/{binding}/x").json()
    assert "binding" not in platform.rest("GET", f"actions/{package}/x?code=false").json()
    assert written["parameters"] == [p("b", 2)]  # what was written is told as it was written
    assert {each["key"] for each in through["parameters"]} == {"a", "b"}
    assert platform.rest("DELETE", f"actions/{package}/x").json()["parameters"] == [p("b", 2)]


@pytest.mark.parametrize("feed", ["f", "/f", "a/b", "/ns/p/f", "a/b/c/d"])
def test_a_feed_is_named_by_any_number_of_segments_and_looked_at_on_creation_only(
    platform: Platform, feed: str
) -> None:
    name = platform.given_trigger(annotations=[p("feed", feed)])

    updated = platform.rest("PUT", f"triggers/{name}?overwrite=true", {"annotations": [p("feed", "a,b")]})

    assert (updated.status_code, annotations_of(updated.json())) == (200, {"feed": "a,b"})


def test_lists_of_entities_do_not_care_for_docs(platform: Platform) -> None:
    platform.given_action("listed")

    assert platform.rest("GET", "actions?docs=true&limit=1").json() == platform.rest("GET", "actions?limit=1").json()
    assert set(platform.rest("GET", "triggers?docs=true&count=true").json()) == {"triggers"}


def test_a_call_that_does_not_wait_has_no_result_to_ask_for(platform: Platform) -> None:
    name = platform.given_action("later")

    answer = platform.rest("POST", f"actions/{name}?blocking=false&result=true", {"a": 1})

    assert (answer.status_code, set(answer.json())) == (202, {"activationId"})


WEB = "def main(args):\n    return args\n"


@pytest.mark.parametrize("value", ["yes", "raw", "true", 1, False, None])
def test_only_the_value_true_exports_an_action(platform: Platform, value: Any) -> None:
    name = platform.given_web_action(WEB, {"web-export": value})

    answer = platform.web("GET", f"default/{name}.json")

    assert (answer.status_code, error_of(answer)) == (404, "The requested resource does not exist.")


def test_what_the_platform_alone_shall_know_does_not_reach_a_web_action(platform: Platform) -> None:
    name = platform.given_web_action(WEB)

    headers = {"X-OW-EXTRA-LOGGING": "on", "Authorization": "Bearer nobody", "X-Mine": "1"}
    told = platform.web("GET", f"default/{name}.json?a=1&a=2", headers=headers).json()

    assert "x-ow-extra-logging" not in told["__ow_headers"]
    assert told["__ow_headers"]["x-mine"] == "1"
    assert told["__ow_headers"]["host"]
    assert "__ow_user" not in told  # a stranger's credentials make an anonymous caller, no refused one
    assert told["a"] == "2"


@pytest.mark.parametrize("secret", [None, {}, ["s"]])
def test_a_secret_of_an_odd_type_lets_nobody_in(platform: Platform, secret: Any) -> None:
    name = platform.given_web_action(WEB, {"require-whisk-auth": secret})

    for headers in ({}, {"X-Require-Whisk-Auth": "s"}):
        assert platform.web("GET", f"default/{name}.json", headers=headers).status_code == 401


def test_an_unknown_extension_belongs_to_the_name(platform: Platform) -> None:
    name = f"{platform.name('file')}.xml"
    platform.given(f"actions/{name}", {"exec": EXEC, "annotations": [p("web-export", True)]})

    assert platform.web("GET", f"default/{name}").status_code == 204
    assert platform.web("GET", f"default/{name}.json").json()["__ow_method"] == "get"


def test_names_are_case_sensitive_and_a_plus_is_a_plus(platform: Platform) -> None:
    name = platform.given_action("Case")

    assert platform.rest("GET", f"actions/{name.lower()}").status_code == 404
    for path in ("actions/a+b", "actions/%C3%A9", "actions/a%23b", "actions/-x"):
        answer = platform.rest("GET", path)
        assert (answer.status_code, error_of(answer)) == (400, "The name of the entity contains illegal characters.")
