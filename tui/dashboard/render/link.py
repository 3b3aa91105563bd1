"""How the link to the platform is worded, in the header and in the title of the feed."""

from msgspec import Struct

from . import formats
from .glyphs import Glyphs
from .line import Line, Span

LIVE, POLLING, RECONNECTING, OFFLINE, CONNECTING = "live", "polling", "reconnecting", "offline", "connecting"


class Link(Struct, frozen=True, kw_only=True):
    """What is known of the link now."""

    state: str = CONNECTING
    poll_interval_s: float | None = None
    retry_at_ms: int | None = None
    down_since_ms: int | None = None
    complete_since_ms: int | None = None
    complete_upto_ms: int | None = None
    """Until when that was proven in an earlier session."""
    last_contact_ms: int | None = None

    @property
    def is_down(self) -> bool:
        return self.state in (RECONNECTING, OFFLINE)


def link_spans(link: Link, glyphs: Glyphs, now_ms: int, *, short: bool = False) -> Line:
    """`● live`, `◐ polling every 2s`, `↻ reconnecting in 4s`, `✗ offline since 12:01:10`."""
    if link.state == LIVE:
        return [Span(glyphs.live, "success"), Span(" live", "muted")]
    if link.state == POLLING:
        every = "" if short or link.poll_interval_s is None else f" every {round(link.poll_interval_s)}s"
        return [Span(glyphs.polling, "muted"), Span(f" polling{every}", "muted")]
    if link.state == RECONNECTING:
        wait = 0 if link.retry_at_ms is None else max(0, -(-(link.retry_at_ms - now_ms) // 1000))
        return [Span(f"{glyphs.reconnecting} reconnecting" + (f" in {wait}s" if wait else ""), "warning")]
    if link.state == OFFLINE:
        since = "" if link.down_since_ms is None else f" since {formats.clock(link.down_since_ms)}"
        return [Span(f"{glyphs.offline} offline{since}", "error")]
    return [Span(glyphs.polling, "faint"), Span(" connecting", "faint")]


def coverage_spans(link: Link) -> Line:
    """`complete since 11:40:02`, or until when while the link is down."""
    if link.complete_since_ms is None:
        return []
    since = formats.clock(link.complete_since_ms)
    upto_ms = link.last_contact_ms or link.complete_upto_ms
    if (link.is_down or link.state == CONNECTING) and upto_ms is not None:
        return [Span(f"complete {since} to {formats.clock(upto_ms)}", "muted")]
    return [Span(f"complete since {since}", "muted")]
