"""The stream of events of the live capability. No CORS: it is not for browsers' pages."""

import asyncio

from starlette.types import Receive, Scope, Send

from tui.entities.live import EventName

from ..controller.events import Event, EventHub
from ..faults import Fault, NoRoute
from .auth import Authenticator, authorize
from .call import Call
from .names import namespace_of
from .surface import common_headers, fault_answer, get_call

BATCH_S = 0.02
"""What happens within this time is sent together."""
SIGN_OF_LIFE_S = 15.0
_COMMENT = b":\n\n"


class Events:
    """`…/events`: server-sent events until the client leaves or the runtime stops."""

    def __init__(self, authenticator: Authenticator) -> None:
        self._authenticator = authenticator

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        call = get_call(scope)
        try:
            _check(call, self._authenticator)
            namespace = namespace_of(call)
        except Fault as fault:
            await fault_answer(call, fault).send(send, common_headers(call))
            return
        headers = [*common_headers(call), (b"content-type", b"text/event-stream"), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        hub = call.controller.events
        stream = _Stream(hub, namespace, send)
        async with asyncio.TaskGroup() as tasks:
            leaving = tasks.create_task(_wait_for_end(receive, stream), name="notice that a listener left")
            try:
                await stream.run(call.headers.get(b"last-event-id"))
            finally:
                leaving.cancel()


class _Stream:
    """One listener's events. A client that reads slowly is held up alone; what it misses it is told of."""

    def __init__(self, hub: EventHub, namespace: str, send: Send) -> None:
        self._hub = hub
        self._namespace = namespace
        self._send = send
        self._news = hub.listen()
        self._ended = False

    def end(self) -> None:
        """The client left."""
        self._ended = True
        self._news.set()

    async def run(self, last_event_id: bytes | None) -> None:
        try:
            position = self._hub.sequence
            begin = _COMMENT
            if last_event_id is not None:
                resumed = self._hub.find_position(last_event_id.decode("latin-1"))
                if resumed is None:
                    begin = self._reset(position)
                elif resumed < position:
                    position = resumed
                    self._news.set()
            await self._write(begin)
            while not self._ended and not self._hub.closed:
                position = await self._next_batch(position)
            await self._send({"type": "http.response.body", "body": b""})
        finally:
            self._hub.leave(self._news)

    async def _next_batch(self, position: int) -> int:
        """Send what comes after `position`, or a sign of life; the new position."""
        try:
            async with asyncio.timeout(SIGN_OF_LIFE_S):
                await self._news.wait()
        except TimeoutError:
            await self._write(_COMMENT)
            return position
        if not self._ended and not self._hub.closed:
            await asyncio.sleep(BATCH_S)
        self._news.clear()
        events = self._hub.since(position)
        position = self._hub.sequence
        if events is None:
            await self._write(self._reset(position))
            return position
        batch = b"".join(self._render(event) for event in events if event.namespace == self._namespace)
        if batch:
            await self._write(batch)
        return position

    def _render(self, event: Event) -> bytes:
        return self._frame(event.sequence, event.name, event.data())

    def _reset(self, position: int) -> bytes:
        return self._frame(position, EventName.RESET, b"{}")

    def _frame(self, sequence: int, name: EventName, data: bytes) -> bytes:
        event_id = f"{self._hub.epoch}-{sequence}".encode()
        return b"id: %b\nevent: %b\ndata: %b\n\n" % (event_id, name.value.encode(), data)

    async def _write(self, chunk: bytes) -> None:
        await self._send({"type": "http.response.body", "body": chunk, "more_body": True})


async def _wait_for_end(receive: Receive, stream: _Stream) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    stream.end()


def _check(call: Call, authenticator: Authenticator) -> None:
    if call.method != "GET":
        raise NoRoute
    authenticator.authenticate(call)
    authorize(call, namespace_of(call))
