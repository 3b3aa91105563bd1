"""Typed calls to an OpenWhisk-compatible platform: one attribute per collection, entities in and out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from tui.client.actions import Actions, Invoked
from tui.client.activations import Activations
from tui.client.client import HttpClient, is_transient, open_http
from tui.client.clock import ServerClock
from tui.client.live import Live
from tui.client.lock import WriteLock
from tui.client.namespaces import Namespaces, PlatformDescription
from tui.client.packages import Packages
from tui.client.routes import Route, Routes
from tui.client.rules import Rules
from tui.client.triggers import Fired, Triggers
from tui.entities.endpoint import Endpoint

__all__ = [
    "Client",
    "Fired",
    "Invoked",
    "PlatformDescription",
    "Route",
    "ServerClock",
    "is_transient",
    "open_client",
]


class Client:
    """The collections of the endpoint's namespace."""

    def __init__(self, http: HttpClient) -> None:
        self._http = http
        namespace = http.endpoint.namespace
        self.clock = http.clock
        self.namespaces = Namespaces(http)
        self.actions = Actions(http, namespace)
        self.triggers = Triggers(http, namespace)
        self.rules = Rules(http, namespace)
        self.packages = Packages(http, namespace)
        self.routes = Routes(http, namespace)
        self.activations = Activations(http, namespace)
        self.live = Live(http, namespace)

    @property
    def endpoint(self) -> Endpoint:
        """With `read_only` as it is now."""
        return self._http.endpoint

    @property
    def lock(self) -> WriteLock:
        return self._http.lock

    async def knock(self, timeout_s: float) -> None:
        """See whether anybody listens at the address, without a request.

        Raises:
            Unreachable: Nobody does.
        """
        await self._http.knock(timeout_s)

    def for_namespace(self, namespace: str) -> "Client":
        """The same connections and clock, in a namespace whose name was asked for."""
        return Client(self._http.for_namespace(namespace))


@asynccontextmanager
async def open_client(
    endpoint: Endpoint, *, transport: httpx.AsyncBaseTransport | None = None, clock: ServerClock | None = None
) -> AsyncIterator[Client]:
    """Connections to one endpoint for as long as the block lasts; nothing is sent yet."""
    async with open_http(endpoint, transport=transport, clock=clock) as http:
        yield Client(http)
