"""API gateway routes: managed by the web actions of `apimgmt`, and served where their answers say (section 3.8)."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from .platform import Platform, annotations_of, error_of

REQUEST = """
def main(args):
    told = {key: value for key, value in args.items() if not key.startswith('__ow_')}
    told |= {'method': args['__ow_method'], 'path': args['__ow_path'], 'user': args.get('__ow_user')}
    told['header'] = args['__ow_headers'].get('x-mine')
    return told
"""


@pytest.fixture
def gateway(platform: Platform) -> "Iterator[Gateway]":
    gateway = Gateway(platform)
    yield gateway
    gateway.call("DELETE", "deleteApi", basepath=gateway.base)


class Gateway:
    """One base path of a test's own."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.base = f"/{platform.name('api')}"

    def call(self, method: str, action: str, body: Any = None, *, signed: bool = True, **query: Any) -> httpx.Response:
        path = f"/api/v1/web/whisk.system/apimgmt/{action}"
        return self.platform.call(method, path, signed=signed, params=query, json=body)

    def description(self, action: str, method: str = "get", path: str = "/things", **more: Any) -> dict[str, Any]:
        ns = self.platform.namespace
        secret = {"secureKey": more.pop("secureKey")} if "secureKey" in more else {}
        return {
            "namespace": "_",
            "gatewayBasePath": self.base,
            "gatewayPath": path,
            "gatewayMethod": method,
            "id": f"API:{ns}:{self.base}",
            "action": {
                "name": action,
                "namespace": "_",
                "backendMethod": method,
                "backendUrl": f"{self.platform.url}/api/v1/web/{ns}/default/{action}.json",
                "authkey": self.platform.auth,
                **secret,
            },
            **more,
        }

    def given(self, action: str, method: str = "get", path: str = "/things", **more: Any) -> dict[str, Any]:
        answer = self.call("POST", "createApi.http", {"apidoc": self.description(action, method, path, **more)})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


def test_a_created_api_is_described_and_answers_under_its_url(platform: Platform, gateway: Gateway) -> None:
    action = platform.given_web_action(REQUEST)

    created = gateway.given(action)

    assert set(created) == {"namespace", "gwApiUrl", "gwApiActivated", "tenantId", "apidoc"}
    assert (created["namespace"], created["gwApiActivated"]) == (platform.namespace, True)
    swagger = created["apidoc"]
    assert (swagger["swagger"], swagger["basePath"]) == ("2.0", gateway.base)
    assert swagger["info"]["title"] == gateway.base
    operation = swagger["paths"]["/things"]["get"]
    assert operation["operationId"] == "getThings"
    assert operation["x-openwhisk"]["namespace"] == platform.namespace
    assert (operation["x-openwhisk"]["package"], operation["x-openwhisk"]["action"]) == ("default", action)
    assert operation["x-openwhisk"]["url"].endswith(f"/api/v1/web/{platform.namespace}/default/{action}.json")
    answer = httpx.get(f"{created['gwApiUrl']}/things", trust_env=False)
    assert answer.status_code == 200
    assert answer.json() == {"method": "get", "path": "", "user": None, "header": None}


def test_query_body_and_headers_reach_the_web_action(platform: Platform, gateway: Gateway) -> None:
    created = gateway.given(platform.given_web_action(REQUEST), "post")

    answer = httpx.post(
        f"{created['gwApiUrl']}/things",
        params={"q": "1"},
        json={"b": 2},
        headers={"X-Mine": "yes"},
        trust_env=False,
    )

    assert answer.json() == {"q": "1", "b": 2, "method": "post", "path": "", "user": None, "header": "yes"}
    assert answer.headers["x-openwhisk-activation-id"]


