"""I1, I2: what a runtime and a dashboard cost while nothing happens, over a minute."""

import time

from ..bench import Bench, Group
from ..row import Measurements, Row, Skipped
from ..subject import PYTHON_NOOP, cpu_seconds
from ..terminal import dashboard

_UNIT = "% of a core"
ROWS = (
    Row(key="I1", what="idle runtime", unit=_UNIT, metric="runtime.cpu", must=0.1, aim=0.1),
    Row(key="I2", what="idle dashboard", unit=_UNIT, metric="dashboard.cpu", must=2, aim=2),
)
_SETTLED_S = 3.0


def measure(bench: Bench) -> Measurements:
    """Once: a minute is long enough to even out what comes and goes."""
    seconds = bench.scale(60.0, 0.5)
    measured: dict[str, float] = {}
    try:
        with bench.runtime() as runtime:
            runtime.put_action("noop", PYTHON_NOOP, kind="python:default")
            runtime.invoke("noop")
            time.sleep(bench.scale(_SETTLED_S, 0.1))
            before = cpu_seconds(runtime.pid)
            time.sleep(seconds)
            measured["runtime.cpu"] = (cpu_seconds(runtime.pid) - before) / seconds * 100
            with dashboard(runtime) as terminal:
                terminal.until_painted("noop")
                terminal.settle(bench.scale(_SETTLED_S, 0.1))
                before = cpu_seconds(terminal.pid)
                terminal.settle(seconds)
                measured["dashboard.cpu"] = (cpu_seconds(terminal.pid) - before) / seconds * 100
    except Skipped as reason:
        return Measurements([measured], {row.metric: str(reason) for row in ROWS if row.metric not in measured})
    return Measurements([measured])


GROUP = Group(ROWS, measure)
