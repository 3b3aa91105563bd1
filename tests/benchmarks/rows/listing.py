"""R10: the newest 200 records, with and without filters, where a million are kept and where ten thousand are."""

import time
from collections.abc import Sequence
from functools import partial
from statistics import median

from ..bench import Bench, Group
from ..filled import ACTIONS
from ..load import run_load
from ..rounds import interleave
from ..row import Measurements, Row
from ..subject import Runtime

ROWS = (
    Row(
        key="R10",
        what="newest 200 activations with filters, at 1M",
        unit="ms",
        metric="many.list",
        baseline="few.list",
        against="at 10k",
        must=5,
        aim=3,
    ),
)


def measure(bench: Bench) -> Measurements:
    few = bench.scale(10_000, 500)
    with bench.filled_runtime(bench.million) as large, bench.filled_runtime(few) as small:
        subjects = (partial(_list, bench, large, "many.list"), partial(_list, bench, small, "few.list"))
        return interleave(subjects, ROWS, rounds=bench.rounds)


def _list(bench: Bench, runtime: Runtime, metric: str) -> dict[str, float]:
    """The slowest of the filters, each by its median."""
    return {metric: max(_median_ms(bench, runtime, query) for query in _queries())}


def _median_ms(bench: Bench, runtime: Runtime, query: str) -> float:
    request = runtime.request("GET", runtime.path(f"activations?limit=200{query}"))
    run_load(runtime.url, [request], in_flight=1, at_most=2)
    times = [
        run_load(runtime.url, [request], in_flight=1, at_most=bench.scale(40, 2)).percentile_ms(50)
        for _ in range(bench.scale(3, 1))
    ]
    return median(times)


def _queries() -> Sequence[str]:
    a_minute_ago = int(time.time() * 1000) - 60_000
    return (
        "",
        "&docs=true",
        *(f"&name={name}" for name in ACTIONS[:2]),
        f"&upto={a_minute_ago}",
        f"&name={ACTIONS[-1]}&since={a_minute_ago - 60_000}&upto={a_minute_ago}&docs=true",
    )


GROUP = Group(ROWS, measure)
