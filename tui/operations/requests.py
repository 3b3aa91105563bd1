"""What was asked of platforms in this session, and how the same is asked with `curl`."""

import shlex
from collections import deque
from collections.abc import Callable
from typing import Final

from tui.client.observed import SentRequest, watch_requests

__all__ = ["RequestLog", "SentRequest", "as_curl"]

KEPT: Final = 500


class RequestLog:
    """The last requests of this process, while it is open."""

    def __init__(self) -> None:
        self.requests: deque[SentRequest] = deque(maxlen=KEPT)
        """Oldest first."""
        self.count = 0
        """Of all, those that were dropped included."""
        self._stop: Callable[[], None] | None = None

    def open(self) -> None:
        """Listen from now on."""
        self._stop = watch_requests(self._note)

    def close(self) -> None:
        if self._stop is not None:
            self._stop()

    def _note(self, request: SentRequest) -> None:
        self.requests.append(request)
        self.count += 1


def as_curl(request: SentRequest, body: str | None) -> str:
    """The same request as a command; the key is named by the variable that `whisktop env` sets.

    Args:
        body: JSON to send along. `None` where it is left out: then it is read from a file to be filled in.
    """
    words = ["curl", "-sS", *(["-k"] if request.insecure else []), "-u", '"$WHISK_AUTH"']
    if request.method != "GET":
        words += ["-X", request.method]
    query = f"?{request.query}" if request.query else ""
    words.append(shlex.quote(f"{request.url}{request.path}{query}"))
    if request.body_bytes:
        words += ["-H", "'content-type: application/json'", "-d", "@body.json" if body is None else shlex.quote(body)]
    return " ".join(words)
