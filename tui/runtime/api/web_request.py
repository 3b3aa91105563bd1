"""What a web action is told about the request: its arguments under `__ow_…`, query and body merged beside them."""

import base64
from urllib.parse import parse_qsl

from msgspec import Struct, field

from tui.entities.json import Json, JsonObject
from tui.entities.limits import MAX_PAYLOAD_BYTES

from .. import messages
from ..controller.runnable import Runnable
from ..faults import BadRequest, Malformed
from ..jsonbytes import parse_json
from .call import Call
from .media import MediaType
from .triggers import text_headers

RESERVED = frozenset(("__ow_method", "__ow_headers", "__ow_path", "__ow_user", "__ow_query", "__ow_body"))


class _Body(Struct):
    """A request's body: either members to merge, or one value to hand on."""

    members: JsonObject = field(default_factory=dict)
    value: Json = None
    has_value: bool = False


async def read_arguments(call: Call, runnable: Runnable, *, rest_of_path: str, user: str | None) -> JsonObject:
    """The payload of the run; `user` is the caller's namespace, where there are credentials.

    Raises:
        BadRequest: Query or body set what they may not.
        Malformed: A body that is not what its type says.
    """
    metadata: JsonObject = {
        "__ow_method": call.method.lower(),
        "__ow_headers": text_headers(call),
        "__ow_path": rest_of_path,
    }
    if user is not None:
        metadata["__ow_user"] = user
    raw_query = call.scope["query_string"].decode("latin-1")
    content = await call.read_body(limit=MAX_PAYLOAD_BYTES, too_large="Request")
    media_type = _media_type(call)
    if runnable.action.annotations.get("raw-http") is True:
        return metadata | {"__ow_query": raw_query, "__ow_body": _raw_body(content, media_type)}
    query: JsonObject = dict(parse_qsl(raw_query, keep_blank_values=True))
    body = _read_body(content, media_type)
    _check_names(runnable, query, body.members)
    if body.has_value:
        metadata["__ow_body"] = body.value
    return metadata | query | body.members


def _media_type(call: Call) -> MediaType | None:
    header = call.headers.get(b"content-type")
    return None if header is None else MediaType.parse(header.decode("latin-1"))


def _check_names(runnable: Runnable, query: JsonObject, members: JsonObject) -> None:
    if not RESERVED.isdisjoint(query) or not RESERVED.isdisjoint(members):
        raise BadRequest(messages.RESERVED_PARAMETERS)
    runnable.check_payload(query)
    runnable.check_payload(members)


def _read_body(content: bytes, media_type: MediaType | None) -> _Body:
    if not content:
        return _Body()
    if media_type is None:
        return _Body(value=_base64(content), has_value=True)
    if media_type.is_json:
        value = _parse(content)
        return _Body(members=value) if isinstance(value, dict) else _Body(value=value, has_value=True)
    if media_type.is_form:
        return _Body(members=dict(parse_qsl(_decode(content, media_type), keep_blank_values=True)))
    return _Body(value=_text(content) if media_type.is_text else _base64(content), has_value=True)


def _raw_body(content: bytes, media_type: MediaType | None) -> str:
    if not content:
        return ""
    if media_type is None or media_type.name == "application/json" or not media_type.is_text:
        return _base64(content)
    return _text(content)


def _parse(content: bytes) -> Json:
    try:
        return parse_json(content)
    except ValueError as error:
        raise Malformed(messages.malformed_content(str(error) or messages.NO_JSON)) from None


def _text(content: bytes) -> str:
    """The platform takes every text for UTF-8, whatever charset is named."""
    return content.decode("utf-8", "replace")


def _decode(content: bytes, media_type: MediaType) -> str:
    try:
        return content.decode(media_type.charset or "utf-8", "replace")
    except LookupError:
        return content.decode("utf-8", "replace")


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()
