"""Themes: chosen by key or by word, seen while choosing, kept or left."""

from tests.dashboard.stage import connected
from tests.running import RunningRuntime
from tui.dashboard.render.themes import DARK_NAME, LIGHT_NAME
from tui.dashboard.screens.picker import PickScreen
from tui.dashboard.screens.theme_picker import themes_in_order


async def test_a_theme_is_seen_while_it_is_chosen_and_escape_brings_the_old_one_back(runtime: RunningRuntime) -> None:
    async with connected(runtime.endpoint, size=(80, 24)) as stage:
        names = themes_in_order(stage.app.available_themes)
        assert names[:4] == [DARK_NAME, LIGHT_NAME, "ansi-dark", "ansi-light"]
        assert len(names) >= 6

        await stage.press("f2")
        await stage.until_said("light, the terminal's colours")
        seen = []
        for _ in range(3):
            await stage.press("down")
            seen.append(stage.app.theme)
        await stage.press("escape")
        assert (seen, stage.app.theme) == (names[1:4], DARK_NAME)

        await stage.press("f2")
        await stage.type("light")
        await stage.press("enter")
        assert stage.app.theme == LIGHT_NAME


async def test_a_theme_that_was_only_looked_at_is_not_kept(runtime: RunningRuntime) -> None:
    async with connected(runtime.endpoint) as stage:
        await stage.press("f2", "down")
        await stage.until(lambda: stage.app.theme == LIGHT_NAME, "the preview")
        await stage.press("ctrl+q")
        sessions = stage.app.sessions  # type: ignore[attr-defined]

    assert sessions.theme is None


async def test_the_word_theme_alone_lets_one_choose(runtime: RunningRuntime) -> None:
    async with connected(runtime.endpoint) as stage:
        await stage.press("colon")
        await stage.type("theme")
        await stage.press("enter")
        await stage.until_said("terminal's colours")

        await stage.type("nord")
        await stage.until(lambda: stage.app.theme == "nord", "the preview")
        await stage.press("enter")

        assert stage.app.theme == "nord"


async def test_a_picker_is_as_high_as_its_choices(runtime: RunningRuntime) -> None:
    async with connected(runtime.endpoint, size=(80, 24)) as stage:
        for choices, height in ((["staging"], 5), ([f"context {n}" for n in range(60)], 22)):
            await stage.open(PickScreen("Promote to", choices))
            await stage.until(lambda: stage.row("Promote to"), "the picker")
            picker = stage.app.screen.query_one(".picker")
            assert picker.size.height <= height
            assert picker.region.bottom <= 24
            await stage.press("end", "up", "down", "escape")
