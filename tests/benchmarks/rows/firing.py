"""R6: 10,000 firings of a trigger with one rule and a no-op action, until both records of each are committed."""

import time
from contextlib import ExitStack
from functools import partial

from ..baselines import CeleryRate, celery_with_redis
from ..bench import Bench, Group, optional
from ..load import run_load
from ..rounds import Subject, interleave
from ..row import Measurements, Row
from ..subject import IN_FLIGHT, NODE_NOOP, Runtime, until

ROWS = (
    Row(
        key="R6",
        what="fire → rule → no-op action → both records committed",
        unit="events/s",
        metric="ours.rate",
        baseline="celery.rate",
        against="Celery + Redis",
        must=8,
        aim=15,
        more_is_better=True,
    ),
)


def measure(bench: Bench) -> Measurements:
    measurements = Measurements()
    with ExitStack() as stack:
        runtime = stack.enter_context(bench.runtime())
        runtime.put_chain("tick", NODE_NOOP)
        _fire(runtime, bench.scale(500, 16))
        subjects: list[Subject] = [partial(_ours, bench, runtime)]
        if celery := optional(stack, measurements, celery_with_redis(bench.folder), "celery.rate"):
            subjects.append(partial(_celery, bench, celery))
        return interleave(subjects, ROWS, rounds=bench.rounds, measurements=measurements)


def _ours(bench: Bench, runtime: Runtime) -> dict[str, float]:
    events = bench.scale(10_000, 32)
    return {"ours.rate": events / _fire(runtime, events)}


def _fire(runtime: Runtime, events: int) -> float:
    """Seconds from the first firing to the last record."""
    expected = runtime.committed() + 2 * events
    fire = runtime.request("POST", runtime.path("triggers/tick"), body={"page": 1}, status=202)
    began = time.perf_counter()
    run_load(runtime.url, [fire], in_flight=IN_FLIGHT, at_most=events)
    until(lambda: runtime.committed() >= expected, f"{events} records of runs", every_s=0.02)
    return time.perf_counter() - began


def _celery(bench: Bench, celery: CeleryRate) -> dict[str, float]:
    return {"celery.rate": celery(bench.scale(10_000, 32))}


GROUP = Group(ROWS, measure)
