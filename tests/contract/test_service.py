"""Addresses, credentials, headers and what the router refuses (sections 1.1 to 1.6)."""

import re
from typing import Any

import pytest

from .platform import Platform, error_of

NO_ROUTE = "The requested resource could not be found."


def test_ping_answers_pong_without_credentials(platform: Platform) -> None:
    answer = platform.call("GET", "/ping", signed=False)

    assert (answer.status_code, answer.text) == (200, "pong")
    assert answer.headers["content-type"].startswith("text/plain")


def test_the_root_tells_limits_as_whole_numbers_and_runtimes_by_family(platform: Platform) -> None:
    body = platform.call("GET", "/", signed=False).json()

    assert body["description"] == "OpenWhisk"
    assert body["api_paths"] == ["/api/v1"]
    assert all(type(value) is int for value in body["limits"].values())
    for family, kinds in body["runtimes"].items():
        for kind in kinds:
            assert set(kind) >= {"kind", "image", "deprecated", "default", "attached", "requireMain"}
            assert kind["kind"].startswith(f"{family}:")
            assert type(kind["default"]) is bool
            assert type(kind["deprecated"]) is bool
        assert sum(kind["default"] for kind in kinds) == 1


@pytest.mark.parametrize("path", ["/api/v1", "/api/v1/"])
def test_the_api_describes_itself_without_credentials(platform: Platform, path: str) -> None:
    body = platform.call("GET", path, signed=False).json()

    assert body["api_version_path"] == "v1"
    assert isinstance(body["build"], str)
    assert isinstance(body["buildno"], str)


def test_a_verb_that_the_root_does_not_know_is_405_with_an_allow_header(platform: Platform) -> None:
    answer = platform.call("POST", "/", signed=False)

    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET"
    assert error_of(answer) == "HTTP method not allowed, supported methods: GET"


def test_missing_credentials_are_401_with_a_challenge(platform: Platform) -> None:
    answer = platform.call("GET", "/api/v1/namespaces", signed=False)

    assert answer.status_code == 401
    assert error_of(answer) == "The resource requires authentication, which was not supplied with the request"
    assert answer.headers["www-authenticate"].startswith('Basic realm="OpenWhisk secure realm"')


@pytest.mark.parametrize(
    "header",
    ["Basic !!!", "Basic Zm9v", "Basic MjNiYzQ2YjEtNzFmNi00ZWQ1LThjNTQtODE2YWE0ZjhjNTAyOndyb25n"],
    ids=["not base64", "no colon", "unknown key"],
)
def test_wrong_credentials_are_401(platform: Platform, header: str) -> None:
    answer = platform.call("GET", "/api/v1/namespaces", headers={"Authorization": header})

    assert answer.status_code == 401
    assert error_of(answer) == "The supplied authentication is invalid"


def test_the_right_uuid_with_a_wrong_secret_is_401(platform: Platform) -> None:
    wrong = Platform(platform.url, platform.auth[:-1] + "!", "", platform.http)

    assert wrong.call("GET", "/api/v1/namespaces").status_code == 401


def test_a_bearer_token_counts_as_missing(platform: Platform) -> None:
    answer = platform.call("GET", "/api/v1/namespaces", headers={"Authorization": "Bearer abc"})

    assert answer.status_code == 401
    assert "was not supplied" in error_of(answer)


def test_the_request_id_of_the_client_is_adopted(platform: Platform) -> None:
    answer = platform.rest("GET", "actions/no-such-action", headers={"X-Request-ID": "my-id-1"})

    assert answer.headers["x-request-id"] == "my-id-1"
    assert answer.json()["code"] == "my-id-1"


@pytest.mark.parametrize("headers", [{}, {"X-Request-ID": "sid_invoker"}])
def test_otherwise_a_request_id_of_32_characters_is_made(platform: Platform, headers: dict[str, str]) -> None:
    answer = platform.call("GET", "/ping", headers=headers)

    assert re.fullmatch(r"[A-Za-z0-9]{32}", answer.headers["x-request-id"])


