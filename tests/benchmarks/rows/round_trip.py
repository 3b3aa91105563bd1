"""R4: how long one blocking run takes when nothing else is asked for."""

from functools import partial

from ..baselines import node_http
from ..bench import Bench, Group
from ..load import run_load
from ..rounds import interleave
from ..row import Measurements, Row
from ..subject import NODE_NOOP, Runtime
from .warm_node import plain_request

ROWS = (
    Row(
        key="R4",
        what="invoke p50, one in flight",
        unit="ms",
        metric="ours.p50",
        baseline="node.p50",
        against="node http",
        must=2.5,
        aim=1.7,
    ),
)


def measure(bench: Bench) -> Measurements:
    with bench.runtime() as runtime, node_http(bench.need_node(), bench.folder) as url:
        runtime.put_action("noop", NODE_NOOP)
        subjects = (partial(_ours, bench, runtime), partial(_node, bench, url))
        return interleave(subjects, ROWS, rounds=bench.rounds)


def _ours(bench: Bench, runtime: Runtime) -> dict[str, float]:
    load = runtime.invoke_many("noop", at_most=bench.scale(5000, 32), seconds=10, in_flight=1)
    return {"ours.p50": load.percentile_ms(50)}


def _node(bench: Bench, url: str) -> dict[str, float]:
    request = plain_request(url)
    run_load(url, [request], in_flight=1, at_most=bench.scale(500, 16))
    load = run_load(url, [request], in_flight=1, at_most=bench.scale(10_000, 32), seconds=10)
    return {"node.p50": load.percentile_ms(50)}


GROUP = Group(ROWS, measure)
