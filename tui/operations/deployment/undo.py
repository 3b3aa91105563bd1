"""The way back: what was there before a plan was carried out, kept in a file, and the plan that brings it back.

The files hold parameters, so they are for their owner's eyes only. Beside what was there they keep a fingerprint of
what the plan left: where something else is there by now, somebody changed it, and that is not overwritten unasked.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from msgspec.structs import asdict, replace

from tui.config import default_data_dir
from tui.entities.action import Action, Exec
from tui.entities.endpoint import Endpoint
from tui.entities.json import JsonObject
from tui.entities.limits import Limits
from tui.entities.names import OWN_NAMESPACE, FullName
from tui.entities.package import Package
from tui.entities.parameters import Annotations
from tui.entities.rule import Rule, RuleStatus
from tui.entities.trigger import Trigger
from tui.errors import UsageError

from .. import Operations
from .definitions import (
    ActionDefinition,
    Blueprint,
    Definition,
    Key,
    Noun,
    PackageDefinition,
    RouteDefinition,
    RuleDefinition,
    TriggerDefinition,
    wire_reference,
)
from .plan import Plan, Step, Verdict, make_plan
from .present import Present
from .records import FEED, action_of, package_of, rule_of, trigger_of

_KEPT: Final = 20
"""Files of one account; older ones are deleted."""
_VERSION: Final = 1
_PASSES: Final = frozenset({"startDate"})
"""Of a feed: it is told only until it has passed."""
CHANGED_SINCE: Final = "it was changed after the deployment that is to be taken back."
DELETED_SINCE: Final = "it was deleted after the deployment that is to be taken back."
LEFT_UNKNOWN: Final = "the deployment was interrupted: nobody noted whether what is there came of it."


def save_undo(endpoint: Endpoint, plan: Plan, *, now: datetime | None = None) -> Path:
    """Write down what the entities are that a plan is about to change."""
    folder = _folder_of(endpoint)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    at = (now or datetime.now(UTC)).strftime("%Y-%m-%dT%H-%M-%S.%fZ")
    body = {
        "version": _VERSION,
        "account": endpoint.account,
        "apihost": endpoint.url,
        "namespace": endpoint.namespace,
        "entities": [_entry(step.key, step.present) for step in plan.work],
    }
    path = folder / f"{at}.json"
    _write(path, body)
    for old in sorted(folder.glob("*.json"))[:-_KEPT]:
        old.unlink(missing_ok=True)
    return path


async def note_left(target: Operations, plan: Plan, path: Path) -> None:
    """After a plan was carried out: write down what is there now, so that the way back sees what others change later.

    Raises:
        UserError: It cannot be read; for the way back all is in conflict then that is not as it was before the plan.
    """
    found = await Present(target.client).find_all(step.key for step in plan.work)
    body = _load(path)
    for entry in body["entities"]:
        key = _key(entry)
        if key in found:
            entry["left"] = _fingerprint(key, found[key])
    _write(path, body)


def last_undo(endpoint: Endpoint) -> Path:
    """The newest file of this account.

    Raises:
        UsageError: There is none.
    """
    files = sorted(_folder_of(endpoint).glob("*.json"))
    if not files:
        raise UsageError(f"Nothing was deployed from here to {endpoint.context} that could be taken back.")
    return files[-1]


async def plan_undo(target: Operations, path: Path) -> Plan:
    """What brings back what was there before; what is as it was stays, and what somebody changed since is a conflict.

    Raises:
        UsageError: It is no such file, or one of another platform or namespace.
    """
    body = _load(path)
    endpoint = target.endpoint
    if (body["account"], body["namespace"]) != (endpoint.account, endpoint.namespace):
        raise UsageError(
            f"{path} belongs to the namespace {body['namespace']} at {body['apihost']}, "
            f"not to {endpoint.namespace} at {endpoint.url}.",
            hint="Name its context with --context.",
        )
    before: dict[Key, Definition] = {}
    gone: list[Key] = []
    for entry in body["entities"]:
        key = _key(entry)
        if entry["record"] is None:
            gone.append(key)
        else:
            before[key] = _definition(key, entry)
    plan = await make_plan(target, Blueprint(definitions=before, exact=True), gone=gone)
    left = {_key(entry): entry["left"] for entry in body["entities"] if "left" in entry}
    return replace(plan, steps=tuple(_unless_changed(step, left) for step in plan.steps))


def _unless_changed(step: Step, left: Mapping[Key, str]) -> Step:
    """The step, or a conflict where what is there is not, or may not be, what the plan left."""
    if not step.is_work:
        return step
    if step.key not in left:
        return replace(step, verdict=Verdict.CONFLICT, reason=LEFT_UNKNOWN)
    if _fingerprint(step.key, step.present) == left[step.key]:
        return step
    return replace(step, verdict=Verdict.CONFLICT, reason=DELETED_SINCE if step.present is None else CHANGED_SINCE)


def forget_undo(path: Path) -> None:
    """It was used: the next way back is the one before."""
    path.unlink(missing_ok=True)


def changed_since(plan: Plan) -> tuple[Step, ...]:
    """What a plan of `plan_undo` leaves alone because somebody changed it, or may have."""
    return tuple(step for step in plan.conflicts if step.reason in (CHANGED_SINCE, DELETED_SINCE, LEFT_UNKNOWN))


def overwriting(plan: Plan) -> Plan:
    """The plan that takes back also what somebody changed since."""
    changed = {step.key for step in changed_since(plan)}
    return replace(plan, steps=tuple(_all_the_same(step) if step.key in changed else step for step in plan.steps))


def _all_the_same(step: Step) -> Step:
    if step.wanted is None:
        return replace(step, verdict=Verdict.DELETE, reason="")
    return replace(step, verdict=Verdict.CREATE if step.present is None else Verdict.UPDATE, reason="")


def _folder_of(endpoint: Endpoint) -> Path:
    return default_data_dir().parent / "undo" / endpoint.account


def _load(path: Path) -> JsonObject:
    try:
        body = json.loads(path.read_bytes())
        if body["version"] != _VERSION:
            raise UsageError(f"{path} was written by another version of whisktop.")
        _ = body["account"], body["apihost"], body["namespace"], body["entities"]
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {(error.strerror or str(error)).lower()}.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path} does not tell how to take anything back.") from error
    return dict(body)


def _write(path: Path, body: JsonObject) -> None:
    """In one step, for its owner's eyes."""
    draft = path.with_suffix(".part")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(body, file)
    draft.replace(path)


