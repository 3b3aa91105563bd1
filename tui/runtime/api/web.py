"""Web actions: actions that answer plain HTTP under `/api/v1/web`, on behalf of their owner."""

import hmac
from urllib.parse import unquote

from msgspec import Struct
from msgspec.structs import replace
from starlette.types import Send

from tui.entities.action import Action
from tui.entities.limits import MAX_BLOCKING_WAIT_MS, MAX_PAYLOAD_BYTES
from tui.entities.names import DEFAULT_PACKAGE, FullName, is_valid_name

from .. import messages
from ..controller.identities import Identity
from ..controller.rates import check_concurrent
from ..controller.runnable import Runnable
from ..faults import BadRequest, Denied, Fault, InternalError, NotFound, TooLarge
from ..jsonbytes import parse_json, to_pretty_bytes
from ..store.records import Record
from .actions import activation_header
from .answers import Answer, cors
from .auth import Authenticator
from .call import Call, Disconnected
from .surface import Rest, common_headers, fault_answer, guarded
from .web_request import read_arguments
from .web_response import EXTENSIONS

_SEGMENTS_BEFORE = 4
"""Of `/api/v1/web/…`: the empty one before the first slash, `api`, `v1`, `web`."""
_METHODS = frozenset(("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"))
_CORS_METHODS = b"OPTIONS, GET, DELETE, POST, PUT, HEAD, PATCH"
_DEFAULT_EXTENSION = ".http"
_NAMESPACE_HOST = ".localhost"
_SUCCESS, _APPLICATION_ERROR = 0, 1


class WebPath(Struct, frozen=True):
    """What a web URL addresses."""

    full_name: FullName
    extension: str
    rest: str
    """What follows the action: `""`, or beginning with a slash."""


class _Reply(Struct):
    """An answer in the making, with what belongs to it whatever happens."""

    activation_id: str | None = None
    custom_options: bool = False


class Web:
    """The surface of web actions."""

    def __init__(self, authenticator: Authenticator, rest: Rest) -> None:
        self._authenticator = authenticator
        self._rest = rest

    async def answer(self, call: Call, send: Send) -> None:
        await self.answer_at(call, parse_web_path(_full_path(call)), send)

    async def answer_at(self, call: Call, path: WebPath | None, send: Send) -> None:
        """As if the request had come for `path`."""
        if path is None or call.method not in _METHODS:
            await self._rest.answer(call, None, send)
            return
        reply = _Reply()
        try:
            answer, fault = await guarded(call, self._run(call, path, reply))
        except Disconnected:
            return
        if fault is not None and not fault.from_router:
            answer = _pretty(call, fault)
        headers = common_headers(call)
        if reply.activation_id is not None:
            headers.append(activation_header(reply.activation_id))
        if not (reply.custom_options or call.is_private or (fault is not None and fault.from_router)):
            headers += _cors_headers(call)
        await answer.send(send, headers)

    async def _run(self, call: Call, path: WebPath, reply: _Reply) -> Answer:
        runnable = _find(call, path.full_name)
        annotations = runnable.action.annotations
        reply.custom_options = annotations.get("web-custom-options") is True
        if call.method == "OPTIONS" and not reply.custom_options:
            return Answer(200, content_type=None)
        caller = self._authenticator.find_caller(call)
        if call.method != "OPTIONS":
            _check_secret(call, runnable.action, caller)
        payload = await read_arguments(
            call, runnable, rest_of_path=path.rest, user=None if caller is None else caller.namespace
        )
        record = await self._invoke(call, runnable, payload, reply)
        if record is None:
            body = {"error": messages.NOT_READY, "code": call.transaction_id}
            return Answer(202, to_pretty_bytes(body))
        return _from_record(record, path.extension)

    async def _invoke(self, call: Call, runnable: Runnable, payload: dict[str, object], reply: _Reply) -> Record | None:
        controller = call.controller
        arguments = runnable.arguments(payload)
        if len(arguments) > 2 * MAX_PAYLOAD_BYTES:
            raise TooLarge(messages.larger_than_allowed("Request", len(arguments), MAX_PAYLOAD_BYTES))
        owner = runnable.identity.namespace
        check_concurrent(controller.runs.in_flight, owner, controller.settings.concurrent_invocations)
        controller.invocations.count(owner)
        run = controller.runs.prepare(runnable, arguments, call.transaction_id)
        reply.activation_id = run.activation_id
        return await controller.runs.wait(run, MAX_BLOCKING_WAIT_MS / 1000)


