"""Records for a history, in the words of the domain."""

import json
from typing import Any

from tests.entities.recorded import recorded
from tui.entities.activation import Activation

START_MS = 1_700_000_000_000


def run(number: int = 1, **changes: Any) -> Activation:
    """A run of `demo/hello` that started `number` seconds after the beginning."""
    start_ms = START_MS + number * 1000
    body = recorded("activation-action") | {
        "activationId": f"{number:032x}",
        "start": start_ms,
        "end": start_ms + 34,
        "logs": [],
    }
    return Activation.from_json(body | changes)


def of_action(name: str, number: int, **changes: Any) -> Activation:
    """A run of another action."""
    annotations = [{"key": "path", "value": f"guest/{name}"}, {"key": "kind", "value": "nodejs:20"}]
    return run(number, name=name, annotations=annotations, **changes)


def failed(number: int = 1, **changes: Any) -> Activation:
    response = {"status": "application error", "success": False, "result": {"error": "no such luck"}}
    return run(number, response=response, **changes)


def firing(number: int, *run_ids: str | None, name: str = "upload") -> Activation:
    """Of a trigger; `None` stands for a rule that refused."""
    lines = [
        {
            "rule": f"guest/rule-{place}",
            "action": "guest/hello",
            "statusCode": 0,
            "success": True,
            "activationId": run_id,
        }
        if run_id
        else {"rule": f"guest/rule-{place}", "action": "guest/hello", "statusCode": 1, "success": False, "error": "off"}
        for place, run_id in enumerate(run_ids)
    ]
    body = recorded("activation-trigger") | {
        "activationId": f"{number:032x}",
        "name": name,
        "start": START_MS + number * 1000,
        "logs": [json.dumps(line) for line in lines],
    }
    return Activation.from_json(body)


def sequence(number: int, *step_ids: str) -> Activation:
    annotations = [{"key": "path", "value": "guest/steps"}, {"key": "kind", "value": "sequence"}]
    return run(number, name="steps", annotations=annotations, logs=list(step_ids))
