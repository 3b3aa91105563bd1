"""What a web action's result becomes: status, headers and body, by extension (section 6)."""

import json
from typing import Any

import pytest

from .platform import Platform, error_of


def answering(result: Any) -> str:
    """Code of an action with this result."""
    return f"import json\ndef main(args):\n    return json.loads({json.dumps(json.dumps(result))})\n"


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
