"""What can go wrong between us and a platform, each with text for the user.

The client's one send method translates; above it only these types travel. A run that failed is none of them: it is an
`ActivationResponse` whose status the user wants to read.
"""

from collections.abc import Collection
from typing import ClassVar

from tui.entities.json import Json
from tui.errors import UserError


class ApiError(UserError):
    """The platform did not do what it was asked."""

    title = "The platform answered with an error"
    status: int | None = None
    """The HTTP status, where there was an answer."""
    code: str | None = None
    """The platform's transaction id: what its operators look for in their logs."""


class Unreachable(ApiError):
    """No answer: wrong address, platform down, or the time ran out."""

    title = "No answer from the platform"
    hint = "Check the address with `whisktop config show`, or start the local runtime with `whisktop serve`."
    exit_code: ClassVar[int] = 3
    timed_out: bool = False
    """Somebody may be there, but was silent for too long; otherwise the connection was refused or broke."""


class FateUnknown(Unreachable):
    """A write was sent and its answer got lost: it may have been done or not. It is never sent again by itself."""

    title = "It is not known whether that was done"
    hint = "Look before you do it again: `whisktop feed --since 5m` shows what ran."


class ServerError(ApiError):
    """A 5xx, or a proxy's page in its place."""

    title = "The platform is in trouble"
    hint = "Try again in a moment."
    exit_code: ClassVar[int] = 3


class RateLimited(ApiError):
    """429: more requests in this minute, or more runs at once, than the namespace may have."""

    title = "Too many requests"
    hint = "Wait until the next minute, or let fewer runs go at once."
    exit_code: ClassVar[int] = 3
    retry_after_s: float | None = None
    """How long the platform wants to be left alone, where it said so."""


class UnexpectedAnswer(ApiError):
    """Something answered, but it does not speak OpenWhisk's API."""

    title = "That is no OpenWhisk platform"
    hint = "Check the address: another program may answer there."
    exit_code: ClassVar[int] = 3


class Unauthorized(ApiError):
    """401: the key does not open this platform."""

    title = "The key was not accepted"
    hint = "Check the key of this context with `whisktop config show`."
    exit_code: ClassVar[int] = 4


class Forbidden(ApiError):
    """403: the key is good, but not for this."""

    title = "The key does not allow that"
    exit_code: ClassVar[int] = 4


class NotFound(ApiError):
    """404: no such thing, or an activation that has no record yet."""

    title = "Not found"
    exit_code: ClassVar[int] = 5


class Conflict(ApiError):
    """409: the name is taken, or somebody changed the thing at the same time."""

    title = "That is in the way of something else"


class BadRequest(ApiError):
    """400 and its kin: the platform refuses what was sent."""

    title = "The platform refused that"


class TooLarge(ApiError):
    """413: code, parameters or payload beyond what the platform takes."""

    title = "Too large"


_BY_STATUS: dict[int, type[ApiError]] = {
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    408: ServerError,
    409: Conflict,
    413: TooLarge,
    429: RateLimited,
    511: UnexpectedAnswer,  # a network wants a login first
}

_WRAPPERS = ("The request content was malformed:\n", "requirement failed: ")


def error_of(status: int, body: Json, *, asked: str, subject: str = "") -> ApiError:
    """The error that an HTTP answer stands for.

    Args:
        body: The parsed answer; its text is used only where it is OpenWhisk's `{"error", "code"}`.
        asked: `GET /api/v1/…`, for messages that have nothing better to say.
        subject: What was asked for, as the user calls it: `action hello`.
    """
    text = _text_of(body)
    kind = _BY_STATUS.get(status) or _kind_of(status)
    error = kind(_message(kind, status, text, asked, subject))
    error.status = status
    if isinstance(body, dict) and isinstance(body.get("code"), str):
        error.code = body["code"]
    return error


def _kind_of(status: int) -> type[ApiError]:
    if status >= 500:
        return ServerError
    return BadRequest if status >= 400 else UnexpectedAnswer


def _message(kind: type[ApiError], status: int, text: str, asked: str, subject: str) -> str:
    if kind is NotFound and subject:
        return f"There is no {subject}."
    if kind is Unauthorized:
        return "The platform does not know this key."
    if not text:
        return f"{asked} was answered with HTTP {status}."
    sentence = text if text.endswith((".", "!", "?")) else f"{text}."
    return f"{subject}: {sentence}" if subject and kind in (BadRequest, TooLarge, Conflict) else sentence


def _text_of(body: Json) -> str:
    """The platform's own sentence, without the wrapping that only its programmers understand."""
    text = body.get("error") if isinstance(body, dict) else None
    if not isinstance(text, str):
        return ""
    for wrapper in _WRAPPERS:
        text = text.removeprefix(wrapper)
    return text.strip()


def is_server_error_body(body: Json) -> bool:
    """Whether a failed answer was made by the platform itself: those carry `code`, results of actions do not."""
    return isinstance(body, dict) and "error" in body and "code" in body


RETRYABLE_STATUSES: Collection[int] = (502, 503, 504)
"""Answers to a read after which the same read may well succeed."""


def is_transient(error: ApiError) -> bool:
    """Whether the same request may well succeed in a while."""
    return error.exit_code == Unreachable.exit_code
