"""Web actions (section 6)."""

import base64
import json
from typing import Any

import pytest

from .platform import NODE, Platform, error_of

NOT_FOUND = "The requested resource does not exist."
RESERVED = "Request defines parameters that are not allowed (e.g., reserved properties)."
ECHO_JSON = "def main(args):\n    return args\n"
ECHO_HTTP = "def main(args):\n    return {'body': args}\n"


def answering(result: Any) -> str:
    """Code of an action with this result."""
    return f"import json\ndef main(args):\n    return json.loads({json.dumps(json.dumps(result))})\n"


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


def test_json_is_the_whole_result_pretty_printed(platform: Platform) -> None:
    name = platform.given_web_action(answering({"statusCode": 404, "a": [1, {"b": None}]}))

    answer = platform.web("GET", f"default/{name}.json")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {"statusCode": 404, "a": [1, {"b": None}]}
    assert answer.text.startswith('{\n  "statusCode": 404,\n  "a": [1, {')
    assert answer.headers["x-openwhisk-activation-id"]


def test_an_application_error_is_used_like_a_result(platform: Platform) -> None:
    error = {"statusCode": 404, "body": "not here"}
    name = platform.given_web_action(answering({"error": error}))

    as_json, as_http = platform.web("GET", f"default/{name}.json"), platform.web("GET", f"default/{name}.http")

    assert (as_json.status_code, as_json.json()) == (200, error)
    assert (as_http.status_code, as_http.text) == (404, "not here")


@pytest.mark.parametrize(("extension", "valid"), [("json", "application/json"), ("http", "message/http")])
def test_an_error_that_is_a_text_is_no_response(platform: Platform, extension: str, valid: str) -> None:
    name = platform.given_web_action(answering({"error": "bad"}))

    answer = platform.web("GET", f"default/{name}.{extension}")

    assert (answer.status_code, error_of(answer)) == (400, f"Response is not valid '{valid}'.")
    assert answer.text.startswith('{\n  "error": ')


def test_a_developer_error_is_400_and_tells_nothing(platform: Platform) -> None:
    name = platform.given_web_action("def main(args):\n    return 5\n")

    answer = platform.web("GET", f"default/{name}.json")

    assert (answer.status_code, error_of(answer)) == (400, "There was an error processing your request.")
    assert answer.headers["x-openwhisk-activation-id"]


def test_a_result_that_is_an_array_makes_the_server_fail(platform: Platform) -> None:
    name = platform.given_web_action(answering([1]))

    assert platform.web("GET", f"default/{name}.json").status_code == 500


@pytest.mark.parametrize(
    ("result", "status", "content_type", "body"),
    [
        ({}, 204, None, b""),
        ({"other": 1}, 204, None, b""),
        ({"statusCode": 201}, 201, None, b""),
        ({"statusCode": "202", "body": "x"}, 202, "text/html; charset=UTF-8", b"x"),
        ({"body": ""}, 204, None, b""),
        ({"body": None, "headers": {"content-type": "text/plain"}}, 204, None, b""),
        ({"body": "<b>grüß</b>"}, 200, "text/html; charset=UTF-8", "<b>grüß</b>".encode()),
        ({"body": {"a": 1}}, 200, "application/json", b'{\n  "a": 1\n}'),
        ({"body": [1, 2]}, 200, "application/json", b"[1, 2]"),
        ({"body": True}, 200, "application/json", b"true"),
        (
            {"body": {"a": 1}, "headers": {"Content-Type": "application/problem+json"}},
            200,
            "application/problem+json",
            b'{\n  "a": 1\n}',
        ),
        ({"body": "AP8=", "headers": {"Content-Type": "image/png"}}, 200, "image/png", b"\x00\xff"),
        (
            {"body": "eyJhIjoxfQ==", "headers": {"Content-Type": "application/json"}},
            200,
            "application/json",
            b'{"a":1}',
        ),
        ({"body": "{broken", "headers": {"Content-Type": "application/json"}}, 200, "application/json", b"{broken"),
        ({"body": "a,b", "headers": {"content-type": "text/csv"}}, 200, "text/csv; charset=UTF-8", b"a,b"),
        ({"statusCode": 444, "body": "x"}, 444, "text/html; charset=UTF-8", b"x"),
        ({"statusCode": 201.0, "body": "x"}, 201, "text/html; charset=UTF-8", b"x"),
        (
            {"body": "<a/>", "headers": {"content-type": "application/xml"}},
            200,
            "application/xml; charset=UTF-8",
            b"<a/>",
        ),
        ({"body": "x", "headers": {"content-type": "text/css; charset=latin1"}}, 200, "text/css; charset=UTF-8", b"x"),
        ({"body": "data: x", "headers": {"content-type": "text/event-stream"}}, 200, "text/event-stream", b"data: x"),
        ({"body": "AP8=", "headers": {"content-type": "text/x-mine"}}, 200, "text/x-mine", b"\x00\xff"),
        (
            {"body": [1], "headers": {"content-type": "application/json; charset=utf-8"}},
            200,
            "application/json",
            b"[1]",
        ),
        (
            {"body": [1], "headers": {"content-type": "application/hal+json; charset=utf-8"}},
            200,
            "application/hal+json",
            b"[1]",
        ),
    ],
)
def test_http_makes_status_headers_and_body(
    platform: Platform, result: Any, status: int, content_type: str | None, body: bytes
) -> None:
    name = platform.given_web_action(answering(result))

    answer = platform.web("GET", f"default/{name}")

    assert (answer.status_code, answer.headers.get("content-type"), answer.content) == (status, content_type, body)


