"""A client of which every request fails at once: for looking at what was seen before while nobody answers."""

import httpx

from tui.entities.endpoint import Endpoint

from .client import HttpClient
from .clock import ServerClock
from .lock import WriteLock
from .platform_client import Client
from .under_way import UnderWay


class _NoLink(httpx.AsyncBaseTransport):
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("there is no link", request=request)


def unconnected_client(endpoint: Endpoint) -> Client:
    """It opens nothing, so there is nothing to close."""
    http = httpx.AsyncClient(base_url=endpoint.url, transport=_NoLink(), trust_env=False)
    return Client(HttpClient(endpoint, http, UnderWay(), ServerClock(), WriteLock(endpoint)))