def _key(entry: JsonObject) -> Key:
    return Key(Noun(entry["noun"]), entry["name"])


def _fingerprint(key: Key, present: Definition | None) -> str:
    """Equal for equal definitions."""
    entry = _entry(key, present)
    if isinstance(feed := entry.get("feed"), dict):
        entry["feed"] = {name: value for name, value in feed.items() if name not in _PASSES}
    return hashlib.sha256(json.dumps(entry, sort_keys=True).encode()).hexdigest()


def _entry(key: Key, present: Definition | None) -> JsonObject:
    entry: JsonObject = {"noun": key.noun.value, "name": key.name, "record": None}
    match present:
        case None:
            pass
        case RouteDefinition():
            entry["record"] = asdict(present)
        case _:
            entry["record"] = _record(present)
    if isinstance(present, TriggerDefinition) and present.feed is not None:
        entry["feed"] = present.feed.parameters
    return entry


def _record(definition: Definition) -> JsonObject:
    """As a platform would tell it of the namespace `_`."""
    annotations = getattr(definition, "annotations", None) or Annotations()
    publish = bool(getattr(definition, "publish", False))
    match definition:
        case PackageDefinition(binding=bound):
            package = Package(
                namespace=OWN_NAMESPACE,
                name=definition.name,
                parameters=definition.parameters or (),
                annotations=annotations,
                publish=publish,
                binding=None if bound is None else FullName.parse(wire_reference(bound)),
            )
            return package.to_json()
        case ActionDefinition():
            return Action(
                full_name=FullName.parse(wire_reference(definition.name)),
                exec=_wired(definition.exec),
                parameters=definition.parameters or (),
                annotations=annotations,
                limits=definition.limits.over(Limits()),
                publish=publish,
            ).to_json()
        case TriggerDefinition(feed=feed):
            if feed is not None:
                annotations = annotations.with_({FEED: wire_reference(feed.action)})
            return Trigger(
                full_name=FullName(OWN_NAMESPACE, definition.name),
                parameters=definition.parameters or (),
                annotations=annotations,
                publish=publish,
            ).to_json()
        case RuleDefinition():
            return Rule(
                full_name=FullName(OWN_NAMESPACE, definition.name),
                trigger=FullName.parse(wire_reference(definition.trigger)),
                action=FullName.parse(wire_reference(definition.action)),
                status=RuleStatus.ACTIVE if definition.active else RuleStatus.INACTIVE,
                annotations=annotations,
                publish=publish,
            ).to_json()
    raise TypeError(f"{definition.key} has no record")


def _wired(exec_: Exec) -> Exec:
    return Exec(
        kind=exec_.kind,
        code=exec_.code,
        main=exec_.main,
        binary=exec_.binary,
        image=exec_.image,
        components=tuple(wire_reference(step) for step in exec_.components),
    )


def _definition(key: Key, entry: JsonObject) -> Definition:
    record = entry["record"]
    match key.noun:
        case Noun.PACKAGE:
            return package_of(Package.from_json(record), OWN_NAMESPACE)
        case Noun.ACTION:
            return action_of(Action.from_json(record), OWN_NAMESPACE)
        case Noun.TRIGGER:
            return trigger_of(Trigger.from_json(record), OWN_NAMESPACE, feed_parameters=entry.get("feed"))
        case Noun.RULE:
            return rule_of(Rule.from_json(record), OWN_NAMESPACE)
        case Noun.ROUTE:
            return RouteDefinition(**record)
