"""R1, R2, R5: blocking runs of a warm no-op action, 16 in flight, with record and logs kept."""

from contextlib import ExitStack
from functools import partial

from ..baselines import functions_framework_node, node_http
from ..bench import Bench, Group, optional
from ..load import Request, make_request, run_load
from ..rounds import Subject, interleave
from ..row import Measurements, Row
from ..subject import IN_FLIGHT, NODE_NOOP, Runtime

_FRAMEWORK = "functions-framework"
ROWS = (
    Row(
        key="R1",
        what="warm blocking invoke, 16 in flight",
        unit="req/s",
        metric="ours.rate",
        baseline="framework.rate",
        against=_FRAMEWORK,
        must=3,
        aim=5,
        more_is_better=True,
    ),
    Row(
        key="R2",
        what="the same",
        unit="req/s",
        metric="ours.rate",
        baseline="node.rate",
        against="node http",
        must=0.45,
        aim=0.75,
        more_is_better=True,
    ),
    Row(
        key="R5",
        what="invoke p99, 16 in flight",
        unit="ms",
        metric="ours.p99",
        baseline="framework.p99",
        against=_FRAMEWORK,
        must=0.6,
        aim=0.3,
    ),
)


def measure(bench: Bench) -> Measurements:
    measurements, node = Measurements(), bench.need_node()
    with ExitStack() as stack:
        runtime = stack.enter_context(bench.runtime())
        runtime.put_action("noop", NODE_NOOP)
        subjects: list[Subject] = [partial(_ours, bench, runtime)]
        hello = stack.enter_context(node_http(node, bench.folder))
        subjects.append(partial(_plain, bench, hello, "node"))
        framework = functions_framework_node(node, bench.folder)
        if url := optional(stack, measurements, framework, "framework.rate", "framework.p99"):
            subjects.append(partial(_plain, bench, url, "framework"))
        interleave(subjects, ROWS, rounds=bench.rounds, measurements=measurements)
    measurements.notes.append(f"the load generator took {measurements.rounds[-1]['ours.generator']:.0f} µs per request")
    return measurements


def _ours(bench: Bench, runtime: Runtime) -> dict[str, float]:
    load = runtime.invoke_many("noop", at_most=bench.scale(50_000, 64), seconds=4, warm_up=bench.scale(2000, 32))
    return {"ours.rate": load.rate, "ours.p99": load.percentile_ms(99), "ours.generator": load.cpu_us}


def _plain(bench: Bench, url: str, name: str) -> dict[str, float]:
    request = plain_request(url)
    run_load(url, [request], in_flight=IN_FLIGHT, at_most=bench.scale(1000, 32))
    load = run_load(url, [request], in_flight=IN_FLIGHT, at_most=bench.scale(100_000, 64), seconds=4)
    return {f"{name}.rate": load.rate, f"{name}.p99": load.percentile_ms(99)}


def plain_request(url: str) -> Request:
    """What the others get: the same body as an invocation."""
    return make_request(url, "POST", "/", body=b"{}")


GROUP = Group(ROWS, measure)
