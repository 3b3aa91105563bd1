"""Actions that break their worker in every way at once: each gets a record that can be read, and nobody else notices.

What each single way ends as is told by the tests of the invoker; here they all share one runtime with a neighbour.
"""

import threading
import time
from pathlib import Path
from typing import Any

from tests.contract.platform import Platform
from tests.running import running_runtime
from tests.runtime.serving import eventually, processes_of, talking_to

NEIGHBOUR_AT_MOST_S = 5
RUNTIME_MB = 400
"""More than it takes to hold every result and log here at once, much less than the actions ask for."""

IGNORES_SIGNALS = """
import signal, time
for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
    signal.signal(number, signal.SIG_IGN)
def main(args):
    while True:
        time.sleep(60)
"""
CLOSES_DESCRIPTORS = """
import os, time
def main(args):
    os.closerange(0, 1000)
    time.sleep(60)
"""
WRITES_GARBAGE = """
import os
def main(args):
    for _ in range(50):
        for descriptor in range(3, 64):
            try:
                os.write(descriptor, os.urandom(997) + b'\\n{"type":"result"}\\n')
            except OSError:
                pass
    return {}
"""
FORKS = """
import subprocess, time
def main(args):
    children = [subprocess.Popen(['sleep', '300']) for _ in range(300)]
    time.sleep(60)
"""
DETACHES = """
import os, time
def main(args):
    for _ in range(20):
        if os.fork() == 0:
            os.setsid()
            os.closerange(0, 1000)
            time.sleep(300)
            os._exit(0)
    return {}
"""
ALLOCATES = "def main(args):\n    held = []\n    while True:\n        held.append(bytearray(8 << 20))\n"
LOGS = "def main(args):\n    while True:\n        print('x' * 10_000)\n"
DIES = "import os\ndef main(args):\n    os.kill(os.getpid(), 11)\n"
STOPS = "import os, signal\ndef main(args):\n    os.kill(os.getpid(), signal.SIGSTOP)\n"
NESTED = """
function main() {
  let nested = {};
  for (let depth = 0; depth < 100000; depth++) nested = [nested];
  return {nested};
}
"""
NESTED_TEXT = """
class Nested(dict):
    pass
def main(args):
    nested = []
    for _ in range(100_000):
        nested = [nested]
    return {'nested': nested}
"""
SURROGATES = "def main(args):\n    return {'\\ud800': '\\udfff', 'list': ['a\\udc00b']}\n"
SURROGATES_NODE = "function main() { console.log('\\udfff'); return {'\\ud800': '\\udfff'} }"
HUGE = "function main() { return {text: 'x'.repeat(30 * 1024 * 1024)} }"
CYCLE = "function main() { const cycle = {}; cycle.cycle = cycle; return cycle }"
EXITS = "function main() { process.exit(0) }"
ABORTS = "function main() { process.abort() }"
THROWS_LATER = "function main() { setTimeout(() => { throw new Error('late') }, 5); return new Promise(() => {}) }"

PYTHON_WAYS = {
    "ignores-signals": (IGNORES_SIGNALS, 2),
    "closes-descriptors": (CLOSES_DESCRIPTORS, 2),
    "writes-garbage": (WRITES_GARBAGE, 2),
    "forks": (FORKS, 2),
    "detaches": (DETACHES, 0),
    "allocates": (ALLOCATES, 2),
    "logs": (LOGS, 2),
    "dies": (DIES, 2),
    "stops": (STOPS, 2),
    "nested-text": (NESTED_TEXT, 2),
    "surrogates": (SURROGATES, 0),
}
NODE_WAYS = {
    "nested": (NESTED, 2),
    "surrogates-node": (SURROGATES_NODE, 0),
    "huge": (HUGE, 1),
    "cycle": (CYCLE, 2),
    "exits": (EXITS, 2),
    "aborts": (ABORTS, 2),
    "throws-later": (THROWS_LATER, 2),
}
WAYS = PYTHON_WAYS | NODE_WAYS
ENDED_BY_TIME = ("ignores-signals", "logs", "stops")
STATUS = ("success", "application error", "action developer error", "whisk internal error")


def test_every_way_of_breaking_a_worker_ends_in_a_record_and_hurts_nobody_else(tmp_path: Path) -> None:
    with running_runtime(tmp_path) as running, talking_to(running) as platform:
        for kind, ways in (("python:default", PYTHON_WAYS), ("nodejs:default", NODE_WAYS)):
            for name, (code, _) in ways.items():
                timeout_ms = 4000 if name in ENDED_BY_TIME else 30_000
                limits = {"timeout": timeout_ms, "memory": 256, "logs": 1}
                platform.given(f"actions/{name}", {"exec": {"kind": kind, "code": code}, "limits": limits})
        neighbour = Neighbour(platform)

        ids = {name: _begin(platform, name) for name in WAYS}
        with neighbour:
            records = {name: platform.record(activation_id) for name, activation_id in ids.items()}

        assert {name: record["response"]["status"] for name, record in records.items()} == {
            name: STATUS[status] for name, (_, status) in WAYS.items()
        }
        assert neighbour.slowest_s < NEIGHBOUR_AT_MOST_S
        assert neighbour.calls > 5
        assert "at a time and was aborted" in _error(records["forks"])
        assert "exceeded the allowed length" in _error(records["huge"])
        assert records["logs"]["logs"][-2].endswith("exceeds the limit of 1048576 bytes.")
        for name in ENDED_BY_TIME:
            assert _error(records[name]) == "The action exceeded its time limits of 4000 milliseconds."
        assert _memory_mb(running.process.pid) < RUNTIME_MB
        for name in ("dies", "nested", "surrogates"):  # and once more, now that all of it is over
            assert platform.record(_begin(platform, name))["response"]["status"] == STATUS[WAYS[name][1]]
    assert eventually(lambda: not processes_of(running.data_dir), within_s=5)
    assert "Traceback" not in (tmp_path / "serve.err").read_text()


class Neighbour:
    """An action of somebody who calls it all the time."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._call)
        self.calls = 0
        self.slowest_s = 0.0
        code = "def main(args):\n    return args\n"
        platform.given("actions/neighbour", {"exec": {"kind": "python:default", "code": code}})

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _call(self) -> None:
        while not self._ended.is_set():
            began = time.monotonic()
            answer = self._platform.invoke("neighbour", {"n": self.calls}, result="true")
            self.slowest_s = max(self.slowest_s, time.monotonic() - began)
            if answer.json() != {"n": self.calls}:
                self.slowest_s = float("inf")
            self.calls += 1
            self._ended.wait(0.05)


def _begin(platform: Platform, name: str) -> str:
    answer = platform.rest("POST", f"actions/{name}", {})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["activationId"])


def _error(record: dict[str, Any]) -> str:
    return str(record["response"]["result"]["error"])


def _memory_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:"))
