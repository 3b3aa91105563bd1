"""The network is cut while jobs run: that is said within seconds, keys work, and nothing is missing afterwards."""

import time
from pathlib import Path

from msgspec.structs import replace

from tests.dashboard.stage import connected
from tests.dashboard.wire import wire_to
from tests.dashboard.world import world_of
from tests.running import RunningRuntime

SAID_WITHIN_S = 3.0


async def test_a_cut_is_said_at_once_keys_work_and_the_feed_is_complete_afterwards(
    runtime: RunningRuntime, tmp_path: Path
) -> None:
    async with world_of(runtime, tmp_path) as world, wire_to(runtime) as wire:
        await world.action("cut-off")
        endpoint = replace(runtime.endpoint, url=f"http://127.0.0.1:{wire.port}")
        async with connected(endpoint) as stage:
            before = await world.ran("cut-off")
            await stage.until_ended(before.activation_id)

            await wire.cut()
            cut_at = time.monotonic()
            await stage.until_said("reconnecting", "Nothing after")
            said_after_s = time.monotonic() - cut_at
            missed = [await world.ran("cut-off") for _ in range(3)]
            await stage.press("1", "4", "z", "z")
            assert stage.row("cut-off", "success")

            await wire.mend()
            for record in missed:
                await stage.until_ended(record.activation_id)
            await stage.until_said("● live")
            assert "Nothing after" not in stage.text

    assert said_after_s < SAID_WITHIN_S
