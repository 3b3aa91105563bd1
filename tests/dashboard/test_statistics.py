"""Runs counted by action, state and error, out of what was seen, with and without a link."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.dashboard.stage import Stage, dashboard, whisktop
from tests.dashboard.things import firing, now_ms, run
from tests.dashboard.world import world_of
from tests.journeys.by_key import go_to_row
from tests.running import RunningRuntime
from tui.entities.endpoint import Endpoint, Secret
from tui.history import activations, history_path, open_database

HOUR_MS = 3_600_000
RECORDS = (
    *(run("demo/report", start_ms=now_ms() - number * 1000, took_ms=number) for number in range(1, 101)),
    *(
        run("demo/report", status=1, start_ms=now_ms() - number * 60_000, result={"error": f"no region {number}"})
        for number in range(1, 26)
    ),
    run("slow", start_ms=now_ms() - 5 * HOUR_MS, took_ms=90_000, initTime=400),
    run("long-ago", start_ms=now_ms() - 60 * 24 * HOUR_MS),
    firing("upload", start_ms=now_ms() - 2000),
)


@pytest.fixture(params=[(120, 40), (80, 24)], ids=["120x40", "80x24"])
async def stage(request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    endpoint = Endpoint(
        context="away", url="http://127.0.0.1:9", auth=Secret(f"{request.param[0]}:key"), namespace="guest"
    )
    database = open_database(history_path(endpoint))
    activations.add(database, RECORDS)
    database.close()
    async with whisktop(endpoint, size=request.param) as stage:
        await stage.until(lambda: len(feed_of(stage).source) == len(RECORDS), "all rows")
        yield stage


def feed_of(stage: Stage) -> Any:
    return stage.app.screen_stack[0].feed  # type: ignore[attr-defined]


async def test_actions_are_ranked_with_times_and_rates_and_lead_to_their_rows(stage: Stage) -> None:
    await stage.press("H")
    await stage.until_said("demo/report", "slow", "upload", "last day")
    row = stage.row("demo/report", "125")
    assert ("20.0%" in row, "50ms" in row, "95ms" in row, "99ms" in row) == (True, True, True, True)
    assert "long-ago" not in stage.text
    await stage.until_said("failed", "25 × no region #", "of 125")
    await stage.press("t", "t")
    await stage.until_said("long-ago", "all seen")

    await stage.press("enter")
    await stage.until(lambda: len(feed_of(stage).source) == 125, "the rows of the first")
    assert feed_of(stage).filter_text == "action:/^demo/report$/".replace("demo/", r"demo\/")


async def test_errors_are_grouped_by_what_they_said_and_states_by_their_word(stage: Stage) -> None:
    await stage.press("H")
    await stage.until_said("demo/report")
    await stage.press("left_square_bracket")
    await stage.until_said("no region #", "25")
    await stage.press("enter")
    await stage.until(lambda: len(feed_of(stage).source) == 25, "the failures that said it")

    await stage.press("H", "right_square_bracket")
    await stage.until_said("app error", "/status:error")
    await stage.press("escape", "escape", "H", "right_square_bracket")
    await stage.until_said("success", "101", "fired")


async def test_late_figures_of_one_row_are_not_shown_below_another(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stage.press("H")
    await stage.until_said("25 × no region #")
    assert "its rows" in stage.lines[-1]
    past, asked, released = stage.app.screen._past, asyncio.Event(), asyncio.Event()  # type: ignore[attr-defined]
    count = past.numbers

    async def numbers(name: str, **span: int) -> object:
        asked.set()
        await released.wait()
        return await count(name, **span)

    monkeypatch.setattr(past, "numbers", numbers)
    await stage.press("ctrl+r")
    await stage.until(asked.is_set, "the figures asked for")
    await stage.press("left_square_bracket")
    await stage.until_said("of demo/report")
    released.set()
    await stage.until(lambda: not any(worker.name == "numbers" for worker in stage.app.workers), "the late figures")

    assert "of demo/report" in stage.text
    assert "of 125" not in stage.text


async def test_an_action_is_counted_over_all_that_was_seen_not_over_the_last_page(
    runtime: RunningRuntime, tmp_path: Path
) -> None:
    async with world_of(runtime, tmp_path) as world:
        await world.action("feed-counted")
        await world.ran("feed-counted")
        database = open_database(history_path(runtime.endpoint))
        earlier = [run("feed-counted", took_ms=250, start_ms=now_ms() - 5 * HOUR_MS - number) for number in range(300)]
        failures = [
            run("feed-counted", status=2, start_ms=now_ms() - 4 * HOUR_MS, result={"error": f"KeyError: {number}"})
            for number in range(100)
        ]
        activations.add(database, [*earlier, *failures])
        database.close()

        async with dashboard(runtime, size=(160, 50)) as stage:
            await go_to_row(stage, "1", "feed-counted")
            await stage.press("enter")

            await stage.until_said("p50 250ms", "24.9% failed", "of 401", "100 × KeyError: #")
            assert "runs" in stage.row("runs", "401")
