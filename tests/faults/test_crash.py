"""What is left when the runtime is killed: every accepted run ends in a record, and none runs twice."""

import json
import sqlite3
import threading
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from tests.contract.platform import Platform
from tests.running import RunningRuntime, running_runtime
from tests.runtime.serving import configure, eventually, processes_of, talking_to

STOPPED = {"error": "The runtime stopped before the action ended."}
WORK = """
import os, time
def main(args):
    with open(args['effects'], 'a') as file:
        file.write(os.environ['__OW_ACTIVATION_ID'] + '\\n')
    while args.get('gate') and not os.path.exists(args['gate']):
        time.sleep(0.02)
    return {'done': args.get('n')}
"""


class Work:
    """An action whose runs leave a line in a file, and go on until a gate is open."""

    def __init__(self, folder: Path) -> None:
        self.effects = folder / "effects"
        self.gate = folder / "gate"

    def deploy(self, platform: Platform) -> None:
        platform.given("actions/work", {"exec": {"kind": "python:default", "code": WORK}})

    def start(self, platform: Platform, *, gated: bool, n: int = 0) -> str:
        payload = {"effects": str(self.effects), "n": n} | ({"gate": str(self.gate)} if gated else {})
        answer = platform.rest("POST", "actions/work", payload)
        assert answer.status_code == 202
        return str(answer.json()["activationId"])

    def runs(self) -> Counter[str]:
        """How often each activation has run."""
        return Counter(self.effects.read_text().split() if self.effects.exists() else ())


@pytest.fixture
def work(tmp_path: Path) -> Work:
    return Work(tmp_path)


def unfinished_on_disk(running: RunningRuntime) -> int:
    with closing(sqlite3.connect(f"file:{running.data_dir / 'runtime.db'}?mode=ro", uri=True)) as connection:
        return int(connection.execute("select count(*) from queue").fetchone()[0])


def kill(running: RunningRuntime) -> None:
    running.process.kill()
    running.process.wait()


def test_after_a_kill_queued_work_runs_started_work_is_recorded_and_nothing_runs_twice(
    tmp_path: Path, work: Work
) -> None:
    configure(tmp_path, workers_max=2)
    with running_runtime(tmp_path) as running, talking_to(running) as platform:
        work.deploy(platform)
        platform.given("triggers/event", {})
        for rule in ("first", "second"):
            platform.given(f"rules/{rule}", {"trigger": "/_/event", "action": "/_/work"})
        started = [work.start(platform, gated=True) for _ in range(2)]
        eventually(lambda: len(work.runs()) == 2)
        queued = [work.start(platform, gated=True, n=n) for n in range(5)]
        fired = platform.rest("POST", "triggers/event", {"effects": str(work.effects), "n": 9}).json()["activationId"]
        kill(running)
    eventually(lambda: not processes_of(running.data_dir), within_s=5)
    work.gate.touch()

    with running_runtime(tmp_path) as running, talking_to(running) as platform:
        for activation_id in started:
            record = platform.record(activation_id)
            assert record["response"]["status"] == "whisk internal error"
            assert record["response"]["result"] == STOPPED
        for n, activation_id in enumerate(queued):
            assert platform.record(activation_id)["response"]["result"] == {"done": n}
        lines = [json.loads(line) for line in platform.record(fired)["logs"]]
        assert len(lines) == 2
        behind_the_firing = [line["activationId"] for line in lines]
        for activation_id in behind_the_firing:
            assert platform.record(activation_id)["response"]["result"] == {"done": 9}
        assert platform.call("GET", "/whisktop/v1/namespaces/_/running").json() == {"running": []}

    assert work.runs() == Counter([*started, *queued, *behind_the_firing])


def test_work_that_cannot_be_read_any_more_gets_a_record_and_holds_up_nothing(tmp_path: Path, work: Work) -> None:
    configure(tmp_path, workers_max=1)
    with running_runtime(tmp_path) as running, talking_to(running) as platform:
        work.deploy(platform)
        platform.given("actions/spoilt", {"exec": {"kind": "python:default", "code": WORK}})
        work.start(platform, gated=True)
        eventually(lambda: work.runs())
        spoilt = platform.rest("POST", "actions/spoilt", {}).json()["activationId"]
        queued = work.start(platform, gated=False, n=3)
        kill(running)
    with closing(sqlite3.connect(running.data_dir / "runtime.db")) as database, database:
        query = "select snapshot_id from entities where name = 'spoilt'"
        assert database.execute(f"update snapshots set document = '{{' where snapshot_id = ({query})").rowcount == 1
    work.gate.touch()

    with running_runtime(tmp_path) as running, talking_to(running) as platform:
        response = platform.record(spoilt)["response"]
        assert response["status"] == "whisk internal error"
        assert "could not be read" in response["result"]["error"]
        assert platform.record(queued)["response"]["result"] == {"done": 3}