def test_completed_answers_carry_cors_headers(platform: Platform) -> None:
    answer = platform.call("GET", "/api/v1/namespaces")

    assert answer.headers["access-control-allow-origin"] == "*"
    assert (
        answer.headers["access-control-allow-headers"]
        == "Authorization, Origin, X-Requested-With, Content-Type, Accept, User-Agent"
    )
    assert answer.headers["access-control-allow-methods"] == "GET, DELETE, POST, PUT, HEAD"


def test_an_entity_that_is_not_there_is_a_completed_answer(platform: Platform) -> None:
    answer = platform.rest("GET", "actions/no-such-action")

    assert (answer.status_code, error_of(answer)) == (404, "The requested resource does not exist.")
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("path", ["/api/v1/namespaces", "/api/v1/no-such-thing"])
def test_options_answers_ok_without_credentials_on_any_path(platform: Platform, path: str) -> None:
    answer = platform.call("OPTIONS", path, signed=False)

    assert (answer.status_code, answer.text) == (200, "OK")
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/no-such-thing"),
        ("GET", "/api/v1/namespaces/_/no-such-collection"),
        ("GET", "/api/v1/namespaces/_"),
        ("POST", "/api/v1/namespaces/_/actions"),
        ("PUT", "/api/v1/namespaces/_/activations/0f4fa69d910f4c738fa69d910f9c73af"),
        ("DELETE", "/api/v1/namespaces/_/limits"),
        ("HEAD", "/api/v1/namespaces"),
        ("GET", "/api/v1/namespaces/_/actions/a/b/c"),
        ("GET", "/api/v1/web/_/x"),
    ],
)
def test_no_route_is_404_with_a_key_and_401_without(platform: Platform, method: str, path: str) -> None:
    signed = platform.call(method, path)
    unsigned = platform.call(method, path, signed=False)

    assert (signed.status_code, unsigned.status_code) == (404, 401)
    assert "access-control-allow-origin" not in signed.headers
    if method != "HEAD":
        assert error_of(signed) == NO_ROUTE


def test_inner_routes_of_limits_are_refused(platform: Platform) -> None:
    answer = platform.rest("GET", "limits/x")

    assert answer.status_code == 400
    assert error_of(answer) == "Inner entity level routes for limits are not yet implemented."


@pytest.mark.parametrize(
    ("content_type", "printed"),
    [
        ("text/plain", "text/plain; charset=UTF-8"),
        ("text/plain;charset=utf-8", "text/plain; charset=UTF-8"),
        ("application/x-www-form-urlencoded", "application/x-www-form-urlencoded"),
    ],
)
def test_a_body_that_is_not_announced_as_json_is_415(platform: Platform, content_type: str, printed: str) -> None:
    name = platform.given_action("echo")

    answer = platform.rest("POST", f"actions/{name}", content="{}", headers={"Content-Type": content_type})

    assert answer.status_code == 415
    expected = f"The request's Content-Type [{printed}] is not supported. Expected:\napplication/json"
    assert error_of(answer) == expected


def test_a_body_without_a_content_type_is_json(platform: Platform) -> None:
    name = platform.given_action("echo")

    answer = platform.rest("POST", f"actions/{name}?blocking=true&result=true", content=b'{"a":1}')

    assert (answer.status_code, answer.json()) == (200, {"a": 1})


