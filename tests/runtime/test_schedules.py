"""Schedules outlive the runtime: what is due goes on after a restart or a kill, and no time is served twice."""

import sqlite3
import stat
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.contract.platform import Platform
from tests.running import RunningRuntime, running_runtime

from .serving import configure, eventually, talking_to

EVERY_SECOND = "* * * * * *"
ECHO = "/whisk.system/utils/echo"
FEEDS = "/api/v1/namespaces/whisk.system/actions/alarms"


def given_scheduled(platform: Platform, feed: str, trigger: str, **parameters: Any) -> None:
    """A trigger with a rule, fired by the clock."""
    platform.given(f"triggers/{trigger}", {})
    platform.given(f"rules/{trigger}-rule", {"trigger": f"/_/{trigger}", "action": ECHO})
    payload = {"lifecycleEvent": "CREATE", "triggerName": trigger, "authKey": platform.auth, **parameters}
    answer = platform.call("POST", f"{FEEDS}/{feed}?blocking=true", json=payload)
    assert answer.status_code == 200, answer.text


def fired(platform: Platform, trigger: str) -> list[int]:
    """Starts of the trigger's activations, the first one first."""
    records = platform.rest("GET", f"activations?name={trigger}&limit=200").json()
    return sorted(each["start"] for each in records)


def kill(running: RunningRuntime) -> None:
    running.process.kill()
    running.process.wait()


def wait_past(moment_ms: float) -> None:
    """Until the clock is there: what is tested is that the moment passes without a runtime."""
    while (left_ms := moment_ms - time.time() * 1000) > 0:
        time.sleep(left_ms / 1000)


def in_ms(seconds: float) -> int:
    return int((datetime.now(UTC) + timedelta(seconds=seconds)).timestamp() * 1000)


