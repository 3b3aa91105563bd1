"""Actions: code, or a sequence of other actions, with limits and default parameters.

Source: the `Action` and `ActionExec` schemas of OpenWhisk's REST description.
"""

import string
from typing import Self

from msgspec import Struct, field
from msgspec.structs import replace

from .json import JsonObject
from .kinds import SEQUENCE
from .limits import Limits
from .names import FullName
from .parameters import Annotations, Parameters, parameters_from_json, parameters_to_json
from .received import Received

_BASE64_LETTERS = (string.ascii_letters + string.digits + "+/").encode()


def is_binary_code(code: str) -> bool:
    """Whether the platform takes `code` for an archive in base64; a text such as `abcd` is taken for one as well."""
    trimmed = code.strip()
    if not trimmed or len(trimmed) % 4 or not trimmed.isascii():
        return False
    # Archives may have tens of megabytes, which a regular expression takes seconds for.
    padding = trimmed.encode().translate(None, _BASE64_LETTERS)
    return padding in (b"", b"=", b"==") and trimmed.endswith(padding.decode())


class Exec(Struct, frozen=True, kw_only=True):
    """What an action runs."""

    kind: str
    """`nodejs:20`, `python:3.11`, `sequence`, …; `""` where the platform's list does not tell it."""
    code: str | None = None
    """Source text, or an archive in base64. `None` where it was not asked for, and for sequences."""
    main: str | None = None
    binary: bool = False
    components: tuple[str, ...] = ()
    """Of a sequence: `/ns/[pkg/]name`."""
    image: str | None = None

    @classmethod
    def from_json(cls, body: JsonObject, *, kind: str = "") -> Self:
        """Read `exec`; `kind` stands in where a list element leaves it out."""
        return cls(
            kind=body.get("kind") or kind,
            code=body.get("code"),
            main=body.get("main"),
            binary=bool(body.get("binary", False)),
            components=tuple(body.get("components") or ()),
            image=body.get("image"),
        )

    def to_json(self) -> JsonObject:
        """All there is, as one action's record shows it."""
        if self.kind == SEQUENCE:
            return {"kind": SEQUENCE, "components": list(self.components)}
        body: JsonObject = {"kind": self.kind, "binary": self.binary}
        for key, value in (("code", self.code), ("main", self.main), ("image", self.image)):
            if value is not None:
                body[key] = value
        return body


class Action(Received, frozen=True, kw_only=True):
    """One action, as a record or as an element of a list (then without code and parameters)."""

    full_name: FullName
    version: str = "0.0.1"
    publish: bool = False
    updated_ms: int = 0
    """The last write, by the platform's clock."""
    exec: Exec
    parameters: Parameters = ()
    limits: Limits = field(default_factory=Limits)
    annotations: Annotations = field(default_factory=Annotations)

    @classmethod
    def from_json(cls, body: JsonObject) -> Self:
        annotations = Annotations.from_json(body.get("annotations"))
        return cls(
            full_name=FullName.from_path(body["namespace"], body["name"]),
            version=body.get("version", "0.0.1"),
            publish=bool(body.get("publish", False)),
            updated_ms=body.get("updated", 0),
            exec=Exec.from_json(body.get("exec") or {}, kind=str(annotations.get("exec") or "")),
            parameters=parameters_from_json(body.get("parameters")),
            limits=Limits.from_json(body.get("limits") or {}),
            annotations=annotations,
            received=body,
        )

    def to_json(self) -> JsonObject:
        return {
            "namespace": self.full_name.path,
            "name": self.full_name.name,
            "version": self.version,
            "publish": self.publish,
            "updated": self.updated_ms,
            "exec": self.exec.to_json(),
            "parameters": parameters_to_json(self.parameters),
            "limits": self.limits.to_json(),
            "annotations": self.annotations.to_json(),
        }

    def without_code(self) -> Self:
        """As `?code=false` shows it."""
        return replace(self, exec=replace(self.exec, code=None))

    def to_summary_json(self) -> JsonObject:
        """An element of a list: neither kind nor code nor parameters."""
        body = self.to_json()
        del body["parameters"]
        body["exec"] = {"binary": self.exec.binary}
        return body

    @property
    def name(self) -> str:
        """`name` or `package/name`: how its owner calls it."""
        return self.full_name.in_namespace

    @property
    def kind(self) -> str:
        return self.exec.kind

    @property
    def is_sequence(self) -> bool:
        return self.exec.kind == SEQUENCE

    @property
    def is_web(self) -> bool:
        """Whether it answers under `/api/v1/web`: only the JSON value `true` counts."""
        return self.annotations.get("web-export") is True
