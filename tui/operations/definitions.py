"""Edits: what its owner says about an action, a trigger, a rule or a package, and how a change of it is sent.

An edit is two values, the thing as it is and as it shall be. Only what differs between them is sent: a platform keeps
the rest, also what a later version of it may have added.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tui.client.errors import ApiError
from tui.entities.action import Action, Exec
from tui.entities.kinds import SEQUENCE
from tui.entities.package import Package
from tui.entities.parameters import Annotations, Parameters, parameters_to_json
from tui.entities.rule import Rule
from tui.entities.trigger import Trigger

if TYPE_CHECKING:
    from tui.client import Client
    from tui.entities.json import Json, JsonObject

Entity = Action | Trigger | Rule | Package

_OF_THE_PLATFORM = frozenset({"exec", "binding"})
"""Annotations that the platform writes itself, whatever a client sends."""
_OF_SEQUENCES = "_actions"


def own_annotations(entity: Entity) -> Annotations:
    """Those that its owner wrote."""
    return entity.annotations.without(_OF_THE_PLATFORM)


def own_parameters(entity: Action | Trigger | Package) -> Parameters:
    """Without the one in which a platform keeps the steps of a sequence."""
    return tuple(one for one in entity.parameters if one.key != _OF_SEQUENCES)


def settings_of(entity: Entity) -> JsonObject:
    """Everything that may be edited except code, as JSON to read and compare."""
    match entity:
        case Action():
            return {**_exec_settings(entity.exec), "limits": entity.limits.to_json(), **_given(entity)}
        case Rule():
            return {
                "trigger": entity.trigger.in_namespace,
                "action": str(entity.action),
                "annotations": dict(own_annotations(entity)),
            }
        case Package():
            return {"publish": entity.publish, **_given(entity)}
        case Trigger():
            return _given(entity)


def _exec_settings(exec_: Exec) -> JsonObject:
    if exec_.kind == SEQUENCE:
        return {"components": list(exec_.components)}
    return {"kind": exec_.kind, "main": exec_.main or "main"}


def _given(entity: Action | Trigger | Package) -> JsonObject:
    parameters = own_parameters(entity)
    body: JsonObject = {"parameters": {one.key: one.value for one in parameters if not one.init}}
    if isinstance(entity, Action):
        body["environment"] = {one.key: one.value for one in parameters if one.init}
    return body | {"annotations": dict(own_annotations(entity))}


def change_of(before: Entity, after: Entity) -> JsonObject:
    """The body of the PUT that turns one into the other; `{}` where nothing differs."""
    body: JsonObject = {}
    if not isinstance(before, Rule) and not isinstance(after, Rule):
        old, new = own_parameters(before), own_parameters(after)
        if old != new:
            body["parameters"] = parameters_to_json(new)
    body |= _changed_annotations(before, after)
    if isinstance(before, Action) and isinstance(after, Action):
        if before.exec != after.exec:
            body["exec"] = exec_body(after.exec)
        if before.limits != after.limits:
            body["limits"] = after.limits.to_json()
    if isinstance(before, Rule) and isinstance(after, Rule):
        if before.trigger != after.trigger:
            body["trigger"] = f"/{after.trigger}"
        if before.action != after.action:
            body["action"] = f"/{after.action}"
    if isinstance(before, Package) and isinstance(after, Package) and before.publish != after.publish:
        body["publish"] = after.publish
    return body


def _changed_annotations(before: Entity, after: Entity) -> JsonObject:
    """Actions merge what they get, so what is gone has to be named; everything else takes the whole array."""
    old, new = own_annotations(before), own_annotations(after)
    if dict(old) == dict(new):
        return {}
    if not isinstance(before, Action):
        return {"annotations": new.to_json()}
    body: JsonObject = {"annotations": Annotations(_differing(old, new)).to_json()}
    gone = [key for key in old if key not in new]
    return body | ({"delAnnotations": gone} if gone else {})


def _differing(old: Mapping[str, Json], new: Mapping[str, Json]) -> dict[str, Json]:
    return {key: value for key, value in new.items() if key not in old or old[key] != value}


def exec_body(exec_: Exec) -> JsonObject:
    """What a PUT says about code, or about the steps of a sequence, which are references as the wire has them."""
    if exec_.kind == SEQUENCE:
        return {"kind": SEQUENCE, "components": list(exec_.components)}
    members = (("code", exec_.code), ("main", exec_.main), ("image", exec_.image))
    return {"kind": exec_.kind} | {name: value for name, value in members if value is not None}


def body_of(entity: Entity) -> JsonObject:
    """The body of the PUT that makes it anew, as it was."""
    body: JsonObject = {"annotations": own_annotations(entity).to_json(), "publish": entity.publish}
    match entity:
        case Action():
            body |= {"exec": exec_body(entity.exec), "limits": entity.limits.to_json()}
        case Rule():
            return body | {"trigger": f"/{entity.trigger}", "action": f"/{entity.action}"}
        case Package(binding=bound) if bound is not None:
            body["binding"] = {"namespace": bound.namespace, "name": bound.name}
    return body | {"parameters": parameters_to_json(own_parameters(entity))}


async def load_action(client: Client, name: str) -> Action:
    """The action with its code, and of its parameters only its own: a platform mixes those of its package in."""
    action = await client.actions.get(name, code=True)
    package = action.full_name.package
    if package is None:
        return action
    try:
        inherited = {one.key: one.value for one in (await client.packages.get(package)).parameters}
    except ApiError:  # the package cannot be read: what came is the best there is
        return action
    kept = tuple(one for one in action.parameters if one.key not in inherited or inherited[one.key] != one.value)
    return replace(action, parameters=kept)
