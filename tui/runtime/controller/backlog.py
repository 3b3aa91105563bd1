"""How much accepted work may wait to be begun: so many runs, and so many bytes of what they are given.

Without a bound a client that asks faster than its actions run would fill memory and disk. What is one too many is
refused before it is accepted; what was accepted by an earlier process counts too.
"""

from .. import messages
from ..faults import TooManyRequests


class Backlog:
    """Counts the accepted runs that have not begun, and the bytes of their arguments."""

    __slots__ = ("_bytes_max", "_runs_max", "runs", "size_bytes")

    def __init__(self, *, runs_max: int, bytes_max: int) -> None:
        self._runs_max = runs_max
        self._bytes_max = bytes_max
        self.runs = 0
        self.size_bytes = 0

    def check_room(self, runs: int, size_bytes: int) -> None:
        """Raises `TooManyRequests` unless there is room for so many runs, with arguments of so many bytes.

        The platform's sentence speaks of numbers of runs: where the bytes are too many, as many are allowed as wait.
        """
        if self.runs + runs > self._runs_max:
            raise TooManyRequests(messages.too_many_concurrent(self.runs, self._runs_max))
        if self.size_bytes + size_bytes > self._bytes_max:
            raise TooManyRequests(messages.too_many_concurrent(self.runs, self.runs))

    def enter(self, size_bytes: int) -> None:
        self.runs += 1
        self.size_bytes += size_bytes

    def leave(self, size_bytes: int) -> None:
        self.runs -= 1
        self.size_bytes -= size_bytes