def test_a_stop_records_what_it_had_to_end_and_keeps_what_it_had_not_begun(tmp_path: Path, work: Work) -> None:
    configure(tmp_path, workers_max=1, drain_s=0)
    with running_runtime(tmp_path) as running, talking_to(running) as platform:
        work.deploy(platform)
        started = work.start(platform, gated=True)
        eventually(lambda: work.runs() == Counter([started]))
        queued = work.start(platform, gated=True, n=7)
        running.process.terminate()
        assert running.process.wait(30) == 0
    assert processes_of(running.data_dir) == []
    work.gate.touch()

    with running_runtime(tmp_path) as running, talking_to(running) as platform:
        assert platform.record(started)["response"]["result"] == STOPPED
        assert platform.record(queued)["response"]["result"] == {"done": 7}

    assert work.runs() == Counter([started, queued])


def test_a_stop_tells_a_blocking_caller_of_queued_work_its_id(tmp_path: Path, work: Work) -> None:
    configure(tmp_path, workers_max=1, drain_s=0)
    answers = []
    with running_runtime(tmp_path) as running, talking_to(running) as platform:
        work.deploy(platform)
        work.start(platform, gated=True)
        eventually(lambda: work.runs())

        def ask() -> None:
            with talking_to(running) as own:
                answers.append(own.invoke("work", {"effects": str(work.effects), "n": 5}))

        asker = threading.Thread(target=ask)
        asker.start()
        live = "/whisktop/v1/namespaces/_/running"
        eventually(lambda: len(platform.call("GET", live).json()["running"]) == 2)
        running.process.terminate()
        assert running.process.wait(30) == 0
        asker.join()

    (answer,) = answers
    assert answer.status_code == 202
    with running_runtime(tmp_path) as running, talking_to(running) as platform:
        assert platform.record(answer.json()["activationId"])["response"]["result"] == {"done": 5}


def test_a_stop_gives_running_work_its_time(tmp_path: Path, work: Work) -> None:
    configure(tmp_path, drain_s=30)
    with running_runtime(tmp_path) as running, talking_to(running) as platform:
        work.deploy(platform)
        activation_id = work.start(platform, gated=True, n=3)
        eventually(lambda: work.runs())
        running.process.terminate()
        eventually(lambda: not (running.data_dir / "endpoint.json").exists())
        work.gate.touch()
        assert running.process.wait(30) == 0

    with running_runtime(tmp_path) as running, talking_to(running) as platform:
        assert platform.record(activation_id)["response"]["result"] == {"done": 3}


def test_a_sequence_that_was_interrupted_is_recorded_with_its_steps_and_not_begun_again(
    tmp_path: Path, work: Work
) -> None:
    with running_runtime(tmp_path) as running, talking_to(running) as platform:
        work.deploy(platform)
        pass_on = "def main(args):\n    return args\n"
        platform.given("actions/first", {"exec": {"kind": "python:default", "code": pass_on}})
        components = ["/_/first", "/_/work", "/_/first"]
        platform.given("actions/chain", {"exec": {"kind": "sequence", "components": components}})
        payload = {"effects": str(work.effects), "gate": str(work.gate)}
        sequence = platform.rest("POST", "actions/chain", payload).json()["activationId"]
        eventually(lambda: work.runs())
        (step,) = work.runs()
        eventually(lambda: unfinished_on_disk(running) == 2)  # nobody was told the step's id: it is written behind
        kill(running)
    work.gate.touch()

    with running_runtime(tmp_path) as running, talking_to(running) as platform:
        record = platform.record(sequence)
        assert record["response"]["status"] == "whisk internal error"
        assert record["response"]["result"] == STOPPED
        assert platform.record(step)["cause"] == sequence
        assert platform.record(step)["response"]["result"] == STOPPED
        assert len(platform.rest("GET", "activations?name=first").json()) == 1
        assert platform.call("GET", "/whisktop/v1/namespaces/_/running").json() == {"running": []}

    assert work.runs() == Counter([step])


def test_queued_work_runs_as_it_was_accepted_although_its_action_is_gone(tmp_path: Path, work: Work) -> None:
    configure(tmp_path, workers_max=1)
    with running_runtime(tmp_path) as running, talking_to(running) as platform:
        platform.given("packages/box", {"parameters": [{"key": "PLACE", "value": "here", "init": True}]})
        code = "import os\ndef main(args):\n    return {'place': os.environ.get('PLACE'), **args}\n"
        platform.given("actions/box/told", {"exec": {"kind": "python:default", "code": code}})
        work.deploy(platform)
        blocker = work.start(platform, gated=True)
        eventually(lambda: work.runs())
        accepted = platform.rest("POST", "actions/box/told", {"n": 1}).json()["activationId"]
        platform.rest("DELETE", "packages/box?force=true")
        kill(running)

    with running_runtime(tmp_path) as running, talking_to(running) as platform:
        record = platform.record(accepted)
        assert record["response"]["result"] == {"place": "here", "n": 1}
        assert {"key": "path", "value": f"{running.namespace}/box/told"} in record["annotations"]
        assert platform.record(blocker)["response"]["result"] == STOPPED
