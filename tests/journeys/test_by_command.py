"""Both ways to an asynchronous result, by command and with plain HTTP beside it."""

import json
import re
import subprocess
import sys
from typing import Any

import httpx

from tests.journeys.conftest import WEB_FILE, WORKER_FILE
from tests.running import RunningRuntime

ACTIVATION_ID = re.compile(r"[0-9a-f]{32}")


def whisktop(runtime: RunningRuntime, *words: str, code: int = 0) -> Any:
    """What a command prints with `--json`; fails unless it ends with `code`."""
    done = subprocess.run(
        [sys.executable, "-m", "tui", *words, "--json"],
        env=runtime.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout) if done.stdout else None


def test_a_web_action_answers_the_id_of_the_worker_it_started(fresh_runtime: RunningRuntime) -> None:
    whisktop(fresh_runtime, "create", "action", "my-worker", str(WORKER_FILE), "--timeout", "2m")
    whisktop(fresh_runtime, "create", "action", "test", str(WEB_FILE), "--web", "yes")

    answer = httpx.get(
        f"{fresh_runtime.url}/api/v1/web/{fresh_runtime.namespace}/default/test.json",
        params={"name": "Jane"},
        timeout=30,
        trust_env=False,
    )

    assert answer.status_code == 200
    activation_id = answer.json()["activationId"]
    assert ACTIVATION_ID.fullmatch(activation_id)
    record = whisktop(fresh_runtime, "wait", activation_id, "--timeout", "30")
    assert record["response"]["result"] == {"body": {"payload": "worker done: Jane"}}
    assert record["duration"] >= 1400
    assert [line.split(": ", 1)[1] for line in record["logs"]] == ["working for Jane", "done"]


def test_a_fired_trigger_leads_to_the_result_of_the_action_behind_it(fresh_runtime: RunningRuntime) -> None:
    whisktop(fresh_runtime, "create", "action", "my-worker", str(WORKER_FILE), "--timeout", "2m")
    whisktop(fresh_runtime, "create", "trigger", "my-worker-trigger")
    whisktop(fresh_runtime, "create", "rule", "async-rule", "my-worker-trigger", "my-worker")

    answer = httpx.post(
        f"{fresh_runtime.url}/api/v1/namespaces/{fresh_runtime.namespace}/triggers/my-worker-trigger",
        auth=tuple(fresh_runtime.auth.split(":", 1)),
        json={"name": "Trigger"},
        trust_env=False,
    )

    assert answer.status_code == 202
    trigger_id = answer.json()["activationId"]
    whisktop(fresh_runtime, "wait", trigger_id, "--timeout", "30")
    (outcome,) = whisktop(fresh_runtime, "logs", trigger_id)["logs"]
    action_id = json.loads(outcome)["activationId"]
    assert action_id != trigger_id
    record = whisktop(fresh_runtime, "get", "activations", action_id)
    assert record["response"]["result"] == {"body": {"payload": "worker done: Trigger"}}


def test_one_command_fires_follows_and_shows_the_whole_tree(fresh_runtime: RunningRuntime) -> None:
    whisktop(fresh_runtime, "create", "action", "my-worker", str(WORKER_FILE), "--timeout", "2m")
    whisktop(fresh_runtime, "create", "trigger", "my-worker-trigger")
    whisktop(fresh_runtime, "create", "rule", "async-rule", "my-worker-trigger", "my-worker")

    tree = whisktop(fresh_runtime, "fire", "my-worker-trigger", "-p", "name", "CI", "--wait", "--timeout", "30")

    assert tree["kind"] == "trigger"
    (run,) = tree["children"]
    assert run["rule"].endswith("async-rule")
    assert (run["name"], run["status"]) == ("my-worker", "success")
    assert run["result"] == {"body": {"payload": "worker done: CI"}}


def test_a_fire_that_no_rule_answers_says_so_and_fails(fresh_runtime: RunningRuntime) -> None:
    whisktop(fresh_runtime, "create", "trigger", "unheard")

    fired = whisktop(fresh_runtime, "fire", "unheard", code=1)

    assert fired["activationId"] is None
    assert "rule" in fired["error"]
