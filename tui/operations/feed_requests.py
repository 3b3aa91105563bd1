"""What a poll of the activation list asks a platform, stepping down to what it can: page size, whole records, counts.

OpenWhisk gives pages of 200 whole records and counts by interval; others give fewer, refuse `docs`, or know no
`count`. Each is found out by the first refusal and remembered for as long as the feed lives.
"""

import logging
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Final

from tui.client import Client
from tui.client.client import Answer
from tui.client.errors import BadRequest, Forbidden, NotFound, RateLimited, Unreachable, error_of
from tui.client.paths import collection_path
from tui.entities.activation import Activation
from tui.entities.json import Json

from .pages import AS_MANY_AS_POSSIBLE, SMALLEST_PAGE

logger = logging.getLogger(__name__)

_TOO_MANY: Final = 429
_SMALLER_LIMITS: Final = {AS_MANY_AS_POSSIBLE: 200, 200: 50, 50: SMALLEST_PAGE}
_LONGEST_WAIT_S: Final = 600.0


class Throttled(RateLimited):
    """429, with the platform's word on when to come back."""

    retry_after_s: float | None = None


class FeedRequests:
    """Reads of one namespace's activations."""

    def __init__(self, client: Client, *, on_request: Callable[[], None] = lambda: None) -> None:
        """
        Args:
            on_request: Is called before each request.
        """
        # The typed calls hide the headers of a 429 and offer no count; everything else about them holds here too.
        self._http = client._http
        self._path = collection_path(client.endpoint.namespace, "activations")
        self._on_request = on_request
        self._limit = AS_MANY_AS_POSSIBLE
        self._largest = 0
        self._gives_documents = True
        self._counts = True

    @property
    def counts(self) -> bool:
        """Whether it answers `count`, as far as is known."""
        return self._counts

    @property
    def page_size(self) -> int:
        """Records of a full page, as far as is known."""
        return self._largest or SMALLEST_PAGE

    async def page(
        self, *, since_ms: int | None, upto_ms: int | None = None, skip: int = 0, docs: bool = True
    ) -> tuple[tuple[Activation, ...], bool]:
        """The newest records of an interval of starts, both ends included, and whether these are all.

        Records may lack their response, be it that `docs` was refused or that the platform takes it for nothing.
        """
        query = {"since": since_ms, "upto": upto_ms, "skip": skip or None}
        while True:
            asks_documents = docs and self._gives_documents
            try:
                answer = await self._send(self._path, {**query, "limit": self._limit, "docs": asks_documents})
            except (BadRequest, Forbidden) as error:
                if not self._step_down(error, asks_documents):
                    raise
            except Unreachable as error:
                if not (asks_documents and error.timed_out):
                    raise
                docs = False  # a page of huge records: one by one they may come through
            else:
                return self._read_page(answer)

    def _step_down(self, error: BadRequest | Forbidden, asked_documents: bool) -> bool:
        """Ask for less; `False` where there is nothing to leave out."""
        if isinstance(error, BadRequest) and self._largest == 0 and self._limit in _SMALLER_LIMITS:
            self._limit = _SMALLER_LIMITS[self._limit]
        elif asked_documents:
            self._gives_documents = False
            self._limit = AS_MANY_AS_POSSIBLE if self._largest == 0 else self._limit
        else:
            return False
        return True

    def _read_page(self, answer: Answer) -> tuple[tuple[Activation, ...], bool]:
        if not isinstance(answer.body, list):
            raise answer.unexpected()
        size = len(answer.body)
        full = max(self._largest, SMALLEST_PAGE)  # a limit of ours may be more than the platform gives
        self._largest = max(self._largest, size)
        return tuple(record for member in answer.body if (record := _record(member)) is not None), size < full

    async def count(self, since_ms: int, upto_ms: int) -> int | None:
        """How many records started in this interval, both ends included; `None` where the platform does not count."""
        if not self._counts:
            return None
        try:
            answer = await self._send(self._path, {"since": since_ms, "upto": upto_ms, "count": True})
        except (BadRequest, Forbidden, NotFound):
            self._counts = False
            return None
        number = answer.body.get("activations") if isinstance(answer.body, dict) else None
        if type(number) is int:
            return number
        self._counts = False  # it took the word for nothing, and sent a page
        return None

    async def find(self, activation_id: str) -> Activation | None:
        """One whole record; `None` while there is none."""
        try:
            answer = await self._send(f"{self._path}/{activation_id}", {})
        except NotFound:
            return None
        return answer.read(Activation.from_json)

    async def _send(self, path: str, query: dict[str, str | int | bool | None]) -> Answer:
        self._on_request()
        answer = await self._http.send("GET", path, query=query, accept=(_TOO_MANY,))
        if answer.status != _TOO_MANY:
            return answer
        error = error_of(answer.status, answer.body, asked=answer.asked)
        throttled = Throttled(error.message)
        throttled.status, throttled.code = error.status, error.code
        throttled.retry_after_s = retry_after_s(answer.headers.get("retry-after"), answer.headers.get("date"))
        raise throttled


def retry_after_s(text: str | None, date: str | None) -> float | None:
    """Of a `Retry-After` header: seconds, or a moment by the same clock as the `Date` header."""
    if text is None:
        return None
    try:
        if text.strip().isdecimal():
            wait_s = float(text)
        else:
            wait_s = (parsedate_to_datetime(text) - parsedate_to_datetime(date or "")).total_seconds()
    except (ValueError, TypeError):
        return None
    return min(max(wait_s, 0.0), _LONGEST_WAIT_S)


def _record(body: Json) -> Activation | None:
    try:
        record = Activation.from_json(body)
    except (KeyError, TypeError, ValueError, AttributeError):
        logger.warning("an element of the activation list is no activation: %s", type(body).__name__)
        return None
    return record if isinstance(record.activation_id, str) and type(record.start_ms) is int else None