def test_an_alarm_goes_on_after_a_kill_without_making_up_for_what_it_missed(tmp_path: Path) -> None:
    with running_runtime(tmp_path) as running, talking_to(running) as platform:
        given_scheduled(platform, "alarm", "tick", cron=EVERY_SECOND)
        eventually(lambda: len(fired(platform, "tick")) >= 2)
        kill(running)
        killed_ms = time.time() * 1000
    wait_past(killed_ms + 3500)

    back_ms = time.time() * 1000
    with running_runtime(tmp_path) as running, talking_to(running) as platform:
        eventually(lambda: [start for start in fired(platform, "tick") if start > back_ms][1:])
        starts = fired(platform, "tick")

    assert not [start for start in starts if killed_ms < start < back_ms]
    seconds = [start // 1000 for start in starts]
    assert len(set(seconds)) == len(seconds), "no second is served twice"


def test_an_interval_keeps_its_phase_over_a_restart(tmp_path: Path) -> None:
    with running_runtime(tmp_path) as running, talking_to(running) as platform:
        start_ms = in_ms(2)
        given_scheduled(platform, "interval", "beat", minutes=1, startDate=start_ms)
        eventually(lambda: fired(platform, "beat"))

    with running_runtime(tmp_path) as running, talking_to(running) as platform:
        assert len(fired(platform, "beat")) == 1
        assert next_ms(running, "beat") == start_ms + 60_000


def test_a_beat_that_was_missed_is_let_go(tmp_path: Path) -> None:
    with running_runtime(tmp_path) as running, talking_to(running) as platform:
        start_ms = in_ms(1.5)
        given_scheduled(platform, "interval", "beat", minutes=1, startDate=start_ms)
        kill(running)
    wait_past(start_ms)

    with running_runtime(tmp_path) as running, talking_to(running) as platform:
        eventually(lambda: next_ms(running, "beat") == start_ms + 60_000)

        assert fired(platform, "beat") == []


def test_a_date_that_passed_without_a_runtime_is_served_at_the_start_and_once_only(tmp_path: Path) -> None:
    with running_runtime(tmp_path) as running, talking_to(running) as platform:
        date_ms = in_ms(2)
        given_scheduled(platform, "once", "launch", date=date_ms)
        kill(running)
    wait_past(date_ms)

    for _ in range(2):
        with running_runtime(tmp_path) as running, talking_to(running) as platform:
            eventually(lambda talking=platform: fired(talking, "launch"))
            assert next_ms(running, "launch") is None

            assert len(fired(platform, "launch")) == 1


def test_a_deleted_schedule_stays_deleted(tmp_path: Path) -> None:
    with running_runtime(tmp_path) as running, talking_to(running) as platform:
        given_scheduled(platform, "alarm", "gone", cron=EVERY_SECOND)
        given_scheduled(platform, "alarm", "kept", cron=EVERY_SECOND)
        platform.rest("DELETE", "triggers/gone")
        before = len(fired(platform, "gone"))
        kill(running)

    with running_runtime(tmp_path) as running, talking_to(running) as platform:
        count = len(fired(platform, "kept"))
        eventually(lambda: len(fired(platform, "kept")) > count + 1)

        assert len(fired(platform, "gone")) == before


def test_a_live_schedule_keeps_an_idle_runtime(tmp_path: Path) -> None:
    configure(tmp_path, drain_s=1)
    with running_runtime(tmp_path, "--idle-exit", "1") as running, talking_to(running) as platform:
        given_scheduled(platform, "once", "later", date=in_ms(4))
        made = time.monotonic()

        assert running.process.wait(30) == 0  # once nothing is left to be fired
        assert time.monotonic() - made > 4

    with running_runtime(tmp_path) as running, talking_to(running) as platform:
        assert len(fired(platform, "later")) == 1


def test_the_systems_key_is_made_once_and_its_owners_alone(tmp_path: Path) -> None:
    keys = []
    for _ in range(2):
        with running_runtime(tmp_path) as running:
            file = running.data_dir / "system-key"
            keys.append(file.read_text())
            assert stat.S_IMODE(file.stat().st_mode) == 0o600
            assert file.read_text() != (running.data_dir / "key").read_text()

    assert keys[0] == keys[1]


def test_the_systems_packages_are_written_where_they_are_missing_and_else_left_alone(tmp_path: Path) -> None:
    with running_runtime(tmp_path) as running, system_of(running) as system:
        before = {each["name"]: each for each in system.rest("GET", "actions?limit=200").json()}
        system.rest("DELETE", "actions/utils/echo")
        system.rest("PUT", "actions/utils/cat?overwrite=true", {"annotations": [{"key": "description", "value": "x"}]})

    with running_runtime(tmp_path) as running, system_of(running) as system:
        after = {each["name"]: each for each in system.rest("GET", "actions?limit=200").json()}

    assert set(after) == set(before)
    assert after["sort"] == before["sort"]
    assert after["cat"]["annotations"] == before["cat"]["annotations"]
    assert after["cat"]["version"] == "0.0.3"


def test_a_composition_that_was_interrupted_is_recorded_with_its_step_and_not_begun_again(tmp_path: Path) -> None:
    effects, gate = tmp_path / "effects", tmp_path / "gate"
    work = f"""
import os, time
def main(args):
    with open({str(effects)!r}, 'a') as file:
        file.write('run ')
    while not os.path.exists({str(gate)!r}):
        time.sleep(0.02)
    return args
"""
    conducts = "def main(args):\n    return {'action': 'work', 'params': {}}\n"
    with running_runtime(tmp_path) as running, talking_to(running) as platform:
        platform.given("actions/work", {"exec": {"kind": "python:default", "code": work}})
        annotations = [{"key": "conductor", "value": True}]
        body = {"exec": {"kind": "python:default", "code": conducts}, "annotations": annotations}
        platform.given("actions/conduct", body)
        composition = platform.rest("POST", "actions/conduct", {}).json()["activationId"]
        eventually(lambda: effects.exists() and effects.read_text())
        kill(running)
    gate.touch()

    stopped = {"error": "The runtime stopped before the action ended."}
    with running_runtime(tmp_path) as running, talking_to(running) as platform:
        record = platform.record(composition)
        assert record["response"]["status"] == "whisk internal error"
        assert record["response"]["result"] == stopped
        kept = {each["key"]: each["value"] for each in record["annotations"]}
        assert (kept["kind"], kept["conductor"], kept["topmost"]) == ("sequence", True, True)
        assert "timeout" not in kept
        (step,) = platform.rest("GET", "activations?name=work&docs=true").json()
        assert (step["cause"], step["response"]["result"]) == (composition, stopped)
        assert len(platform.rest("GET", "activations?name=conduct").json()) == 2
        assert platform.call("GET", "/whisktop/v1/namespaces/_/running").json() == {"running": []}
    assert effects.read_text() == "run "


def next_ms(running: RunningRuntime, trigger: str) -> int | None:
    """When the clock fires it next, as it is kept."""
    sql = "select next_ms from schedules where trigger_key = ?"
    with closing(sqlite3.connect(running.data_dir / "runtime.db")) as connection:
        found: tuple[int | None] = connection.execute(sql, (f"{running.namespace}/{trigger}",)).fetchone()
    return found[0]


def system_of(running: RunningRuntime) -> Any:
    """`whisk.system` of this runtime."""
    auth = (running.data_dir / "system-key").read_text().strip()
    return talking_to(replace(running, auth=auth, namespace="whisk.system"))
