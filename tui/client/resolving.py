"""Looks names up in threads that nobody waits for.

The system's own lookup cannot be interrupted, and without a network it takes half a minute. In the event loop's own
threads a few of those would leave none for anything else, and the program could not end before the last of them does.
"""

import asyncio
import socket
import threading
from contextlib import suppress
from typing import Any

_Found = list[tuple[Any, ...]]


def look_up_apart(loop: asyncio.AbstractEventLoop) -> None:
    """From now on the loop looks names up that way; doing it again changes nothing."""
    if not isinstance(getattr(loop, "getaddrinfo", None), _Lookups):
        with suppress(AttributeError):  # a loop that cannot be told looks up as it always did
            loop.getaddrinfo = _Lookups(loop)  # type: ignore[method-assign]


class _Lookups:
    """Stands for `loop.getaddrinfo`; who asks for the same thing at the same time shares one lookup."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._under_way: dict[tuple[Any, ...], asyncio.Future[_Found]] = {}

    async def __call__(
        self,
        host: Any,
        port: Any,
        *,
        family: int = 0,
        type: int = 0,  # noqa: A002
        proto: int = 0,
        flags: int = 0,
    ) -> _Found:
        asked = (host, port, family, type, proto, flags)
        future = self._under_way.get(asked)
        if future is None:
            future = self._under_way[asked] = self._loop.create_future()
            threading.Thread(target=self._look_up, args=(asked, future), name="look up", daemon=True).start()
        return await asyncio.shield(future)

    def _look_up(self, asked: tuple[Any, ...], future: "asyncio.Future[_Found]") -> None:
        found: _Found | OSError
        try:
            found = socket.getaddrinfo(*asked)
        except OSError as error:
            found = error
        except ValueError as error:  # also what cannot be encoded: `a..com` is no name
            found = socket.gaierror(socket.EAI_NONAME, str(error))
        with suppress(RuntimeError):  # the loop has ended meanwhile
            self._loop.call_soon_threadsafe(self._tell, asked, future, found)

    def _tell(self, asked: tuple[Any, ...], future: "asyncio.Future[_Found]", found: _Found | OSError) -> None:
        self._under_way.pop(asked, None)
        if future.done():
            return
        if isinstance(found, OSError):
            future.set_exception(found)
            future.exception()  # whoever asked may have left
        else:
            future.set_result(found)
