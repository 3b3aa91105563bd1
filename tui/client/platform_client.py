"""The collections of one namespace of a platform, over connections that close with the block."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from tui.entities.endpoint import Endpoint

from .actions import Actions
from .activations import Activations
from .client import HttpClient, open_http
from .clock import ServerClock
from .live import Live
from .lock import WriteLock
from .namespaces import Namespaces
from .packages import Packages
from .routes import Routes
from .rules import Rules
from .triggers import Triggers


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
