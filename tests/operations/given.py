"""What a test needs to be on the platform, in the words of the domain."""

import tempfile
from pathlib import Path

from msgspec.structs import replace

from tui.entities.action import Action
from tui.entities.limits import Limits
from tui.entities.parameters import Parameters
from tui.operations import Operations
from tui.operations.actions import WebExport, infer_draft

ECHO = "def main(args):\n    args.pop('__ow_headers', None)\n    return args\n"
FAILING = "def main(args):\n    return {'error': 'no such luck'}\n"
SLEEPER = """
import time

def main(args):
    for number in range(int(args.get("lines", 3))):
        print("line", number, flush=True)
        time.sleep(args.get("pause_s", 0.1))
    return {"slept": True}
"""


async def given_action(
    operations: Operations,
    name: str,
    code: str = ECHO,
    *,
    suffix: str = ".py",
    limits: Limits | None = None,
    web: WebExport = WebExport.NO,
    parameters: Parameters = (),
) -> Action:
    """An action of this code."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"code{suffix}"
        file.write_text(code)
        draft = replace(infer_draft(file), name=name, limits=limits or Limits(), web=web, parameters=parameters)
        return await operations.actions.create(draft)


async def given_rule(operations: Operations, name: str, *, trigger: str, action: str, active: bool = True) -> None:
    """A rule from a trigger, which is created if need be, to an action that exists."""
    if trigger not in {one.name for one in await operations.triggers.list()}:
        await operations.triggers.create(trigger)
    await operations.rules.create(name, trigger=trigger, action=action)
    if not active:
        await operations.rules.disable(name)
