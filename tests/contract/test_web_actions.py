"""Web actions: which answer, what they are told of the request, and by whom they are asked (section 6)."""

import base64
from typing import Any

import pytest

from .platform import NODE, Platform, error_of

NOT_FOUND = "The requested resource does not exist."
RESERVED = "Request defines parameters that are not allowed (e.g., reserved properties)."
ECHO_JSON = "def main(args):\n    return args\n"
ECHO_HTTP = "def main(args):\n    return {'body': args}\n"


def test_only_exported_actions_answer_and_nothing_tells_the_others_apart(platform: Platform) -> None:
    plain = platform.given_action("plain")
    as_text = platform.given_action("text", annotations=[{"key": "web-export", "value": "yes"}])

    for path in (f"default/{plain}", f"default/{as_text}", "default/no-such", "no-such/a", f"{plain}/a"):
        answer = platform.web("GET", path)

        assert answer.status_code == 404
        assert error_of(answer) == NOT_FOUND
    unknown = platform.call("GET", f"/api/v1/web/no-such-namespace/default/{plain}", signed=False)
    assert (unknown.status_code, error_of(unknown)) == (404, NOT_FOUND)


def test_the_arguments_tell_the_request(platform: Platform) -> None:
    name = platform.given_web_action(ECHO_JSON)

    answer = platform.web("PUT", f"default/{name}.json/a/b%20c?q=1&q=2", headers={"X-Mark": "Here"}, content=b"")

    arguments = answer.json()
    headers = arguments.pop("__ow_headers")
    assert arguments == {"__ow_method": "put", "__ow_path": "/a/b c", "q": "2"}
    assert headers["x-mark"] == "Here"
    assert headers["host"]
    assert "content-type" not in headers


@pytest.mark.parametrize(("rest", "path"), [("", ""), ("/", "/"), ("/a/", "/a/")])
def test_the_rest_of_the_path_is_told_as_it_is(platform: Platform, rest: str, path: str) -> None:
    name = platform.given_web_action(ECHO_JSON)

    assert platform.web("GET", f"default/{name}.json{rest}").json()["__ow_path"] == path


def test_the_caller_is_told_only_with_valid_credentials(platform: Platform) -> None:
    name = platform.given_web_action(ECHO_JSON)

    assert platform.web("GET", f"default/{name}.json", signed=True).json()["__ow_user"] == platform.namespace
    for headers in ({}, {"Authorization": "Basic d3Jvbmc6a2V5"}, {"Authorization": "Bearer x"}):
        answer = platform.web("GET", f"default/{name}.json", headers=headers)

        assert answer.status_code == 200
        assert "__ow_user" not in answer.json()


@pytest.mark.parametrize(
    ("content_type", "body", "expected"),
    [
        ("application/json", b'{"a":{"b":1}}', {"a": {"b": 1}}),
        ("application/vnd.mine+json", b'{"a":1}', {"a": 1}),
        ("application/json", b"[1,2]", {"__ow_body": [1, 2]}),
        ("application/json", b'"x"', {"__ow_body": "x"}),
        ("application/x-www-form-urlencoded", b"a=1&b=x+y&a=2", {"a": "2", "b": "x y"}),
        ("text/plain", "grüß".encode(), {"__ow_body": "grüß"}),
        ("text/plain; charset=latin1", "grüß".encode(), {"__ow_body": "grüß"}),
        ("application/x-www-form-urlencoded; charset=UTF-8", "a=grüß".encode(), {"a": "grüß"}),
        ("application/xml", b"<a/>", {"__ow_body": "<a/>"}),
        ("application/x-mine; charset=utf-8", b"x", {"__ow_body": "x"}),
        ("text/x-mine", b"x", {"__ow_body": "eA=="}),
        ("message/rfc822; charset=utf-8", b"x", {"__ow_body": "eA=="}),
        ("application/octet-stream", b"\x00\xff", {"__ow_body": "AP8="}),
        ("image/svg+xml", b"<svg/>", {"__ow_body": base64.b64encode(b"<svg/>").decode()}),
        ("application/x-yaml", b"a: 1", {"__ow_body": base64.b64encode(b"a: 1").decode()}),
        (None, b"abc", {"__ow_body": "YWJj"}),
    ],
)
def test_a_body_is_read_by_its_type(platform: Platform, content_type: str | None, body: bytes, expected: Any) -> None:
    name = platform.given_web_action(ECHO_JSON)
    headers = {} if content_type is None else {"Content-Type": content_type}

    answer = platform.web("POST", f"default/{name}.json", content=body, headers=headers)

    arguments = answer.json()
    told = arguments.pop("__ow_headers")
    assert {key: value for key, value in arguments.items() if key not in ("__ow_method", "__ow_path")} == expected
    assert told.get("content-type") == content_type
    assert "host" in told
    assert "content-length" not in told


