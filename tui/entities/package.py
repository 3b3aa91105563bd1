"""Packages: a name and default parameters shared by several actions."""

from typing import Self

from msgspec import field

from .json import JsonObject
from .names import FullName
from .parameters import Annotations, Parameters, parameters_from_json, parameters_to_json
from .received import Received


class Package(Received, frozen=True, kw_only=True):
    """One package, or a binding to somebody's package."""

    namespace: str
    name: str
    version: str = "0.0.1"
    publish: bool = False
    updated_ms: int = 0
    parameters: Parameters = ()
    annotations: Annotations = field(default_factory=Annotations)
    binding: FullName | None = None
    """The package this one is bound to, as `namespace/name`; `None` for a package of its own."""

    @classmethod
    def from_json(cls, body: JsonObject) -> Self:
        binding = body.get("binding") or None
        return cls(
            namespace=body["namespace"],
            name=body["name"],
            version=body.get("version", "0.0.1"),
            publish=bool(body.get("publish", False)),
            updated_ms=body.get("updated", 0),
            parameters=parameters_from_json(body.get("parameters")),
            annotations=Annotations.from_json(body.get("annotations")),
            binding=FullName(binding["namespace"], binding["name"]) if binding else None,
            received=body,
        )

    def to_json(self) -> JsonObject:
        body = self.to_summary_json()
        body["parameters"] = parameters_to_json(self.parameters)
        body["binding"] = body["binding"] or {}
        return body

    def to_summary_json(self) -> JsonObject:
        binding = self.binding
        return {
            "namespace": self.namespace,
            "name": self.name,
            "version": self.version,
            "publish": self.publish,
            "updated": self.updated_ms,
            "annotations": self.annotations.to_json(),
            "binding": {"namespace": binding.namespace, "name": binding.name} if binding else False,
        }
