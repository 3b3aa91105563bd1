"""A runtime to be measured: started as a user starts it, reached over its REST API."""

import base64
import http.client
import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.running import RunningRuntime, isolated_environment, running_runtime

from .load import Load, Request, make_request, run_load
from .row import Skipped

NODE_NOOP = "function main() { return {}; }"
NODE_WITH_LINE = "function main(args) { console.log('one line of log'); return { ok: true }; }"
PYTHON_NOOP = "def main(args):\n    return {}\n"
IN_FLIGHT = 16
_WARM_UP = 400
_WAIT_S = 120.0
_LOOK_S = 0.005
_TIMEOUT_S = 90
_TOP = Path(__file__).parents[2]
_STOP_WITHIN_S = 20


@dataclass(frozen=True, slots=True)
class Runtime:
    """One runtime, and the few calls that measurements need."""

    url: str
    auth: str
    namespace: str
    data_dir: Path
    pid: int

    @classmethod
    def of(cls, running: RunningRuntime) -> "Runtime":
        return cls(running.url, running.auth, running.namespace, running.data_dir, running.process.pid)

    @property
    def _authorization(self) -> tuple[str, str]:
        return "Authorization", f"Basic {base64.b64encode(self.auth.encode()).decode()}"

    @property
    def environment(self) -> dict[str, str]:
        """For a command that shall talk to this runtime."""
        folder = self.data_dir.parent
        return isolated_environment(folder) | {"WSK_CONFIG_FILE": str(folder / "wskprops")}

    def path(self, rest: str) -> str:
        return f"/api/v1/namespaces/{self.namespace}/{rest}"

    def request(self, method: str, path: str, *, body: Any = None, status: int = 200) -> Request:
        """For the load generator."""
        text = b"" if body is None else json.dumps(body).encode()
        return make_request(self.url, method, path, body=text, headers=[self._authorization], status=status)

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """One call by itself; gives the JSON of its answer."""
        with closing(http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=_TIMEOUT_S)) as connection:
            headers = dict([self._authorization, ("Content-Type", "application/json")])
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            text = answer.read()
        if answer.status >= 400:
            raise AssertionError(f"{method} {path}: {answer.status} {text[:400]!r}")
        return json.loads(text) if text else None

    def put_action(self, name: str, code: str, *, kind: str = "nodejs:default", **limits: int) -> None:
        body: dict[str, Any] = {"exec": {"kind": kind, "code": code}}
        if limits:
            body["limits"] = limits
        self.call("PUT", self.path(f"actions/{name}?overwrite=true"), body)

    def put_chain(self, name: str, code: str) -> None:
        """Trigger `name`, rule `name-rule`, action `name-action`."""
        self.put_action(f"{name}-action", code)
        self.call("PUT", self.path(f"triggers/{name}?overwrite=true"), {})
        rule = {"trigger": f"/{self.namespace}/{name}", "action": f"/{self.namespace}/{name}-action"}
        self.call("PUT", self.path(f"rules/{name}-rule?overwrite=true"), rule)

    def invoke_request(self, action: str) -> Request:
        return self.request("POST", self.path(f"actions/{action}?blocking=true"), body={})

    def invoke(self, action: str, body: Any = None) -> Any:
        """The record of one blocking run, without its logs."""
        return self.call("POST", self.path(f"actions/{action}?blocking=true"), body or {})

    def invoke_many(
        self, action: str, *, at_most: int, seconds: float, in_flight: int = IN_FLIGHT, warm_up: int = _WARM_UP
    ) -> Load:
        """Blocking runs of a warm action."""
        request = self.invoke_request(action)
        run_load(self.url, [request], in_flight=in_flight, at_most=min(warm_up, at_most))
        return run_load(self.url, [request], in_flight=in_flight, at_most=at_most, seconds=seconds)

    def committed(self) -> int:
        """How many records are in the database file."""
        with closing(sqlite3.connect(f"file:{self.data_dir / 'runtime.db'}?mode=ro", uri=True)) as connection:
            count: int = connection.execute("select count(*) from activations").fetchone()[0]
            return count

    def pool(self) -> dict[str, int]:
        pool: dict[str, int] = self.call("GET", "/whisktop/v1/status")["pool"]
        return pool


@contextmanager
def runtime_in(folder: Path, *, config: str = "", module: str | None = None) -> Iterator[Runtime]:
    """Serve `folder/data` with the settings in `config`.

    `module` is a program of ours that stands in for `python -m tui` to leave something out.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.toml").write_text(config)
    if module is None:
        with running_runtime(folder) as running:
            yield Runtime.of(running)
        return
    with _served_by(module, folder) as runtime:
        yield runtime


@contextmanager
def _served_by(module: str, folder: Path) -> Iterator[Runtime]:
    wskprops = folder / "wskprops"
    command = [sys.executable, "-m", module, "serve", "--port", "0", "--data-dir", str(folder / "data")]
    with subprocess.Popen(
        [*command, "--wskprops", str(wskprops)],
        env=isolated_environment(folder) | {"PYTHONPATH": str(_TOP)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        try:
            assert child.stdout is not None
            ready = child.stdout.readline().split()
            if ready[:1] != ["ready"]:
                raise AssertionError(f"{module} did not start")
            values = dict(line.split("=", 1) for line in wskprops.read_text().splitlines() if "=" in line)
            yield Runtime(ready[1], values["AUTH"], values["NAMESPACE"], folder / "data", child.pid)
        finally:
            child.terminate()
            try:
                child.wait(_STOP_WITHIN_S)
            except subprocess.TimeoutExpired:
                child.kill()


def until(condition: Callable[[], Any], what: str, *, within_s: float = _WAIT_S, every_s: float = _LOOK_S) -> None:
    """Wait for a state.

    Raises:
        AssertionError: It did not come.
    """
    give_up_at = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > give_up_at:
            raise AssertionError(f"waited in vain for {what}")
        time.sleep(every_s)


def private_mb(pid: int) -> float:
    """Memory of a process that no other one could share, in MB: pages of its own that it has written to. Pages of
    the program's file count for nobody, since whether they are shared depends on who else runs it.

    Raises:
        Skipped: This system does not tell.
    """
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except FileNotFoundError as error:
        raise Skipped("this system has no /proc that tells private memory") from error
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_Dirty")) / 1024


def cpu_seconds(pid: int) -> float:
    """Spent by a process so far, in user and in system mode.

    Raises:
        Skipped: This system does not tell.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError as error:
        raise Skipped("this system has no /proc that tells the time of a process") from error
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def children_of(pid: int) -> list[int]:
    """The processes that a process has started."""
    try:
        files = list(Path(f"/proc/{pid}/task").glob("*/children"))
        return [int(child) for file in files for child in file.read_text().split()]
    except FileNotFoundError:
        return []
