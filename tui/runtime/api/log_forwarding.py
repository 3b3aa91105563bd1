"""Where logs are forwarded to, which `aio` asks before it reads any. What is set is kept and told; nothing is sent."""

from functools import partial

from tui.entities.json import JsonObject

from ..faults import Malformed
from ..jsonbytes import parse_json, to_json_bytes
from ..messages import NOT_AN_OBJECT, malformed_content
from ..store import forwarding
from .answers import Answer, json_answer
from .auth import authorize
from .call import Call
from .names import namespace_of

_NOWHERE = "adobe_io_runtime"
"""Logs stay where they are."""
_UNKNOWN = "undefined"
"""What `aio` puts into the path where no namespace is configured."""


async def get(call: Call) -> Answer:
    return json_answer(_find(call, _namespace(call)))


async def put(call: Call) -> Answer:
    """Takes one destination with its settings, whatever they are, in place of the one before."""
    namespace = _namespace(call)
    body = await call.read_object()
    if len(body) != 1 or not all(isinstance(settings, dict) for settings in body.values()):
        raise Malformed(malformed_content(NOT_AN_OBJECT))
    save = partial(forwarding.save, namespace=namespace, destination=to_json_bytes(body))
    await call.controller.database.write(save)
    return json_answer(body)


async def get_errors(call: Call) -> Answer:
    (destination,) = _find(call, _namespace(call))
    return json_answer({"destination": destination, "errors": []})


def _find(call: Call, namespace: str) -> JsonObject:
    kept = call.controller.database.look_up(partial(forwarding.find, namespace=namespace))
    if kept is None:
        return {_NOWHERE: {}}
    found: JsonObject = parse_json(kept)
    return found


def _namespace(call: Call) -> str:
    if call.segment("namespace") == _UNKNOWN:
        return call.identity.namespace
    namespace = namespace_of(call)
    authorize(call, namespace)
    return namespace
