"""What each platform can do beyond what every one can, asked of stand-ins that answer as they do."""

from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any

import httpx
import pytest

from tests.client.platform import FakePlatform, failure
from tui.client import ServerClock, open_client
from tui.entities.endpoint import Endpoint, Secret
from tui.operations.capabilities import Capabilities, probe
from tui.operations.platform import load_platform

RECORD = {"activationId": "0" * 32, "namespace": "guest", "name": "hello", "version": "0.0.1", "start": 1}
WHOLE = {**RECORD, "response": {"status": "success", "success": True, "result": {}}, "logs": []}


@dataclass
class Manners:
    """How one platform answers what others answer differently."""

    largest_page: int = 200
    docs: bool = True
    counts: bool = True
    limits: dict[str, Any] | None = None
    forwards_to: str | None = None
    root: dict[str, Any] | None = field(default_factory=dict)
    ahead_s: int = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        answer = self._answer(request)
        answer.headers["date"] = formatdate(1_700_000_000 + self.ahead_s, usegmt=True)
        return answer

    def _answer(self, request: httpx.Request) -> httpx.Response:
        path, query = request.url.path, request.url.params
        if path == "/":
            return failure(404, "no root") if self.root is None else httpx.Response(200, json=self.root)
        if path.endswith("/limits"):
            return failure(404, "no limits") if self.limits is None else httpx.Response(200, json=self.limits)
        if path.endswith("/logForwarding"):
            found = self.forwards_to
            return failure(404, "no such thing") if found is None else httpx.Response(200, json={found: {}})
        assert path.endswith("/activations")
        if int(query.get("limit", 30)) > self.largest_page:
            return failure(400, "too large a page")
        if query.get("count") == "true" and self.counts:
            return httpx.Response(200, json={"activations": 3})
        return httpx.Response(200, json=[WHOLE if query.get("docs") == "true" and self.docs else RECORD])


async def capabilities_of(
    manners: Callable[[httpx.Request], httpx.Response], url: str, *, extra_logging: bool = False
) -> Capabilities:
    endpoint = Endpoint(context="far", url=url, auth=Secret("u:k"), namespace="guest", extra_logging=extra_logging)
    clock = ServerClock(lambda: 1_700_000_000.5)
    async with open_client(endpoint, transport=httpx.MockTransport(manners), clock=clock) as client:
        return await probe(client, await load_platform(client))


def words(can: Capabilities) -> dict[str, str]:
    return {told.subject: told.text for told in can.told()}


async def test_adobe_keeps_no_successful_blocking_calls_and_has_the_namespace_in_the_host() -> None:
    adobe = Manners(
        largest_page=50,
        limits={"maxActionTimeout": 10_800_000, "maxActionMemory": 4096, "firesPerMinute": 600},
        forwards_to="splunk_hec",
    )
    can = await capabilities_of(adobe, "https://adobeioruntime.net")

    assert words(can) == {
        "platform": "Adobe I/O Runtime, has to be asked",
        "lists": "50 records a page, whole records, counted",
        "records": "successful blocking calls are not kept; extra_logging = true keeps them",
        "limits": "a run at most 10800 s and 4096 MB, 600 fires a minute",
        "web": "https://guest.adobeioruntime.net/api/v1/web/PACKAGE/NAME.json",
        "logs": "sent to splunk_hec: none can be read here",
    }
    assert {told.subject for told in can.told() if told.is_notable} == {"records", "logs"}


async def test_adobe_with_extra_logging_keeps_them_and_its_own_log_is_no_forwarding() -> None:
    adobe = Manners(forwards_to="adobe_io_runtime")
    can = await capabilities_of(adobe, "https://adobeioruntime.net", extra_logging=True)

    assert can.keeps_blocking is True
    assert can.log_forwarding is None


async def test_openwhisk_tells_its_limits_and_keeps_what_it_ran() -> None:
    limits = {
        "maxActionTimeout": 300_000,
        "maxActionMemory": 512,
        "invocationsPerMinute": 60,
        "firesPerMinute": 1000000,
    }
    can = await capabilities_of(Manners(limits=limits, ahead_s=120), "https://ow.example")

    assert words(can) == {
        "platform": "Apache OpenWhisk, has to be asked",
        "lists": "200 records a page, whole records, counted",
        "records": "kept",
        "limits": "a run at most 300 s and 512 MB, 60 invocations a minute",
        "web": "https://ow.example/api/v1/web/guest/PACKAGE/NAME.json",
        "clock": "120 s ahead of this machine's",
    }


async def test_digitalocean_sends_summaries_and_does_not_count() -> None:
    can = await capabilities_of(
        Manners(docs=False, counts=False, root=None), "https://faas-fra1-afec6ce7.doserverless.co"
    )

    assert (can.brand, can.gives_documents, can.counts) == ("DigitalOcean", False, False)
    assert words(can)["lists"] == "200 records a page, one by one, not counted"
    assert can.web_url == "https://faas-fra1-afec6ce7.doserverless.co/api/v1/web/guest/PACKAGE/NAME.json"


@pytest.mark.parametrize("extra_logging", [True, False])
async def test_the_header_for_extra_logging_goes_with_every_start_and_nothing_else(extra_logging: bool) -> None:
    platform = FakePlatform(httpx.Response(202, json={"activationId": "0" * 32}))
    endpoint = Endpoint(
        context="far", url="https://adobeioruntime.net", auth=Secret("u:k"), namespace="ns", extra_logging=extra_logging
    )
    async with open_client(endpoint, transport=httpx.MockTransport(platform)) as client:
        await client.actions.invoke("hello", {}, blocking=True)

    assert platform.request.headers.get("x-ow-extra-logging") == ("on" if extra_logging else None)
