"""A whole namespace as its own API tells it, to be compared with another one, and a namespace to begin with."""

import base64
import io
import json
import zipfile
from typing import Any

from tui.client import Route
from tui.entities.json import JsonObject
from tui.operations import Operations
from tui.operations.pages import all_pages

_OF_ITS_OWN = ("version", "updated")
"""Members that tell how often and when, not what."""


async def snapshot(operations: Operations) -> dict[str, JsonObject]:
    """Every record by `collection/name`, and what the feeds of triggers say, without versions and times."""
    records: dict[str, JsonObject] = {}
    for collection in ("packages", "actions", "triggers", "rules"):
        source: Any = getattr(operations.client, collection)
        for member in await all_pages(lambda limit, skip, source=source: source.list(limit=limit, skip=skip)):
            record = (await source.get(member.name)).received
            records[f"{collection}/{member.name}"] = _plain(record)
            if collection == "triggers" and "feed" in member.annotations:
                records[f"feeds/{member.name}"] = await _feed(operations, member.annotations["feed"], member.name)
    for route in await operations.client.routes.list():
        records[f"routes/{route.method} {route.base_path}{route.path}"] = {
            "action": route.action, "api": route.api, "response": route.response_type
        }  # fmt: skip
    return records


async def _feed(operations: Operations, feed: str, trigger: str) -> JsonObject:
    asked = {"lifecycleEvent": "READ", "triggerName": f"/_/{trigger}", "authKey": operations.endpoint.auth.reveal()}
    invoked = await operations.client.actions.invoke(feed, asked, blocking=True)
    assert invoked.activation is not None
    assert invoked.activation.response is not None
    config: JsonObject = invoked.activation.response.result["config"]
    return {key: value for key, value in config.items() if key != "startDate"}


def _plain(value: Any) -> Any:
    """Without what changes by itself; pairs of key and value in the order of their keys."""
    if isinstance(value, dict):
        return {key: _plain(member) for key, member in value.items() if key not in _OF_ITS_OWN}
    if isinstance(value, list):
        return sorted(map(_plain, value), key=lambda one: json.dumps(one, sort_keys=True))
    return value


JAVASCRIPT = "function main(a) { return { number: %d, name: a.name }; }\n"
PYTHON = "def main(args):\n    return {'number': %d}\n"


async def fill(operations: Operations) -> int:
    """Make 50 entities of every sort, and give their number."""
    client = operations.client
    for number in range(4):
        parameters = [{"key": "region", "value": f"r{number}"}, {"key": "KEY", "value": "k", "init": True}]
        notes = [{"key": "description", "value": f"package {number} ☃"}]
        await client.packages.put(
            f"pkg {number}", {"parameters": parameters, "annotations": notes, "publish": number == 1}
        )
    binding = {"binding": {"namespace": "_", "name": "pkg 0"}, "parameters": [{"key": "region", "value": "bound"}]}
    await client.packages.put("bound", binding)
    await client.packages.put("tools", {"binding": {"namespace": "whisk.system", "name": "utils"}})
    for number in range(20):
        await client.actions.put(_action_name(number), _action(number))
    for number in range(6):
        before = f"/_/chain-{number - 1}" if number else "/whisk.system/utils/echo"
        await client.actions.put(f"chain-{number}", _sequence(before, f"/_/{_action_name(number)}"))
    for number in range(6):
        await client.triggers.put(f"event-{number}", {"parameters": [{"key": "from", "value": number}]})
    for number in range(2):
        await operations.client.triggers.put(
            f"clock-{number}", {"annotations": [{"key": "feed", "value": "/whisk.system/alarms/alarm"}]}
        )
        told = {"cron": f"{number} 0 1 1 *", "trigger_payload": {"number": number}}
        asked = {
            "lifecycleEvent": "CREATE",
            "triggerName": f"/_/clock-{number}",
            "authKey": client.endpoint.auth.reveal(),
        }
        await client.actions.invoke("/whisk.system/alarms/alarm", {**told, **asked}, blocking=True)
    for number in range(8):
        name = f"rule-{number}"
        trigger = f"event-{number}" if number < 6 else f"clock-{number - 6}"
        await client.rules.put(name, {"trigger": f"/_/{trigger}", "action": f"/_/{_action_name(number)}"})
        if number % 3 == 0:
            await operations.rules.disable(name)
    for method in ("get", "post"):
        await client.routes.put(
            Route(
                base_path="/v1",
                path="/things",
                method=method,
                action="/guest/web-3",
                api="things",
                response_type="http",
            )
        )
    return len(await snapshot(operations)) - 2  # the feeds of two triggers are part of those


def _action_name(number: int) -> str:
    if number % 4 == 3:
        return f"web-{number}"
    return f"pkg {number % 4}/step-{number}" if number % 2 else f"worker-{number}"


def _action(number: int) -> JsonObject:
    code = {0: JAVASCRIPT, 1: PYTHON}.get(number % 3)
    body: JsonObject = {
        "exec": {"kind": "python:default", "code": _archive(number)},
        "limits": {
            "timeout": 1000 * (number + 1),
            "memory": 128 + number,
            "logs": number % 10,
            "concurrency": 1 + number,
        },
        "parameters": [
            {"key": "name", "value": {"deep": [None, True, 1.5, "${HOME}"]}},
            {"key": "token", "value": f"s3cret-{number}", "init": number % 2 == 0},
        ],
        "annotations": [{"key": "description", "value": f"number {number}"}],
    }
    if code is not None:
        body["exec"] = {"kind": "nodejs:default" if code is JAVASCRIPT else "python:default", "code": code % number}
    if number % 4 == 3:
        flags = {"web-export": True, "raw-http": False, "final": True, "require-whisk-auth": 711_000 + number}
        body["annotations"] += [{"key": key, "value": value} for key, value in flags.items()]
    return body


def _archive(number: int) -> str:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "__main__.py", f"from helper import value\ndef main(args):\n    return {{'n': value + {number}}}\n"
        )
        archive.writestr("helper.py", "value = 1\n")
    return base64.b64encode(buffer.getvalue()).decode()


def _sequence(*steps: str) -> JsonObject:
    return {
        "exec": {"kind": "sequence", "components": list(steps)},
        "annotations": [{"key": "web-export", "value": True}],
    }
