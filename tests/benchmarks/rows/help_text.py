"""D7: how long `whisktop --help` takes, against Python doing nothing."""

import shutil
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from statistics import median

from ..bench import Bench, Group
from ..rounds import interleave
from ..row import Measurements, Row

ROWS = (
    Row(
        key="D7",
        what="whisktop --help",
        unit="ms",
        metric="ours.help",
        baseline="python.nothing",
        against="python -c pass",
        must=4,
        aim=2.5,
    ),
)


def measure(bench: Bench) -> Measurements:
    installed = shutil.which("whisktop", path=str(Path(sys.executable).parent))
    help_command = [installed] if installed else [sys.executable, "-m", "tui"]
    subjects = (
        partial(_median, bench, "ours.help", [*help_command, "--help"]),
        partial(_median, bench, "python.nothing", [sys.executable, "-c", "pass"]),
    )
    return interleave(subjects, ROWS, rounds=bench.rounds)


def _median(bench: Bench, metric: str, command: list[str]) -> dict[str, float]:
    taken = []
    for _ in range(bench.scale(15, 2)):
        began = time.perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True, timeout=30)
        taken.append((time.perf_counter() - began) * 1000)
    return {metric: median(taken)}


GROUP = Group(ROWS, measure)
