"""The API gateway over HTTP: the web actions of package `apimgmt` that manage APIs, and the APIs themselves.

Failures of the management are what its web actions answer: 502 and `{"error"}` without a `code`.
"""

from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import quote, unquote

from starlette.types import Send

from tui.entities.json import Json, JsonObject
from tui.entities.limits import MAX_PAYLOAD_BYTES

from .. import messages
from ..controller.api_documents import Api, GatewayFailure
from ..controller.gateway import Backend, Gateway
from ..faults import Fault, Malformed, MethodNotAllowed, NoRoute
from ..jsonbytes import parse_json, to_pretty_bytes
from .answers import JSON, Answer, cors
from .auth import Authenticator
from .call import Call, Disconnected
from .surface import common_headers, fault_answer, guarded
from .web import Web, WebPath
from .web_response import EXTENSIONS

MANAGEMENT = "/api/v1/web/whisk.system/apimgmt/"
_SERVED = "/api/"
_TENANT_LENGTH = 32
_METHODS = b"OPTIONS, GET, DELETE, POST, PUT, HEAD, PATCH"
_DEFAULT_EXTENSION = "json"


def is_api_call(path: str) -> bool:
    """Whether `path` is one of an API that the gateway serves: `/api/TENANT/…`."""
    tenant = path[len(_SERVED) :].partition("/")[0] if path.startswith(_SERVED) else ""
    return len(tenant) == _TENANT_LENGTH


class Management:
    """`createApi`, `getApi`, `deleteApi`."""

    def __init__(self, authenticator: Authenticator, gateway: Gateway) -> None:
        self._authenticator = authenticator
        self._gateway = gateway
        self._actions: Mapping[str, tuple[str, Callable[[Call, str], Awaitable[JsonObject]]]] = {
            "createApi": ("A valid auth key is required.", self._create),
            "getApi": ("Invalid authentication.", self._get),
            "deleteApi": ("__ow_user is required.", self._delete),
        }

    async def answer(self, call: Call, send: Send) -> None:
        if call.method == "OPTIONS":
            answer: Answer = Answer(200, content_type=None)
        else:
            try:
                answer, _ = await guarded(call, self._run(call))
            except Disconnected:
                return
        headers = common_headers(call)
        if not call.is_private:
            headers += cors(_METHODS)
        await answer.send(send, headers)

    async def _run(self, call: Call) -> Answer:
        name: str = unquote(call.scope["path"].removeprefix(MANAGEMENT))
        extension = next((each for each in EXTENSIONS if name.endswith(each)), "")
        action = self._actions.get(name.removesuffix(extension))
        if action is None:
            raise NoRoute
        no_caller, perform = action
        caller = self._authenticator.find_caller(call)
        try:
            if caller is None:
                raise GatewayFailure(no_caller)
            return Answer(200, to_pretty_bytes(await perform(call, caller.namespace)), JSON)
        except GatewayFailure as failure:
            return Answer(502, to_pretty_bytes({"error": str(failure)}), JSON)

    async def _create(self, call: Call, namespace: str) -> JsonObject:
        body = await _read_object(call)
        extension = str(_given(call, "responsetype") or body.get("responsetype") or _DEFAULT_EXTENSION)
        if f".{extension}" not in EXTENSIONS:
            raise GatewayFailure(f"responsetype '{extension}' is not a valid type.")
        api = await self._gateway.create(
            namespace, body.get("apidoc"), extension=extension, web_url=f"{_server(call)}/api/v1/web"
        )
        return _describe(call, api)

    async def _get(self, call: Call, namespace: str) -> JsonObject:
        found = self._gateway.apis(namespace, _given(call, "basepath") or _given(call, "apiname"))
        skip, limit = (_number(_given(call, name)) for name in ("skip", "limit"))
        page = found[skip or 0 :][: limit or None]
        ids = [f"API:{api.namespace}:{api.base_path}" for api in page]
        return {
            "apis": [
                {"id": each, "key": each, "value": _describe(call, api)} for each, api in zip(ids, page, strict=True)
            ]
        }

    async def _delete(self, call: Call, namespace: str) -> JsonObject:
        base_path = _given(call, "basepath")
        relative_path, operation = _given(call, "relpath"), _given(call, "operation")
        if not base_path:
            raise GatewayFailure("basepath is required.")
        if operation and not relative_path:
            raise GatewayFailure("When specifying an operation, the path is required.")
        await self._gateway.delete(namespace, base_path, relative_path=relative_path, operation=operation)
        return {}


def _given(call: Call, name: str) -> str | None:
    """A query parameter. JavaScript clients write `undefined` for one that was left out."""
    value = call.query_text(name)
    return None if value == "undefined" else value


class Served:
    """The APIs: a call is handed on to the web action that its operation names."""

    def __init__(self, gateway: Gateway, web: Web) -> None:
        self._gateway = gateway
        self._web = web

    async def answer(self, call: Call, send: Send) -> None:
        tenant, _, rest = call.scope["path"].removeprefix(_SERVED).partition("/")
        try:
            backend = self._find(call, tenant, f"/{rest}")
        except GatewayFailure as failure:
            answer = Answer(502, to_pretty_bytes({"error": str(failure)}), JSON)
        except Fault as fault:
            answer = fault_answer(call, fault)
        else:
            await self._web.answer_at(call, _hand_on(call, backend), send)
            return
        await answer.send(send, [*common_headers(call), *cors(_METHODS)])

    def _find(self, call: Call, tenant: str, path: str) -> Backend:
        backend = self._gateway.find_backend(tenant, unquote(path), call.method.lower())
        if backend is None:
            raise NoRoute
        if isinstance(backend, list):
            raise MethodNotAllowed(*(verb.upper() for verb in backend))
        return backend


def _hand_on(call: Call, backend: Backend) -> WebPath:
    call.headers.pop(b"x-require-whisk-auth", None)
    if backend.secret is not None:
        call.headers[b"x-require-whisk-auth"] = backend.secret.encode("utf-8", "replace")
    return WebPath(backend.action, backend.extension, backend.rest)


def _server(call: Call) -> str:
    """As the client calls it."""
    return f"http://{call.headers[b'host'].decode('latin-1')}"


def _describe(call: Call, api: Api) -> JsonObject:
    base_path = quote(api.base_path.rstrip("/"))
    return {
        "namespace": api.namespace,
        "gwApiUrl": f"{_server(call)}{_SERVED}{api.tenant}{base_path}",
        "gwApiActivated": True,
        "tenantId": api.tenant,
        "apidoc": api.document,
    }


async def _read_object(call: Call) -> JsonObject:
    body = await call.read_body(limit=MAX_PAYLOAD_BYTES, too_large="Request")
    try:
        value: Json = parse_json(body) if body else {}
    except ValueError as error:
        raise Malformed(messages.malformed_content(str(error) or messages.NO_JSON)) from None
    if not isinstance(value, dict):
        raise Malformed(messages.malformed_content(messages.NOT_AN_OBJECT))
    return value


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None