@pytest.mark.parametrize("body", [b"{", b"[1]", b"5", b'"x"', b"null", b'{"a":NaN}', b"\xff"])
def test_a_body_that_is_no_json_object_is_malformed(platform: Platform, body: bytes) -> None:
    name = platform.given_action("echo")

    answer = platform.rest("POST", f"actions/{name}", content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == 400
    assert error_of(answer).startswith("The request content was malformed:\n")
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("path", ["actions/a", "triggers/t", "rules/r", "packages/p"])
def test_a_put_without_a_body_is_malformed(platform: Platform, path: str) -> None:
    answer = platform.rest("PUT", path)

    assert answer.status_code == 400
    assert error_of(answer).startswith("The request content was malformed:\n")


@pytest.mark.parametrize("path", ["actions/x?blocking=x", "actions/x?result=x"])
def test_a_bad_boolean_is_named(platform: Platform, path: str) -> None:
    answer = platform.rest("POST", path, {})

    parameter = path.partition("?")[2].partition("=")[0]
    assert answer.status_code == 400
    assert error_of(answer) == f"The query parameter '{parameter}' was malformed:\n'x' is not a valid Boolean value"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("namespaces/_/actions/a%23b", "The name of the entity contains illegal characters."),
        ("namespaces/_/actions/a%2Fb", "The name of the entity contains illegal characters."),
        ("namespaces/_/actions/-x", "The name of the entity contains illegal characters."),
        ("namespaces/_/actions/a+b", "The name of the entity contains illegal characters."),
        ("namespaces/_/actions/%E2%98%83name", "The name of the entity contains illegal characters."),
        ("namespaces/_/actions/x%20", "The name of the entity contains illegal characters."),
        ("namespaces/_/triggers/" + "x" * 257, "Name segement longer than allowed: 257 > 256."),
        ("namespaces/a%23b/actions", "The namespace contains illegal characters."),
        ("namespaces/" + "x" * 257 + "/actions", "Namespace longer than allowed: 257 > 256."),
    ],
)
def test_a_bad_name_in_the_path_is_400(platform: Platform, path: str, text: str) -> None:
    answer = platform.call("GET", f"/api/v1/{path}")

    assert (answer.status_code, error_of(answer)) == (400, text)


def test_names_may_hold_blanks_and_be_256_long(platform: Platform) -> None:
    for name in ("a b & c@d.e-f", "x" * 256):
        platform.given(f"triggers/{name.replace(' ', '%20')}", {})

        assert platform.rest("GET", f"triggers/{name.replace(' ', '%20')}").json()["name"] == name


def test_an_answer_that_accept_leaves_out_is_406(platform: Platform) -> None:
    answer = platform.call("GET", "/api/v1/namespaces", headers={"Accept": "text/html"})

    assert answer.status_code == 406
    expected = "Resource representation is only available with these types:\napplication/json"
    assert error_of(answer) == expected


@pytest.mark.parametrize("accept", ["*/*", "application/json", "application/*;q=0.5", "text/html, application/json"])
def test_an_accept_that_includes_json_is_served(platform: Platform, accept: str) -> None:
    assert platform.call("GET", "/api/v1/namespaces", headers={"Accept": accept}).status_code == 200


def test_the_namespaces_are_exactly_the_own_one(platform: Platform) -> None:
    for path in ("/api/v1/namespaces", "/api/v1/namespaces/"):
        assert platform.call("GET", path).json() == [platform.namespace]


def test_the_limits_of_the_namespace_are_numbers(platform: Platform) -> None:
    body: dict[str, Any] = platform.rest("GET", "limits").json()

    assert body.pop("maxParameterSize") == "1048576 B"
    assert all(type(value) is int for value in body.values())
    assert body["minActionTimeout"] == 100
    assert body["minActionMemory"] == 128


@pytest.mark.parametrize(
    ("path", "resource"),
    [
        ("actions", "elsewhere"),
        ("limits", "elsewhere"),
        ("actions/a", "elsewhere/a"),
        ("actions/p/a", "elsewhere/p"),
        ("triggers/t", "elsewhere/t"),
        ("packages/p", "elsewhere/p"),
    ],
)
def test_what_lies_in_another_namespace_is_403(platform: Platform, path: str, resource: str) -> None:
    answer = platform.call("GET", f"/api/v1/namespaces/elsewhere/{path}")

    assert answer.status_code == 403
    assert error_of(answer) == f"The supplied authentication is not authorized to access '{resource}'."


def test_packages_of_an_unknown_namespace_are_an_empty_list(platform: Platform) -> None:
    answer = platform.call("GET", "/api/v1/namespaces/elsewhere/packages")

    assert (answer.status_code, answer.json()) == (200, [])
