"""The machine's clock is set, forwards and backwards: runs last as long as they last, and no time is served twice."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from tui.config import RuntimeSettings
from tui.runtime.app import Runtime, open_runtime
from tui.runtime.folder import open_data_folder
from tui.runtime.ground import open_ground

HOUR_S = 3600.0
PATIENCE_S = 20
SLEEPS = "import time\ndef main(args):\n    time.sleep(0.4)\n    return {}\n"


class Clock:
    """Stands in for the machine's clock, which goes on by itself and can be set."""

    def __init__(self) -> None:
        self._ahead_s = 0.0
        self._real = time.time

    def __call__(self) -> float:
        return self._real() + self._ahead_s

    def set_forward(self, seconds: float) -> None:
        self._ahead_s += seconds

    def ms(self) -> int:
        return int(self() * 1000)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(time, "time", clock)
    return clock


class Served:
    """A runtime in this process, whose clock is ours."""

    def __init__(self, runtime: Runtime, key: str, http: httpx.AsyncClient) -> None:
        self.key = key
        self.scheduler = runtime.scheduler
        self._http = http

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        answer = await self._http.request(method, f"/api/v1/namespaces/{path}", json=body)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    async def given_action(self, name: str, code: str) -> None:
        await self.ask("PUT", f"_/actions/{name}", {"exec": {"kind": "python:default", "code": code}})

    async def firings(self, trigger: str) -> list[dict[str, Any]]:
        return list(await self.ask("GET", f"_/activations?name={trigger}"))


@pytest.fixture
async def served(clock: Clock, tmp_path: Path) -> AsyncIterator[Served]:
    settings = RuntimeSettings(data_dir=tmp_path / "data")
    with open_data_folder(settings.data_dir) as folder:
        key = folder.load_key()

        def url() -> str:
            return "http://127.0.0.1:9"

        async with (
            open_ground(settings, folder, url=url) as ground,
            open_runtime(settings, ground, key, instance="x" * 32, url=url) as runtime,
        ):
            user, password = key.reveal().split(":")
            transport = httpx.ASGITransport(runtime.application)
            async with httpx.AsyncClient(
                transport=transport, base_url="http://localhost", auth=(user, password)
            ) as http:
                yield Served(runtime, key.reveal(), http)


@pytest.mark.parametrize("jump_s", [24 * HOUR_S, -HOUR_S])
@pytest.mark.parametrize("name", ["sleeps", "twice", "conducted"])
async def test_a_run_lasts_as_long_as_it_lasts_although_the_clock_is_set_meanwhile(
    served: Served, clock: Clock, name: str, jump_s: float
) -> None:
    await served.given_action("sleeps", SLEEPS)
    steps = {"kind": "sequence", "components": ["/_/sleeps", "/_/sleeps"]}
    await served.ask("PUT", "_/actions/twice", {"exec": steps})
    conductor = {"key": "conductor", "value": True}
    code = {"kind": "python:default", "code": SLEEPS}
    await served.ask("PUT", "_/actions/conducted", {"exec": code, "annotations": [conductor]})
    began_ms = clock.ms()
    run = asyncio.create_task(served.ask("POST", f"_/actions/{name}?blocking=true", {}))
    await asyncio.sleep(0.3)

    clock.set_forward(jump_s)

    record = await run
    runs = 2 if name == "twice" else 1
    assert record["response"]["success"] is True
    assert record["start"] >= began_ms
    assert record["end"] >= record["start"]
    assert 400 * runs <= record["duration"] < 5000
    annotations = {each["key"]: each["value"] for each in record["annotations"]}
    assert annotations["waitTime"] < 5000
    later = await served.ask("POST", "_/actions/sleeps?blocking=true", {})
    assert 400 <= later["duration"] < 5000
    listed = {each["activationId"] for each in await served.ask("GET", "_/activations")}
    assert {record["activationId"], later["activationId"]} <= listed


async def test_an_alarm_fires_once_for_all_the_times_that_the_clock_left_out(served: Served, clock: Clock) -> None:
    trigger, feed = "event", "whisk.system/actions/alarms/interval?blocking=true"
    await served.ask("PUT", f"_/triggers/{trigger}", {})
    await served.ask("PUT", "_/rules/rule", {"trigger": f"/_/{trigger}", "action": "/whisk.system/utils/echo"})
    first = datetime.fromtimestamp(clock() + HOUR_S, UTC).isoformat()
    told = {"lifecycleEvent": "CREATE", "triggerName": trigger, "minutes": 60, "startDate": first}
    await served.ask("POST", feed, told | {"authKey": served.key})

    clock.set_forward(5.5 * HOUR_S)
    served.scheduler.wake()
    await until_fired(served, trigger, 1)
    clock.set_forward(-2 * HOUR_S)
    served.scheduler.wake()
    clock.set_forward(2.75 * HOUR_S)  # a quarter past the next full hour
    served.scheduler.wake()
    await until_fired(served, trigger, 2)

    starts = sorted(each["start"] for each in await served.firings(trigger))
    assert len(starts) == 2
    assert abs(starts[1] - starts[0] - 0.75 * HOUR_S * 1000) < 60_000


async def until_fired(served: Served, trigger: str, times: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while len(await served.firings(trigger)) < times:  # noqa: ASYNC110  (a client is not told)
            await asyncio.sleep(0.02)
