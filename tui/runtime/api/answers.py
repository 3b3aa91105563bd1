"""What a handler gives back, and how it is sent."""

from collections.abc import Iterable

from msgspec import Struct, field
from starlette.types import Send

from tui.entities.json import Json

from ..jsonbytes import to_json_bytes

JSON = b"application/json"
TEXT = b"text/plain; charset=UTF-8"

_ALLOWED_HEADERS = b"Authorization, Origin, X-Requested-With, Content-Type, Accept, User-Agent"


def cors(methods: bytes, headers: bytes = _ALLOWED_HEADERS) -> tuple[tuple[bytes, bytes], ...]:
    """The headers that let a browser's page of any origin read an answer."""
    return (
        (b"access-control-allow-origin", b"*"),
        (b"access-control-allow-headers", headers),
        (b"access-control-allow-methods", methods),
    )


REST_CORS = cors(b"GET, DELETE, POST, PUT, HEAD")
ROOT_CORS = cors(b"OPTIONS, GET, POST")


class Answer(Struct):
    """One response."""

    status: int = 200
    body: bytes = b""
    content_type: bytes | None = JSON
    """`None` leaves the header out."""
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)

    async def send(self, send: Send, extra: Iterable[tuple[bytes, bytes]]) -> None:
        """`extra`: headers that every answer of this surface carries."""
        headers = [*extra, *self.headers]
        if self.content_type is not None and self.body:
            headers.append((b"content-type", self.content_type))
        if self.status != 204:
            headers.append((b"content-length", b"%d" % len(self.body)))
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


def json_answer(value: Json, status: int = 200) -> Answer:
    return Answer(status, to_json_bytes(value))


def json_list(elements: Iterable[bytes]) -> Answer:
    """A list of which every element is JSON already."""
    return Answer(200, b"[" + b",".join(elements) + b"]")
