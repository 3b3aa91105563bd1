"""D1, D5: from the command to the first row of the feed, and the memory it takes, over a million records."""

from functools import partial
from statistics import median

from ..bench import Bench, Group
from ..filled import ACTIONS
from ..rounds import interleave
from ..row import Measurements, Row
from ..subject import Runtime, private_mb
from ..terminal import Terminal, dashboard, empty_app

_MINIMAL = "minimal Textual app"
ROWS = (
    Row(
        key="D1",
        what="first useful paint, 1M activations",
        unit="ms",
        metric="ours.paint",
        baseline="empty.paint",
        against=_MINIMAL,
        must=1.6,
        aim=1.2,
    ),
    Row(
        key="D5",
        what="memory with 1M",
        unit="MB",
        metric="ours.private",
        baseline="empty.private",
        against=_MINIMAL,
        must=2,
        aim=1.3,
    ),
)
_AT_REST_S = 2.0


def measure(bench: Bench) -> Measurements:
    with bench.seen_runtime(bench.million) as runtime:
        subjects = (partial(_ours, bench, runtime), partial(_empty, bench))
        return interleave(subjects, ROWS, rounds=bench.rounds)


def _ours(bench: Bench, runtime: Runtime) -> dict[str, float]:
    paints, memories = [], []
    for _ in range(bench.scale(5, 1)):
        with dashboard(runtime) as terminal:
            paints.append(_paint_ms(terminal, ACTIONS[0]))
            memories.append(_memory_mb(bench, terminal))
    return {"ours.paint": median(paints), "ours.private": median(memories)}


def _empty(bench: Bench) -> dict[str, float]:
    paints, memories = [], []
    for _ in range(bench.scale(5, 1)):
        with empty_app(bench.folder) as terminal:
            paints.append(_paint_ms(terminal, "keys=0"))
            memories.append(_memory_mb(bench, terminal))
    return {"empty.paint": median(paints), "empty.private": median(memories)}


def _paint_ms(terminal: Terminal, text: str) -> float:
    return (terminal.until_painted(text) - terminal.began) * 1000


def _memory_mb(bench: Bench, terminal: Terminal) -> float:
    terminal.settle(bench.scale(_AT_REST_S, 0.2))
    return private_mb(terminal.pid)


GROUP = Group(ROWS, measure, is_quick=False)
