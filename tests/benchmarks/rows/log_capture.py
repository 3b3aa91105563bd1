"""R12: keeping 100 MB of log, against piping as much through `cat`. A run may keep 10 MB, so ten of them share it."""

import subprocess
import time
from functools import partial

from ..bench import Bench, Group
from ..rounds import interleave
from ..row import Measurements, Row
from ..subject import Runtime

ROWS = (
    Row(
        key="R12",
        what="log capture of 100 MB",
        unit="MB/s",
        metric="ours.rate",
        baseline="cat.rate",
        against="node script | cat",
        must=0.8,
        aim=1.5,
        more_is_better=True,
    ),
)
_LINE = "page 12345 of the report was rendered and stored in the usual place; the next one follows soon, patience"
_LINE_BYTES = len(_LINE) + 1
_RUNS = 10
_MB = 1_000_000
_ACTION = f"function main(args) {{ for (let i = 0; i < args.lines; i++) console.log('{_LINE}'); return {{}}; }}"


def measure(bench: Bench) -> Measurements:
    node = bench.need_node()
    with bench.runtime() as runtime:
        runtime.put_action("chatty", _ACTION, logs=10)
        runtime.invoke("chatty", {"lines": 1})
        subjects = (partial(_ours, bench, runtime), partial(_cat, bench, node))
        return interleave(subjects, ROWS, rounds=bench.rounds)


def _lines_per_run(bench: Bench) -> int:
    return bench.scale(10 * _MB, _MB // 10) // _LINE_BYTES


def _ours(bench: Bench, runtime: Runtime) -> dict[str, float]:
    lines = _lines_per_run(bench)
    began = time.perf_counter()
    for _ in range(_RUNS):
        record = runtime.invoke("chatty", {"lines": lines})
    taken = time.perf_counter() - began
    kept = runtime.call("GET", runtime.path(f"activations/{record['activationId']}/logs"))["logs"]
    assert len(kept) == lines, f"{len(kept)} of {lines} lines were kept"
    return {"ours.rate": _RUNS * lines * _LINE_BYTES / _MB / taken}


def _cat(bench: Bench, node: str) -> dict[str, float]:
    lines = _RUNS * _lines_per_run(bench)
    script = f"{_ACTION}; main({{ lines: {lines} }})"
    began = time.perf_counter()
    with (
        subprocess.Popen([node, "-e", script], stdout=subprocess.PIPE) as printing,
        subprocess.Popen(["cat"], stdin=printing.stdout, stdout=subprocess.DEVNULL) as passing,
    ):
        assert printing.stdout is not None
        printing.stdout.close()
        codes = printing.wait(120), passing.wait(120)
    assert codes == (0, 0)
    return {"cat.rate": lines * _LINE_BYTES / _MB / (time.perf_counter() - began)}


GROUP = Group(ROWS, measure)