def test_http_headers_may_be_numbers_booleans_and_repeated(platform: Platform) -> None:
    headers = {"X-N": 1, "X-B": True, "Set-Cookie": ["a=1", "b=2"], "Location": "/there"}
    name = platform.given_web_action(answering({"statusCode": 302, "headers": headers}))

    answer = platform.web("GET", f"default/{name}.http")

    assert answer.status_code == 302
    assert (answer.headers["x-n"], answer.headers["x-b"], answer.headers["location"]) == ("1", "true", "/there")
    assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]


@pytest.mark.parametrize(
    ("result", "text"),
    [
        ({"statusCode": "abc", "body": "x"}, "Response is not valid 'message/http'."),
        ({"statusCode": True}, "Response is not valid 'message/http'."),
        ({"headers": {"X": None}}, "Response is not valid 'message/http'."),
        ({"headers": {"X": {"a": 1}}}, "Response is not valid 'message/http'."),
        ({"headers": {"X": "a\r\nY: b"}}, "Response is not valid 'message/http'."),
        ({"headers": {"X Y": "a"}}, "Response is not valid 'message/http'."),
        ({"headers": 5}, "Response is not valid 'message/http'."),
        ({"headers": None, "body": "x"}, "Response is not valid 'message/http'."),
        ({"statusCode": None, "body": "x"}, "Response is not valid 'message/http'."),
        ({"statusCode": 200.5}, "Response is not valid 'message/http'."),
        ({"statusCode": 600}, "Response is not valid 'message/http'."),
        ({"body": "x", "headers": {"Content-Type": "nonsense"}}, "Response did not specify a known content-type."),
        (
            {"body": "not base64!", "headers": {"Content-Type": "image/png"}},
            "Response type in header did not match generated content type.",
        ),
        (
            {"body": {"a": 1}, "headers": {"Content-Type": "text/html"}},
            "Response type in header did not match generated content type.",
        ),
    ],
)
def test_what_is_no_http_response_is_400(platform: Platform, result: Any, text: str) -> None:
    name = platform.given_web_action(answering(result))

    answer = platform.web("GET", f"default/{name}.http")

    assert (answer.status_code, error_of(answer)) == (400, text)


@pytest.mark.parametrize(
    ("extension", "result", "status", "content_type", "text"),
    [
        ("html", {"html": "<p>"}, 200, "text/html; charset=UTF-8", "<p>"),
        ("html", {"body": "<b>", "html": "<p>"}, 200, "text/html; charset=UTF-8", "<b>"),
        ("html", {"html": 5}, 400, "application/json", "Response is not valid 'text/html'."),
        ("svg", {"svg": "<svg/>"}, 200, "image/svg+xml", "<svg/>"),
        ("svg", {"svg": {}}, 400, "application/json", "Response is not valid 'image/svg+xml'."),
        ("text", {"text": "plain"}, 200, "text/plain; charset=UTF-8", "plain"),
        ("text", {"text": True}, 200, "text/plain; charset=UTF-8", "true"),
        ("text", {"text": {"a": 1}}, 200, "text/plain; charset=UTF-8", '{\n  "a": 1\n}'),
        ("text", {"error": "bad thing"}, 200, "text/plain; charset=UTF-8", "bad thing"),
        ("text", {"other": 1}, 404, "application/json", "Response does not include requested property."),
    ],
)
def test_the_other_extensions_pick_one_property(
    platform: Platform, extension: str, result: Any, status: int, content_type: str, text: str
) -> None:
    name = platform.given_web_action(answering(result))

    answer = platform.web("GET", f"default/{name}.{extension}")

    told = answer.text if status == 200 else error_of(answer)
    assert (answer.status_code, answer.headers["content-type"], told) == (status, content_type, text)


def test_an_accept_that_excludes_the_answer_is_406(platform: Platform) -> None:
    name = platform.given_web_action(answering({"body": "<p>"}))

    answer = platform.web("GET", f"default/{name}", headers={"Accept": "application/json"})

    assert answer.status_code == 406
    expected = "Resource representation is only available with these types:\ntext/html; charset=UTF-8"
    assert error_of(answer) == expected


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
