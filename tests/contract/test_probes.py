"""What clients ask before they do anything: descriptions, log forwarding, the deploy service, web URLs by host name."""

import base64
from urllib.parse import urlsplit

import httpx
import pytest

from tests.running import RunningRuntime
from tests.runtime.serving import talking_to

from .platform import Platform, annotations_of, error_of

WEB = "def main(args):\n    return {'body': args['__ow_path'] or 'root', 'statusCode': 200}\n"


def test_the_api_is_described_as_swagger(platform: Platform) -> None:
    body = platform.call("GET", "/api/v1/api-docs", signed=False).json()

    assert (body["swagger"], body["basePath"]) == ("2.0", "/api/v1")
    assert {"get", "put", "delete", "post"} <= set(body["paths"]["/namespaces/{namespace}/actions/{actionName}"])
    operations = [operation for path in body["paths"].values() for operation in path.values()]
    ids = [operation["operationId"] for operation in operations]
    assert len(ids) == len(set(ids))
    assert platform.call("GET", "/api-docs", signed=False).json()["swagger"] == "2.0"


def test_the_docs_lead_to_a_page(platform: Platform) -> None:
    answer = platform.call("GET", "/api/v1/docs", signed=False)

    assert answer.status_code in (301, 302, 303, 307)
    page = platform.call("GET", urlsplit(answer.headers["location"]).path, signed=False)
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("namespace", ["_", "undefined", ""])
def test_where_logs_shall_go_is_kept_and_told(platform: Platform, namespace: str) -> None:
    path = f"/runtime/namespaces/{namespace or platform.namespace}/logForwarding"
    splunk = {"splunk_hec": {"host": "logs.example.com", "port": "8088", "index": "main", "hec_token": "t"}}

    assert platform.call("GET", path).json() == {"adobe_io_runtime": {}}
    assert platform.call("GET", f"{path}/errors").json() == {"destination": "adobe_io_runtime", "errors": []}
    assert platform.call("PUT", path, json=splunk).json() == splunk
    assert platform.call("GET", path).json() == splunk
    assert platform.call("GET", f"{path}/errors").json() == {"destination": "splunk_hec", "errors": []}
    assert platform.call("PUT", path, json={"adobe_io_runtime": {}}).json() == {"adobe_io_runtime": {}}
    assert platform.call("GET", path).json() == {"adobe_io_runtime": {}}


def test_log_forwarding_needs_the_key_an_object_and_the_own_namespace(platform: Platform) -> None:
    path = "/runtime/namespaces/_/logForwarding"

    assert platform.call("GET", path, signed=False).status_code == 401
    assert platform.call("PUT", path, json=[1]).status_code == 400
    assert platform.call("PUT", path, json={"splunk_hec": 5}).status_code == 400
    assert platform.call("GET", "/runtime/namespaces/elsewhere/logForwarding").status_code == 403
    assert platform.call("DELETE", path).status_code == 404


@pytest.fixture
def own(runtime: RunningRuntime) -> RunningRuntime:
    """A runtime whose data folder can be looked into."""
    return runtime


def bearer(running: RunningRuntime) -> dict[str, str]:
    return {"Authorization": f"Bearer {(running.data_dir / 'deploy-token').read_text().strip()}"}


def test_the_deploy_service_takes_the_token_that_this_data_folder_made(own: RunningRuntime) -> None:
    url = f"{own.url}/runtime/api/v1/namespaces/_/triggers/deployed"

    put = httpx.put(url, json={}, headers=bearer(own), trust_env=False)
    got = httpx.get(url, headers=bearer(own), trust_env=False)
    deleted = httpx.delete(url, headers=bearer(own), trust_env=False)

    assert [each.status_code for each in (put, got, deleted)] == [200, 200, 200]
    assert got.json()["namespace"] == own.namespace
    assert (own.data_dir / "deploy-token").stat().st_mode & 0o777 == 0o600


def test_the_token_counts_nowhere_else_and_a_strangers_counts_nowhere(own: RunningRuntime) -> None:
    elsewhere = httpx.get(f"{own.url}/api/v1/namespaces", headers=bearer(own), trust_env=False)
    strange = {"Authorization": "Bearer eyJhbGciOiJub25lIn0.e30."}
    stranger = httpx.get(f"{own.url}/runtime/api/v1/namespaces", headers=strange, trust_env=False)

    assert (elsewhere.status_code, stranger.status_code) == (401, 401)


