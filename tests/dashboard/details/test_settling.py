"""Logs of runs that have just ended, where the platform collects lines beside the record."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.dashboard.details.test_drilling import given_action
from tests.dashboard.stage import dashboard
from tests.dashboard.things import run
from tests.running import RunningRuntime
from tui.client.errors import ServerError
from tui.dashboard.screens.activation import ActivationScreen
from tui.operations.settling_logs import may_still_arrive, settle_logs

ENDED_MS = 1_700_000_000_000
A, B = "2024-01-01T00:00:01.0Z stdout: first", "2024-01-01T00:00:02.0Z stdout: second"


class Platform:
    """Answers one reading after the other, and the last one from then on; its clock goes with the waiting."""

    def __init__(self, *answers: tuple[str, ...] | Exception) -> None:
        self._answers = list(answers)
        self.now_ms = ENDED_MS
        self.readings = 0

    async def read(self) -> tuple[str, ...]:
        self.readings += 1
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def sleep(self, seconds: float) -> None:
        self.now_ms += round(seconds * 1000)


async def readings(platform: Platform, *known: str) -> list[tuple[str, ...]]:
    record = run("a", start_ms=ENDED_MS - 40, took_ms=40, logs=known)
    settling: AsyncIterator[tuple[str, ...]] = settle_logs(
        platform.read, record, now_ms=lambda: platform.now_ms, sleep=platform.sleep
    )
    return [lines async for lines in settling]


async def test_a_log_is_read_until_two_readings_are_equal() -> None:
    platform = Platform((A,), (A, B))

    assert await readings(platform) == [(A,), (A, B)]
    assert platform.readings == 3


async def test_an_empty_log_is_waited_for_a_while_and_trouble_on_the_way_ends_nothing() -> None:
    late = Platform((), ServerError("trouble"), (), (A,))
    silent = Platform(())

    assert await readings(late) == [(A,)]
    assert await readings(silent) == []
    assert 15_000 <= silent.now_ms - ENDED_MS < 60_000


async def test_a_platform_that_never_answers_is_left_alone_after_a_minute() -> None:
    platform = Platform(ServerError("trouble"))

    assert await readings(platform, A) == []
    assert 60_000 <= platform.now_ms - ENDED_MS < 70_000
    assert not may_still_arrive(run("a", start_ms=ENDED_MS), platform.now_ms + 60_000)


async def test_lines_that_come_after_the_record_are_shown_and_until_then_it_is_said(
    runtime: RunningRuntime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with dashboard(runtime) as stage:
        await given_action(stage, tmp_path, "causes-late", "def main(args):\n    print('early')\n    return {}\n")
        started = await stage.operations.actions.invoke("causes-late", {})
        await stage.until_ended(started.activation_id)
        early = stage.book.known[started.activation_id].logs
        between = "2024-01-01T00:00:01.0Z stdout: between"
        whole = [(*early, between), (*early, between, B)]
        operations = stage.operations

        seen = asyncio.Event()

        async def logs(_: str) -> tuple[str, ...]:
            await seen.wait()
            return whole.pop(0) if len(whole) > 1 else whole[0]

        operations.platform = replace(operations.platform, live=False)
        monkeypatch.setattr(operations.activations, "logs", logs)
        monkeypatch.setattr("tui.operations.settling_logs._PAUSES_S", (0.05,))
        await stage.open(ActivationScreen(operations, started.activation_id, "logs", state=stage.book))

        await stage.until_said("early", "still arriving")
        seen.set()
        await stage.until_said("second")
        await stage.until(lambda: "still arriving" not in stage.text, "the whole log")
