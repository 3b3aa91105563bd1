"""M1: what 100,000 runs of one warm action leave behind in the memory of the runtime and of the worker."""

from pathlib import Path

from ..bench import Bench, Group
from ..row import Measurements, Row, Skipped
from ..subject import NODE_NOOP, children_of, private_mb

ROWS = (
    Row(key="M1", what="growth over 100,000 runs, runtime", unit="MB", metric="runtime.growth", must=12, aim=4),
    Row(key="M1 worker", what="the same, its Node.js worker", unit="MB", metric="worker.growth", must=12, aim=4),
)
_SECONDS = 120.0


def measure(bench: Bench) -> Measurements:
    """Once, after enough runs that caches and rings are full."""
    bench.need_node()
    first, more = bench.scale((20_000, 100_000), (200, 200))
    with bench.runtime() as runtime:
        runtime.put_action("noop", NODE_NOOP)
        runtime.invoke_many("noop", at_most=first, seconds=_SECONDS)
        workers = [child for child in sorted(children_of(runtime.pid)) if _is_worker(child)]
        if not workers:
            raise Skipped("this system does not tell the children of a process")
        processes = {"runtime.growth": runtime.pid, "worker.growth": workers[0]}
        before = {metric: private_mb(pid) for metric, pid in processes.items()}
        runtime.invoke_many("noop", at_most=more, seconds=_SECONDS, warm_up=0)
        return Measurements([{metric: private_mb(pid) - before[metric] for metric, pid in processes.items()}])


def _is_worker(pid: int) -> bool:
    return b"node_host.js" in Path(f"/proc/{pid}/cmdline").read_bytes()


GROUP = Group(ROWS, measure)
