"""What the keys do to a list: filter, order, columns, marks."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.dashboard.stage import Stage, connected
from tests.dashboard.world import World, world_of
from tests.journeys.by_key import go_to_row
from tests.running import RunningRuntime
from tui.config import FilterSettings, Settings
from tui.dashboard.panels.list_filter import matcher, parse_filter
from tui.dashboard.panels.marks import Marks
from tui.dashboard.panels.panel import Panel
from tui.dashboard.render.source import Lines

FIELDS = {"name": lambda item: item[0], "kind": lambda item: item[1]}
ITEMS = [("demo/report", "python:3.11"), ("my-worker", "nodejs:20"), ("my-web", "nodejs:22")]


@pytest.fixture
async def world(runtime: RunningRuntime, tmp_path: Path) -> AsyncIterator[World]:
    async with world_of(runtime, tmp_path) as world:
        yield world


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("", ["demo/report", "my-worker", "my-web"]),
        ("MY", ["my-worker", "my-web"]),
        ("my !web", ["my-worker"]),
        ("kind:nodejs !kind:20", ["my-web"]),
        ("~mwk", ["my-worker"]),
        ("!~mwk", ["demo/report", "my-web"]),
        ("/^my-w(eb|x)/", ["my-web"]),
        ("name:/^demo/", ["demo/report"]),
        ("/my-web nodejs/", ["my-web"]),
        ("nofield:x", []),
    ],
)
def test_terms_of_a_filter_all_have_to_hold(text: str, kept: list[str]) -> None:
    found = parse_filter(text, FIELDS)

    assert [item[0] for item in ITEMS if found.matches(item)] == kept


def test_what_is_no_regular_expression_is_said_and_keeps_everything() -> None:
    found = parse_filter("/[/", FIELDS)

    assert found.trouble is not None
    assert "/[/ is no regular expression" in found.trouble
    assert all(found.matches(item) for item in ITEMS)
    with pytest.raises(re.error):
        matcher("/[/")


def test_a_range_of_marks_follows_the_cursor_both_ways_and_keeps_what_was_marked_before() -> None:
    marks, source = Marks(), Lines([(), (), (), (), ()])
    marks.toggle(4)
    marks.begin_range(2)

    assert marks.reach(source, 3)
    assert set(marks.ids) == {4, 2, 3}
    assert marks.reach(source, 0)
    assert set(marks.ids) == {4, 2, 1, 0}
    marks.end_range()
    assert not marks.reach(source, 4)
    marks.keep({1, 2})
    assert set(marks.ids) == {1, 2}


def names(stage: Stage) -> list[str]:
    """Of the rows of the panel with the focus."""
    panel: Panel = stage.app.screen.current  # type: ignore[attr-defined]
    source = panel.lines.source
    return [str(source.id_at(index)) for index in range(len(source))]


async def test_every_list_has_a_filter_of_its_own_with_counts(runtime: RunningRuntime, world: World) -> None:
    for name in ("sieve-a", "sieve-b", "other-sieve"):
        await world.action(name)
    async with connected(runtime.endpoint) as stage:
        await stage.press("1", "slash")
        await stage.type("/^sieve-/")
        await stage.until(lambda: sorted(names(stage)) == ["sieve-a", "sieve-b"], "the filter")
        assert "2 of " in stage.row("  / ")
        await stage.press("enter")
        assert "/^sieve-/" in stage.row(" 1  Actions")

        await stage.press("4", "slash")
        await stage.type("status:error")
        await stage.press("enter", "1")
        assert sorted(names(stage)) == ["sieve-a", "sieve-b"]

        await stage.press("escape")
        assert "other-sieve" in names(stage)
        assert "/status:error" in stage.row("Activations")


async def test_a_list_is_sorted_by_a_picked_column_and_the_other_way_when_picked_again(
    runtime: RunningRuntime, world: World
) -> None:
    await world.action("order-a", timeout_ms=7_000)
    await world.action("order-b", timeout_ms=9_000)
    async with connected(runtime.endpoint, size=(160, 40)) as stage:
        await stage.press("1", "slash")
        await stage.type("order-")
        await stage.press("enter", "s")
        await stage.until_said("Sort the actions by")
        await stage.type("limit")
        await stage.press("enter")
        await stage.until(lambda: names(stage) == ["order-b", "order-a"], "the longest first")
        assert "by limit ↓" in stage.row(" 1  Actions")

        await stage.press("right", "right", "O")
        await stage.until(lambda: names(stage) == ["order-a", "order-b"], "the shortest first")

        await stage.press("4", "s")
        assert "activations stand newest first" in stage.lines[-1]


@pytest.mark.parametrize("size", [(120, 40), (200, 60)])
async def test_more_columns_are_one_key_there_and_back(
    runtime: RunningRuntime, world: World, size: tuple[int, int]
) -> None:
    name = f"broad{size[0]}"
    await world.action(name)
    async with connected(runtime.endpoint, size=size) as stage:
        await stage.press("1")
        assert "256 MB" not in stage.row(name, "python")

        await stage.press("W")
        await stage.until(lambda: "256 MB" in stage.row(name, "python"), "the columns")

        await stage.press("W")
        await stage.until(lambda: "256 MB" not in stage.row(name, "python"), "the usual ones")


async def test_the_feed_takes_the_whole_width_for_more_columns(runtime: RunningRuntime, world: World) -> None:
    await world.action("spacious")
    record = await world.ran("spacious")
    async with connected(runtime.endpoint) as stage:
        await stage.until(lambda: record.activation_id in stage.book.known, "the run")
        assert record.activation_id[:8] not in stage.row("spacious", "success")
        await stage.press("W")
        await stage.until(lambda: record.activation_id[:8] in stage.row("spacious", "success"), "the columns")
        assert "Actions" not in stage.text

        await stage.press("1")
        await stage.until_said("Actions", "Activations")


async def test_rows_are_marked_one_by_one_and_as_a_range_and_escape_clears(
    runtime: RunningRuntime, world: World
) -> None:
    for letter in "abcd":
        await world.action(f"mark-{letter}")
    async with connected(runtime.endpoint) as stage:
        await stage.press("1", "slash")
        await stage.type("mark-")
        await stage.press("enter", "g", "space", "space")
        assert "2 marked" in stage.lines[-1]
        assert len([line for line in stage.lines if "◆" in line]) == 2

        await stage.press("v", "j", "v")
        assert "4 marked" in stage.lines[-1]

        await stage.press("escape")
        assert "marked" not in stage.lines[-1]
        assert "◆" not in stage.text
        assert len(names(stage)) == 4


async def test_a_filter_of_the_configuration_is_one_word(runtime: RunningRuntime) -> None:
    settings = Settings(filters={"broken": FilterSettings(query="status:error kind:python")})
    async with connected(runtime.endpoint, settings=settings) as stage:
        await stage.press("1", "colon")
        await stage.type("filter broken")
        await stage.press("enter")

        await stage.until(lambda: "/status:error kind:python" in stage.row("Activations"), "the filter")

        await stage.press("colon")
        await stage.type("filter none")
        await stage.press("enter")
        assert "The configuration has no filter none." in stage.lines[-1]


async def test_a_rule_whose_action_is_gone_says_so_in_its_row_and_its_preview(
    runtime: RunningRuntime, world: World
) -> None:
    await world.chain("lists-gone")
    await world.chain("lists-kept")
    await world.operations.actions.delete("lists-gone-worker")
    async with connected(runtime.endpoint, size=(80, 24)) as stage:
        await stage.press("3")
        await stage.until(lambda: stage.row("lists-gone-rule", "gone"), "the broken rule")
        assert not stage.row("lists-kept-rule", "worker gone")

        await go_to_row(stage, "3", "lists-gone-rule")
        await stage.until_said("lists-gone-worker is not there: nothing runs. e names another action.")
        await go_to_row(stage, "3", "lists-kept-rule")
        await stage.until(lambda: "is not there" not in stage.text, "the other preview")
