"""From the result of a web action to an HTTP response, one way per extension of its URL."""

import base64
import binascii
import re
from collections.abc import Callable, Mapping

from tui.entities.action import is_binary_code
from tui.entities.json import Json, JsonObject

from .. import messages
from ..faults import BadRequest, NotFound
from ..jsonbytes import to_json_bytes, to_pretty_bytes
from .answers import JSON, TEXT, Answer
from .media import MediaType

HTML = b"text/html; charset=UTF-8"
SVG = b"image/svg+xml"

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_STATUSES = range(200, 600)
"""Those that nobody knows are allowed, too."""
_UNSAFE_VALUE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_OWN_HEADERS = frozenset(("content-type", "content-length", "transfer-encoding", "connection", "date", "server"))
"""What the server says itself; `content-type` is read separately."""


def to_http(result: Json) -> Answer:
    """`.http`: the result says status, headers and body."""
    if not isinstance(result, dict):
        raise _invalid_http()
    headers = _read_headers(result["headers"]) if "headers" in result else {}
    content_type = headers.pop("content-type", [None])[0]
    status = _read_status(result)
    body = result.get("body")
    if body is None or body == "":
        answer = Answer(status or 204, content_type=None)
    else:
        answer = _with_body(body, content_type)
        answer.status = status or 200
    if answer.status in (204, 304):
        answer.body = b""
    answer.headers += [
        (name.encode(), value.encode("latin-1", "replace")) for name, values in headers.items() for value in values
    ]
    return answer


def to_json(result: Json) -> Answer:
    """`.json`: the whole result; status and headers in it mean nothing."""
    if not isinstance(result, (dict, list)):
        raise BadRequest(messages.invalid_web_response("application/json"))
    return Answer(200, to_pretty_bytes(result), JSON)


def to_html(result: Json) -> Answer:
    value = _property(result, "html")
    if not isinstance(value, str):
        raise BadRequest(messages.invalid_web_response("text/html"))
    return Answer(200, _utf8(value), HTML)


def to_svg(result: Json) -> Answer:
    value = _property(result, "svg")
    if not isinstance(value, str):
        raise BadRequest(messages.invalid_web_response("image/svg+xml"))
    return Answer(200, _utf8(value), SVG)


def to_text(result: Json) -> Answer:
    value = _property(result, "text")
    if isinstance(value, (dict, list)):
        return Answer(200, to_pretty_bytes(value), TEXT)
    return Answer(200, _utf8(value) if isinstance(value, str) else to_json_bytes(value), TEXT)


EXTENSIONS: Mapping[str, Callable[[Json], Answer]] = {
    ".http": to_http,
    ".json": to_json,
    ".html": to_html,
    ".svg": to_svg,
    ".text": to_text,
}


def _invalid_http() -> BadRequest:
    return BadRequest(messages.invalid_web_response("message/http"))


def _property(result: Json, name: str) -> Json:
    """`body`, or the member named like the extension; a value that is no object is taken itself."""
    if not isinstance(result, dict):
        return result
    for key in ("body", name):
        if key in result:
            return result[key]
    raise NotFound(messages.NO_PROPERTY)


def _read_status(result: JsonObject) -> int | None:
    if "statusCode" not in result:
        return None
    status = result["statusCode"]
    if isinstance(status, str) and status.isascii() and status.isdigit() and len(status) == 3:
        status = int(status)
    if isinstance(status, bool) or not isinstance(status, (int, float)) or status not in _STATUSES:
        raise _invalid_http()
    return int(status)


def _read_headers(headers: Json) -> dict[str, list[str]]:
    if not isinstance(headers, dict):
        raise _invalid_http()
    read: dict[str, list[str]] = {}
    for name, value in headers.items():
        lowered = name.lower()
        if _HEADER_NAME.fullmatch(name) is None:
            raise _invalid_http()
        values = [_header_text(each) for each in (value if isinstance(value, list) else [value])]
        if lowered == "content-type" or lowered not in _OWN_HEADERS:
            read.setdefault(lowered, []).extend(values)
    return {name: values for name, values in read.items() if values}


def _header_text(value: Json) -> str:
    if isinstance(value, str):
        if _UNSAFE_VALUE.search(value):
            raise _invalid_http()
        return value
    if isinstance(value, (bool, int, float)):
        return to_json_bytes(value).decode()
    raise _invalid_http()


def _with_body(body: Json, content_type: str | None) -> Answer:
    media_type = None
    if content_type is not None:
        media_type = MediaType.parse(content_type)
        if media_type is None:
            raise BadRequest(messages.UNKNOWN_CONTENT_TYPE)
    if not isinstance(body, str):
        return _json_body(body, media_type)
    if media_type is None:
        return Answer(body=_utf8(body), content_type=HTML)
    announced = media_type.as_utf8().encode("latin-1", "replace")
    if not media_type.is_text:
        return Answer(body=_decode_base64(body), content_type=media_type.without_charset.encode("latin-1", "replace"))
    if media_type.is_json and is_binary_code(body):
        return Answer(body=_decode_base64(body), content_type=announced)
    return Answer(body=_utf8(body), content_type=announced)


def _json_body(body: Json, media_type: MediaType | None) -> Answer:
    if media_type is not None and not media_type.is_json:
        raise BadRequest(messages.WRONG_CONTENT_TYPE)
    content_type = JSON if media_type is None else media_type.without_charset.encode("latin-1", "replace")
    return Answer(body=to_pretty_bytes(body), content_type=content_type)


def _decode_base64(body: str) -> bytes:
    try:
        return base64.b64decode(body.strip(), validate=True)
    except (binascii.Error, ValueError):
        raise BadRequest(messages.WRONG_CONTENT_TYPE) from None


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "replace")
