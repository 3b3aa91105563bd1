"""R13: memory of its own that a worker has while it waits for the next run."""

import time
from pathlib import Path

from ..bench import Bench, Group
from ..row import Measurements, Row, Skipped
from ..subject import NODE_NOOP, PYTHON_NOOP, Runtime, children_of, private_mb

ROWS = (
    Row(key="R13 node", what="idle worker, private memory", unit="MB", metric="node.private", must=12, aim=8),
    Row(key="R13 python", what="the same, Python", unit="MB", metric="python.private", must=6, aim=4),
)
_SETTLED_S = 1.0
_ACTIONS = {
    "node": ("nodejs:default", NODE_NOOP, "node_host.js"),
    "python": ("python:default", PYTHON_NOOP, "python_host.py"),
}


def measure(bench: Bench) -> Measurements:
    measurements = Measurements([{}])
    measured: dict[str, float] = {}
    for name, (kind, code, host) in _ACTIONS.items():
        if name == "node" and bench.node is None:
            measurements.missing["node.private"] = "no Node.js on this machine"
            continue
        with bench.runtime() as runtime:
            runtime.put_action("noop", code, kind=kind)
            runtime.invoke_many("noop", at_most=bench.scale(500, 8), seconds=10, in_flight=1)
            time.sleep(bench.scale(_SETTLED_S, 0.1))  # what an idle worker gives back it has given back by then
            try:
                measured[f"{name}.private"] = private_mb(_worker_of(runtime, host))
            except Skipped as reason:
                measurements.missing[f"{name}.private"] = str(reason)
    measurements.rounds[:] = [measured]
    return measurements


def _worker_of(runtime: Runtime, host: str) -> int:
    """The oldest process that runs `host`: a stem cell is started later."""
    children = sorted(children_of(runtime.pid))
    found = [child for child in children if host.encode() in Path(f"/proc/{child}/cmdline").read_bytes()]
    if not found:
        raise Skipped("this system does not tell the children of a process")
    return found[0]


GROUP = Group(ROWS, measure)
