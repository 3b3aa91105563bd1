"""Things on a real runtime for the dashboard to show: small Python actions, triggers and rules."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.running import RunningRuntime
from tui.entities.activation import Activation
from tui.entities.json import JsonObject
from tui.entities.limits import Limits
from tui.operations import Operations, open_operations
from tui.operations.actions import ActionDraft

QUICK = "def main(args):\n    return {'done': True}\n"
FAILING = "def main(args):\n    return {'error': 'the region is missing'}\n"
SLOW = """\
import time

def main(args):
    for step in range(int(args.get('steps', 40))):
        print(f'step {step} is done', flush=True)
        time.sleep(0.1)
    return {'steps': step + 1}
"""


def waits_for(gate: Path) -> str:
    """An action that prints four lines and then runs until there is a file `gate`."""
    return f"""\
import os, time

def main(args):
    for step in range(4):
        print(f'step {{step}} is done', flush=True)
    while not os.path.exists({str(gate)!r}):
        time.sleep(0.02)
    return {{'steps': 4}}
"""


@dataclass(slots=True)
class World:
    """One namespace, and a folder for source files."""

    operations: Operations
    folder: Path

    async def action(self, name: str, code: str = QUICK, *, timeout_ms: int = 60_000) -> None:
        file = self.folder / f"{name}.py"
        file.write_text(code)
        limits = Limits(timeout_ms=timeout_ms)
        draft = ActionDraft(source=file, name=name, kind="python:default", limits=limits)
        await self.operations.actions.create(draft)

    async def chain(self, name: str, code: str = QUICK, *, timeout_ms: int = 60_000) -> None:
        """Trigger `name`, rule `name-rule` and action `name-worker`."""
        await self.action(f"{name}-worker", code, timeout_ms=timeout_ms)
        await self.operations.triggers.create(name)
        await self.operations.rules.create(f"{name}-rule", trigger=name, action=f"{name}-worker")

    async def ran(self, name: str, payload: JsonObject | None = None) -> Activation:
        """Invoke an action and wait for its record."""
        invoked = await self.operations.actions.invoke(name, payload or {})
        return await self.operations.activations.wait(invoked.activation_id, timeout_s=30)


@asynccontextmanager
async def world_of(runtime: RunningRuntime, folder: Path) -> AsyncIterator[World]:
    async with open_operations(runtime.endpoint) as operations:
        yield World(operations, folder)
