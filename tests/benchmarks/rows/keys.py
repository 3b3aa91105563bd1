"""D2, D3, D4: from a key to its paint over a million records, at rest and while 500 a second arrive; and their cost."""

import random
from functools import partial
from time import perf_counter

from ..bench import Bench, Group
from ..rounds import interleave
from ..row import Measurements, Row
from ..steady import steady_load
from ..subject import NODE_NOOP, Runtime, cpu_seconds
from ..terminal import Terminal, dashboard, empty_app

_EMPTY = "empty Textual app"


def _row(key: str, what: str, metric: str, must: float, aim: float) -> Row:
    baseline = f"empty.{metric.rpartition('.')[2]}"
    return Row(key=key, what=what, unit="ms", metric=metric, baseline=baseline, against=_EMPTY, must=must, aim=aim)


ROWS = (
    _row("D2 p50", "key → paint, idle, 1M", "idle.p50", 2.5, 1.6),
    _row("D2 p99", "the same", "idle.p99", 8, 3),
    _row("D3 p50", "key → paint, 1M and 500/s arriving", "busy.p50", 4, 2.2),
    _row("D3 p99", "the same", "busy.p99", 10, 5),
    Row(key="D4", what="CPU while 500/s arrive", unit="% of a core", metric="busy.cpu", must=30, aim=15),
)
LIVE = "complete since"
"""Stands above the list once it is connected; which rows are on top depends on what arrived in earlier rounds."""
_ARRIVING = 500
_ENOUGH = 0.95
_ROWS_DOWN = 4
"""Away from the top, where the cursor stays on its line while rows arrive."""
_PAUSES_S = (0.02, 0.06)
_AT_MOST_S = 120.0


def measure(bench: Bench) -> Measurements:
    with bench.seen_runtime(bench.million) as runtime:
        runtime.put_action("arriving", NODE_NOOP)
        subjects = (partial(_idle, bench, runtime), partial(_busy, bench, runtime), partial(_empty, bench))
        return interleave(subjects, ROWS, rounds=bench.rounds)


def _idle(bench: Bench, runtime: Runtime) -> dict[str, float]:
    with dashboard(runtime) as terminal:
        _go_down(terminal)
        return _percentiles("idle", _move(bench, terminal))


def _busy(bench: Bench, runtime: Runtime) -> dict[str, float]:
    request = runtime.request("POST", runtime.path("actions/arriving"), body={}, status=202)
    rate = bench.scale(_ARRIVING, 50)
    with dashboard(runtime) as terminal:
        _go_down(terminal)
        with steady_load(runtime.url, request, rate=rate, at_most_s=_AT_MOST_S):
            terminal.settle(bench.scale(3.0, 0.5))
            records, cpu, began = runtime.committed(), cpu_seconds(terminal.pid), perf_counter()
            terminal.settle(bench.scale(10.0, 0.5))
            elapsed = perf_counter() - began
            share = (cpu_seconds(terminal.pid) - cpu) / elapsed
            arrived = (runtime.committed() - records) / elapsed
            taken = _move(bench, terminal)
    if not bench.smoke and arrived < _ENOUGH * rate:
        raise AssertionError(f"only {arrived:.0f} records a second arrived, not {rate}")
    return _percentiles("busy", taken) | {"busy.cpu": share * 100, "busy.arrived": arrived}


def _empty(bench: Bench) -> dict[str, float]:
    with empty_app(bench.folder) as terminal:
        terminal.until_painted("keys=0")
        terminal.settle()
        taken = []
        for number in range(1, bench.scale(200, 4) + 1):
            pressed = terminal.press("j")
            taken.append(terminal.until_painted(f"keys={number}") - pressed)
            terminal.settle(random.uniform(*_PAUSES_S))
    return _percentiles("empty", taken)


def _go_down(terminal: Terminal) -> None:
    terminal.until_painted(LIVE)
    terminal.settle(1.0)
    for _ in range(_ROWS_DOWN):
        line = terminal.cursor_line
        terminal.press("j")
        terminal.until_cursor_on(line + 1)


def _move(bench: Bench, terminal: Terminal) -> list[float]:
    """Seconds from each key to its paint: one row down and up again."""
    taken = []
    terminal.settle(0.1)
    for number in range(bench.scale(200, 4)):
        key, step = ("k", -1) if number % 2 else ("j", 1)
        line = terminal.cursor_line
        pressed = terminal.press(key)
        taken.append(terminal.until_cursor_on(line + step) - pressed)
        terminal.settle(random.uniform(*_PAUSES_S))
    return taken


def _percentiles(name: str, taken: list[float]) -> dict[str, float]:
    ordered = sorted(taken)
    last = len(ordered) - 1
    return {
        f"{name}.p50": ordered[last // 2] * 1000,
        f"{name}.p99": ordered[min(last, int(len(ordered) * 0.99))] * 1000,
    }


GROUP = Group(ROWS, measure, is_quick=False)
