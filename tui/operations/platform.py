"""What was learned about a platform when it was connected to."""

from msgspec import Struct

from tui.client import Client, PlatformDescription
from tui.client.errors import ApiError, Unreachable
from tui.entities.json import JsonObject
from tui.entities.limits import LimitBounds, NamespaceLimits

_LANGUAGES = {"nodejs": "Node.js", "python": "Python"}


class PlatformInfo(Struct, frozen=True, kw_only=True):
    """Capabilities and bounds of one platform, for one namespace."""

    live: bool
    """Whether it tells runs and log lines as they happen: the local runtime does."""
    version: str | None
    """Of the local runtime; `None` on any other platform."""
    limits: NamespaceLimits
    kinds: tuple[str, ...]
    """Kinds that actions may be written in; `()` where the platform does not tell."""

    @property
    def bounds(self) -> LimitBounds:
        return self.limits.bounds


async def load_platform(client: Client) -> PlatformInfo:
    """Ask for all of it. What a platform does not offer is left at what OpenWhisk documents.

    Raises:
        Unreachable: It does not answer any more.
    """
    description = await _description(client)
    return PlatformInfo(
        live=description.live_path is not None,
        version=description.version,
        limits=await _limits(client),
        kinds=description.kinds,
    )


async def _description(client: Client) -> PlatformDescription:
    try:
        return await client.namespaces.describe()
    except Unreachable:
        raise
    except ApiError:  # behind some gateways the root is something else
        return PlatformDescription()


async def _limits(client: Client) -> NamespaceLimits:
    try:
        return await client.namespaces.limits(client.endpoint.namespace)
    except Unreachable:
        raise
    except ApiError:
        return NamespaceLimits.from_json({})


def find_program(status: JsonObject, kind: str) -> str | None:
    """`Node.js 20.20.2` for `nodejs:default`, out of what the local runtime tells of itself."""
    kinds, interpreters = status.get("kinds"), status.get("interpreters")
    resolved = (kinds.get(kind) if isinstance(kinds, dict) else None) or kind
    for one in interpreters if isinstance(interpreters, list) else ():
        if isinstance(one, dict) and one.get("kind") == resolved:
            family = str(resolved).partition(":")[0]
            return f"{_LANGUAGES.get(family, family)} {one.get('version', '')}".strip()
    return None