def test_with_path_parameters_the_path_is_handed_on(platform: Platform, gateway: Gateway) -> None:
    created = gateway.given(platform.given_web_action(REQUEST), "get", "/things/{id}/parts/{part}")
    gateway.given(
        platform.given_web_action("def main(args):\n    return {'literal': True}\n"), "get", "/things/a/parts/b"
    )

    with_parameters = httpx.get(f"{created['gwApiUrl']}/things/7/parts/x%20y", trust_env=False)
    literal = httpx.get(f"{created['gwApiUrl']}/things/a/parts/b", trust_env=False)
    missing = httpx.get(f"{created['gwApiUrl']}/things/7/parts", trust_env=False)

    assert with_parameters.json()["path"] == "/things/7/parts/x y"
    assert literal.json() == {"literal": True}
    assert missing.status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "operation_id"),
    [("get", "/a/b", "getAB"), ("delete", "/users/{id}", "deleteUsersId"), ("put", "/", "put")],
)
def test_operation_ids_are_made_of_verb_and_path(
    platform: Platform, gateway: Gateway, method: str, path: str, operation_id: str
) -> None:
    created = gateway.given(platform.given_web_action(REQUEST), method, path)

    assert created["apidoc"]["paths"][path][method]["operationId"] == operation_id


def test_the_key_of_a_secured_action_is_sent_and_never_told(platform: Platform, gateway: Gateway) -> None:
    action = platform.given_web_action(REQUEST, {"require-whisk-auth": "s3cret-word"})
    created = gateway.given(action, secureKey="s3cret-word")

    answer = httpx.get(f"{created['gwApiUrl']}/things", trust_env=False)

    assert answer.status_code == 200
    assert platform.web("GET", f"default/{action}").status_code == 401
    assert "s3cret-word" not in str(created)
    assert "s3cret-word" not in gateway.call("GET", "getApi.http", basepath=gateway.base).text


def test_the_response_type_decides_how_the_result_is_read(platform: Platform, gateway: Gateway) -> None:
    action = platform.given_web_action("def main(args):\n    return {'statusCode': 201, 'body': 'made'}\n")
    body = {"apidoc": gateway.description(action)}

    created = gateway.call("POST", "createApi", body, responsetype="http").json()

    assert created["apidoc"]["paths"]["/things"]["get"]["x-openwhisk"]["url"].endswith(f"{action}.http")
    answer = httpx.get(f"{created['gwApiUrl']}/things", trust_env=False)
    assert (answer.status_code, answer.text) == (201, "made")


def test_an_api_of_the_same_base_path_is_extended(platform: Platform, gateway: Gateway) -> None:
    action = platform.given_web_action(REQUEST)
    gateway.given(action)

    extended = gateway.given(action, "post")

    assert set(extended["apidoc"]["paths"]["/things"]) == {"get", "post"}
    assert len(gateway.call("GET", "getApi", basepath=gateway.base).json()["apis"]) == 1


def test_a_whole_swagger_document_replaces_the_api(platform: Platform, gateway: Gateway) -> None:
    action = platform.given_web_action(REQUEST)
    gateway.given(action, "get", "/old")
    url = f"{platform.url}/api/v1/web/{platform.namespace}/default/{action}.json"
    target = {"namespace": platform.namespace, "package": "default", "action": action, "url": url}
    swagger = {
        "swagger": "2.0",
        "basePath": gateway.base,
        "info": {"title": "Things", "version": "1.0.0"},
        "paths": {"/new": {"get": {"operationId": "getNew", "x-openwhisk": target}}},
    }

    created = gateway.call("POST", "createApi.http", {"apidoc": {"namespace": "_", "swagger": swagger}}).json()

    assert created["apidoc"] == swagger
    assert httpx.get(f"{created['gwApiUrl']}/new", trust_env=False).status_code == 200
    assert httpx.get(f"{created['gwApiUrl']}/old", trust_env=False).status_code == 404
    (found,) = gateway.call("GET", "getApi", basepath="Things").json()["apis"]
    assert found["value"] == created


def test_apis_are_listed_in_an_envelope(platform: Platform, gateway: Gateway) -> None:
    created = gateway.given(platform.given_web_action(REQUEST))

    (found,) = gateway.call("GET", "getApi.http", basepath=gateway.base).json()["apis"]

    assert set(found) == {"id", "key", "value"}
    assert found["value"] == created
    assert gateway.call("GET", "getApi", basepath="/nothing-here").json() == {"apis": []}


