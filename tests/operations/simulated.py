"""A platform that lists records as a real one does: late, out of order, by pages, with a clock of its own, and faults.

Time is the test's: every request takes a little of it, and the feed's pauses take what they say.
"""

import json
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any

import httpx
import pytest

from tui.client import Client, ServerClock, open_client
from tui.entities.endpoint import Endpoint, Secret
from tui.entities.limits import LimitBounds
from tui.operations.activation_feed import ActivationFeed
from tui.operations.feed_batch import FeedBatch

BOUNDS = LimitBounds(max_timeout_ms=60_000)
LONGEST_MS = 120_000
"""Of a run: a cold start and the run each get the whole limit."""
OPENED_MS = 1_700_000_000_000
"""When the feed begins, by the platform's clock."""
REQUEST_MS = 20

FAULTS = ("429", "500", "503", "cut", "cut midway", "truncated", "timeout")
"""`cut`: no answer at all; `cut midway`: the connection breaks inside the body; `truncated`: only half of it comes."""


@dataclass(frozen=True)
class Run:
    """One run; times are milliseconds after the feed began."""

    number: int
    start: int
    duration: int
    lag: int = 0
    """How long after its end it is listed."""

    @property
    def activation_id(self) -> str:
        return f"{self.number:032x}"

    @property
    def end(self) -> int:
        return self.start + self.duration

    def record(self, *, whole: bool) -> dict[str, Any]:
        body: dict[str, Any] = {
            "activationId": self.activation_id,
            "namespace": "guest",
            "name": "hello",
            "version": "0.0.1",
            "start": OPENED_MS + self.start,
            "end": OPENED_MS + self.end,
            "duration": self.duration,
            "annotations": [{"key": "path", "value": "guest/hello"}],
        }
        if not whole:
            return body | {"statusCode": 0}
        return body | {"response": {"status": "success", "success": True, "result": {}}, "logs": []}


