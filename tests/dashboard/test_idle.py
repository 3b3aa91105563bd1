"""While nothing runs the terminal is left alone: once a second the clock moves, and nothing else does."""

from collections.abc import Callable
from typing import Any

import pytest
from textual.app import App
from textual.screen import Screen

from tests.dashboard.stage import Stage, dashboard
from tests.dashboard.things import batch, firing, now_ms, run
from tests.running import RunningRuntime
from tui.dashboard.screens.action import ActionScreen
from tui.dashboard.screens.activation import ActivationScreen
from tui.dashboard.screens.confirm import ConfirmScreen, Question
from tui.dashboard.screens.trace import TraceScreen
from tui.dashboard.widgets.header import Header, HeaderState

RECORD = run("worker", result={"done": True})
FIRING = firing("upload", ("r1", "worker", RECORD.activation_id))
SECONDS = 3

Make = Callable[[Stage], Screen[Any] | None]


def question(_: Stage) -> Screen[Any]:
    return ConfirmScreen(Question(title="Sure?", lines=(), key="x", verb="do it"))


SCREENS: dict[str, Make] = {
    "main": lambda _: None,
    "run": lambda stage: ActivationScreen(stage.operations, RECORD.activation_id, state=stage.book),
    "trace": lambda stage: TraceScreen(stage.operations, FIRING.activation_id, stage.book),
    "action": lambda stage: ActionScreen(stage.operations, "worker", state=stage.book),
    "question": question,
}


@pytest.mark.parametrize("name", SCREENS)
async def test_an_idle_screen_is_drawn_once_a_second_at_most(
    runtime: RunningRuntime, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    async with dashboard(runtime) as stage:
        stage.book.apply([batch(FIRING, RECORD)], now_ms=now_ms())
        screen = SCREENS[name](stage)
        if screen is not None:
            await stage.open(screen)
        main: Any = stage.app.screen_stack[0]

        async def ticks(count: int) -> None:
            end = main._ticks + count
            await stage.until(lambda: main._ticks >= end, "seconds to pass")

        drawn: list[object] = []
        display = App._display
        monkeypatch.setattr(App, "_display", lambda app, *given: (drawn.append(given), display(app, *given)))
        windows = []
        for _ in range(3):  # the first ones may see what opening the screen, or the test before, set off
            drawn.clear()
            await ticks(SECONDS)
            windows.append(len(drawn))
            if windows[-1] <= SECONDS + 1:
                break

        assert min(windows) <= SECONDS + 1


async def test_the_header_below_another_screen_is_up_to_date_once_it_is_seen_again(runtime: RunningRuntime) -> None:
    async with dashboard(runtime) as stage:
        await stage.open(ActionScreen(stage.operations, "nothing", state=stage.book))
        below = stage.app.screen_stack[0].query_one(Header)
        stage.book.apply([batch(run("failing", status=1))], now_ms=now_ms())
        failed = stage.book.counts.failed
        state: HeaderState = stage.app.header_state  # type: ignore[attr-defined]
        await stage.until(lambda: stage.app.header_state.failed == failed, "the next second")  # type: ignore[attr-defined]
        assert stage.app.header_state is not state  # type: ignore[attr-defined]

        await stage.press("escape")

        assert below.screen is stage.app.screen
        assert f"✗ {failed}" in stage.lines[0]
