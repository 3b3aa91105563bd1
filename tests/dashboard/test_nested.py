"""The list as a tree: runs below their firing, from memory and from the history."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.dashboard.stage import Stage, dashboard, whisktop
from tests.dashboard.things import accepted, batch, firing, new_id, now_ms, run
from tests.dashboard.world import World, world_of
from tests.history.given import firing as kept_firing
from tests.history.given import run as kept_run
from tests.running import RunningRuntime
from tui.dashboard.panels.activation_book import ActivationBook
from tui.dashboard.panels.feed_source import FeedSource
from tui.dashboard.render.glyphs import UNICODE
from tui.entities.endpoint import Endpoint, Secret
from tui.history import activations, history_path, open_database


@pytest.fixture
async def world(runtime: RunningRuntime, tmp_path: Path) -> AsyncIterator[World]:
    async with world_of(runtime, tmp_path) as world:
        yield world


def feed_of(stage: Stage) -> Any:
    return stage.app.screen_stack[0].feed  # type: ignore[attr-defined]


def rows(source: FeedSource) -> list[tuple[str, int]]:
    entries = ((source.entry_at(index), source.depth_at(index)) for index in range(len(source)))
    return [(entry.name, depth) for entry, depth in entries if entry is not None]


def test_rows_follow_what_is_told_and_every_row_knows_its_place() -> None:
    book, first, second, now = ActivationBook(), new_id(), new_id(), now_ms()
    source = FeedSource(book, UNICODE, nested=True)
    fired = firing("upload", ("one", "resize", first), ("two", "mail", second), start_ms=now - 500)
    told = [run("other", start_ms=now - 400), run("resize", activation_id=first, start_ms=now - 450)]

    source.update(book.apply([batch(*told)], now_ms=now))
    assert rows(source) == [("other", 0), ("resize", 0)]
    source.update(book.apply([batch(fired, accepted("mail", activation_id=second, ago_ms=100))], now_ms=now))

    assert rows(source) == [("other", 0), ("upload", 0), ("resize", 1), ("mail", 1)]
    assert [source.index_of(source.id_at(index)) for index in range(len(source))] == [0, 1, 2, 3]


async def test_t_puts_runs_below_their_firing_and_back(runtime: RunningRuntime, world: World) -> None:
    await world.chain("feed-nested")
    async with dashboard(runtime) as stage:
        await stage.press("4")
        for number in range(2):
            fired = await world.operations.triggers.fire("feed-nested", {"number": number})
            assert fired is not None
            await stage.until_ended(fired.activation_id)
        await stage.until(lambda: stage.text.count("feed-nested-worker") >= 2, "both runs")

        await stage.press("T")
        await stage.until_said("└ feed-nested-worker", "nested")
        lines = [line for line in stage.lines if "↯ feed-nested " in line or "└ feed-nested-worker" in line]
        assert ["└" in line for line in lines[:4]] == [False, True, False, True]

        await stage.press("T")
        await stage.until(lambda: "└ feed-nested-worker" not in stage.text, "the flat list")


async def test_what_was_seen_before_is_nested_without_a_link_and_the_cursor_stays_on_its_row() -> None:
    endpoint = Endpoint(context="away", url="http://127.0.0.1:9", auth=Secret("nested:key"), namespace="guest")
    database = open_database(history_path(endpoint))
    runs = [kept_run(number) for number in range(10, 40)]
    activations.add(database, [*runs, kept_firing(5, runs[0].activation_id, runs[20].activation_id)])
    database.close()
    async with whisktop(endpoint) as stage:
        source = feed_of(stage).source
        await stage.until(lambda: len(source) == 31, "all rows")
        await stage.press("4", "G", "k")
        chosen = feed_of(stage).selected_id
        assert chosen == runs[0].activation_id

        await stage.press("T")
        await stage.until(lambda: max(source.depth_at(index) for index in range(len(source))) == 1, "nested rows")

        assert rows(source)[-3:] == [("upload", 0), ("demo/hello", 1), ("demo/hello", 1)]
        assert feed_of(stage).selected_id == chosen
        assert source.index_of(chosen) == len(source) - 2
