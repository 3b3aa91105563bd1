"""Whose key this is, what it may use, and what the platform says about itself.

Source: `GET /`, `GET /api/v1/namespaces` and `GET /api/v1/namespaces/{namespace}/limits`.
"""

from typing import Self
from urllib.parse import quote

from msgspec import Struct

from tui.client.client import HttpClient
from tui.client.paths import API, collection_path
from tui.entities.json import JsonObject
from tui.entities.limits import NamespaceLimits


class PlatformDescription(Struct, frozen=True, kw_only=True):
    """What `GET /` tells; everything in it is optional to the platforms out there."""

    kinds: tuple[str, ...] = ()
    """Kinds that actions may be written in; `()` where it is not told."""
    live_path: str | None = None
    """Where the local runtime serves its events; `None` on any other platform."""
    version: str | None = None
    """Of the local runtime."""
    instance: str | None = None
    """Which start of the local runtime this is."""

    @classmethod
    def from_json(cls, body: JsonObject) -> Self:
        runtimes = body.get("runtimes")
        whisktop = body.get("whisktop")
        whisktop = whisktop if isinstance(whisktop, dict) else {}
        return cls(
            kinds=_kinds(runtimes if isinstance(runtimes, dict) else {}),
            live_path=whisktop.get("live"),
            version=whisktop.get("version"),
            instance=whisktop.get("instance"),
        )


def _kinds(runtimes: JsonObject) -> tuple[str, ...]:
    return tuple(
        str(manifest["kind"])
        for family in runtimes.values()
        for manifest in (family if isinstance(family, list) else ())
        if isinstance(manifest, dict) and "kind" in manifest and not manifest.get("deprecated")
    )


class Namespaces:
    """What a key opens."""

    def __init__(self, http: HttpClient) -> None:
        self._http = http

    async def list(self) -> tuple[str, ...]:
        """The namespaces of the key: exactly one.

        Raises:
            Unauthorized: The key opens none.
        """
        answer = await self._http.send("GET", f"{API}/namespaces")
        if not isinstance(answer.body, list) or not answer.body:
            raise answer.unexpected()
        return tuple(map(str, answer.body))

    async def limits(self, namespace: str) -> NamespaceLimits:
        answer = await self._http.send("GET", collection_path(namespace, "limits"))
        return answer.read(NamespaceLimits.from_json)

    async def log_forwarding(self, namespace: str) -> str | None:
        """Where log lines are sent, as `aio rt namespace log-forwarding get` asks: the name of a destination."""
        path = f"/runtime/namespaces/{quote(namespace, safe='')}/logForwarding"
        return (await self._http.send("GET", path)).read(lambda body: next(iter(map(str, body)), None))

    async def describe(self) -> PlatformDescription:
        """`GET /`, which needs no key."""
        return (await self._http.send("GET", "/")).read(PlatformDescription.from_json)

    async def ping(self, timeout_s: float) -> None:
        """`GET /`, once: does it answer in time?

        Raises:
            ApiError: It does not, or not well.
        """
        await self._http.send("GET", "/", answer_timeout_s=timeout_s, retries=False)
