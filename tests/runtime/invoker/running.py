"""Runs one action on a pool and shows what became of it, in the words of the tests."""

import asyncio
import base64
import io
import json
import secrets
import time
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tui.entities.endpoint import Secret
from tui.entities.limits import Limits
from tui.runtime.invoker.interpreters import Interpreters
from tui.runtime.invoker.jobs import Executable, Job, Outcome
from tui.runtime.invoker.pool import WorkerPool

PATIENCE_S = 30
PID = "import os\ndef main(args): return {'pid': os.getpid()}"
"""Tells which worker it ran in."""
SLEEP = "import os, time\ndef main(args):\n    time.sleep(args.get('s', 60))\n    return {'pid': os.getpid()}"
"""The same, after `s` seconds."""


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what no event tells: something outside of this process."""
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def is_alive(pid: int) -> bool:
    """Zombies are dead."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


class Running:
    """A job on its way; hears what the pool says about it."""

    def __init__(self, job_of: Callable[["Running"], Job]) -> None:
        self.started = asyncio.Event()
        self.printed = asyncio.Event()
        self.live_lines: list[str] = []
        self.finished: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self.job = job_of(self)

    def job_started(self, job: Job, start_ms: int) -> None:
        self.started.set()

    def job_logged(self, job: Job, lines: bytes) -> None:
        self.live_lines += json.loads(lines)
        self.printed.set()

    def job_finished(self, job: Job, outcome: Outcome) -> None:
        self.finished.set_result(outcome)

    async def ended(self) -> "Ran":
        async with asyncio.timeout(PATIENCE_S):
            return Ran(await self.finished)


@dataclass(frozen=True)
class Ran:
    """An outcome, read."""

    outcome: Outcome

    @property
    def status(self) -> int:
        return self.outcome.status_code

    @property
    def result(self) -> Any:
        return None if self.outcome.result is None else json.loads(self.outcome.result)

    @property
    def error(self) -> Any:
        return self.result["error"]

    @property
    def size(self) -> int | None:
        return self.outcome.size_bytes

    @property
    def lines(self) -> list[str]:
        """As they are kept, timestamp and all."""
        lines: list[str] = json.loads(self.outcome.logs)
        return lines

    @property
    def printed(self) -> list[str]:
        """`stdout: text` and `stderr: text`."""
        return [line[31:] for line in self.lines]

    @property
    def stdout(self) -> list[str]:
        return [line.removeprefix("stdout: ") for line in self.printed if line.startswith("stdout: ")]

    @property
    def stderr(self) -> list[str]:
        return [line.removeprefix("stderr: ") for line in self.printed if line.startswith("stderr: ")]


@dataclass
class Bench:
    """A pool, and what a controller would know about it."""

    interpreters: Interpreters
    work_dir: Path
    pool: WorkerPool = field(init=False)
    marks: list[str] = field(default_factory=list)
    """Ids in the order in which the pool asked to mark them."""
    held_marks: list[Callable[[], None]] | None = None
    """Once it is a list, marks are not granted but kept here."""

    def mark_started(self, job: Job, go: Callable[[], None]) -> None:
        self.marks.append(job.activation_id)
        if self.held_marks is None:
            go()
        else:
            self.held_marks.append(go)

    def submit(self, executable: Executable, arguments: Any = None, *, marked: bool = True) -> Running:
        def job_of(running: Running) -> Job:
            return Job(
                executable=executable,
                activation_id=secrets.token_hex(16),
                transaction_id="tid-1",
                arguments=json.dumps({} if arguments is None else arguments).encode(),
                accepted_ms=time.time() * 1000,
                listener=running,
                marked=marked,
            )

        running = Running(job_of)
        self.pool.submit(running.job)
        return running

    async def run(self, executable: Executable, arguments: Any = None) -> Ran:
        return await self.submit(executable, arguments).ended()


def action(code: str, *, kind: str, **options: Any) -> Executable:
    """An action of its own, so that it starts cold."""
    limits = Limits(**{name: options.pop(name) for name in ("timeout_ms", "memory_mb", "logs_mb") if name in options})
    values: dict[str, Any] = {
        "key": secrets.token_hex(8),
        "name": "hello",
        "action_name": "/guest/demo/hello",
        "version": "0.0.3",
        "kind": kind,
        "main": None,
        "code": code,
        "binary": False,
        "init_environment": {},
        "limits": limits,
        "namespace": "guest",
        "api_key": Secret("uuid:secret"),
    }
    return Executable(**(values | options))


def node(code: str, **options: Any) -> Executable:
    return action(code, **({"kind": "nodejs:default"} | options))


def python(code: str, **options: Any) -> Executable:
    return action(code, **({"kind": "python:default"} | options))


def zipped(files: Mapping[str, str]) -> str:
    """An archive as it travels."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as writer:
        for name, text in files.items():
            writer.writestr(name, text)
    return base64.b64encode(archive.getvalue()).decode()


def node_zip(files: Mapping[str, str], **options: Any) -> Executable:
    return node(zipped(files), binary=True, **options)


def python_zip(files: Mapping[str, str], **options: Any) -> Executable:
    return python(zipped(files), binary=True, **options)


async def all_ended(*runs: Running) -> list[Ran]:
    return [await run.ended() for run in runs]