@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
@pytest.mark.parametrize(
    "path", ["api/v1/namespaces", "api/v1/web/guest/default/none", "namespaces/_/logForwarding", ""]
)
def test_the_deploy_service_grants_no_page_anything(own: RunningRuntime, method: str, path: str) -> None:
    headers = bearer(own) | {"Origin": "https://example.com"}

    answer = httpx.request(method, f"{own.url}/runtime/{path}", headers=headers, trust_env=False)

    assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_the_deploy_service_takes_the_key_too(own: RunningRuntime) -> None:
    basic = "Basic " + base64.b64encode(own.auth.encode()).decode()

    answer = httpx.get(f"{own.url}/runtime/api/v1/namespaces", headers={"Authorization": basic}, trust_env=False)

    assert answer.json() == [own.namespace]


def test_a_web_action_is_reached_by_the_host_name_of_its_namespace(own: RunningRuntime) -> None:
    with talking_to(own) as platform:
        name = platform.given_web_action(WEB)
        host = f"{own.namespace}.localhost:{urlsplit(own.url).port}"

        short = platform.call("GET", f"/api/v1/web/default/{name}/x", signed=False, headers={"Host": host})
        long = platform.call(
            "GET", f"/api/v1/web/{own.namespace}/default/{name}/x", signed=False, headers={"Host": host}
        )
        unnamed = platform.call("GET", f"/api/v1/web/default/{name}/x", signed=False, headers={"Host": "no.localhost"})

    assert (short.status_code, short.text) == (200, "/x")
    assert (long.status_code, long.text) == (200, "/x")
    assert unnamed.status_code in (401, 404)


def test_an_image_is_refused_as_a_kind_that_is_not_allowed_here(platform: Platform) -> None:
    name = platform.name("image")

    answer = platform.rest("PUT", f"actions/{name}", {"exec": {"kind": "blackbox", "image": "example/image"}})
    without = platform.rest("PUT", f"actions/{name}", {"exec": {"kind": "blackbox"}})

    expected = "The supplied authentication is not authorized to access actions of kind 'blackbox'."
    assert (answer.status_code, error_of(answer)) == (403, expected)
    image = "'image' must be a string defined in 'exec' for 'blackbox' actions"
    assert (without.status_code, error_of(without)) == (400, f"The request content was malformed:\n{image}")


def test_the_limit_of_instances_is_kept_and_printed_where_it_was_given(platform: Platform) -> None:
    name = platform.given_action("instances", limits={"instances": 3})

    assert platform.rest("GET", f"actions/{name}").json()["limits"]["instances"] == 3
    updated = platform.rest("PUT", f"actions/{name}?overwrite=true", {"limits": {"timeout": 5000}}).json()
    assert updated["limits"]["instances"] == 3
    record = platform.record(platform.invoke(name).json()["activationId"])
    assert annotations_of(record)["limits"]["instances"] == 3
    plain = platform.given_action("plain")
    assert "instances" not in platform.rest("GET", f"actions/{plain}").json()["limits"]


@pytest.mark.parametrize(
    ("instances", "text"),
    [
        ("3", "The request content was malformed:\ninstance concurrency limit malformed"),
        (
            1.5,
            "The request content was malformed:\nrequirement failed: instance concurrency limit must be whole number",
        ),
    ],
)
def test_a_limit_of_instances_that_is_no_whole_number_is_malformed(
    platform: Platform, instances: object, text: str
) -> None:
    body = {"exec": {"kind": "python:default", "code": ""}, "limits": {"instances": instances}}

    answer = platform.rest("PUT", f"actions/{platform.name('ill')}", body)

    assert (answer.status_code, error_of(answer)) == (400, text)


def test_more_instances_than_the_namespace_may_run_are_refused(platform: Platform) -> None:
    most = platform.rest("GET", "limits").json()["maxActionInstances"]
    body = {"exec": {"kind": "python:default", "code": ""}, "limits": {"instances": most + 1}}

    answer = platform.rest("PUT", f"actions/{platform.name('many')}", body)

    expected = f"Max action instance concurrency must not exceed your namespace concurrency of {most}."
    assert (answer.status_code, error_of(answer)) == (400, expected)
