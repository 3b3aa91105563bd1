"""Stem cells: workers that are started before anybody needs them, without code. They hide an interpreter's start-up."""

import asyncio
from collections.abc import Callable

from .interpreters import Interpreter
from .owner import State
from .worker import Worker

_DELAY_S = 0.3
"""A new one is started when the worker that took its place has had time to begin."""
_MAX = 4


class StemCells:
    """At most one per interpreter and memory limit that was asked for lately."""

    def __init__(
        self, spawn: Callable[[Interpreter, int], Worker | None], may_start: Callable[[Interpreter], bool]
    ) -> None:
        self._spawn = spawn
        self._may_start = may_start
        self._loop = asyncio.get_running_loop()
        self._cells: dict[tuple[str, int], Worker] = {}
        """Starting or ready; the oldest first."""

    def __len__(self) -> int:
        return len(self._cells)

    def find(self, interpreter: Interpreter, memory_mb: int) -> Worker | None:
        """One that is ready."""
        cell = self._cells.get((interpreter.kind, memory_mb))
        return cell if cell is not None and cell.state is State.STEM else None

    def take_starting(self, interpreter: Interpreter, memory_mb: int) -> Worker | None:
        """One that is on its way, for whoever would start another beside it."""
        cell = self._cells.get((interpreter.kind, memory_mb))
        if cell is None or cell.state is not State.STARTING:
            return None
        self.remove(cell)
        return cell

    def plan(self, interpreter: Interpreter, memory_mb: int) -> None:
        """Such a worker has just been put to use: the next one will be wanted, too."""
        self._loop.call_later(_DELAY_S, self.start, interpreter, memory_mb)

    def start(self, interpreter: Interpreter, memory_mb: int) -> None:
        """Start one, unless there is one."""
        if (interpreter.kind, memory_mb) not in self._cells and self._may_start(interpreter):
            worker = self._spawn(interpreter, memory_mb)
            if worker is not None:
                self.add(worker)

    def add(self, worker: Worker) -> None:
        """Keep it for later; it is ended if there is one already."""
        key = (worker.interpreter.kind, worker.memory_mb)
        if key in self._cells:
            worker.kill()
            return
        worker.idle_since = self._loop.time()
        self._cells[key] = worker
        if len(self._cells) > _MAX:
            self._cells.pop(next(iter(self._cells))).kill()

    def remove(self, worker: Worker) -> None:
        """It is put to use, or gone."""
        key = (worker.interpreter.kind, worker.memory_mb)
        if self._cells.get(key) is worker:
            del self._cells[key]

    def reap(self, idle_since: float) -> None:
        """End those that nobody wanted since then."""
        for worker in list(self._cells.values()):
            if worker.state is State.STEM and worker.idle_since <= idle_since:
                self.remove(worker)
                worker.kill()
