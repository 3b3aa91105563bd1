"""What a feed of activations hands out."""

from enum import StrEnum
from typing import Final

from msgspec import Struct

from tui.entities.activation import Activation
from tui.entities.live import RunningActivation

COLLECTIONS: Final = frozenset({"actions", "triggers", "rules", "packages"})


class LinkState(StrEnum):
    """How the feed reaches the platform; the value is the word shown."""

    LIVE = "live"
    POLLING = "polling"
    RECONNECTING = "reconnecting"
    OFFLINE = "offline"


class FeedBatch(Struct, frozen=True, kw_only=True):
    """What became known since the batch before."""

    link: LinkState
    running: tuple[RunningActivation, ...] = ()
    """Newly accepted or changed (queued → running); `State.LOST` where a run vanished without a record."""
    finished: tuple[Activation, ...] = ()
    """Whole records, those of triggers included, in the order in which they became known."""
    logs: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Activation id and new raw lines, of runs without a record."""
    entities_changed: frozenset[str] = frozenset()
    """Out of `COLLECTIONS`: lists that have to be read again."""
    retry_in_s: float | None = None
    """Until the next try, while reconnecting or offline."""
    trouble: str = ""
    """While reconnecting or offline: why, one sentence where it is known."""
    poll_interval_s: float | None = None
    """Until the next look, while polling."""
    complete_since_ms: int | None = None
    """Every record that started since then, and has ended, was handed out; `None` before the first answer."""
    complete_upto_ms: int | None = None
    """Up to when that holds: until then every end is known; `None` where it was not proven."""
    late: frozenset[str] = frozenset()
    """Ids among `finished` that the platform listed longer after their end than it usually does."""
    is_dug: bool = False
    """Read on request, from before what the feed reaches back to: of no account for how things stand now."""

    @property
    def is_connected(self) -> bool:
        """Whether this batch is an answer; `complete_since_ms` tells how far the back-fill has come."""
        return self.link in (LinkState.LIVE, LinkState.POLLING)
