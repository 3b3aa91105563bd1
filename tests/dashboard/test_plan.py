"""From here to another context by key: the plan, its results, the way back; and manifests by word."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.dashboard.stage import Stage, connected
from tests.dashboard.world import QUICK, World, world_of
from tests.running import RunningRuntime, running_runtime
from tui.client.errors import NotFound
from tui.config import ContextSettings, Settings
from tui.dashboard.screens.plan import PlanScreen
from tui.entities.endpoint import Secret
from tui.entities.parameters import Parameter

pytestmark = pytest.mark.xdist_group("plan")


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
    """Two contexts beside the one that is shown; one is production."""
    context = ContextSettings(apihost=elsewhere.url, auth=Secret(elsewhere.auth))
    return replace(Settings(), contexts={"stage": context, "live": replace(context, production=True)})


async def choose(stage: Stage, panel: str, name: str) -> None:
    """Put the cursor on a thing."""
    await stage.press(panel)
    await stage.until(lambda: stage.app.screen.current.lines.move_to(name), f"the row {name}")  # type: ignore[attr-defined]
    await stage.until(lambda: stage.app.screen.current.selected.name == name, f"the cursor on {name}")  # type: ignore[attr-defined]


async def test_a_thing_is_promoted_by_key_and_taken_back(
    runtime: RunningRuntime, settings: Settings, here: World, there: World
) -> None:
    await here.chain("plan-a")
    async with connected(runtime.endpoint, settings=settings) as stage:
        await choose(stage, "1", "plan-a-worker")
        await stage.press("M")
        await stage.until_said("Promote plan-a-worker to", "stage")
        await stage.type("stage")
        await stage.press("enter")
        await stage.until_said("3 to create", "carry out")
        assert [stage.row("+", noun, name) != "" for noun, name in (
            ("action", "plan-a-worker"), ("trigger", "plan-a"), ("rule", "plan-a-rule")
        )] == [True] * 3  # fmt: skip

        await stage.press("ctrl+s")
        await stage.until_said("3 of 3 done", "u undo")
        assert (await there.operations.actions.get("plan-a-worker")).exec.code == QUICK
        assert (await there.operations.rules.get("plan-a-rule")).is_active

        await stage.press("u")
        await stage.until_said("3 to delete")
        await stage.press("ctrl+s")
        await stage.until_said("3 of 3 done", "esc close")
        await stage.press("escape")
        assert not isinstance(stage.app.screen, PlanScreen)
    with pytest.raises(NotFound):
        await there.operations.actions.get("plan-a-worker")


async def test_what_somebody_changed_since_is_taken_back_only_when_asked_again(
    runtime: RunningRuntime, settings: Settings, here: World, there: World
) -> None:
    await here.action("plan-h")
    async with connected(runtime.endpoint, settings=settings) as stage:
        await choose(stage, "1", "plan-h")
        await stage.press("colon")
        await stage.type("promote stage")
        await stage.press("enter")
        await stage.until_said("1 to create", "carry out")
        await stage.press("ctrl+s")
        await stage.until_said("1 of 1 done", "u undo")
        stored = await there.operations.actions.get_own("plan-h")
        await there.operations.actions.update(stored, replace(stored, parameters=(Parameter("word", "theirs"),)))

        await stage.press("u")
        await stage.until_said("it was changed after the deployment", "o takes it back as well")
        await stage.press("ctrl+s")
        assert (await there.operations.actions.get("plan-h")).parameters == (Parameter("word", "theirs"),)

        await stage.press("o")
        await stage.until_said("1 to delete")
        await stage.press("ctrl+s")
        await stage.until_said("1 of 1 done", "esc close")
    with pytest.raises(NotFound):
        await there.operations.actions.get("plan-h")


async def test_what_differs_is_shown_with_values_hidden_until_they_are_asked_for(
    runtime: RunningRuntime, settings: Settings, here: World, there: World
) -> None:
    for world, code, value in ((here, QUICK, "sesame-new"), (there, QUICK.replace("True", "False"), "sesame-old")):
        await world.action("plan-b", code)
        stored = await world.operations.actions.get_own("plan-b")
        await world.operations.actions.update(stored, replace(stored, parameters=(Parameter("word", value),)))
    async with connected(runtime.endpoint, settings=settings) as stage:
        await choose(stage, "1", "plan-b")
        await stage.press("colon")
        await stage.type("promote stage")
        await stage.press("enter")
        await stage.until_said("1 to update", "parameter word", "•••", "-    return {'done': False}")
        assert "sesame" not in stage.text

        await stage.press("V")
        await stage.until_said('"sesame-old"', '"sesame-new"')
        await stage.press("escape")
    assert (await there.operations.actions.get("plan-b")).exec.code != QUICK


async def test_production_wants_its_name_typed(
    runtime: RunningRuntime, settings: Settings, here: World, there: World
) -> None:
    await here.action("plan-c")
    async with connected(runtime.endpoint, settings=settings) as stage:
        await choose(stage, "1", "plan-c")
        await stage.press("colon")
        await stage.type("promote live")
        await stage.press("enter")
        await stage.until_said("PROD live", "type live first")
        await stage.press("ctrl+s")
        assert "type live first" in stage.text

        await stage.type("live")
        await stage.press("enter")
        await stage.until_said("1 of 1 done")
    assert (await there.operations.actions.get("plan-c")).name == "plan-c"


async def test_conflicts_hold_the_plan_and_say_why(
    runtime: RunningRuntime, settings: Settings, here: World, there: World
) -> None:
    await here.action("plan-d")
    await there.operations.triggers.create("plan-d")
    async with connected(runtime.endpoint, settings=settings) as stage:
        await choose(stage, "1", "plan-d")
        await stage.press("colon")
        await stage.type("promote stage")
        await stage.press("enter")
        await stage.until_said("conflict", "is the name of something that is no action", "mend what is in conflict")
        await stage.press("ctrl+s", "escape")
    with pytest.raises(Exception, match="plan-d"):
        await there.operations.actions.get("plan-d")


async def test_a_locked_session_promotes_nothing(
    runtime: RunningRuntime, settings: Settings, here: World, there: World
) -> None:
    await here.action("plan-e")
    locked = replace(runtime.endpoint, read_only=True, is_lock_fixed=True)
    async with connected(locked, settings=settings) as stage:
        await choose(stage, "1", "plan-e")
        await stage.press("colon")
        await stage.type("promote stage")
        await stage.press("enter")
        await stage.until_said("1 to create", "stage is read-only")
        await stage.press("ctrl+s", "escape")
    with pytest.raises(NotFound):
        await there.operations.actions.get("plan-e")


async def test_a_manifest_is_deployed_by_word_and_shows_up_in_the_lists(
    runtime: RunningRuntime, here: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "manifest.yml").write_text(
        "packages: {default: {actions: {plan-f: {code: 'def main(args): return {}', runtime: python}}}}"
    )
    async with connected(runtime.endpoint) as stage:
        await stage.press("colon")
        await stage.type("deploy .")
        await stage.press("enter")
        await stage.until_said("1 to create", "plan-f")
        await stage.press("ctrl+s")
        await stage.until_said("1 of 1 done")
        await stage.press("escape")
        await stage.until(lambda: "plan-f" in {one.name for one in stage.app.screen.actions}, "the list")  # type: ignore[attr-defined]

        await stage.press("colon")
        await stage.type("undeploy")
        await stage.press("enter")
        await stage.until_said("1 to delete")
        await stage.press("ctrl+s")
        await stage.until_said("1 of 1 done")
        await stage.press("escape")

        await stage.press("colon")
        await stage.type("undeploy")
        await stage.press("enter")
        await stage.until_said("Nothing was deployed from here")

        await stage.press("colon")
        await stage.type("deploy /none")
        await stage.press("enter")
        await stage.until_said("There is no file /none.")
        await stage.press("escape")


async def test_the_key_says_what_is_missing(runtime: RunningRuntime, here: World) -> None:
    await here.action("plan-g")
    async with connected(runtime.endpoint) as stage:
        await stage.press("4", "M")
        await stage.until_said("choose an action, a trigger or a rule first")
