"""R8: from the command that starts a server to the first result of an action."""

import http.client
import sys
import time
from contextlib import closing
from functools import partial
from statistics import median

from tests.running import isolated_environment

from ..baselines import functions_framework_node_command
from ..bench import Bench, Group
from ..rounds import Subject, interleave
from ..row import Measurements, Row, Skipped
from ..servers import free_port, process, wait_for_port
from ..subject import NODE_NOOP, Runtime, until

ROWS = (
    Row(
        key="R8",
        what="command → first result",
        unit="ms",
        metric="ours.first",
        baseline="framework.first",
        against="functions-framework",
        must=1,
        aim=0.6,
    ),
)


def measure(bench: Bench) -> Measurements:
    measurements, node = Measurements(), bench.need_node()
    subjects: list[Subject] = [partial(_ours, bench)]
    try:
        functions_framework_node_command(node, 0)
    except Skipped as reason:
        measurements.missing["framework.first"] = str(reason)
    else:
        subjects.append(partial(_framework, bench, node))
    return interleave(subjects, ROWS, rounds=bench.rounds, measurements=measurements)


def _ours(bench: Bench) -> dict[str, float]:
    """Serving an empty folder, creating the action, running it."""
    return {"ours.first": median(_start_ours(bench) for _ in range(bench.scale(5, 1)))}


def _start_ours(bench: Bench) -> float:
    folder, port = bench.new_folder(), free_port()
    wskprops, log = folder / "wskprops", folder / "serve.log"
    command = [sys.executable, "-m", "tui", "serve", "--port", str(port), "--data-dir", str(folder / "data")]
    began = time.perf_counter()
    with process([*command, "--wskprops", str(wskprops)], log=log, env=isolated_environment(folder)) as child:
        wait_for_port(port, child, log)
        # Written when the server answers, which it may do a moment later than it listens.
        until(wskprops.exists, "the key", every_s=0.001)
        values = dict(line.split("=", 1) for line in wskprops.read_text().splitlines() if "=" in line)
        runtime = Runtime(f"http://127.0.0.1:{port}", values["AUTH"], values["NAMESPACE"], folder / "data", child.pid)
        runtime.put_action("noop", NODE_NOOP)
        runtime.invoke("noop")
        return (time.perf_counter() - began) * 1000


def _framework(bench: Bench, node: str) -> dict[str, float]:
    return {"framework.first": median(_start_framework(bench, node) for _ in range(bench.scale(5, 1)))}


def _start_framework(bench: Bench, node: str) -> float:
    port, log = free_port(), bench.folder / "functions-framework-first.log"
    began = time.perf_counter()
    with process(functions_framework_node_command(node, port), log=log) as child:
        wait_for_port(port, child, log)
        _post(port)
        return (time.perf_counter() - began) * 1000


def _post(port: int) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.request("POST", "/", "{}", {"Content-Type": "application/json"})
        answer = connection.getresponse()
        assert answer.status == 200, answer.read()


GROUP = Group(ROWS, measure)
