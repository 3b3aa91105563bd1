"""What a platform can do beyond what every one can: asked once for each context, and shown beside it."""

from collections.abc import Iterator
from typing import NamedTuple

from msgspec import Struct, field

from tui.client import Client
from tui.client.errors import ApiError, Unreachable
from tui.entities.endpoint import ADOBE_HOST, Endpoint, brand_of
from tui.entities.limits import NamespaceLimits

from .pages import SMALLEST_PAGE
from .platform import PlatformInfo

_LARGEST_PAGE = 200
_KNOWN_TO_MS = 2000
"""A platform tells its time in whole seconds: less than this may be none."""


class Capabilities(Struct, frozen=True, kw_only=True):
    """Of one platform, for one namespace. `None` wherever it did not show."""

    brand: str
    live: bool
    """Whether it tells events."""
    page_size: int | None
    """How many records one page of a list may have."""
    gives_documents: bool | None
    """Whether `docs=true` gives whole records."""
    counts: bool | None
    """Whether it answers `count`."""
    keeps_blocking: bool | None
    """Whether blocking calls that went well leave a record."""
    log_forwarding: str | None
    """Where it sends log lines; `None`: it keeps them, or does not tell."""
    web_url: str
    """Of web actions: `https://…/api/v1/web/{namespace}/PACKAGE/NAME.json`."""
    skew_ms: int
    """How far its clock is ahead of ours."""
    limits: NamespaceLimits = field(default_factory=lambda: NamespaceLimits.from_json({}))
    """What OpenWhisk documents, where the platform does not tell."""

    def told(self) -> Iterator["Told"]:
        """All of it in words."""
        yield Told("platform", f"{self.brand}, {'tells events' if self.live else 'has to be asked'}")
        yield Told("lists", ", ".join(self._lists()))
        keeps = {
            True: "kept, blocking calls included",
            False: "successful blocking calls are not kept; extra_logging = true keeps them",
            None: "kept",
        }
        yield Told("records", keeps[self.keeps_blocking], self.keeps_blocking is False)
        yield Told("limits", ", ".join(self._limits()))
        yield Told("web", self.web_url)
        if self.log_forwarding is not None:
            yield Told("logs", f"sent to {self.log_forwarding}: none can be read here", True)
        if abs(self.skew_ms) >= _KNOWN_TO_MS:
            ahead = "ahead of" if self.skew_ms > 0 else "behind"
            yield Told("clock", f"{abs(self.skew_ms) / 1000:,.0f} s {ahead} this machine's")

    def _lists(self) -> Iterator[str]:
        if self.page_size:
            yield f"{self.page_size} records a page"
        if self.gives_documents is not None:
            yield "whole records" if self.gives_documents else "one by one"
        if self.counts is not None:
            yield "counted" if self.counts else "not counted"

    def _limits(self) -> Iterator[str]:
        bounds, limits = self.limits.bounds, self.limits
        yield f"a run at most {bounds.max_timeout_ms // 1000} s and {bounds.max_memory_mb} MB"
        rates = (
            (limits.invocations_per_minute, "invocations a minute"),
            (limits.concurrent_invocations, "at a time"),
            (limits.fires_per_minute, "fires a minute"),
        )
        yield from (f"{rate} {text}" for rate, text in rates if rate is not None)


class Told(NamedTuple):
    """One fact in words."""

    subject: str
    text: str
    is_notable: bool = False
    """It will surprise whoever does not know."""


async def probe(client: Client, platform: PlatformInfo) -> Capabilities:
    """Ask; what is refused is not there.

    Raises:
        Unreachable: It does not answer any more.
    """
    endpoint = client.endpoint
    brand = "whisktop" if platform.live else brand_of(endpoint.url)
    return Capabilities(
        brand=brand,
        live=platform.live,
        page_size=await _page_size(client),
        gives_documents=await _gives_documents(client),
        counts=await _counts(client),
        keeps_blocking=_keeps_blocking(endpoint, platform),
        log_forwarding=await _log_forwarding(client),
        web_url=web_root(endpoint, endpoint.namespace) + "/PACKAGE/NAME.json",
        skew_ms=client.clock.offset_ms,
        limits=platform.limits,
    )


def web_root(endpoint: Endpoint, namespace: str) -> str:
    """Below which web actions answer: on Adobe's own hosts the namespace is part of the host's name."""
    if endpoint.host == ADOBE_HOST:
        return f"https://{namespace}.{ADOBE_HOST}/api/v1/web"
    return f"{endpoint.url}/api/v1/web/{namespace}"


def _keeps_blocking(endpoint: Endpoint, platform: PlatformInfo) -> bool | None:
    if platform.live or endpoint.extra_logging:
        return True
    return False if endpoint.host == ADOBE_HOST else None


async def _page_size(client: Client) -> int | None:
    for size in (_LARGEST_PAGE, 50, SMALLEST_PAGE):
        try:
            await client.activations.list(limit=size)
        except Unreachable:
            raise
        except ApiError:
            continue
        return size
    return None


async def _gives_documents(client: Client) -> bool | None:
    try:
        newest = await client.activations.list(limit=1, docs=True)
    except Unreachable:
        raise
    except ApiError:
        return False
    return newest[0].response is not None if newest else None


async def _counts(client: Client) -> bool | None:
    now_ms = client.clock.now_ms()
    try:
        return await client.activations.count(since_ms=now_ms - 1000, upto_ms=now_ms) is not None
    except Unreachable:
        raise
    except ApiError:
        return False


async def _log_forwarding(client: Client) -> str | None:
    try:
        destination = await client.namespaces.log_forwarding(client.endpoint.namespace)
    except Unreachable:
        raise
    except ApiError:
        return None
    return None if destination in (None, "adobe_io_runtime") else destination
