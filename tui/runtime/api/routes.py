"""Which path leads where.

The routes that carry the load (invoke, fire, read a record) and those of one action, which come first in every
runtime's life, are matched by hand in front of Starlette's router. That takes all the others, and is made when the
first of them comes. Paths are matched percent-encoded, so that an encoded slash never splits a name.
"""

from collections.abc import Mapping
from functools import cached_property

from starlette.routing import BaseRoute, Route, Router
from starlette.types import Message, Receive, Scope, Send

from tui.entities.live import LIVE_PATH

from ..controller.controller import Controller
from ..faults import Fault, NoRoute
from . import (
    actions,
    activations,
    api_docs,
    log_forwarding,
    namespaces,
    packages,
    rules,
    running,
    service,
    status,
    triggers,
)
from .auth import Authenticator
from .call import Call
from .deploy import RUNTIME, DeployService
from .gateway import Served, is_api_call
from .hosts import HostCheck
from .live import Events
from .quick import Quick
from .surface import Handler, Open, Private, Rest, Verbs, common_headers, fault_answer, get_call, put_call
from .web import Web

_API = "/api/v1"
_NAMESPACES = f"{_API}/namespaces"
_WEB = f"{_API}/web/"
_PREFIX_SEGMENTS = 4
"""Of `/api/v1/namespaces/…`: the empty one before the first slash, `api`, `v1`, `namespaces`."""


class Application:
    """The ASGI application: everything that the runtime serves."""

    def __init__(self, controller: Controller, hosts: HostCheck, deploy_service: DeployService) -> None:
        self._controller = controller
        self._hosts = hosts
        self._deploy_service = deploy_service
        self._authenticator = authenticator = Authenticator()
        self._rest = Rest(authenticator)
        self._web = Web(authenticator, self._rest)
        gateway = controller.gateway
        self._served = Served(gateway, self._web)
        self.quick = Quick(controller, authenticator)
        self.in_flight = 0
        self.requests = 0
        """How many have come so far: whoever watches for idleness compares it."""

    @cached_property
    def _router(self) -> Router:
        routes = _routes(self._rest, self._authenticator)
        return Router(routes, redirect_slashes=False, default=self._nowhere)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        self.enter()
        try:
            await self._serve(scope, receive, send)
        finally:
            self.leave()

    def enter(self) -> None:
        """A request has come."""
        self.requests += 1
        self.in_flight += 1

    def leave(self) -> None:
        """It is answered."""
        self.in_flight -= 1

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"] = scope["raw_path"].decode("ascii")
        call = Call(self._controller, scope, receive)
        try:
            self._hosts.check(call.headers.get(b"host"))
            if self._hosts.checks_origin:
                self._hosts.check_origin(call.headers.get(b"origin"))
        except Fault as fault:
            await fault_answer(call, fault).send(send, common_headers(call))
            return
        if path.startswith(RUNTIME):
            self._deploy_service.enter(call)
            path = scope["path"]
        if path.startswith(_NAMESPACES):
            found = _find_hot(call.method, path)
            if found is not None:
                handler, scope["path_params"] = found
                await self._rest.answer(call, handler, send)
                return
        elif is_api_call(path):
            await self._served.answer(call, send)
            return
        elif path.startswith(_WEB):
            await self._web.answer(call, send)
            return
        put_call(scope, call)
        await self._router(scope, receive, send)

    def learn(self, head: bytes, scope: Scope) -> None:
        """The request that the bytes `head` were parsed to: the next one like it may be answered the quick way."""
        path = scope["raw_path"].decode("ascii")
        found = _find_hot(scope["method"], path) if path.startswith(_NAMESPACES) else None
        if found is None:
            return
        handler, params = found
        call = Call(self._controller, {**scope, "path": path, "path_params": params}, _receive_nothing)
        try:
            self._hosts.check(call.headers.get(b"host"))
        except Fault:
            return
        self.quick.learn(head, call, handler)

    async def _nowhere(self, scope: Scope, receive: Receive, send: Send) -> None:
        call = get_call(scope)
        if scope["path"].startswith(_API):
            await self._rest.answer(call, None, send)
        else:
            await fault_answer(call, NoRoute()).send(send, common_headers(call))


async def _receive_nothing() -> Message:
    return {"type": "http.disconnect"}


