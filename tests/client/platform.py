"""A remote platform that answers as a test tells it to."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx

from tui.client import Client, open_client
from tui.entities.endpoint import Endpoint, Secret

Answer = httpx.Response | Exception


class FakePlatform:
    """Gives its answers in turn, the last one for ever, and keeps what it was asked."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def request(self) -> httpx.Request:
        """The only one."""
        (request,) = self.requests
        return request

    @property
    def body(self) -> Any:
        return json.loads(self.request.content)


@asynccontextmanager
async def client_of(
    platform: Callable[[httpx.Request], httpx.Response],
    *,
    read_only: bool = False,
    url: str = "https://platform.example",
) -> AsyncIterator[Client]:
    endpoint = Endpoint(context="remote", url=url, auth=Secret("user:secret"), namespace="guest", read_only=read_only)
    async with open_client(endpoint, transport=httpx.MockTransport(platform)) as client:
        yield client


def failure(status: int, text: str) -> httpx.Response:
    """As OpenWhisk tells one."""
    return httpx.Response(status, json={"error": text, "code": "abc123"})