def test_query_wins_over_parameters_and_the_body_over_the_query(platform: Platform) -> None:
    name = platform.given_web_action(ECHO_JSON, parameters=[{"key": key, "value": "action"} for key in ("a", "b", "c")])

    answer = platform.web("POST", f"default/{name}.json?b=query&c=query", json={"c": "body"})

    assert {key: answer.json()[key] for key in "abc"} == {"a": "action", "b": "query", "c": "body"}


def test_broken_json_is_malformed(platform: Platform) -> None:
    name = platform.given_web_action(ECHO_JSON)

    answer = platform.web("POST", f"default/{name}.json", content=b"{", headers={"Content-Type": "application/json"})

    assert answer.status_code == 400
    assert error_of(answer).startswith("The request content was malformed:\n")


def test_reserved_names_are_refused_in_query_and_body(platform: Platform) -> None:
    name = platform.given_web_action(ECHO_JSON)

    for answer in (
        platform.web("GET", f"default/{name}.json?__ow_user=me"),
        platform.web("POST", f"default/{name}.json", json={"__ow_method": "x"}),
    ):
        assert (answer.status_code, error_of(answer)) == (400, RESERVED)


def test_a_final_action_keeps_its_parameters(platform: Platform) -> None:
    name = platform.given_web_action(ECHO_JSON, {"final": True}, parameters=[{"key": "a", "value": 1}])

    assert platform.web("GET", f"default/{name}.json?a=2").status_code == 400
    assert platform.web("POST", f"default/{name}.json", json={"a": 2}).status_code == 400
    assert platform.web("GET", f"default/{name}.json?b=2").json()["a"] == 1


@pytest.mark.parametrize(
    ("content_type", "body", "expected"),
    [
        ("application/json", b'{"a":1}', base64.b64encode(b'{"a":1}').decode()),
        ("application/octet-stream", b"\x00", "AA=="),
        ("text/plain", b"text", "text"),
        ("application/x-www-form-urlencoded", b"a=1", "a=1"),
        (None, b"", ""),
    ],
)
def test_a_raw_action_gets_query_and_body_as_they_came(
    platform: Platform, content_type: str | None, body: bytes, expected: str
) -> None:
    name = platform.given_web_action(
        ECHO_JSON, {"raw-http": True, "final": True}, parameters=[{"key": "a", "value": 1}]
    )
    headers = {} if content_type is None else {"Content-Type": content_type}

    arguments = platform.web("POST", f"default/{name}.json?a=2&b=%20", content=body, headers=headers).json()

    assert (arguments["__ow_query"], arguments["__ow_body"]) == ("a=2&b=%20", expected)
    assert arguments["a"] == 1
    assert "b" not in arguments


def test_a_body_above_a_megabyte_is_413(platform: Platform) -> None:
    name = platform.given_web_action(ECHO_JSON)

    answer = platform.web("POST", f"default/{name}.json", content=b"x" * 1048577)

    assert (answer.status_code, error_of(answer)) == (413, "Request larger than allowed: 1048577 > 1048576 bytes.")


