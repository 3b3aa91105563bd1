"""The same payload in another context, by key: asked where that is production, the results side by side."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.dashboard.stage import Stage, connected
from tests.dashboard.world import World, world_of
from tests.journeys.by_key import go_to_row
from tests.running import RunningRuntime, running_runtime
from tui.config import ContextSettings, Settings
from tui.entities.endpoint import Secret

pytestmark = pytest.mark.xdist_group("plan")
SAYS = "def main(args):\n    return {{'from': '{place}', 'given': args.get('given'), 'token': 'not-to-be-seen'}}\n"


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRuntime]:
    with running_runtime(tmp_path_factory.mktemp("elsewhere")) as running:
        yield running


@pytest.fixture
async def here(runtime: RunningRuntime, tmp_path: Path) -> AsyncIterator[World]:
    async with world_of(runtime, tmp_path) as world:
        yield world


@pytest.fixture
async def there(elsewhere: RunningRuntime, tmp_path: Path) -> AsyncIterator[World]:
    async with world_of(elsewhere, tmp_path) as world:
        yield world


@pytest.fixture
def settings(elsewhere: RunningRuntime) -> Settings:
    context = ContextSettings(apihost=elsewhere.url, auth=Secret(elsewhere.auth))
    contexts = {
        "stage": context,
        "live": replace(context, production=True),
        "museum": replace(context, read_only=True),
    }
    return replace(Settings(), contexts=contexts)


async def send_to(stage: Stage, context: str) -> None:
    await stage.press("ctrl+g")
    await stage.until_said(" in ", "stage", "live")
    await stage.type(context)
    await stage.press("enter")


async def open_editor(stage: Stage, panel: str, name: str, text: str) -> None:
    await go_to_row(stage, panel, name)
    await stage.press("f")
    await stage.until_said("Payload", "ctrl+g")
    stage.app.screen.editor.load_text(text)  # type: ignore[attr-defined]
    await stage.pilot.pause()


async def test_what_comes_of_it_there_stands_beside_what_came_of_the_last_run_here(
    runtime: RunningRuntime, settings: Settings, here: World, there: World
) -> None:
    await here.action("elsewhere-both", SAYS.format(place="here"))
    await there.action("elsewhere-both", SAYS.format(place="there"))
    await here.ran("elsewhere-both", {"given": 7})
    async with connected(runtime.endpoint, settings=settings) as stage:
        await stage.until(lambda: stage.book.newest_of("elsewhere-both"), "the run here")
        await open_editor(stage, "1", "elsewhere-both", '{"given": 7}')
        await send_to(stage, "stage")

        await stage.until_said("✓ success", '"from": "there"', '"from": "here"', "+1 -1")
        assert "not-to-be-seen" not in stage.text
        assert len(await here.operations.activations.list(name="elsewhere-both")) == 1
        await stage.press("escape")
        assert stage.app.screen.text == '{"given": 7}'  # type: ignore[attr-defined]


async def test_production_is_asked_about_and_what_is_locked_gets_nothing(
    runtime: RunningRuntime, settings: Settings, here: World, there: World
) -> None:
    await here.chain("elsewhere-fired", SAYS.format(place="here"))
    await there.chain("elsewhere-fired", SAYS.format(place="there"))
    async with connected(runtime.endpoint, settings=settings) as stage:
        await open_editor(stage, "2", "elsewhere-fired", "{}")
        await send_to(stage, "museum")
        await stage.until_said("museum is read-only: nothing is sent there")

        await send_to(stage, "live")
        await stage.until_said("PROD", "Fire elsewhere-fired?")
        await stage.press("escape")
        assert await there.operations.activations.list(name="elsewhere-fired") == ()

        await send_to(stage, "live")
        await stage.until_said("PROD", "Fire elsewhere-fired?")
        await stage.press("y")
        await stage.until_said("✓ success", "elsewhere-fired-rule", '"from": "there"')


async def test_what_is_not_there_is_said(runtime: RunningRuntime, settings: Settings, here: World) -> None:
    await here.action("elsewhere-only-here")
    async with connected(runtime.endpoint, settings=settings) as stage:
        await open_editor(stage, "1", "elsewhere-only-here", "{}")
        await send_to(stage, "stage")
        await stage.until_said("✗", "elsewhere-only-here", "no")
