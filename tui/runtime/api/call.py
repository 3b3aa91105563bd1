"""One request, as far as handlers care: who asks, for what, with which query and body."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote

from starlette.types import Receive, Scope

from tui.entities.json import JsonObject
from tui.entities.limits import MAX_PAYLOAD_BYTES

from .. import messages
from ..controller.controller import Controller
from ..controller.identities import Identity
from ..faults import Malformed, TooLarge, UnsupportedType
from ..jsonbytes import parse_json
from ..store.ids import random_digits

MAX_BODY_BYTES = 50 * 1024 * 1024
_TRANSACTION_ID_DIGITS = 32
_TRUE = {"true", "yes", "on", "1"}
_ONE_LINE = bytes.maketrans(b"\r\n", b"  ")
"""JSON has line ends only between its tokens, where a blank does as well."""
_NOTHING = b"{}"
_FALSE = {"false", "no", "off", "0"}


class Disconnected(Exception):
    """The client left before its request was complete: there is nobody to answer."""


class Call:
    """A request. `identity` is set once its credentials were checked."""

    __slots__ = (
        "_query",
        "controller",
        "headers",
        "identity",
        "is_private",
        "method",
        "receive",
        "scope",
        "transaction_id",
    )

    identity: Identity

    def __init__(self, controller: Controller, scope: Scope, receive: Receive) -> None:
        self.controller = controller
        self.scope = scope
        self.receive = receive
        self.method: str = scope["method"]
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        """Lower-cased names; of a repeated one the last value."""
        self.transaction_id = transaction_id(self.headers)
        self.is_private = False
        """Came to a surface whose answers no browser's page may read: they carry no CORS headers."""
        self._query: dict[str, str] | None = None

    @property
    def path_params(self) -> Mapping[str, Any]:
        params: Mapping[str, Any] = self.scope["path_params"]
        return params

    def segment(self, name: str) -> str:
        """A part of the path, percent-decoded."""
        return unquote(self.path_params[name])

    def query_text(self, name: str) -> str | None:
        """The first value of a query parameter."""
        if self._query is None:
            raw: bytes = self.scope["query_string"]
            pairs = parse_qsl(raw.decode("latin-1"), keep_blank_values=True) if raw else ()
            self._query = dict(reversed(list(pairs)))
        return self._query.get(name)

    def query_flag(self, name: str, *, default: bool = False) -> bool:
        """A boolean of the query.

        Raises:
            Malformed: No boolean.
        """
        text = self.query_text(name)
        if text is None:
            return default
        lowered = text.lower()
        if lowered not in _TRUE | _FALSE:
            raise Malformed(messages.malformed_query(name, messages.not_a_boolean(text)))
        return lowered in _TRUE

    async def read_body(self, *, limit: int = MAX_BODY_BYTES, too_large: str = "") -> bytes:
        """The whole body.

        Raises:
            TooLarge: More than `limit` bytes.
            Disconnected: The client went away in between.
        """
        announced = self.headers.get(b"content-length", b"")
        if announced.isdigit() and int(announced) > limit:
            raise TooLarge(_too_large(too_large, int(announced), limit))
        message = await self.receive()
        if message["type"] == "http.request" and not message.get("more_body"):
            body: bytes = message.get("body", b"")
            self._check_size(len(body), limit, too_large)
            return body
        chunks, size = [], 0
        while message["type"] == "http.request":
            chunk = message.get("body", b"")
            chunks.append(chunk)
            size += len(chunk)
            self._check_size(size, limit, too_large)
            if not message.get("more_body"):
                return b"".join(chunks)
            message = await self.receive()
        raise Disconnected

    async def read_payload(self) -> tuple[JsonObject, bytes]:
        """The JSON object of an invocation or a fire, and its text on one line; no body at all is `{}`."""
        body = await self.read_body(limit=MAX_PAYLOAD_BYTES, too_large="Request")
        if body:
            self.check_json_type()
        return parse_payload(body)

    async def read_object(self) -> JsonObject:
        """The JSON object of a PUT; none at all is malformed."""
        body = await self.read_body()
        if body:
            self.check_json_type()
        return _parse_object(body)

    def check_json_type(self) -> None:
        """Bodies are JSON or of no declared type."""
        content_type = self.headers.get(b"content-type")
        if content_type is None or content_type == b"application/json":
            return
        if content_type.partition(b";")[0].strip().lower() != b"application/json":
            raise UnsupportedType(messages.unsupported_type(_as_printed(content_type.decode("latin-1"))))

    def _check_size(self, size: int, limit: int, what: str) -> None:
        if size > limit:
            raise TooLarge(_too_large(what, size, limit))


def parse_payload(body: bytes) -> tuple[JsonObject, bytes]:
    """See `Call.read_payload`."""
    if not body or body == _NOTHING:
        return {}, _NOTHING
    return _parse_object(body), body.translate(_ONE_LINE).strip()


def _too_large(what: str, size: int, limit: int) -> str:
    return messages.larger_than_allowed(what, size, limit) if what else messages.TOO_LARGE


def _as_printed(content_type: str) -> str:
    """A content type as the platform prints it: a text without a charset is taken for UTF-8."""
    media_type, *parameters = (part.strip() for part in content_type.split(";"))
    printed = [
        f"charset={value.upper()}" if name.lower() == "charset" else f"{name}={value}"
        for name, _, value in (parameter.partition("=") for parameter in parameters if parameter)
    ]
    if not printed and media_type.lower().startswith("text/"):
        printed = ["charset=UTF-8"]
    return "; ".join([media_type, *printed])


def _parse_object(body: bytes) -> JsonObject:
    try:
        value = parse_json(body)
    except ValueError as error:
        raise Malformed(messages.malformed_content(str(error) or messages.NO_JSON)) from None
    if not isinstance(value, dict):
        raise Malformed(messages.malformed_content(messages.NOT_AN_OBJECT))
    return value


def transaction_id(headers: Mapping[bytes, bytes]) -> str:
    """The one that the client gave, unless it looks like one of the system's own."""
    given = headers.get(b"x-request-id", b"").decode("latin-1").strip()
    if given and not given.startswith("sid_"):
        return given
    return make_transaction_id()


make_transaction_id = random_digits(_TRANSACTION_ID_DIGITS).__next__
"""32 hexadecimal digits. To be called on the event loop only."""
