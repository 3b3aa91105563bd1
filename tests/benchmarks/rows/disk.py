"""R11: bytes on disk for one small activation, its log line and its indexes included."""

from pathlib import Path

from ..bench import Bench, Group
from ..row import Measurements, Row
from ..subject import NODE_WITH_LINE, runtime_in

ROWS = (
    Row(
        key="R11",
        what="disk per small activation",
        unit="B",
        metric="ours.bytes",
        must=650,
        aim=550,
    ),
)
_FILES = ("runtime.db", "runtime.db-wal")


def measure(bench: Bench) -> Measurements:
    """Once: the same work takes the same room."""
    folder, runs = bench.new_folder(), bench.scale(20_000, 64)
    with runtime_in(folder) as runtime:
        runtime.put_action("noop", NODE_WITH_LINE)
        runtime.invoke("noop")
    empty = _size(folder)
    with runtime_in(folder) as runtime:
        runtime.invoke_many("noop", at_most=runs, seconds=60, warm_up=1)
    return Measurements([{"ours.bytes": (_size(folder) - empty) / (runs + 1)}])


def _size(folder: Path) -> int:
    """Of the database, after the runtime has ended."""
    files = [folder / "data" / name for name in _FILES]
    return sum(file.stat().st_size for file in files if file.exists())


GROUP = Group(ROWS, measure)
