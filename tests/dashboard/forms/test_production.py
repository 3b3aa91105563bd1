"""In production a form asks before it sends."""

from pathlib import Path

from msgspec.structs import replace

from tests.dashboard.stage import connected
from tests.dashboard.world import world_of
from tests.running import RunningRuntime


async def test_in_production_a_fire_is_sent_only_after_a_yes(runtime: RunningRuntime, tmp_path: Path) -> None:
    endpoint = replace(runtime.endpoint, context="shop", production=True)
    async with world_of(runtime, tmp_path) as world:
        await world.chain("careful")
        async with connected(endpoint) as stage:
            await stage.press("2")
            stage.app.screen.go_to(1).lines.move_to("careful")  # type: ignore[attr-defined]
            await stage.press("f")
            await stage.until_said("Fire")
            await stage.press("ctrl+s")
            await stage.until_said("Fire careful?", "PROD")
            await stage.press("escape")
            assert not [one for one in await world.operations.client.activations.list() if one.name == "careful"]

            await stage.press("ctrl+s")
            await stage.until_said("Fire careful?")
            await stage.press("y")
            await stage.until(lambda: stage.book.newest_of("careful", trigger=True), "the firing")
