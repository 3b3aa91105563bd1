"""The one place where a context refuses writes."""

from tui.entities.endpoint import Endpoint
from tui.errors import ReadOnly


class WriteLock:
    """Shared by everything that sends over one connection."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.is_locked = endpoint.read_only
        self.is_fixed = endpoint.is_lock_fixed
        """Asked for by the command line: nothing in the session opens it."""

    def lock(self) -> None:
        self.is_locked = True

    def unlock(self) -> None:
        """
        Raises:
            ReadOnly: The lock is fixed.
        """
        if self.is_fixed:
            raise ReadOnly("This session was started with --read-only.", hint="Start without it to change anything.")
        self.is_locked = False

    def refuse_write(self, endpoint: Endpoint) -> None:
        """
        Raises:
            ReadOnly: The context is locked; nothing may be sent.
        """
        if self.is_locked:
            raise ReadOnly(f"The context {endpoint.context} is read-only: nothing was sent.")
