"""What a poll of the activation list asks a platform, stepping down to what it can: page size, whole records, counts.

OpenWhisk gives pages of 200 whole records and counts by interval; others give fewer, refuse `docs`, or know no
`count`. Each is found out by the first refusal and remembered for as long as the feed lives.
"""

import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from tui.client import Client
from tui.client.errors import BadRequest, Forbidden, NotFound, Unreachable
from tui.entities.activation import Activation
from tui.entities.json import Json

from .pages import AS_MANY_AS_POSSIBLE, SMALLEST_PAGE

logger = logging.getLogger(__name__)

_SMALLER_LIMITS: Final = {AS_MANY_AS_POSSIBLE: 200, 200: 50, 50: SMALLEST_PAGE}


class FeedRequests:
    """Reads of one namespace's activations."""

    def __init__(self, client: Client, *, on_request: Callable[[], None] = lambda: None) -> None:
        """
        Args:
            on_request: Is called before each request.
        """
        self._activations = client.activations
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
        while True:
            asks_documents = docs and self._gives_documents
            self._on_request()
            try:
                members = await self._activations.list_as_it_comes(
                    limit=self._limit, skip=skip, since_ms=since_ms, upto_ms=upto_ms, docs=asks_documents
                )
            except (BadRequest, Forbidden) as error:
                if not self._step_down(error, asks_documents):
                    raise
            except Unreachable as error:
                if not (asks_documents and error.timed_out):
                    raise
                docs = False  # a page of huge records: one by one they may come through
            else:
                return self._read_page(members)

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

    def _read_page(self, members: tuple[Json, ...]) -> tuple[tuple[Activation, ...], bool]:
        size = len(members)
        full = max(self._largest, SMALLEST_PAGE)  # a limit of ours may be more than the platform gives
        self._largest = max(self._largest, size)
        return tuple(record for member in members if (record := _record(member)) is not None), size < full

    async def count(self, since_ms: int, upto_ms: int) -> int | None:
        """How many records started in this interval, both ends included; `None` where the platform does not count."""
        if not self._counts:
            return None
        self._on_request()
        number = None
        with suppress(BadRequest, Forbidden, NotFound):
            number = await self._activations.count(since_ms=since_ms, upto_ms=upto_ms)
        self._counts = number is not None
        return number

    async def find(self, activation_id: str) -> Activation | None:
        """One whole record; `None` while there is none."""
        self._on_request()
        try:
            return await self._activations.get(activation_id)
        except NotFound:
            return None


def _record(body: Json) -> Activation | None:
    try:
        record = Activation.from_json(body)
    except (KeyError, TypeError, ValueError, AttributeError):
        logger.warning("an element of the activation list is no activation: %s", type(body).__name__)
        return None
    return record if isinstance(record.activation_id, str) and type(record.start_ms) is int else None
