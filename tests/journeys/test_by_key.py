"""Both ways to an asynchronous result, by key press alone, on a wide and on a small terminal."""

import json
import re

import httpx
import pytest

from tests.dashboard.stage import Stage, connected
from tests.journeys.conftest import WEB_FILE, WORKER_FILE
from tests.running import RunningRuntime

SIZES = [pytest.param((120, 40), id="120x40"), pytest.param((80, 24), id="80x24")]
SHORT_ID = re.compile(r"\b[0-9a-f]{6,8}\b")


async def create_action(stage: Stage, file: str, *, web: bool = False) -> None:
    await stage.press("1", "a")
    await stage.until_said("new from file")
    await stage.type(file)
    await stage.until_said(", read")
    if web:
        await reach_field(stage, "web")
        await stage.press("right")
    await stage.press("ctrl+s")
    await stage.until(lambda: "new from file" not in stage.text, "the form to close")


async def reach_field(stage: Stage, label: str) -> None:
    """Go down the form until the cursor bar stands before `label`."""
    for _ in range(12):
        if any(re.match(rf"▌\s+{label}\b", line) for line in stage.lines):
            return
        await stage.press("tab")
    raise AssertionError(f"no field {label}:\n{stage.text}")


@pytest.mark.parametrize("size", SIZES)
async def test_from_a_file_over_trigger_and_rule_to_the_result(
    fresh_runtime: RunningRuntime, size: tuple[int, int]
) -> None:
    async with connected(fresh_runtime.endpoint, size=size) as stage:
        await create_action(stage, str(WORKER_FILE))
        await stage.until_said("my-worker", "nodejs:")

        await stage.press("2", "a")
        await stage.until_said("New trigger")
        await stage.type("my-worker-trigger")
        await stage.press("ctrl+s")
        await stage.until(lambda: "New trigger" not in stage.text, "the form to close")

        await stage.press("3", "a")
        await stage.until_said("When this fires", "run this")
        await stage.press("ctrl+s")
        await stage.until(lambda: "When this fires" not in stage.text, "the form to close")

        await stage.press("2")
        await stage.until_said("my-worker-trigger", "1 rule")
        await stage.press("f")
        await stage.until_said("Payload", "active rule will answer")
        await stage.press("ctrl+a", "ctrl+k", "ctrl+u")
        stage.app.screen.query_one("TextArea").text = '{"name": "Keys"}'  # type: ignore[attr-defined]
        await stage.press("ctrl+s")
        await stage.until(lambda: "active rule will answer" not in stage.text, "the editor to close")

        await stage.press("4")
        await stage.until_said("my-worker-trigger", "fired")
        await stage.until(lambda: "running" in stage.row("▶", "my-worker"), "the run to be shown")
        await stage.press("g", "j")
        await stage.press("enter")
        await stage.until_said("Trace", "1 rule")
        await stage.until(lambda: "success" in stage.row("✓", "my-worker"), "the run to end")
        await stage.press("j", "enter")
        await stage.until_said('"worker done: Keys"')
        await stage.press("l")
        await stage.until_said("working for Keys", "done")
        await stage.press("escape", "escape")
        await stage.until_said("Activations")


@pytest.mark.parametrize("size", SIZES)
async def test_a_web_action_leads_to_the_result_of_the_worker_it_started(
    fresh_runtime: RunningRuntime, size: tuple[int, int]
) -> None:
    async with connected(fresh_runtime.endpoint, size=size) as stage:
        await create_action(stage, str(WORKER_FILE))
        await create_action(stage, str(WEB_FILE), web=True)

        url = f"{fresh_runtime.url}/api/v1/web/{fresh_runtime.namespace}/default/test.json"
        async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
            answer = await http.get(url, params={"name": "Web"})

        activation_id = answer.json()["activationId"]
        await stage.press("4")
        await stage.until_said("test", "my-worker", activation_id[:6])
        await stage.until(lambda: "success" in stage.row("my-worker", activation_id[:6]), "the worker to end")
        await stage.press("slash")
        await stage.type("my-worker")
        await stage.press("enter", "g", "r")
        await stage.until_said('"worker done: Web"')


async def test_what_the_screen_shows_is_what_the_platform_recorded(fresh_runtime: RunningRuntime) -> None:
    async with connected(fresh_runtime.endpoint, size=(160, 50)) as stage:
        await create_action(stage, str(WORKER_FILE))
        await stage.press("1", "F")
        await stage.until(lambda: "success" in stage.row("✓", "my-worker"), "the run to end")
        short_id = SHORT_ID.findall(stage.row("✓", "my-worker"))[-1]

        auth = tuple(fresh_runtime.auth.split(":", 1))
        async with httpx.AsyncClient(trust_env=False, auth=auth, base_url=fresh_runtime.url) as http:
            (summary,) = (await http.get("/api/v1/namespaces/_/activations", params={"name": "my-worker"})).json()
            record = (await http.get(f"/api/v1/namespaces/_/activations/{summary['activationId']}")).json()

        assert summary["activationId"].startswith(short_id)
        await stage.press("4", "g", "Y")
        await stage.until_said(json.dumps(record["activationId"]), f'"duration": {record["duration"]}')
