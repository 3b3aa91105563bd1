"""R9: what keeping record and logs costs, against the same runtime that keeps neither."""

from functools import partial

from ..bench import Bench, Group
from ..rounds import interleave
from ..row import Measurements, Row
from ..subject import NODE_WITH_LINE, Runtime

ROWS = (
    Row(
        key="R9",
        what="keeping record and logs, throughput",
        unit="req/s",
        metric="ours.rate",
        baseline="storeless.rate",
        against="without the store",
        must=0.75,
        aim=0.9,
        more_is_better=True,
    ),
)


def measure(bench: Bench) -> Measurements:
    with bench.runtime() as keeping, bench.runtime(module="tests.benchmarks.storeless") as forgetting:
        for runtime in (keeping, forgetting):
            runtime.put_action("noop", NODE_WITH_LINE)
        subjects = (partial(_rate, bench, keeping, "ours.rate"), partial(_rate, bench, forgetting, "storeless.rate"))
        return interleave(subjects, ROWS, rounds=bench.rounds)


def _rate(bench: Bench, runtime: Runtime, metric: str) -> dict[str, float]:
    load = runtime.invoke_many("noop", at_most=bench.scale(50_000, 64), seconds=4, warm_up=bench.scale(2000, 32))
    return {metric: load.rate}


GROUP = Group(ROWS, measure)