@pytest.mark.parametrize("secret", ["s3cret", 4711])
def test_a_secret_is_asked_for_in_a_header(platform: Platform, secret: Any) -> None:
    name = platform.given_web_action(ECHO_JSON, {"require-whisk-auth": secret})

    for headers in ({}, {"X-Require-Whisk-Auth": "wrong"}):
        answer = platform.web("GET", f"default/{name}.json", headers=headers)

        expected = "Authentication is possible but has failed or not yet been provided."
        assert (answer.status_code, error_of(answer)) == (401, expected)
    right = platform.web("GET", f"default/{name}.json", headers={"X-Require-Whisk-Auth": str(secret)})
    assert right.status_code == 200


def test_require_whisk_auth_true_asks_for_a_key_and_false_for_nothing(platform: Platform) -> None:
    closed = platform.given_web_action(ECHO_JSON, {"require-whisk-auth": True})
    opened = platform.given_web_action(ECHO_JSON, {"require-whisk-auth": False})

    assert platform.web("GET", f"default/{closed}.json").status_code == 401
    assert platform.web("GET", f"default/{closed}.json", signed=True).status_code == 200
    assert platform.web("GET", f"default/{opened}.json").status_code == 200


def test_head_runs_the_action_and_drops_the_body(platform: Platform) -> None:
    name = platform.given_web_action(
        "def main(a):\n    return {'body': 'x', 'headers': {'X-Method': a['__ow_method']}}\n"
    )

    answer = platform.web("HEAD", f"default/{name}")

    assert (answer.status_code, answer.content, answer.headers["x-method"]) == (200, b"", "head")


def test_options_is_answered_without_running_the_action(platform: Platform) -> None:
    name = platform.given_web_action(ECHO_HTTP)

    answer = platform.web("OPTIONS", f"default/{name}", headers={"Access-Control-Request-Headers": "X-Mine"})

    assert (answer.status_code, answer.content) == (200, b"")
    assert "x-openwhisk-activation-id" not in answer.headers
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["access-control-allow-headers"] == "X-Mine"
    assert answer.headers["access-control-allow-methods"] == "OPTIONS, GET, DELETE, POST, PUT, HEAD, PATCH"


def test_with_custom_options_the_action_speaks_for_itself(platform: Platform) -> None:
    code = "def main(a):\n    return {'headers': {'X-Method': a['__ow_method']}}\n"
    name = platform.given_web_action(code, {"web-custom-options": True, "require-whisk-auth": "secret"})

    answer = platform.web("OPTIONS", f"default/{name}")

    assert (answer.status_code, answer.headers["x-method"]) == (204, "options")
    assert "access-control-allow-origin" not in answer.headers
    assert platform.web("GET", f"default/{name}").status_code == 401


def test_other_answers_carry_cors_headers(platform: Platform) -> None:
    name = platform.given_web_action(ECHO_HTTP)

    assert platform.web("GET", f"default/{name}").headers["access-control-allow-origin"] == "*"


def test_a_web_action_in_a_package_runs_as_its_owner(platform: Platform) -> None:
    package = platform.name("package")
    platform.given(f"packages/{package}", {"parameters": [{"key": "p", "value": 1}]})
    platform.given(
        f"actions/{package}/web",
        {
            "exec": {"kind": "python:default", "code": ECHO_JSON},
            "annotations": [{"key": "web-export", "value": True}],
        },
    )

    answer = platform.web("GET", f"{package}/web.json")

    assert answer.json()["p"] == 1
    record = platform.record(answer.headers["x-openwhisk-activation-id"])
    assert record["namespace"] == platform.namespace


def test_a_web_action_starts_a_long_job_and_answers_its_id_at_once(platform: Platform) -> None:
    worker = platform.given_action(
        "worker", "const main = a => new Promise(r => setTimeout(() => r({body: {n: a.name}}), 1000))", kind=NODE
    )
    code = (
        "const ow = require('openwhisk')\n"
        "const main = a => ow().actions.invoke({name: a.worker, blocking: false, params: {name: a.name}})"
        ".then(r => ({activationId: r.activationId}))"
    )
    name = platform.given_web_action(code, kind=NODE)

    answer = platform.web("GET", f"default/{name}.json?worker={worker}&name=Jane")

    assert answer.status_code == 200
    record = platform.record(answer.json()["activationId"])
    assert record["response"]["result"] == {"body": {"n": "Jane"}}
    assert record["duration"] >= 900
