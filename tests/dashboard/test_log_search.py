"""Words in the logs of all runs that were seen, by key press."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.dashboard.stage import Stage, whisktop
from tests.dashboard.things import now_ms, run
from tui.entities.endpoint import Endpoint, Secret
from tui.history import activations, history_path, open_database


def line(text: str, stream: str = "stdout") -> str:
    return f"2026-01-01T00:00:00.000000000Z {stream}: {text}"


RECORDS = (
    run("worker", logs=(line("order 4711 is paid"), line("order 4711 is \x1b[31mlost\u202e", "stderr"))),
    run("mailer", logs=(line("mail for order 4711"),), start_ms=now_ms() - 60_000),
    run("other", logs=(line("nothing"),)),
)


@pytest.fixture(params=[(120, 40), (80, 24)], ids=["120x40", "80x24"])
async def stage(request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    endpoint = Endpoint(context="away", url="http://127.0.0.1:9", auth=Secret("logs:key"), namespace="guest")
    database = open_database(history_path(endpoint))
    activations.add(database, RECORDS)
    database.close()
    async with whisktop(endpoint, size=request.param) as stage:
        await stage.press("4")
        await stage.until_said("worker", "mailer", "other")
        yield stage


def lines_shown(stage: Stage) -> int:
    view: Any = stage.app.screen.query_one("#lines")
    return len(view.source)


async def test_words_are_typed_and_lines_found_in_all_logs(stage: Stage) -> None:
    await stage.press("L")
    await stage.until_said("Search in logs")
    await stage.type("order 4711")
    await stage.until(lambda: lines_shown(stage) == 3, "three lines")
    assert "in the last 3 runs" in stage.text
    assert "is ␛[31mlost" in stage.row("worker", "lost")

    await stage.type(" paid")
    await stage.until(lambda: lines_shown(stage) == 1, "one line")
    await stage.press("enter")
    await stage.press("slash")
    await stage.press("ctrl+u")
    await stage.type("no such thing")
    await stage.until_said("No line has that in the logs of the last 3 runs", "searches further back")


async def test_only_logs_of_what_the_list_shows_are_searched_and_a_word_leads_there_too(stage: Stage) -> None:
    await stage.press("slash")
    await stage.type("mail")
    await stage.press("enter")
    await stage.until(lambda: "other" not in stage.text, "the filter")

    await stage.press("colon")
    await stage.type("grep order")
    await stage.press("enter")

    await stage.until(lambda: "Search in logs" in stage.text and lines_shown(stage) == 1, "the line of one action")
    assert "mail for order 4711" in stage.text