def parse_web_path(path: str) -> WebPath | None:
    """`/api/v1/web/ns/pkg/name[.ext][/rest]`, percent-encoded; `None` if too short or ill-named."""
    segments = path.split("/")[_SEGMENTS_BEFORE:]
    if len(segments) < 3:
        return None
    namespace, package, name = (unquote(segment) for segment in segments[:3])
    rest = "".join(f"/{unquote(segment)}" for segment in segments[3:])
    extension = next((each for each in EXTENSIONS if name.endswith(each)), None)
    if extension is not None:
        name = name.removesuffix(extension)
    if not all(map(is_valid_name, (namespace, package, name))):
        return None
    full_name = FullName(namespace, name, None if package == DEFAULT_PACKAGE else package)
    return WebPath(full_name, extension or _DEFAULT_EXTENSION, rest)


def _full_path(call: Call) -> str:
    """The path; below `NAMESPACE.localhost` the namespace may be left out, as hosted platforms have it."""
    path: str = call.scope["path"]
    host = call.headers.get(b"host", b"").partition(b":")[0].decode("latin-1").lower()
    namespace = host.removesuffix(_NAMESPACE_HOST)
    if namespace == host or call.controller.identities.find_by_namespace(namespace) is None:
        return path
    segments = path.split("/")
    if unquote(segments[_SEGMENTS_BEFORE]) == namespace:
        return path
    return "/".join([*segments[:_SEGMENTS_BEFORE], namespace, *segments[_SEGMENTS_BEFORE:]])


def _find(call: Call, full_name: FullName) -> Runnable:
    """The exported action, to be run as its owner; whatever is wrong with the name, the answer tells nothing."""
    owner = call.controller.identities.find_by_namespace(full_name.namespace)
    if owner is None:
        raise NotFound
    try:
        action = call.controller.catalog.get_action(full_name).action
    except Fault:
        raise NotFound from None
    if not action.is_web:
        raise NotFound
    call.controller.access.check_action(action.full_name, owner.namespace)  # behind a binding it is another's
    return call.controller.runnables.get(full_name, owner)


def _check_secret(call: Call, action: Action, caller: Identity | None) -> None:
    secret = action.annotations.get("require-whisk-auth", False)
    if secret is False:
        return
    if secret is True:
        if caller is None:
            raise Denied
        return
    if not isinstance(secret, (str, int, float)):
        raise Denied
    expected = secret if isinstance(secret, str) else to_pretty_bytes(secret).decode()
    given = call.headers.get(b"x-require-whisk-auth", b"")
    if not hmac.compare_digest(expected.encode("utf-8", "surrogatepass"), given):
        raise Denied


def _from_record(record: Record, extension: str) -> Answer:
    if record.status_code not in (_SUCCESS, _APPLICATION_ERROR):
        raise BadRequest(messages.WEB_FAILED)
    result = parse_json(record.result or b"{}")
    if isinstance(result, list):
        raise InternalError
    if record.status_code == _APPLICATION_ERROR:
        result = result.get("error")
    return EXTENSIONS[extension](result)


def _pretty(call: Call, fault: Fault) -> Answer:
    answer = fault_answer(call, fault)
    return replace(answer, body=to_pretty_bytes({"error": fault.message, "code": call.transaction_id}))


def _cors_headers(call: Call) -> tuple[tuple[bytes, bytes], ...]:
    asked = call.headers.get(b"access-control-request-headers")
    return cors(_CORS_METHODS) if asked is None else cors(_CORS_METHODS, asked)
