"""R7: the first run of new code where a stem cell waits, against starting Node.js itself."""

import subprocess
import time
from functools import partial
from itertools import count
from statistics import median

from ..bench import Bench, Group
from ..load import run_load
from ..rounds import interleave
from ..row import Measurements, Row
from ..subject import NODE_NOOP, Runtime, until

ROWS = (
    Row(
        key="R7",
        what="cold invoke with a stem cell",
        unit="ms",
        metric="ours.cold",
        baseline="node.start",
        against="node, spawn to result",
        must=0.1,
        aim=0.02,
    ),
)
_PRINT = "process.stdout.write('{}')"


def measure(bench: Bench) -> Measurements:
    node = bench.need_node()
    with bench.runtime() as runtime:
        runtime.put_action("first", NODE_NOOP)
        runtime.invoke("first")  # from now on the runtime keeps a stem cell of this kind
        numbers = count()
        subjects = (partial(_ours, bench, runtime, numbers), partial(_node, bench, node))
        return interleave(subjects, ROWS, rounds=bench.rounds)


def _ours(bench: Bench, runtime: Runtime, numbers: "count[int]") -> dict[str, float]:
    """From the request to its answer, HTTP included."""
    taken = []
    for _ in range(bench.scale(20, 2)):
        name = f"cold-{next(numbers)}"
        runtime.put_action(name, NODE_NOOP)
        until(lambda: runtime.pool()["stems"] > 0 and not runtime.pool()["starting"], "a stem cell")
        load = run_load(runtime.url, [runtime.invoke_request(name)], in_flight=1, at_most=1)
        taken.append(load.percentile_ms(50))
    return {"ours.cold": median(taken)}


def _node(bench: Bench, node: str) -> dict[str, float]:
    taken = []
    for _ in range(bench.scale(10, 2)):
        began = time.perf_counter()
        subprocess.run([node, "-e", _PRINT], stdout=subprocess.PIPE, check=True, timeout=30)
        taken.append((time.perf_counter() - began) * 1000)
    return {"node.start": median(taken)}


GROUP = Group(ROWS, measure)
