"""The local runtime's extra: runs without a record yet, and events as they happen.

Server-sent events are split on line feeds here, since httpx's own lines also end at U+2028, U+0085 and others that
JSON may carry. Connecting again, and from where, is the caller's business.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import quote

from msgspec import Struct

from tui.client.client import HttpClient
from tui.entities.activation import Activation
from tui.entities.json import JsonObject
from tui.entities.live import LIVE_PATH, EventName, LiveEvent, RunningActivation

_NAMES = frozenset(map(str, EventName))


class EventParser:
    """Bytes in, events out, however the network cuts them."""

    def __init__(self) -> None:
        self._tail = bytearray()
        self._event_id = ""
        self._name = ""
        self._data: list[str] = []

    def feed(self, chunk: bytes) -> list[LiveEvent]:
        """The events that `chunk` completes."""
        *lines, rest = chunk.split(b"\n")
        if not lines:
            self._tail += rest
            return []
        lines[0] = bytes(self._tail) + lines[0]
        self._tail = bytearray(rest)
        return [event for line in lines if (event := self._take(line.removesuffix(b"\r"))) is not None]

    def _take(self, line: bytes) -> LiveEvent | None:
        if not line:
            return self._complete()
        field, _, value = line.decode("utf-8", "replace").partition(":")
        value = value.removeprefix(" ")
        if field == "id":
            self._event_id = value
        elif field == "event":
            self._name = value
        elif field == "data":
            self._data.append(value)
        return None  # a comment (no field name), or a field this format does not know

    def _complete(self) -> LiveEvent | None:
        name, data = self._name, "\n".join(self._data)
        self._name = ""
        self._data = []
        if name not in _NAMES or not data:
            return None  # a name that a later runtime may know
        body: JsonObject = json.loads(data)
        return LiveEvent(self._event_id, EventName(name), body)


class LogsSoFar(Struct, frozen=True):
    """What a run has printed up to a moment."""

    lines: tuple[str, ...]
    event_id: str
    """Where the stream of events stood: `log` events after it carry later lines, those before it these ones."""

    def includes(self, event: LiveEvent) -> bool:
        """Whether the lines of a `log` event are among these."""
        epoch, _, sequence = event.event_id.rpartition("-")
        own_epoch, _, own_sequence = self.event_id.rpartition("-")
        return epoch == own_epoch and int(sequence) <= int(own_sequence)


class Live:
    """The live capability of one namespace; ask it only where the platform announces it."""

    def __init__(self, http: HttpClient, namespace: str, path: str = LIVE_PATH) -> None:
        self._http = http
        self._path = path
        self._root = f"{path}/namespaces/{quote(namespace, safe='')}"

    async def running(self) -> tuple[RunningActivation, ...]:
        """Accepted runs that have no record yet, those in the queue included."""
        answer = await self._http.send("GET", f"{self._root}/running")
        return tuple(answer.read(lambda body: [RunningActivation.from_json(member) for member in body["running"]]))

    async def logs(self, activation_id: str) -> LogsSoFar:
        """What a run without a record has printed so far.

        Raises:
            NotFound: It is not under way: it has a record, or never was.
        """
        answer = await self._http.send("GET", f"{self._root}/running/{activation_id}/logs")
        return answer.read(lambda body: LogsSoFar(tuple(body["logs"]), body["eventId"]))

    async def cancel(self, activation_id: str) -> tuple[str, ...]:
        """End a run, or all that a firing set off; the ids of the runs that were ended.

        Raises:
            Conflict: It has ended already.
            NotFound: There is no such run.
        """
        path = f"{self._root}/running/{activation_id}"
        answer = await self._http.send("DELETE", path, subject=f"activation {activation_id}")
        return tuple(answer.read(lambda body: list(map(str, body["cancelled"]))))

    async def status(self) -> JsonObject:
        """How the runtime does: see `whisktop doctor`."""
        return (await self._http.send("GET", f"{self._path}/status")).read(dict)

    @asynccontextmanager
    async def open_events(self, *, last_event_id: str | None = None) -> AsyncIterator[AsyncIterator[list[LiveEvent]]]:
        """Events as they happen, in the batches in which they arrive; inside the block none is missed.

        The iterator ends when the runtime stops in good order, and raises `Unreachable` when the connection breaks or
        falls silent. It also gives an empty batch now and then, as a sign of life.
        """
        headers = {"accept": "text/event-stream"}
        if last_event_id is not None:
            headers["last-event-id"] = last_event_id
        async with self._http.stream(f"{self._root}/events", headers=headers) as chunks:
            yield _batches(chunks)


async def _batches(chunks: AsyncIterator[bytes]) -> AsyncIterator[list[LiveEvent]]:
    parser = EventParser()
    async for chunk in chunks:
        yield parser.feed(chunk)


def finished_activation(event: LiveEvent) -> Activation:
    """The record that a `finished` event carries."""
    return Activation.from_json(event.data)