@dataclass
class SimulatedPlatform:
    """Answers from `runs`, as far as they are listed by now."""

    runs: list[Run]
    page: int = 50
    counts: bool = True
    documents: str = "given"
    """`given`, `ignored` or `refused`."""
    skew_ms: int = 0
    """How far its clock is ahead of ours."""
    faults: dict[int, str] = field(default_factory=dict)
    """By number of the request."""
    retry_after_s: int | None = None
    down: tuple[int, int] = (0, 0)
    """Milliseconds after the beginning, first and last, in which nobody answers."""
    failing_second_pages: int = 0
    """So many requests for more than a first page are not answered."""
    now_ms: int = 0
    """After the beginning."""
    asked: list[tuple[int, str]] = field(default_factory=list)
    """When and what."""

    def local_s(self) -> float:
        return (OPENED_MS + self.now_ms - self.skew_ms) / 1000

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/":
            date = formatdate((OPENED_MS + self.now_ms) / 1000, usegmt=True)
            return httpx.Response(200, json={}, headers={"date": date})
        self.now_ms += REQUEST_MS
        self.asked.append((self.now_ms, request.url.path.rpartition("/")[2]))
        fault, query = self.faults.get(len(self.asked)), request.url.params
        if self.failing_second_pages and "upto" in query and query.get("docs") == "true":
            self.failing_second_pages -= 1
            fault = "cut"
        if self.down[0] <= self.now_ms < self.down[1] or fault == "cut":
            raise httpx.ConnectError("connection refused")
        if fault == "timeout":
            raise httpx.ReadTimeout("silence")
        if fault == "cut midway":
            raise httpx.RemoteProtocolError("peer closed connection without sending complete message body")
        headers = {"date": formatdate((OPENED_MS + self.now_ms) / 1000, usegmt=True)}
        if fault == "429":
            if self.retry_after_s is not None:
                headers["retry-after"] = str(self.retry_after_s)
            return httpx.Response(429, json={"error": "too many", "code": "c"}, headers=headers)
        if fault in ("500", "503"):
            return httpx.Response(int(fault), json={"error": "busy", "code": "c"}, headers=headers)
        status, body = self._answer(request)
        content = json.dumps(body).encode()
        if fault == "truncated":
            content = content[: len(content) // 2] or b"["
        return httpx.Response(status, content=content, headers=headers)

    def _answer(self, request: httpx.Request) -> tuple[int, Any]:
        last = request.url.path.rpartition("/")[2]
        if last == "actions":
            return 200, [{"namespace": "guest", "name": "hello", "version": "0.0.1", "limits": {"timeout": 60_000}}]
        if last != "activations":
            found = [run for run in self._listed() if run.activation_id == last]
            return (200, found[0].record(whole=True)) if found else (404, {"error": "none", "code": "c"})
        query = request.url.params
        since, upto = int(query.get("since", 0)) - OPENED_MS, int(query.get("upto", 10**15)) - OPENED_MS
        matching = [run for run in self._listed() if since <= run.start <= upto]
        if query.get("count") == "true" and self.counts:
            return 200, {"activations": len(matching)}
        asks_documents = query.get("docs") == "true"
        if asks_documents and self.documents == "refused":
            return 400, {"error": "The request is not allowed.", "code": "c"}
        skip, limit = int(query.get("skip", 0)), int(query.get("limit", 30)) or self.page
        newest_first = sorted(matching, key=lambda run: (run.start, run.number), reverse=True)
        whole = asks_documents and self.documents == "given"
        return 200, [run.record(whole=whole) for run in newest_first[skip : skip + min(limit, self.page)]]

    def _listed(self) -> list[Run]:
        return [run for run in self.runs if run.end + run.lag <= self.now_ms]

    def requests_in_the_busiest_minute(self, since_ms: int = 0) -> int:
        times = [at for at, _ in self.asked if at >= since_ms]
        return max((sum(1 for at in times if first <= at < first + 60_000) for first in times), default=0)


@dataclass
class Heard:
    """What a feed told."""

    batches: list[FeedBatch] = field(default_factory=list)
    known_at: dict[str, int] = field(default_factory=dict)
    """When each id was told first, in milliseconds after the beginning."""
    times: Counter[str] = field(default_factory=Counter)
    late: set[str] = field(default_factory=set)

    def take(self, batch: FeedBatch, now_ms: int) -> None:
        self.batches.append(batch)
        self.late |= batch.late
        for record in batch.finished:
            assert record.response is not None
            self.known_at.setdefault(record.activation_id, now_ms)
            self.times[record.activation_id] += 1


@asynccontextmanager
async def client_of(platform: SimulatedPlatform) -> AsyncIterator[Client]:
    endpoint = Endpoint(context="remote", url="https://platform.example", auth=Secret("a:b"), namespace="guest")
    clock = ServerClock(platform.local_s)
    async with open_client(endpoint, transport=httpx.MockTransport(platform), clock=clock) as client:
        await client.namespaces.describe()  # whoever has a feed has connected, and so knows the platform's clock
        yield client


def feed_of(client: Client, platform: SimulatedPlatform, *, since: int | None = None) -> ActivationFeed:
    """A feed whose pauses pass as soon as they begin."""
    since_ms = None if since is None else OPENED_MS + since
    feed = ActivationFeed(client, live=False, since_ms=since_ms, bounds=BOUNDS)

    async def time_passes(pause_s: float) -> None:
        platform.now_ms += round(pause_s * 1000)

    feed._pause = time_passes  # type: ignore[method-assign]
    return feed


async def listen(
    platform: SimulatedPlatform, *, until: int, since: int | None = None, accepted: Iterable[int] = ()
) -> Heard:
    """All that a feed tells until so many milliseconds after its beginning.

    Args:
        accepted: Numbers of runs that it was told were accepted.
    """
    heard = Heard()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tui.client.client._RETRY_PAUSES_S", ())
        async with client_of(platform) as client:
            feed = feed_of(client, platform, since=since)
            for number in accepted:
                feed.note_accepted(f"{number:032x}", "guest/hello")
            async with aclosing(feed.batches()) as batches:
                while platform.now_ms < until:
                    heard.take(await anext(batches), platform.now_ms)
    return heard