def _find_hot(method: str, path: str) -> tuple[Handler, Mapping[str, str]] | None:
    segments = path.split("/")[_PREFIX_SEGMENTS:]
    if len(segments) < 3 or not all(segments):
        return None
    namespace, collection, first, *more = segments
    if len(more) > 1:
        return None
    if collection == "actions" and (handler := _ACTION_VERBS.get(method)):
        if not more:
            return handler, {"namespace": namespace, "name": first}
        return handler, {"namespace": namespace, "package": first, "name": more[0]}
    if collection == "triggers" and method == "POST" and not more:
        return triggers.fire, {"namespace": namespace, "name": first}
    if collection == "activations" and method == "GET" and (handler := _RECORD_PARTS.get("".join(more))):
        return handler, {"namespace": namespace, "id": first}
    return None


_ACTION_VERBS: Mapping[str, Handler] = {
    "GET": actions.get,
    "PUT": actions.put,
    "DELETE": actions.delete,
    "POST": actions.invoke,
}
_RECORD_PARTS: Mapping[str, Handler] = {
    "": activations.get,
    "result": activations.get_result,
    "logs": activations.get_logs,
}


def _routes(rest: Rest, authenticator: Authenticator) -> list[BaseRoute]:
    """Routes in the order in which they are tried."""
    of_namespace = f"{_NAMESPACES}/{{namespace}}"
    live = f"{LIVE_PATH}/namespaces/{{namespace}}"
    forwarding = f"{RUNTIME}/namespaces/{{namespace}}/logForwarding"
    key = authenticator.authenticate

    def collection(name: str, list_all: Handler, **verbs: Handler) -> list[BaseRoute]:
        path = f"{of_namespace}/{name}"
        return [
            Route(path, Verbs(rest, GET=list_all)),
            Route(f"{path}/", Verbs(rest, GET=list_all)),
            Route(f"{path}/{{name}}", Verbs(rest, **verbs)),
        ]

    return [
        Route("/", Open(service.root)),
        Route("/ping", Open(service.ping)),
        Route(_API, Open(service.api)),
        Route(f"{_API}/", Open(service.api)),
        Route(f"{_API}/api-docs", Open(api_docs.get)),
        Route(f"{_API}/docs", Open(api_docs.redirect)),
        Route(f"{_API}/docs/index.html", Open(api_docs.page)),
        Route("/api-docs", Open(api_docs.get_root)),
        Route(RUNTIME, Open(service.root)),
        Route(f"{RUNTIME}/", Open(service.root)),
        Route(f"{forwarding}", Private(key, GET=log_forwarding.get, PUT=log_forwarding.put)),
        Route(f"{forwarding}/errors", Private(key, GET=log_forwarding.get_errors)),
        Route(f"{live}/running", Private(key, GET=running.list_all)),
        Route(f"{live}/running/{{id}}", Private(key, DELETE=running.cancel)),
        Route(f"{live}/running/{{id}}/logs", Private(key, GET=running.get_logs)),
        Route(f"{LIVE_PATH}/status", Private(key, GET=status.get)),
        Route(f"{LIVE_PATH}/metrics", Private(key, GET=status.get_metrics)),
        Route(f"{live}/events", Events(authenticator)),
        Route(_NAMESPACES, Verbs(rest, GET=namespaces.list_all)),
        Route(f"{_NAMESPACES}/", Verbs(rest, GET=namespaces.list_all)),
        Route(f"{of_namespace}/limits", Verbs(rest, GET=namespaces.get_limits)),
        Route(f"{of_namespace}/limits/", Verbs(rest, GET=namespaces.get_limits)),
        Route(f"{of_namespace}/limits/{{name}}", Verbs(rest, GET=namespaces.refuse_inner_limits)),
        *collection("actions", actions.list_all, **_ACTION_VERBS),
        Route(f"{of_namespace}/actions/{{package}}/", Verbs(rest, GET=actions.list_package)),
        Route(f"{of_namespace}/actions/{{package}}/{{name}}", Verbs(rest, **_ACTION_VERBS)),
        *collection(
            "triggers",
            triggers.list_all,
            GET=triggers.get,
            PUT=triggers.put,
            DELETE=triggers.delete,
            POST=triggers.fire,
        ),
        *collection("rules", rules.list_all, GET=rules.get, PUT=rules.put, DELETE=rules.delete, POST=rules.set_status),
        *collection(
            "packages",
            packages.list_all,
            GET=packages.get,
            PUT=packages.put,
            DELETE=packages.delete,
            POST=packages.refuse_activation,
        ),
        Route(f"{of_namespace}/activations", Verbs(rest, GET=activations.list_all)),
        Route(f"{of_namespace}/activations/", Verbs(rest, GET=activations.list_all)),
        Route(f"{of_namespace}/activations/{{id}}/", Verbs(rest, GET=activations.get)),
    ]
