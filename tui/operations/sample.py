"""The worked sample: the shortest way to see an asynchronous job.

A worker that runs for a while, a web action that starts it and answers its activation id, and a trigger with a rule
that starts it too. Loading it twice changes nothing, and nothing of the user's is ever overwritten.
"""

from collections.abc import Awaitable, Callable

from msgspec import Struct

from tui.client import Client
from tui.client.errors import Conflict
from tui.entities.json import JsonObject
from tui.entities.kinds import default_kind, family_of
from tui.entities.limits import Limits
from tui.errors import UsageError

from .platform import PlatformInfo
from .sample_code import NODE_WEB, NODE_WORKER, PYTHON_WEB, PYTHON_WORKER

WORKER = "my-worker"
WEB = "test"
TRIGGER = "my-worker-trigger"
RULE = "async-rule"

_WORKER_LIMITS = Limits(timeout_ms=120_000)
_CODE = {"nodejs": (NODE_WORKER, NODE_WEB), "python": (PYTHON_WORKER, PYTHON_WEB)}


class SampleLoaded(Struct, frozen=True, kw_only=True):
    """What loading the sample did."""

    created: tuple[str, ...]
    existing: tuple[str, ...]
    """Names that were taken, by an earlier load or by the user; they were left as they are."""
    trigger: str = TRIGGER
    """Fire this one to see it work."""


async def load_sample(client: Client, platform: PlatformInfo) -> SampleLoaded:
    """Create what is missing of it, in the first language that the platform runs.

    Raises:
        UsageError: It runs neither Node.js nor Python.
    """
    family = _family(platform)
    worker, web = _CODE[family]
    kind = default_kind(family)
    annotations = [{"key": "web-export", "value": True}]
    references = {"trigger": f"/_/{TRIGGER}", "action": f"/_/{WORKER}"}
    parts: list[tuple[str, Callable[[str, JsonObject], Awaitable[object]], JsonObject]] = [
        (WORKER, client.actions.put, {"exec": {"kind": kind, "code": worker}, "limits": _WORKER_LIMITS.to_json()}),
        (WEB, client.actions.put, {"exec": {"kind": kind, "code": web}, "annotations": annotations}),
        (TRIGGER, client.triggers.put, {}),
        (RULE, client.rules.put, references),
    ]
    created, existing = [], []
    for name, put, body in parts:
        try:
            await put(name, body)
        except Conflict:
            existing.append(name)
        else:
            created.append(name)
    return SampleLoaded(created=tuple(created), existing=tuple(existing))


def _family(platform: PlatformInfo) -> str:
    families = {family_of(kind) for kind in platform.kinds} or set(_CODE)
    for family in _CODE:
        if family in families:
            return family
    raise UsageError(
        f"The sample needs Node.js or Python; this platform runs {', '.join(platform.kinds)}.",
        hint="`pip install 'whisktop[node]'` brings a Node.js for the local runtime.",
    )
