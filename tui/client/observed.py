"""Every request that is sent, told to whoever listens: how it was asked, how it was answered, how long it took."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

LARGEST_BODY: Final = 4096
"""In bytes; of longer ones only the size is told."""


class SentRequest(Struct, frozen=True, kw_only=True):
    """One exchange. Retries are exchanges of their own."""

    url: str
    """Of the platform, without the path."""
    insecure: bool
    method: str
    path: str
    query: str
    """Encoded, without the question mark."""
    body: str | None = None
    """JSON as it was sent; `None` where there was none, or a long one."""
    body_bytes: int = 0
    sent_ms: int
    """Milliseconds since the epoch, by this machine's clock."""
    took_ms: float | None = None
    """`None` while it waits."""
    status: int | None = None
    """`None` where nobody answered."""
    answer_bytes: int = 0
    error: str | None = None
    """Why there is no answer."""


Listener = Callable[[SentRequest], None]
_listeners: list[Listener] = []


def watch_requests(listener: Listener) -> Callable[[], None]:
    """Tell `listener` of every exchange of this process once it is over; gives back what ends that."""
    _listeners.append(listener)

    def stop() -> None:
        if listener in _listeners:
            _listeners.remove(listener)

    return stop


class Answered:
    """Filled in by whoever gets the answer."""

    status: int | None = None
    size: int = 0

    def note(self, status: int, size: int) -> None:
        self.status, self.size = status, size


@contextmanager
def observed(where: tuple[str, bool], method: str, path: str, query: str, content: bytes | None) -> Iterator[Answered]:
    """Around one exchange.

    Args:
        where: The address of the platform, and whether its certificate is not checked.
        query: Encoded.
    """
    answered = Answered()
    if not _listeners:
        yield answered
        return
    begun = time.monotonic()
    request = SentRequest(
        url=where[0],
        insecure=where[1],
        method=method,
        path=path,
        query=query,
        body=content.decode() if content is not None and len(content) <= LARGEST_BODY else None,
        body_bytes=len(content or b""),
        sent_ms=int(time.time() * 1000),
    )
    error: str | None = None
    try:
        yield answered
    except BaseException as trouble:
        error = str(trouble) or type(trouble).__name__
        raise
    finally:
        took_ms = (time.monotonic() - begun) * 1000
        done = replace(request, took_ms=took_ms, status=answered.status, answer_bytes=answered.size, error=error)
        for listener in tuple(_listeners):
            listener(done)
