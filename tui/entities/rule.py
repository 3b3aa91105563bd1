"""Rules: when this trigger fires, run that action."""

from enum import StrEnum
from typing import Self

from msgspec import field

from .json import JsonObject
from .names import FullName
from .parameters import Annotations
from .received import Received


class RuleStatus(StrEnum):
    ACTIVE = "active"
    INACTIVE = "inactive"


class Rule(Received, frozen=True, kw_only=True):
    """One rule."""

    full_name: FullName
    trigger: FullName
    action: FullName
    version: str = "0.0.1"
    publish: bool = False
    updated_ms: int = 0
    annotations: Annotations = field(default_factory=Annotations)
    status: RuleStatus | None = None
    """`None` in lists, which do not tell it."""

    @classmethod
    def from_json(cls, body: JsonObject) -> Self:
        status = body.get("status")
        return cls(
            full_name=FullName.from_path(body["namespace"], body["name"]),
            trigger=FullName.from_path(body["trigger"]["path"], body["trigger"]["name"]),
            action=FullName.from_path(body["action"]["path"], body["action"]["name"]),
            version=body.get("version", "0.0.1"),
            publish=bool(body.get("publish", False)),
            updated_ms=body.get("updated", 0),
            annotations=Annotations.from_json(body.get("annotations")),
            status=None if status is None else RuleStatus(status),
            received=body,
        )

    def to_json(self) -> JsonObject:
        body = self.to_summary_json()
        if self.status is not None:
            body["status"] = self.status.value
        return body

    def to_summary_json(self) -> JsonObject:
        return {
            "namespace": self.full_name.path,
            "name": self.full_name.name,
            "trigger": {"path": self.trigger.path, "name": self.trigger.name},
            "action": {"path": self.action.path, "name": self.action.name},
            "version": self.version,
            "publish": self.publish,
            "updated": self.updated_ms,
            "annotations": self.annotations.to_json(),
        }

    @property
    def name(self) -> str:
        return self.full_name.name

    @property
    def is_active(self) -> bool:
        return self.status is RuleStatus.ACTIVE
