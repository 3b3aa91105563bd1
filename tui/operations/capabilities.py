"""What a platform can do beyond what every one can: asked once for each context, and shown beside it."""

from dataclasses import dataclass

from tui.client import Client
from tui.client.errors import ApiError, Unreachable
from tui.entities.endpoint import ADOBE_HOST, Endpoint, brand_of

from .pages import SMALLEST_PAGE
from .platform import PlatformInfo

_LARGEST_PAGE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
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
