"""Accepted work that waits is bounded: one run too many, or a byte too many, gets 429, and nothing is lost by it."""

from pathlib import Path

import httpx
import pytest

from tests.contract.platform import Platform, error_of
from tests.running import running_runtime

from .serving import configure, eventually, talking_to

ECHO = "def main(args):\n    return {'n': args.get('n')}\n"
GATED = """
import os, time
def main(args):
    while not os.path.exists(args['gate']):
        time.sleep(0.02)
    return {'n': args.get('n')}
"""


class Gate:
    """What the runs of an action wait for, so that a pool of one worker is full."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def deploy(self, platform: Platform) -> None:
        platform.given("actions/gated", {"exec": {"kind": "python:default", "code": GATED}})

    def ask(self, platform: Platform, n: int = 0, action: str = "gated", filling: str = "") -> httpx.Response:
        return platform.rest("POST", f"actions/{action}", {"gate": str(self.path), "n": n, "filling": filling})

    def occupy(self, platform: Platform, action: str = "gated") -> str:
        """Start a run and wait until it has the worker."""
        answer = self.ask(platform, action=action)
        eventually(lambda: _queue(platform)["notBegun"] == 0)
        return str(answer.json()["activationId"])

    def open(self) -> None:
        self.path.touch()


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    return Gate(tmp_path / "gate")


def _queue(platform: Platform) -> dict[str, int]:
    return dict(platform.call("GET", "/whisktop/v1/status").json()["queue"])


def too_many(count: int, allowed: int) -> str:
    return f"Too many concurrent requests in flight (count: {count}, allowed: {allowed})."


def test_a_full_queue_refuses_every_sort_of_call_and_stays_full_over_a_restart(tmp_path: Path, gate: Gate) -> None:
    configure(tmp_path, workers_max=1, queue_max_runs=3)
    with running_runtime(tmp_path) as running, talking_to(running) as platform:
        gate.deploy(platform)
        web = {"key": "web-export", "value": True}
        platform.given("actions/web", {"exec": {"kind": "python:default", "code": ECHO}, "annotations": [web]})
        for trigger, rules in (("one", 1), ("two", 2)):
            platform.given(f"triggers/{trigger}", {})
            for number in range(rules):
                rule = {"trigger": f"/_/{trigger}", "action": "/_/gated"}
                platform.given(f"rules/{trigger}-{number}", rule)
        gate.occupy(platform)
        accepted = [gate.ask(platform, n).json()["activationId"] for n in range(2)]

        too_large = platform.rest("POST", "triggers/two", {"gate": str(gate.path)})
        fired = platform.rest("POST", "triggers/one", {"gate": str(gate.path)})
        refused = [
            gate.ask(platform),
            platform.invoke("gated", {"gate": str(gate.path)}),
            platform.rest("POST", "triggers/one", {"gate": str(gate.path)}),
            platform.web("GET", "default/web"),
        ]

        assert (too_large.status_code, error_of(too_large)) == (429, too_many(2, 3))
        assert fired.status_code == 202
        assert [each.status_code for each in refused] == [429] * 4
        assert {error_of(each) for each in refused} == {too_many(3, 3)}
        assert _queue(platform)["notBegun"] == 3
        running.process.kill()
        running.process.wait()

    with running_runtime(tmp_path) as running, talking_to(running) as platform:
        eventually(lambda: _queue(platform)["notBegun"] == 2)  # the first of them has the worker now
        assert [gate.ask(platform).status_code for _ in range(2)] == [202, 429]
        gate.open()
        for n, activation_id in enumerate(accepted):
            assert platform.record(activation_id)["response"]["result"] == {"n": n}
        eventually(lambda: _queue(platform) == {"waiting": 0, "notBegun": 0, "notBegunBytes": 0, "underWay": 0})
        assert platform.invoke("gated", {"gate": str(gate.path)}).status_code == 200


def test_payloads_that_are_too_large_together_are_refused(tmp_path: Path, gate: Gate) -> None:
    configure(tmp_path, workers_max=1, queue_max_mb=1)
    with running_runtime(tmp_path) as running, talking_to(running) as platform:
        gate.deploy(platform)
        gate.occupy(platform)

        answers = [gate.ask(platform, filling="x" * 600_000) for _ in range(2)]
        small = gate.ask(platform)

        assert [each.status_code for each in answers] == [202, 429]
        assert error_of(answers[1]) == too_many(1, 1)
        assert small.status_code == 202
        assert _queue(platform)["notBegun"] == 2
        assert 600_000 < _queue(platform)["notBegunBytes"] < 601_000


def test_a_full_queue_does_not_stop_a_sequence_half_way(tmp_path: Path, gate: Gate) -> None:
    configure(tmp_path, workers_max=1, queue_max_runs=1)
    with running_runtime(tmp_path) as running, talking_to(running) as platform:
        gate.deploy(platform)
        platform.given("actions/echo", {"exec": {"kind": "python:default", "code": ECHO}})
        chain = {"kind": "sequence", "components": ["/_/gated", "/_/echo"]}
        platform.given("actions/chain", {"exec": chain})
        sequence = gate.occupy(platform, "chain")
        assert [gate.ask(platform).status_code for _ in range(2)] == [202, 429]

        gate.open()

        assert platform.record(sequence)["response"]["result"] == {"n": 0}
