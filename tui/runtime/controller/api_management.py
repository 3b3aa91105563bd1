"""The actions that manage APIs, `/whisk.system/apimgmt`: clients call them as web actions, with their key.

Failures are what the platform's actions answer: 502 and `{"error"}` without a `code`.
Source of parameters, answers and texts: `core/routemgmt` of Apache OpenWhisk.
"""

from collections.abc import Awaitable, Callable
from urllib.parse import quote

from tui.entities.json import Json, JsonObject

from .api_documents import Api, GatewayFailure
from .gateway import BACKEND_EXTENSIONS, Gateway
from .natives import NativeCall, NativeFunction
from .system import SYSTEM, NativeAction, NativePackage

SERVED = "/api/"
"""Below this path are the APIs themselves."""
_DEFAULT_EXTENSION = "json"
_JSON_HEADERS = {"Content-Type": "application/json"}

_Perform = Callable[["_Request"], Awaitable[JsonObject]]


class _Request:
    """What a call asks for."""

    def __init__(self, arguments: JsonObject, url: str) -> None:
        self.arguments = arguments
        self.namespace: str = arguments["__ow_user"]
        host = (arguments.get("__ow_headers") or {}).get("host")
        self.server = f"http://{host}" if host else url
        """The runtime as the client calls it."""

    def text(self, name: str) -> str | None:
        """A parameter. JavaScript clients write `undefined` for one that was left out."""
        value = self.arguments.get(name)
        return value if isinstance(value, str) and value and value != "undefined" else None

    def number(self, name: str) -> int | None:
        text = self.text(name)
        return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None


class _Management:
    """Creates, tells and deletes the APIs of the caller's namespace."""

    def __init__(self, gateway: Gateway, url: Callable[[], str]) -> None:
        self._gateway = gateway
        self._url = url

    def action(self, perform: _Perform, no_caller: str) -> NativeFunction:
        """`no_caller` is answered where the request carried no key."""

        async def function(call: NativeCall) -> Json:
            arguments = call.arguments if isinstance(call.arguments, dict) else {}
            try:
                if not isinstance(arguments.get("__ow_user"), str):
                    raise GatewayFailure(no_caller)
                body = await perform(_Request(arguments, self._url()))
            except GatewayFailure as failure:
                return {"error": {"statusCode": 502, "headers": _JSON_HEADERS, "body": {"error": str(failure)}}}
            return {"statusCode": 200, "headers": _JSON_HEADERS, "body": body}

        return function

    async def create(self, request: _Request) -> JsonObject:
        extension = request.text("responsetype") or _DEFAULT_EXTENSION
        if extension not in BACKEND_EXTENSIONS:
            raise GatewayFailure(f"responsetype '{extension}' is not a valid type.")
        web_url = f"{request.server}/api/v1/web"
        description = request.arguments.get("apidoc")
        api = await self._gateway.create(request.namespace, description, extension=extension, web_url=web_url)
        return _describe(request, api)

    async def get(self, request: _Request) -> JsonObject:
        found = self._gateway.apis(request.namespace, request.text("basepath") or request.text("apiname"))
        page = found[request.number("skip") or 0 :][: request.number("limit") or None]
        ids = [f"API:{api.namespace}:{api.base_path}" for api in page]
        return {
            "apis": [
                {"id": each, "key": each, "value": _describe(request, api)} for each, api in zip(ids, page, strict=True)
            ]
        }

    async def delete(self, request: _Request) -> JsonObject:
        base_path = request.text("basepath")
        relative_path, operation = request.text("relpath"), request.text("operation")
        if not base_path:
            raise GatewayFailure("basepath is required.")
        if operation and not relative_path:
            raise GatewayFailure("When specifying an operation, the path is required.")
        await self._gateway.delete(request.namespace, base_path, relative_path=relative_path, operation=operation)
        return {}


def _describe(request: _Request, api: Api) -> JsonObject:
    base_path = quote(api.base_path.rstrip("/"))
    return {
        "namespace": api.namespace,
        "gwApiUrl": f"{request.server}{SERVED}{api.tenant}{base_path}",
        "gwApiActivated": True,
        "tenantId": api.tenant,
        "apidoc": api.document,
    }


def make_api_management(gateway: Gateway, url: Callable[[], str]) -> NativePackage:
    """The package. It is not published: all but the system reach its actions by the web alone."""
    management = _Management(gateway, url)
    web: dict[str, Json] = {"web-export": True, "final": True}
    return NativePackage(
        SYSTEM,
        "apimgmt",
        "This package manages the gateway API configuration.",
        {
            "createApi": NativeAction(
                management.action(management.create, "A valid auth key is required."), "Create an API", web
            ),
            "getApi": NativeAction(
                management.action(management.get, "Invalid authentication."),
                "Retrieve the specified API configuration (in JSON format)",
                web,
            ),
            "deleteApi": NativeAction(
                management.action(management.delete, "__ow_user is required."), "Delete the API", web
            ),
        },
        is_public=False,
    )
