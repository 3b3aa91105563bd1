"""What keeps the runtime from doing what a request asks: one type per status, each with the platform's own text.

The API turns a fault into `{"error": text, "code": transaction id}`. Nothing else becomes an error answer on purpose.
"""

from collections.abc import Mapping
from typing import ClassVar

from . import messages


class Fault(Exception):
    """A request that is refused."""

    status: ClassVar[int] = 500
    text: ClassVar[str] = messages.INTERNAL_ERROR
    from_router: ClassVar[bool] = False
    """Refused before it reached what it asks for: no CORS headers, and compact JSON on the web route too."""

    def __init__(self, text: str | None = None, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(text or self.text)
        self.message = text or self.text
        self.headers = dict(headers or {})


class BadRequest(Fault):
    status = 400
    text = messages.BAD_REQUEST


class Malformed(BadRequest):
    """A body or a query value that cannot be read."""

    from_router = True


class Unauthorized(Fault):
    status = 401
    text = messages.UNAUTHORIZED
    from_router = True

    def __init__(self, text: str | None = None) -> None:
        super().__init__(text, headers={"WWW-Authenticate": messages.CHALLENGE})


class Denied(Fault):
    """A web action that asks for a secret or a key which the request does not carry."""

    status = 401
    text = messages.UNAUTHORIZED


class Forbidden(Fault):
    status = 403
    text = messages.FORBIDDEN


class NotFound(Fault):
    status = 404
    text = messages.NOT_FOUND


class NoRoute(Fault):
    """No such path, or not with this verb."""

    status = 404
    text = messages.NO_ROUTE
    from_router = True


class MethodNotAllowed(Fault):
    status = 405
    from_router = True

    def __init__(self, *supported: str) -> None:
        super().__init__(messages.method_not_allowed(supported), headers={"Allow": ", ".join(supported)})


class NotAcceptable(Fault):
    status = 406
    from_router = True


class Conflict(Fault):
    status = 409
    text = messages.CONFLICT


class TooLarge(Fault):
    status = 413
    text = messages.TOO_LARGE


class UnsupportedType(Fault):
    status = 415
    from_router = True


class TooManyRequests(Fault):
    status = 429


class InternalError(Fault):
    status = 500


class Unavailable(Fault):
    status = 503
    text = messages.UNAVAILABLE


class NotKept(Unavailable):
    """The database took nothing: the disk is full, or does not answer. Whoever waits is refused; it may go on later."""

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason
