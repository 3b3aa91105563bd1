"""Rounds of killing: a runtime under load dies at a random moment, is started again, and everything is accounted for.

What has to hold, however the moment falls: every acknowledged id has a record in the end, of success or saying that the
runtime stopped; nothing ran twice; what has a record of success has run; a blocking answer that was given is the
record's; a firing's record and the runs that its lines name are there together; nothing is under way for ever.
"""

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.contract.platform import Platform
from tests.running import RunningRuntime, running_runtime
from tests.runtime.serving import eventually, processes_of, talking_to

STOPPED = {"error": "The runtime stopped before the action ended."}
LOADED_AT_MOST_S = 1.2
WORKERS_GONE_WITHIN_S = 5
PYTHON_WORK = """
import os, time
def main(args):
    with open(args['effects'], 'a') as file:
        file.write(os.environ['__OW_ACTIVATION_ID'] + '\\n')
    time.sleep(args.get('seconds', 0))
    return {'n': args['n']}
"""
NODE_WORK = """
const fs = require('fs');
async function main(args) {
  fs.appendFileSync(args.effects, process.env.__OW_ACTIVATION_ID + '\\n');
  await new Promise((done) => setTimeout(done, 1000 * (args.seconds || 0)));
  return {n: args.n};
}
"""


@dataclass
class Ledger:
    """What clients were told over all rounds."""

    accepted: dict[str, int] = field(default_factory=dict)
    """By id the number that the run was given."""
    answered: dict[str, Any] = field(default_factory=dict)
    """By id the record in a blocking answer."""
    fired: list[str] = field(default_factory=list)
    sequences: list[str] = field(default_factory=list)

    @property
    def ids(self) -> list[str]:
        return [*self.accepted, *self.answered, *self.fired, *self.sequences]


@dataclass(frozen=True)
class Tally:
    """What the rounds came to."""

    rounds: int
    acknowledged: int
    successes: int
    stopped: int


