"""Records and runs to put into the book."""

import itertools
import json
import time
from typing import Any

from tui.entities.activation import Activation, State
from tui.entities.limits import Limits
from tui.entities.live import RunningActivation
from tui.operations.feed_batch import FeedBatch, LinkState

_serial = itertools.count(1)
STATUSES = ("success", "application error", "action developer error", "whisk internal error")


def new_id() -> str:
    return f"{next(_serial):032x}"


def now_ms() -> int:
    return int(time.time() * 1000)


def run(
    name: str = "worker",
    *,
    status: int = 0,
    start_ms: int | None = None,
    took_ms: int = 40,
    result: Any = None,
    activation_id: str | None = None,
    cause: str | None = None,
    kind: str = "nodejs:20",
    logs: tuple[str, ...] = (),
    **annotations: Any,
) -> Activation:
    """The record of a run that ended."""
    start = now_ms() - 1000 if start_ms is None else start_ms
    said = {
        "path": f"guest/{name}",
        "kind": kind,
        "limits": {"timeout": 60_000, "memory": 256, "logs": 10},
        **annotations,
    }
    body = {
        "activationId": activation_id or new_id(),
        "namespace": "guest",
        "name": name.rpartition("/")[2],
        "start": start,
        "end": start + took_ms,
        "duration": took_ms,
        "response": {"status": STATUSES[status], "success": status == 0, "result": result},
        "logs": list(logs),
        "annotations": [{"key": key, "value": value} for key, value in said.items()],
    }
    return Activation.from_json(body | ({"cause": cause} if cause else {}))


def firing(name: str = "upload", *outcomes: tuple[str, str, str | None], start_ms: int | None = None) -> Activation:
    """A trigger's record; outcomes are rule, action and the id of its run, `None` where the rule refused."""
    lines = [
        {"rule": f"guest/{rule}", "action": f"guest/{action}", "statusCode": 0, "success": True, "activationId": run_id}
        if run_id
        else {"rule": f"guest/{rule}", "action": f"guest/{action}", "statusCode": 1, "success": False, "error": "off"}
        for rule, action, run_id in outcomes
    ]
    return Activation.from_json(
        {
            "activationId": new_id(),
            "namespace": "guest",
            "name": name,
            "start": now_ms() - 1000 if start_ms is None else start_ms,
            "response": {"status": "success", "success": True, "result": {"file": "a.png"}},
            "logs": [json.dumps(line) for line in lines],
            "annotations": [],
        }
    )


def accepted(
    name: str = "worker",
    *,
    state: State = State.RUNNING,
    activation_id: str | None = None,
    kind: str = "nodejs:20",
    ago_ms: int = 1000,
    trigger: str | None = None,
    cause: str | None = None,
) -> RunningActivation:
    """A run without a record yet."""
    since = now_ms() - ago_ms
    return RunningActivation(
        activation_id=activation_id or new_id(),
        entity=f"guest/{name}",
        kind=kind,
        state=state,
        accepted_ms=since,
        started_ms=None if state is State.QUEUED else since,
        limits=Limits(timeout_ms=60_000),
        cause=cause,
        trigger_activation_id=trigger,
    )


def batch(*known: Activation | RunningActivation, logs: dict[str, tuple[str, ...]] | None = None) -> FeedBatch:
    """What the feed yields."""
    return FeedBatch(
        link=LinkState.LIVE,
        running=tuple(one for one in known if isinstance(one, RunningActivation)),
        finished=tuple(one for one in known if isinstance(one, Activation)),
        logs=tuple((logs or {}).items()),
    )
