"""What is painted: no less than differs, hardly more, and the answer to a key first."""

import gc
import random
from collections.abc import AsyncGenerator, Callable, Hashable
from typing import cast

import pytest
from textual import events
from textual._compositor import ChopsUpdate, Compositor
from textual.app import App, ComposeResult
from textual.screen import Screen
from textual.timer import Timer

from tests.dashboard.stage import Stage, bench
from tests.dashboard.things import batch, run
from tui.dashboard.garbage import GarbageKeeper
from tui.dashboard.jobs import Jobs
from tui.dashboard.render.line import FILL, Line, Span
from tui.dashboard.screens.feed_reader import MANY, FeedReader
from tui.dashboard.widgets.drawn_line import DrawnLine
from tui.dashboard.widgets.line_view import LineView
from tui.operations.activation_feed import ActivationFeed
from tui.operations.feed_batch import FeedBatch


class Numbers:
    """Rows that come, go and change."""

    def __init__(self, count: int) -> None:
        self.numbers = list(range(count))
        self.revisions = [0] * 10_000
        self.drawn: list[int] = []

    def __len__(self) -> int:
        return len(self.numbers)

    def id_at(self, index: int) -> Hashable:
        return self.numbers[index]

    def index_of(self, row_id: Hashable) -> int | None:
        return self.numbers.index(row_id) if row_id in self.numbers else None

    def line_at(self, index: int, width: int) -> Line:
        number = self.numbers[index]
        self.drawn.append(number)
        return [Span(f"row {number} as of {self.revisions[number]}", "name", FILL)]

    def revision_at(self, index: int) -> Hashable:
        return self.revisions[self.numbers[index]]


class Words(DrawnLine):
    text = "at first"

    def line(self, width: int) -> Line:
        return [Span(self.text)]


class Board(Jobs, Screen[None]):
    """A line, rows, and a line below."""

    def compose(self) -> ComposeResult:
        yield Words(id="top")
        yield LineView(stick="top")
        yield Words(id="bottom")


async def test_lines_far_apart_are_painted_as_textual_would_and_nothing_between_is_asked_for() -> None:
    async with bench() as stage:
        screen = await stage.open(Board())
        view, rows = screen.query_one(LineView), Numbers(100)
        view.show(rows)
        await stage.pilot.pause()
        compositor, console = screen._compositor, stage.app.console
        for words in screen.query(Words):
            words.text = "later"
            words._set_dirty()
        compositor.update_widgets(set(screen.query(Words)))
        differs = set(compositor._dirty_regions)
        view._styles_cache.clear()
        view._strips.clear()
        rows.drawn.clear()

        ours = cast(ChopsUpdate, compositor.render_partial_update()).render_segments(console)

        assert len(differs) == 2
        assert rows.drawn == []
        compositor._dirty_regions.update(differs)
        assert ours == cast(ChopsUpdate, Compositor.render_partial_update(compositor)).render_segments(console)
        assert ours.count("later") == 2


async def test_whatever_happens_to_rows_no_line_is_left_as_it_was() -> None:
    chance = random.Random(5)
    async with bench() as stage:
        screen = await stage.open(Board())
        view, rows = screen.query_one(LineView), Numbers(200)
        view.show(rows)
        view.focus()
        await stage.pilot.pause()

        def arrive() -> None:
            newest = max(rows.numbers)
            rows.numbers[:0] = [newest + number for number in range(chance.randrange(1, 4), 0, -1)]
            view.source_changed()

        def leave() -> None:
            del rows.numbers[chance.randrange(min(40, len(rows.numbers)))]
            view.source_changed()

        def change() -> None:
            rows.revisions[rows.numbers[chance.randrange(min(40, len(rows.numbers)))]] += 1
            view.source_changed()

        def move() -> None:
            view.action_cursor(chance.choice((-1, 1, 1, 5)))

        def scroll() -> None:
            view.scroll_to(y=chance.randrange(60), animate=False, immediate=True)

        for _ in range(60):
            for what in chance.choices((arrive, leave, change, move, scroll), k=chance.randrange(1, 4)):
                what()
            await stage.pilot.pause()
            seen = _without_bar(stage)
            view.redraw()
            await stage.pilot.pause()
            assert seen == _without_bar(stage)


def _without_bar(stage: Stage) -> list[str]:
    """The scroll bar may be late by a second."""
    return [line[:79].rstrip() for line in stage.lines]


async def test_rows_that_come_above_are_not_drawn_and_those_in_view_not_drawn_again() -> None:
    async with bench() as stage:
        screen = await stage.open(Board())
        view, rows = screen.query_one(LineView), Numbers(200)
        view.show(rows)
        view.focus()
        await stage.press("j", "j")
        view._strips.clear()
        rows.drawn.clear()

        rows.numbers[:0] = [203, 202, 201, 200]
        view.source_changed()
        await stage.pilot.pause()

        assert rows.drawn == []
        assert view.cursor_id == 2
        assert "row 0" in stage.lines[1]


async def test_a_key_that_moves_is_painted_in_its_own_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    painted: list[object] = []
    async with bench() as stage:
        screen = await stage.open(Board())
        view = screen.query_one(LineView)
        view.show(Numbers(100))
        view.focus()
        await stage.until_said("row 0")
        await stage.until(lambda: stage.app._message_queue.empty() and view._message_queue.empty())
        monkeypatch.setattr(App, "_display", lambda _, __, update: painted.append(update))

        await view.on_key(events.Key("j", "j"))  # no other task has its turn meanwhile

        assert view.cursor_index == 1
        assert isinstance(painted.pop(), ChopsUpdate)
        assert painted == []


def test_all_garbage_is_looked_for_only_while_no_key_is_pressed_but_some_day_all_the_same() -> None:
    looked: list[int] = []

    def note(phase: str, info: dict[str, int]) -> None:
        if phase == "start" and info["generation"] == 2:
            looked.append(1)

    last_key_at = float("inf")
    keeper = GarbageKeeper(lambda: last_key_at)
    gc.callbacks.append(note)
    try:
        for _ in range(10):
            keeper.look()
        assert looked == []
        for _ in range(20):
            keeper.look()
        assert looked == [1]
        last_key_at = 0.0
        keeper.look()
        assert looked == [1, 1]
    finally:
        gc.callbacks.remove(note)


class Told:
    """A feed that tells all at once."""

    def __init__(self, *batches: FeedBatch) -> None:
        self._batches = batches

    async def batches(self) -> AsyncGenerator[FeedBatch, None]:
        for one in self._batches:
            yield one


async def test_a_gap_is_taken_in_by_parts_so_that_keys_find_room_between() -> None:
    batches = [batch(*(run(f"part-{number}") for _ in range(40))) for number in range(10)]
    frames: list[list[FeedBatch]] = []
    waiting: list[Callable[[], None]] = []

    def later(_: float, callback: Callable[[], None]) -> Timer:
        waiting.append(callback)
        return cast(Timer, callback)

    feed = cast(ActivationFeed, Told(*batches))
    reader = FeedReader(feed, show=frames.append, later=later, last_key_at=lambda: 0.0)
    await reader.run()

    while waiting:
        waiting.pop(0)()

    assert [one for frame in frames for one in frame] == batches
    assert max(sum(len(one.finished) for one in frame) for frame in frames) < MANY + 40
    assert len(frames) > 2
