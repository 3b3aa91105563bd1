"""The APIs of the gateway over HTTP: a call of one is answered by the web action that its operation names."""

from urllib.parse import unquote

from starlette.types import Send

from ..controller.api_documents import GatewayFailure
from ..controller.api_management import SERVED
from ..controller.gateway import Backend, Gateway
from ..faults import Fault, MethodNotAllowed, NoRoute
from ..jsonbytes import to_pretty_bytes
from .answers import JSON, Answer, cors
from .call import Call
from .surface import common_headers, fault_answer
from .web import Web, WebPath

_TENANT_LENGTH = 32
_METHODS = b"OPTIONS, GET, DELETE, POST, PUT, HEAD, PATCH"


def is_api_call(path: str) -> bool:
    """Whether `path` is one of an API that the gateway serves: `/api/TENANT/…`."""
    tenant = path[len(SERVED) :].partition("/")[0] if path.startswith(SERVED) else ""
    return len(tenant) == _TENANT_LENGTH


class Served:
    """The APIs: a call is handed on to the web action that its operation names."""

    def __init__(self, gateway: Gateway, web: Web) -> None:
        self._gateway = gateway
        self._web = web

    async def answer(self, call: Call, send: Send) -> None:
        tenant, _, rest = call.scope["path"].removeprefix(SERVED).partition("/")
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
