"""How a request becomes an answer on each surface: credentials, faults, and the headers that every answer carries."""

import logging
from collections.abc import Awaitable, Callable

from starlette.types import Receive, Scope, Send

from .. import messages
from ..faults import Fault, MethodNotAllowed, NoRoute, NotAcceptable
from .answers import REST_CORS, ROOT_CORS, TEXT, Answer, json_answer
from .auth import Authenticator
from .call import Call, Disconnected

logger = logging.getLogger(__name__)

Handler = Callable[[Call], Awaitable[Answer]]
_CALL = "whisktop.call"


def put_call(scope: Scope, call: Call) -> None:
    """Leave the call in the scope, for the router's endpoints."""
    scope[_CALL] = call


def get_call(scope: Scope) -> Call:
    call: Call = scope[_CALL]
    return call


def fault_answer(call: Call, fault: Fault) -> Answer:
    """`{"error", "code"}`: the `code` tells the server's own errors from those of actions."""
    answer = json_answer({"error": fault.message, "code": call.transaction_id}, fault.status)
    answer.headers += [(name.encode(), value.encode()) for name, value in fault.headers.items()]
    return answer


def common_headers(call: Call) -> list[tuple[bytes, bytes]]:
    """What every answer carries, whatever its surface."""
    return [(b"x-request-id", call.transaction_id.encode("latin-1"))]


async def guarded(call: Call, handler: Awaitable[Answer]) -> tuple[Answer, Fault | None]:
    """The answer, also where the handler raised; together with the fault it was."""
    try:
        answer = await handler
        check_acceptable(call, answer)
    except Fault as fault:
        return fault_answer(call, fault), fault
    except Disconnected:
        raise
    except Exception:
        logger.exception("%s %s failed, transaction %s", call.method, call.scope["path"], call.transaction_id)
        unexpected = Fault()
        return fault_answer(call, unexpected), unexpected
    return answer, None


_STATUS_TEXT = b"OK"


def check_acceptable(call: Call, answer: Answer) -> None:
    """Refuse a successful answer of a type that the request's `Accept` leaves out; an empty one fits always."""
    accept = call.headers.get(b"accept")
    if accept is None or b"*/*" in accept or not 200 <= answer.status < 300 or not answer.body:
        return
    if answer.body == _STATUS_TEXT:  # the npm client asks for JSON when it turns a rule on, and has to get its `OK`
        return
    offered = (answer.content_type or b"").partition(b";")[0].strip().lower()
    family = offered.partition(b"/")[0]
    ranges = [part.partition(b";")[0].strip().lower() for part in accept.split(b",")]
    if offered and not any(each in (offered, family + b"/*") for each in ranges):
        raise NotAcceptable(messages.not_acceptable((answer.content_type or b"").decode("latin-1")))


class Rest:
    """The REST API: HTTP Basic on everything, CORS on what was completed."""

    def __init__(self, authenticator: Authenticator) -> None:
        self._authenticator = authenticator

    async def answer(self, call: Call, handler: Handler | None, send: Send) -> None:
        """Authenticate, run `handler`, send; `None`: nothing is there, or not with this verb."""
        if call.method == "OPTIONS" and not call.is_private:
            answer, fault = Answer(200, b"OK", TEXT), None
        else:
            try:
                answer, fault = await guarded(call, self._run(call, handler))
            except Disconnected:
                return
        headers = common_headers(call)
        if not call.is_private and (fault is None or not fault.from_router):
            headers += REST_CORS
        await answer.send(send, headers)

    async def _run(self, call: Call, handler: Handler | None) -> Answer:
        self._authenticator.authenticate(call)
        if handler is None:
            raise NoRoute
        return await handler(call)


class Verbs:
    """A path of the REST API and what each verb does there; an ASGI application for the router."""

    def __init__(self, rest: Rest, **handlers: Handler) -> None:
        self._rest = rest
        self._handlers = handlers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        call = get_call(scope)
        await self._rest.answer(call, self._handlers.get(call.method), send)


class Private:
    """A path outside the REST API that takes whatever `admit` lets in, and that no browser's page may read."""

    def __init__(self, admit: Callable[[Call], None], **handlers: Handler) -> None:
        self._admit = admit
        self._handlers = handlers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        call = get_call(scope)
        try:
            answer, _ = await guarded(call, self._run(call))
        except Disconnected:
            return
        await answer.send(send, common_headers(call))

    async def _run(self, call: Call) -> Answer:
        self._admit(call)
        handler = self._handlers.get(call.method)
        if handler is None:
            raise NoRoute
        return await handler(call)


class Open:
    """A path outside the REST API that needs no credentials and knows one verb."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        call = get_call(scope)
        if call.method == "OPTIONS":
            answer: Answer = Answer(200, b"OK", TEXT)
        elif call.method == "GET":
            answer, _ = await guarded(call, self._handler(call))
        else:
            answer = fault_answer(call, MethodNotAllowed("GET"))
        headers = common_headers(call)
        if not call.is_private:
            headers += ROOT_CORS
        await answer.send(send, headers)
