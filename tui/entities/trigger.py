"""Triggers: named events. Rules say which actions run when one fires."""

from collections.abc import Mapping
from typing import Self

from msgspec import Struct, field

from .json import JsonObject
from .names import FullName
from .parameters import Annotations, Parameters, parameters_from_json, parameters_to_json
from .received import Received
from .rule import RuleStatus


class RuleLink(Struct, frozen=True):
    """A rule as its trigger knows it. The state of a rule lives here, not in the rule's own document."""

    action: FullName
    status: RuleStatus

    @classmethod
    def from_json(cls, body: JsonObject) -> Self:
        action = body["action"]
        return cls(FullName.from_path(action["path"], action["name"]), RuleStatus(body["status"]))

    def to_json(self) -> JsonObject:
        return {"action": {"path": self.action.path, "name": self.action.name}, "status": self.status.value}


class Trigger(Received, frozen=True, kw_only=True):
    """One trigger, as a record or as an element of a list (then without parameters and rules)."""

    full_name: FullName
    version: str = "0.0.1"
    publish: bool = False
    updated_ms: int = 0
    parameters: Parameters = ()
    annotations: Annotations = field(default_factory=Annotations)
    rules: Mapping[str, RuleLink] | None = None
    """By `ns/rule`. `None` until the first rule was attached, and in lists, which do not tell."""

    @classmethod
    def from_json(cls, body: JsonObject) -> Self:
        rules = body.get("rules")
        return cls(
            full_name=FullName.from_path(body["namespace"], body["name"]),
            version=body.get("version", "0.0.1"),
            publish=bool(body.get("publish", False)),
            updated_ms=body.get("updated", 0),
            parameters=parameters_from_json(body.get("parameters")),
            annotations=Annotations.from_json(body.get("annotations")),
            rules=None if rules is None else {name: RuleLink.from_json(link) for name, link in rules.items()},
            received=body,
        )

    def to_json(self) -> JsonObject:
        body = self.to_summary_json()
        body["parameters"] = parameters_to_json(self.parameters)
        body["limits"] = {}
        if self.rules is not None:
            body["rules"] = {name: link.to_json() for name, link in self.rules.items()}
        return body

    def to_summary_json(self) -> JsonObject:
        return {
            "namespace": self.full_name.path,
            "name": self.full_name.name,
            "version": self.version,
            "publish": self.publish,
            "updated": self.updated_ms,
            "annotations": self.annotations.to_json(),
        }

    @property
    def name(self) -> str:
        return self.full_name.name

    @property
    def active_rules(self) -> tuple[str, ...]:
        """`ns/rule` of every rule that a fire sets off."""
        return tuple(name for name, link in (self.rules or {}).items() if link.status is RuleStatus.ACTIVE)
