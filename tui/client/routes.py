"""APIs of the gateway: paths that lead to web actions.

They are no collection of the platform but three web actions of its system namespace, called with the caller's key.

Source: section "API gateway" of OpenWhisk's documentation, and what its command line sends.
"""

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from tui.client.client import HttpClient
from tui.client.paths import API
from tui.entities.json import Json, JsonObject
from tui.entities.names import DEFAULT_PACKAGE

_MANAGEMENT: Final = f"{API}/web/whisk.system/apimgmt"
_NO_TOKEN: Final = "DUMMY TOKEN"
"""What `wsk` sends where no token of a gateway is configured."""
_VERBS = frozenset({"get", "put", "post", "delete", "patch", "head", "options"})


class Route(Struct, frozen=True, kw_only=True):
    """One operation of an API."""

    base_path: str
    path: str
    method: str
    """Lower case."""
    action: str
    """`/namespace/[package/]name`."""
    api: str
    """The API's title."""
    response_type: str = "json"
    """How the answer of the web action is read: `json`, `http`, `html`, `svg`, `text`."""


class Routes:
    """The routes of one namespace."""

    def __init__(self, http: HttpClient, namespace: str) -> None:
        self._http = http
        self._namespace = namespace

    async def list(self) -> tuple[Route, ...]:
        """All of them.

        Raises:
            ApiError: The platform has no gateway, among other things.
        """
        answer = await self._http.send("GET", f"{_MANAGEMENT}/getApi.http", query=self._query(), subject="API gateway")
        return answer.read(lambda body: tuple(_routes(body["apis"], self._namespace)))

    async def put(self, route: Route, *, secure_key: str | None = None) -> None:
        """Create the operation, or lead it elsewhere; the API is made where it is missing.

        Args:
            secure_key: What the web action asks for in `X-Require-Whisk-Auth`.
        """
        namespace, *package, name = route.action.strip("/").split("/")
        url = "/".join((self._http.endpoint.url, "api/v1/web", namespace, *(package or [DEFAULT_PACKAGE]), name))
        action: JsonObject = {
            "name": "/".join((*package, name)),
            "namespace": namespace,
            "backendMethod": route.method,
            "backendUrl": f"{url}.{route.response_type}",
            "authkey": self._http.endpoint.auth.reveal(),
        }
        if secure_key is not None:
            action["secureKey"] = secure_key
        document: JsonObject = {
            "namespace": self._namespace,
            "gatewayBasePath": route.base_path,
            "gatewayPath": route.path,
            "gatewayMethod": route.method.upper(),
            "id": f"API:{self._namespace}:{route.base_path}",
            "apiName": route.api,
            "action": action,
        }
        query = {**self._query(), "responsetype": route.response_type}
        subject = f"route {route.method.upper()} {route.base_path}{route.path}"
        await self._http.send(
            "POST", f"{_MANAGEMENT}/createApi.http", query=query, body={"apidoc": document}, subject=subject
        )

    async def delete(self, route: Route) -> None:
        """Take the operation away; an API without any goes with its last."""
        where = {"basepath": route.base_path, "relpath": route.path, "operation": route.method.upper()}
        subject = f"route {route.method.upper()} {route.base_path}{route.path}"
        await self._http.send(
            "DELETE", f"{_MANAGEMENT}/deleteApi.http", query={**self._query(), **where}, subject=subject
        )

    def _query(self) -> dict[str, str | int | bool | None]:
        return {"accesstoken": _NO_TOKEN, "spaceguid": self._http.endpoint.auth.reveal().partition(":")[0]}


def _routes(apis: Json, namespace: str) -> Iterator[Route]:
    for api in apis:
        document = api["value"]["apidoc"]
        base_path, title = document["basePath"], (document.get("info") or {}).get("title")
        for path, operations in (document.get("paths") or {}).items():
            for method, operation in operations.items():
                target = operation.get("x-openwhisk") if isinstance(operation, dict) else None
                if method.lower() in _VERBS and isinstance(target, dict) and target.get("action"):
                    yield Route(
                        base_path=base_path,
                        path=path,
                        method=method.lower(),
                        action=_action(target, namespace),
                        api=title or base_path,
                        response_type=_response_type(str(target.get("url") or "")),
                    )


def _action(target: JsonObject, namespace: str) -> str:
    package = target.get("package")
    segments = [target.get("namespace") or namespace, package, target["action"]]
    return "/" + "/".join(segment for segment in segments if segment and segment != DEFAULT_PACKAGE)


def _response_type(url: str) -> str:
    ending = url.rpartition("/")[2].rpartition(".")[2]
    return ending if ending in ("json", "http", "html", "svg", "text") else "json"