def test_operations_paths_and_the_whole_api_are_deleted(platform: Platform, gateway: Gateway) -> None:
    action = platform.given_web_action(REQUEST)
    for method, path in (("get", "/a"), ("post", "/a"), ("get", "/b")):
        gateway.given(action, method, path)

    def paths() -> dict[str, list[str]]:
        (found,) = gateway.call("GET", "getApi", basepath=gateway.base).json()["apis"]
        return {path: sorted(verbs) for path, verbs in found["value"]["apidoc"]["paths"].items()}

    assert gateway.call("DELETE", "deleteApi.http", basepath=gateway.base, relpath="/a", operation="POST").json() == {}
    assert paths() == {"/a": ["get"], "/b": ["get"]}
    assert gateway.call("DELETE", "deleteApi", basepath=gateway.base, relpath="/a").json() == {}
    assert paths() == {"/b": ["get"]}
    assert gateway.call("DELETE", "deleteApi", basepath=gateway.base).json() == {}
    assert gateway.call("GET", "getApi", basepath=gateway.base).json() == {"apis": []}
    again = gateway.call("DELETE", "deleteApi", basepath=gateway.base)
    assert again.status_code == 502
    assert again.json() == {"error": f"API deletion failure: API '{gateway.base}' does not exist."}


@pytest.mark.parametrize("missing", ["gatewayPath", "gatewayMethod", "action", "namespace"])
def test_an_incomplete_description_is_refused_without_a_code(gateway: Gateway, missing: str) -> None:
    body = gateway.description("a")
    del body[missing]

    answer = gateway.call("POST", "createApi.http", {"apidoc": body})

    assert (answer.status_code, answer.json()) == (502, {"error": f"apidoc is missing the {missing} field"})


@pytest.mark.parametrize(
    ("apidoc", "text"),
    [
        (None, "apidoc is required."),
        ({"namespace": "_", "swagger": {"paths": {}}}, "swagger is missing the basePath field."),
        (
            {"namespace": "_", "swagger": {"basePath": "/x"}, "gatewayBasePath": "/x"},
            "swagger and gatewayBasePath are mutually exclusive and cannot be specified together.",
        ),
        ({"namespace": "_", "swagger": "{"}, "swagger field cannot be parsed. Ensure it is valid JSON."),
    ],
)
def test_what_cannot_be_an_api_is_refused(gateway: Gateway, apidoc: Any, text: str) -> None:
    answer = gateway.call("POST", "createApi", {} if apidoc is None else {"apidoc": apidoc})

    assert (answer.status_code, answer.json()) == (502, {"error": text})


@pytest.mark.parametrize("action", ["createApi", "getApi", "deleteApi"])
def test_managing_needs_the_key(gateway: Gateway, action: str) -> None:
    answer = gateway.call("POST", action, {}, signed=False)

    assert answer.status_code == 502
    assert set(answer.json()) == {"error"}


def test_a_verb_that_the_path_does_not_know_is_405(platform: Platform, gateway: Gateway) -> None:
    created = gateway.given(platform.given_web_action(REQUEST))

    answer = httpx.delete(f"{created['gwApiUrl']}/things", trust_env=False)

    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")


def test_a_browsers_preflight_is_answered(platform: Platform, gateway: Gateway) -> None:
    created = gateway.given(platform.given_web_action(REQUEST))

    answer = httpx.options(f"{created['gwApiUrl']}/things", trust_env=False)

    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"


def test_the_managing_actions_are_the_systems_and_leave_their_records_there(
    platform: Platform, system: Platform, gateway: Gateway
) -> None:
    answer = gateway.call("GET", "getApi.http", basepath=gateway.base)
    record = system.record(answer.headers["x-openwhisk-activation-id"])

    assert annotations_of(record)["path"] == "whisk.system/apimgmt/getApi"
    assert record["response"]["result"]["body"] == {"apis": []}
    package = system.rest("GET", "packages/apimgmt").json()
    assert {each["name"] for each in package["actions"]} == {"createApi", "getApi", "deleteApi"}
    listed = platform.call("GET", "/api/v1/namespaces/whisk.system/packages").json()
    assert "apimgmt" not in {each["name"] for each in listed}
    for method, path in (("GET", "packages/apimgmt"), ("POST", "actions/apimgmt/getApi")):
        refused = platform.call(method, f"/api/v1/namespaces/whisk.system/{path}")
        expected = "The supplied authentication is not authorized to access 'whisk.system/apimgmt'."
        assert (refused.status_code, error_of(refused)) == (403, expected)