class Rounds:
    """A data folder that is served, loaded and killed again and again."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._folder = folder
        self._effects = folder / "effects"
        self._random = random.Random(seed)
        self._ledger = Ledger()
        self._refused: list[str] = []
        """Answers that nobody should get."""
        self._numbers = iter(range(1_000_000_000))

    def run(self, rounds: int, told: Callable[[str], None] = lambda text: None) -> Tally:
        """Raises `AssertionError` for whatever is lost, doubled or stuck."""
        for number in range(rounds):
            seconds = self._random.uniform(0.02, LOADED_AT_MOST_S)
            self._one_round(seconds, is_first=number == 0)
            told(f"round {number + 1} of {rounds}: killed after {seconds:.2f} s, {len(self._ledger.ids)} acknowledged")
        with running_runtime(self._folder) as running, talking_to(running) as platform:
            return self._account(rounds, platform)

    def _one_round(self, seconds: float, *, is_first: bool) -> None:
        with running_runtime(self._folder) as running:
            if is_first:
                with talking_to(running) as platform:
                    self._deploy(platform)
            clients = [
                threading.Thread(target=self._ask_until_it_dies, args=(running, ask))
                for ask in (self._accept, self._accept, self._wait, self._fire, self._begin_sequence)
            ]
            for client in clients:
                client.start()
            time.sleep(seconds)  # what is tested is that the moment does not matter
            running.process.kill()
            running.process.wait()
            for client in clients:
                client.join()
        assert not self._refused, self._refused
        eventually(lambda: not processes_of(running.data_dir), within_s=WORKERS_GONE_WITHIN_S)

    def _deploy(self, platform: Platform) -> None:
        for name, kind, code in (("python", "python:default", PYTHON_WORK), ("node", "nodejs:default", NODE_WORK)):
            platform.given(f"actions/{name}", {"exec": {"kind": kind, "code": code}})
        steps = {"kind": "sequence", "components": ["/_/pass", "/_/pass", "/_/pass"]}
        code = "def main(args):\n    return args\n"
        platform.given("actions/pass", {"exec": {"kind": "python:default", "code": code}})
        platform.given("actions/sequence", {"exec": steps})
        platform.given("triggers/event", {})
        for name in ("python", "node"):
            platform.given(f"rules/{name}-rule", {"trigger": "/_/event", "action": f"/_/{name}"})

    # ---- clients ----

    def _ask_until_it_dies(self, running: RunningRuntime, ask: Callable[[Platform], None]) -> None:
        with talking_to(running) as platform:
            try:
                while True:
                    ask(platform)
            except (httpx.HTTPError, OSError):
                return
            except AssertionError as error:
                self._refused.append(str(error))

    def _payload(self) -> dict[str, Any]:
        n = next(self._numbers)
        return {"effects": str(self._effects), "n": n, "seconds": self._random.choice((0, 0, 0, 0.01, 0.2))}

    def _accept(self, platform: Platform) -> None:
        payload = self._payload()
        action = self._random.choice(("python", "node"))
        answer = platform.rest("POST", f"actions/{action}", payload)
        assert answer.status_code == 202, answer.text
        self._ledger.accepted[answer.json()["activationId"]] = payload["n"]

    def _wait(self, platform: Platform) -> None:
        answer = platform.invoke("python", self._payload())
        assert answer.status_code == 200, answer.text
        self._ledger.answered[answer.json()["activationId"]] = answer.json()

    def _fire(self, platform: Platform) -> None:
        answer = platform.rest("POST", "triggers/event", self._payload())
        assert answer.status_code == 202, answer.text
        self._ledger.fired.append(answer.json()["activationId"])
        time.sleep(0.02)

    def _begin_sequence(self, platform: Platform) -> None:
        answer = platform.rest("POST", "actions/sequence", self._payload())
        assert answer.status_code == 202, answer.text
        self._ledger.sequences.append(answer.json()["activationId"])
        time.sleep(0.02)

    # ---- afterwards ----

    def _account(self, rounds: int, platform: Platform) -> Tally:
        eventually(lambda: platform.call("GET", "/whisktop/v1/namespaces/_/running").json() == {"running": []})
        ledger, ran = self._ledger, Counter(self._effects.read_text().split())
        doubled = [activation_id for activation_id, times in ran.items() if times > 1]
        assert not doubled, f"ran twice: {doubled}"
        assert len(set(ledger.ids)) == len(ledger.ids), "an id was given twice"
        records = {activation_id: platform.record(activation_id) for activation_id in ledger.ids}
        for activation_id, n in ledger.accepted.items():
            _check_run(records[activation_id], {"n": n}, has_run=activation_id in ran)
        for activation_id, answer in ledger.answered.items():
            assert activation_id in ran
            # Nobody waited for its commit: where that was too late, the record says that the runtime stopped.
            if records[activation_id]["response"]["success"]:
                assert records[activation_id] | {"logs": []} == answer
            else:
                _check_run(records[activation_id], {}, has_run=True)
        for activation_id in ledger.fired:
            self._check_firing(records[activation_id], platform, ran)
        for activation_id in ledger.sequences:
            self._check_sequence(records[activation_id], platform)
        outcomes = Counter(record["response"]["success"] for record in records.values())
        return Tally(rounds, len(ledger.ids), outcomes[True], outcomes[False])

    def _check_firing(self, record: dict[str, Any], platform: Platform, ran: Counter[str]) -> None:
        lines = [json.loads(line) for line in record["logs"]]
        assert len(lines) == 2
        for line in lines:
            run = platform.record(line["activationId"])
            _check_run(run, {"n": record["response"]["result"]["n"]}, has_run=run["activationId"] in ran)

    def _check_sequence(self, record: dict[str, Any], platform: Platform) -> None:
        if record["response"]["success"]:
            assert len(record["logs"]) == 3
        else:
            assert record["response"]["result"] == STOPPED
        for step in record["logs"]:
            assert platform.record(step)["cause"] == record["activationId"]


def _check_run(record: dict[str, Any], result: Any, *, has_run: bool) -> None:
    response = record["response"]
    if response["success"]:
        assert response["result"] == result, record
        assert has_run, f"{record['activationId']} has a result and has not run"
    else:
        assert (response["status"], response["result"]) == ("whisk internal error", STOPPED), record
    assert record["end"] >= record["start"]
