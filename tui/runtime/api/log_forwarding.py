"""Where logs are forwarded to, which `aio` asks before it reads any. Here they stay: nothing is ever forwarded."""

from ..faults import Malformed
from ..messages import NOT_AN_OBJECT, malformed_content
from .answers import Answer, json_answer
from .auth import authorize
from .call import Call
from .names import namespace_of

_DESTINATION = "adobe_io_runtime"
_UNKNOWN = "undefined"
"""What `aio` puts into the path where no namespace is configured."""


async def get(call: Call) -> Answer:
    _check_namespace(call)
    return json_answer({_DESTINATION: {}})


async def put(call: Call) -> Answer:
    """Takes any one destination and answers with the one in force, which does not change."""
    _check_namespace(call)
    body = await call.read_object()
    if len(body) != 1 or not all(isinstance(settings, dict) for settings in body.values()):
        raise Malformed(malformed_content(NOT_AN_OBJECT))
    return json_answer({_DESTINATION: {}})


async def get_errors(call: Call) -> Answer:
    _check_namespace(call)
    return json_answer({"destination": _DESTINATION, "errors": []})


def _check_namespace(call: Call) -> None:
    if call.segment("namespace") != _UNKNOWN:
        authorize(call, namespace_of(call))
