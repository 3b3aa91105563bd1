"""How numbers, times and sizes are written, everywhere the same.

Times are milliseconds since the epoch, shown in the user's zone; durations are milliseconds.
"""

from datetime import datetime

from tui.entities.activation import State

DAY_MS = 86_400_000


def duration(ms: float) -> str:
    """`<1ms`, `38ms`, `1.2s` (to 9.9s), `41s`, `4m12s`, `3h05m`, `2d4h`: six cells at most below ten days."""
    if ms < 1:
        return "<1ms"
    if ms < 1000:
        return f"{int(ms)}ms"
    if ms < 9950:
        return f"{ms / 1000:.1f}s"
    seconds = min(59, round(ms / 1000)) if ms < 60_000 else int(ms // 1000)
    if seconds < 60:
        return f"{seconds}s"
    minutes, seconds = divmod(seconds, 60)
    if minutes < 60:
        return f"{minutes}m{seconds:02d}s"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours}h{minutes:02d}m"
    days, hours = divmod(hours, 24)
    return f"{days}d{hours}h"


def limit(ms: int) -> str:
    """As `duration`, with the zero parts dropped: `2m`, `3h`, `1m30s`, `500ms`."""
    if ms < 1000:
        return f"{ms}ms"
    parts = []
    for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000)):
        count, ms = divmod(ms, size)
        if count:
            parts.append(f"{count}{unit}")
    if ms:
        parts.append(f"{ms / 1000:g}s")
    return "".join(parts[:2])


def clock(ms: int, *, millis: bool = False) -> str:
    """`12:03:41`, or `12:03:41.114`."""
    time = datetime.fromtimestamp(ms / 1000)
    return f"{time:%H:%M:%S}.{int(ms) % 1000:03d}" if millis else f"{time:%H:%M:%S}"


def moment(ms: int, now_ms: int) -> str:
    """The clock today, `2 Jul 12:03` on another day."""
    time = datetime.fromtimestamp(ms / 1000)
    if time.date() == datetime.fromtimestamp(now_ms / 1000).date():
        return f"{time:%H:%M:%S}"
    return f"{time.day} {time:%b %H:%M}"


def day(ms: int) -> str:
    """`2 Jul 12:03`, twelve cells at most."""
    time = datetime.fromtimestamp(ms / 1000)
    return f"{time.day} {time:%b %H:%M}"


def feed_moment(ms: int, now_ms: int) -> str:
    """As `moment` in the eight cells of the feed: `12:03:41`, `2 Jul` on another day."""
    time = datetime.fromtimestamp(ms / 1000)
    if time.date() == datetime.fromtimestamp(now_ms / 1000).date():
        return f"{time:%H:%M:%S}"
    return f"{time.day} {time:%b}"


def ago(ms: int, now_ms: int) -> str:
    """`14m ago`, for prose and facts."""
    passed = max(0, now_ms - ms)
    if passed < 60_000:
        return f"{passed // 1000}s ago"
    if passed < 3_600_000:
        return f"{passed // 60_000}m ago"
    if passed < DAY_MS:
        return f"{passed // 3_600_000}h ago"
    return f"{passed // DAY_MS}d ago"


def size(count: int) -> str:
    """Decimal: `46 bytes`, `1.1 kB`, `0.94 MB`."""
    if count < 1000:
        return "1 byte" if count == 1 else f"{count} bytes"
    if count < 900_000:
        return f"{count / 1000:.1f} kB" if count < 99_950 else f"{round(count / 1000)} kB"
    megabytes = count / 1_000_000
    return f"{megabytes:.2f} MB" if megabytes < 10 else f"{megabytes:,.0f} MB"


def memory(megabytes: int) -> str:
    """As the platform states it: `256 MB`."""
    return f"{megabytes} MB"


def count(number: int) -> str:
    """`1,208`; from 100,000 `128k`."""
    if number >= 10_000_000:
        return f"{number // 1_000_000}M"
    return f"{number // 1000}k" if number >= 100_000 else f"{number:,}"


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """`1 rule`, `3 rules`."""
    return f"{count(number)} {noun if number == 1 else plural or noun + 's'}"


def rate(part: int, whole: int) -> str:
    """`0.8%`."""
    return f"{100 * part / whole:.1f}%" if whole else ""


STATE_ROLES = {
    State.QUEUED: "muted",
    State.RUNNING: "accent",
    State.SUCCESS: "muted",
    State.APPLICATION_ERROR: "error bold",
    State.DEVELOPER_ERROR: "error bold",
    State.INTERNAL_ERROR: "error bold",
    State.TIMEOUT: "warning bold",
    State.CANCELLED: "muted",
    State.LOST: "warning bold",
    State.FIRED: "muted",
}
"""Role of the state's word."""

GLYPH_ROLES = {
    State.QUEUED: "accent",
    State.RUNNING: "accent",
    State.SUCCESS: "success",
    State.APPLICATION_ERROR: "error",
    State.DEVELOPER_ERROR: "error",
    State.INTERNAL_ERROR: "error",
    State.TIMEOUT: "warning",
    State.CANCELLED: "muted",
    State.LOST: "warning",
    State.FIRED: "secondary",
}
"""Role of the state's glyph."""
