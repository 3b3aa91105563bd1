"""R3: blocking runs of a warm no-op Python action, 16 in flight."""

from contextlib import ExitStack
from functools import partial

from ..baselines import functions_framework_python
from ..bench import Bench, Group, optional
from ..load import run_load
from ..rounds import Subject, interleave
from ..row import Measurements, Row
from ..subject import IN_FLIGHT, PYTHON_NOOP, Runtime
from .warm_node import plain_request

ROWS = (
    Row(
        key="R3",
        what="warm blocking invoke, Python, 16 in flight",
        unit="req/s",
        metric="ours.rate",
        baseline="framework.rate",
        against="functions-framework",
        must=3,
        aim=5,
        more_is_better=True,
    ),
)


def measure(bench: Bench) -> Measurements:
    measurements = Measurements()
    with ExitStack() as stack:
        runtime = stack.enter_context(bench.runtime())
        runtime.put_action("noop", PYTHON_NOOP, kind="python:default")
        subjects: list[Subject] = [partial(_ours, bench, runtime)]
        if url := optional(stack, measurements, functions_framework_python(bench.folder), "framework.rate"):
            subjects.append(partial(_framework, bench, url))
        return interleave(subjects, ROWS, rounds=bench.rounds, measurements=measurements)


def _ours(bench: Bench, runtime: Runtime) -> dict[str, float]:
    load = runtime.invoke_many("noop", at_most=bench.scale(50_000, 64), seconds=4, warm_up=bench.scale(2000, 32))
    return {"ours.rate": load.rate}


def _framework(bench: Bench, url: str) -> dict[str, float]:
    request = plain_request(url)
    run_load(url, [request], in_flight=IN_FLIGHT, at_most=bench.scale(500, 32))
    load = run_load(url, [request], in_flight=IN_FLIGHT, at_most=bench.scale(50_000, 64), seconds=4)
    return {"framework.rate": load.rate}


GROUP = Group(ROWS, measure)
