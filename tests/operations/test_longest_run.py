"""How far back a window has to reach: as long as a run can be open."""

from typing import Any

import httpx

from tests.client.platform import client_of
from tui.entities.limits import ADOBE_BOUNDS
from tui.operations.longest_run import load_longest_run_ms

MINUTE_MS = 60_000
UNKNOWN_MS = 2 * ADOBE_BOUNDS.max_timeout_ms


def action(name: str, *, timeout_ms: int = MINUTE_MS, components: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "namespace": "guest",
        "name": name,
        "limits": {"timeout": timeout_ms},
        "annotations": [{"key": "exec", "value": "sequence" if components else "python:3.11"}],
        "exec": {"kind": "sequence", "components": list(components)} if components else {"binary": False},
    }


async def longest_ms(*actions: dict[str, Any]) -> int:
    by_name = {one["name"]: one for one in actions}

    def answer(request: httpx.Request) -> httpx.Response:
        name = request.url.path.rpartition("/")[2]
        return httpx.Response(200, json=by_name.get(name, list(actions)))

    async with client_of(answer) as client:
        return await load_longest_run_ms(client, ADOBE_BOUNDS)


async def test_a_cold_start_and_the_run_each_get_the_whole_limit() -> None:
    assert await longest_ms(action("short"), action("long", timeout_ms=10 * MINUTE_MS)) == 20 * MINUTE_MS


async def test_a_sequence_may_take_as_long_as_all_its_steps_and_the_waits_between() -> None:
    inner = action("inner", components=("/guest/step", "/guest/step"))
    outer = action("outer", components=("/guest/inner", "/guest/step"))

    assert await longest_ms(action("step"), inner, outer) == (2 * 3 + 1 + 3) * MINUTE_MS


async def test_what_is_not_known_counts_as_the_longest_allowed() -> None:
    assert await longest_ms() == UNKNOWN_MS
    assert await longest_ms(action("both", components=("/other/step",))) == UNKNOWN_MS + MINUTE_MS
    assert await longest_ms(action("endless", components=("/guest/endless",))) == UNKNOWN_MS + MINUTE_MS
