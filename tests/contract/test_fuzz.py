"""Whatever is sent, the answer is the platform's: no 5xx of the server's own, no hang, no error of another shape."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.running import running_runtime

from .platform import Platform

ANSWER_WITHIN_S = 20
EXAMPLES = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

words = st.sampled_from(
    [
        *("_", "guest", "whisk.system", "default", "echo", "seq", "trigger", "rule", "package", "binding", "web"),
        *(
            "utils",
            "apimgmt",
            "alarms",
            "actions",
            "limits",
            "0" * 32,
            "f" * 31,
            "a b",
            "..",
            ".",
            "",
            "%",
            "é",
            "x" * 257,
        ),
    ]
)
segments = st.one_of(words, st.text(max_size=12)).map(lambda text: quote(text.encode("utf-8", "replace"), safe="%"))
collections = st.sampled_from(["actions", "triggers", "rules", "packages", "activations", "limits", "nothing"])
methods = st.sampled_from(["GET", "PUT", "POST", "DELETE", "PATCH", "HEAD", "OPTIONS", "QUERY"])
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.sampled_from(
        ["_", "/_/echo", "/guest/echo", "nodejs:default", "python:default", "sequence", "blackbox", "\ud800"]
    ),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=6), inner, max_size=3)),
    max_leaves=8,
)
MEMBERS = (
    *("exec", "parameters", "annotations", "limits", "version", "publish", "binding", "trigger", "action", "status"),
    *("delAnnotations", "kind", "code", "components", "image", "main", "key", "value", "init", "timeout", "memory"),
    *("logs", "concurrency", "instances", "namespace", "name", "path", "error", "apidoc", "swagger", "__ow_path"),
)
objects = st.dictionaries(st.sampled_from(MEMBERS), values, max_size=6)
parameters = st.lists(
    st.fixed_dictionaries({"key": st.sampled_from(["a", "feed", "final", "web-export", "conductor"]), "value": values}),
    max_size=3,
)
executables = st.one_of(
    st.fixed_dictionaries(
        {"kind": st.just("python:default"), "code": st.text(max_size=20)}, optional={"main": scalars}
    ),
    st.fixed_dictionaries({"kind": st.just("sequence"), "components": st.lists(scalars, max_size=3)}),
    objects,
)
entities = st.fixed_dictionaries(
    {},
    optional={
        "exec": executables,
        "parameters": st.one_of(parameters, values),
        "annotations": st.one_of(parameters, values),
        "limits": st.one_of(
            st.dictionaries(st.sampled_from(["timeout", "memory", "logs", "concurrency", "instances"]), scalars), values
        ),
        "version": scalars,
        "publish": scalars,
        "binding": st.one_of(st.just({}), st.fixed_dictionaries({"namespace": scalars, "name": scalars}), values),
        "trigger": scalars,
        "action": scalars,
        "status": scalars,
    },
)
bodies = st.one_of(
    st.none(),
    st.binary(max_size=40),
    values.map(lambda value: json.dumps(value).encode()),
    entities.map(lambda value: json.dumps(value).encode()),
    st.sampled_from(
        [
            b"[" * 5000,
            b'{"a":' * 3000,
            b"{" + b" " * 5000,
            b'{"a":NaN}',
            b'{"a":1e999}',
            b'"\\ud800"',
            b"\xef\xbb\xbf{}",
        ]
    ),
)
ACTION = {"name": "echo", "namespace": "_", "backendMethod": "get", "backendUrl": "http://h/x", "authkey": "k"}
OPERATION = {"namespace": "_", "gatewayBasePath": "/b", "gatewayPath": "/p", "gatewayMethod": "get", "action": ACTION}
SWAGGER = {"basePath": "/s", "info": {"title": "t"}, "paths": {"/p": {"get": {"x-openwhisk": {"action": "echo"}}}}}


def with_one_replaced(whole: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """A description that is right but for one member."""
    return st.tuples(st.sampled_from(sorted(whole)), st.one_of(st.just("\ud800"), values)).map(
        lambda change: whole | {change[0]: change[1]}
    )


descriptions = st.one_of(
    values,
    with_one_replaced(OPERATION),
    with_one_replaced(ACTION).map(lambda action: OPERATION | {"action": action}),
    with_one_replaced(SWAGGER).map(lambda swagger: {"namespace": "_", "swagger": swagger}),
    values.map(
        lambda value: {"namespace": "_", "swagger": SWAGGER | {"paths": {"/p": {"get": {"x-openwhisk": value}}}}}
    ),
)
content_types = st.sampled_from(
    [
        None,
        "application/json",
        "text/plain",
        "application/x-www-form-urlencoded",
        "image/png",
        "a/b; charset=x",
        ";",
        "é",
    ]
)
queries = st.dictionaries(
    st.sampled_from(
        [
            *("blocking", "result", "timeout", "overwrite", "code", "limit", "skip", "count", "docs", "since", "upto"),
            *("name", "force", "public", "basepath", "relpath", "operation", "responsetype", "__ow_method"),
        ]
    ),
    st.one_of(
        st.sampled_from(["true", "false", "1", "0", "-1", "200", "201", "x", "", "1" * 30, "/a", "a/b/c", "NaN"]),
        st.text(max_size=8),
    ),
    max_size=4,
)
accepts = st.sampled_from([None, "*/*", "application/json", "text/html", "", "a;b", "text/*;q=0.1, image/png"])


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """A runtime of its own: what is thrown at it stays in it, and it is looked at in the end."""
    folder: Path = tmp_path_factory.mktemp("fuzz")
    with running_runtime(folder) as running, httpx.Client(trust_env=False, timeout=ANSWER_WITHIN_S) as http:
        platform = Platform(running.url, running.auth, running.namespace, http)
        platform.given("packages/package", {"publish": True})
        platform.given("packages/binding", {"binding": {"namespace": "_", "name": "package"}})
        code = {"kind": "python:default", "code": "def main(args):\n    return {}\n"}
        web = [{"key": "web-export", "value": True}]
        for name in ("actions/echo", "actions/web", "actions/package/echo"):
            platform.given(name, {"exec": code, "annotations": web, "limits": {"timeout": 5000}})
        platform.given("actions/seq", {"exec": {"kind": "sequence", "components": ["/_/echo"]}})
        platform.given("triggers/trigger", {})
        platform.given("rules/rule", {"trigger": "/_/trigger", "action": "/_/echo"})
        yield platform
        assert running.process.poll() is None
        assert platform.call("GET", "/ping").text == "pong"
    assert "Traceback" not in (folder / "serve.err").read_text()


def check(answer: httpx.Response, method: str) -> None:
    """The shape of what came back, whatever it was."""
    assert answer.headers["x-request-id"]
    status = answer.status_code
    is_run = "x-openwhisk-activation-id" in answer.headers
    if status >= 500:
        # Only what an action did, and what the management of APIs refuses, is answered so.
        managing = "/apimgmt/" in answer.url.path or answer.url.path.startswith("/api/")
        assert is_run or (status == 502 and managing), (status, answer.text)
        assert is_run or method == "HEAD" or set(answer.json()) == {"error"}
        return
    if status < 400 or method == "HEAD":
        return
    if not is_run:
        body = answer.json()
        assert set(body) == {"error", "code"}, answer.text
        assert isinstance(body["error"], str)
        assert body["error"]
        assert body["code"] == answer.headers["x-request-id"]


def send(platform: Platform, method: str, path: str, body: bytes | None, **parts: Any) -> None:
    named = {"Content-Type": parts.get("content_type"), "Accept": parts.get("accept")}
    headers = {name: value.encode("utf-8") for name, value in named.items() if value is not None}
    signed = parts.get("signed", True)
    answer = platform.call(
        method, path, signed=signed, content=body, headers=headers, params=parts.get("query"), follow_redirects=False
    )
    check(answer, method)


@EXAMPLES
@given(
    method=methods,
    namespace=segments,
    collection=collections,
    rest=st.lists(segments, max_size=3),
    query=queries,
    body=bodies,
    content_type=content_types,
    accept=accepts,
)
def test_the_rest_api_bears_anything(
    fuzzed: Platform,
    method: str,
    namespace: str,
    collection: str,
    rest: list[str],
    query: dict[str, str],
    body: bytes | None,
    content_type: str | None,
    accept: str | None,
) -> None:
    path = "/".join(["/api/v1/namespaces", namespace, collection, *rest])

    send(fuzzed, method, path, body, query=query, content_type=content_type, accept=accept)


@EXAMPLES
@given(collection=st.sampled_from(["actions", "triggers", "rules", "packages"]), body=entities, overwrite=st.booleans())
def test_entities_of_any_shape_are_taken_or_refused_and_can_be_read_and_deleted(
    fuzzed: Platform, collection: str, body: dict[str, Any], overwrite: bool
) -> None:
    path, content = f"{collection}/thing", json.dumps(body).encode()

    put = fuzzed.rest("PUT", f"{path}?overwrite={overwrite}", content=content)
    got = fuzzed.rest("GET", path)
    deleted = fuzzed.rest("DELETE", path)

    for answer in (put, got, deleted):
        check(answer, "PUT")
        assert answer.status_code < 500
    if put.status_code == 200:
        assert got.status_code == 200
        assert deleted.status_code == 200


@EXAMPLES
@given(
    method=methods,
    target=st.sampled_from(
        ["web", "echo", "seq", "none", "web.json", "web.http/a/b", "web.svg", "web.text", "web.html/"]
    ),
    query=queries,
    body=bodies,
    content_type=content_types,
    accept=accepts,
)
def test_web_actions_bear_anything(
    fuzzed: Platform,
    method: str,
    target: str,
    query: dict[str, str],
    body: bytes | None,
    content_type: str | None,
    accept: str | None,
) -> None:
    path = f"/api/v1/web/{fuzzed.namespace}/default/{target}"

    send(fuzzed, method, path, body, query=query, content_type=content_type, accept=accept, signed=False)


MANAGEMENT = "/api/v1/web/whisk.system/apimgmt"


@EXAMPLES
@given(
    method=methods, action=st.sampled_from(["createApi", "getApi.http", "deleteApi", "no"]), query=queries, body=bodies
)
def test_the_management_of_apis_bears_anything(
    fuzzed: Platform, method: str, action: str, query: dict[str, str], body: bytes | None
) -> None:
    send(fuzzed, method, f"{MANAGEMENT}/{action}", body, query=query)


@EXAMPLES
@given(description=descriptions, method=methods)
def test_any_description_makes_an_api_that_can_be_called_and_deleted_or_is_refused(
    fuzzed: Platform, description: Any, method: str
) -> None:
    send(fuzzed, "POST", f"{MANAGEMENT}/createApi", json.dumps({"apidoc": description}).encode())

    for api in fuzzed.call("GET", f"{MANAGEMENT}/getApi").json()["apis"]:
        value = api["value"]
        url = value["gwApiUrl"].removeprefix(fuzzed.url)
        for path in list(value["apidoc"]["paths"])[:3]:
            send(fuzzed, method, url + quote(path.encode("utf-8", "replace")), None)
        base_path = api["id"].removeprefix(f"API:{fuzzed.namespace}:")
        deleted = fuzzed.call("DELETE", f"{MANAGEMENT}/deleteApi", params={"basepath": base_path})
        assert (deleted.status_code, deleted.json()) == (200, {})


@EXAMPLES
@given(
    method=methods,
    root=st.sampled_from(
        ["/", "/whisktop/v1", "/runtime", "/runtime/api/v1", "/runtime/namespaces", "/api", "/api/v1"]
    ),
    rest=st.lists(segments, max_size=4),
    body=bodies,
    signed=st.booleans(),
)
def test_everything_else_bears_anything(
    fuzzed: Platform, method: str, root: str, rest: list[str], body: bytes | None, signed: bool
) -> None:
    path = "/".join([root.rstrip("/"), *rest]) or "/"
    if path.endswith("/events"):
        return  # it has no end

    send(fuzzed, method, path, body, signed=signed)
