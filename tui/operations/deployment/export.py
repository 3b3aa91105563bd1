"""A blueprint as a folder: `manifest.yml`, a file of code for each action, and the keys apart from both.

The manifest is what wskdeploy reads, as far as that can say it; deployed again, it gives the same entities.
"""

import base64
import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from msgspec import Struct, field

from tui.entities.action import Exec
from tui.entities.json import Json, JsonObject
from tui.entities.kinds import BLACKBOX
from tui.entities.names import DEFAULT_PACKAGE
from tui.entities.parameters import Parameters
from tui.errors import UsageError

from ..sources import editable_text, read_source, suffix_of
from .changes import same_code
from .definitions import (
    ActionDefinition,
    Blueprint,
    Definition,
    LimitsDraft,
    PackageDefinition,
    RouteDefinition,
    RuleDefinition,
    TriggerDefinition,
)
from .manifests import OUR_SECTION
from .manifests.variables import ENV_FILE
from .placeholders import Placeholders

MANIFEST: Final = "manifest.yml"
EXAMPLE: Final = ".env.example"
_LONGEST_STEM = 120
_PLAIN = (str, int, float, bool)
_TYPE_NAMES = frozenset({"string", "integer", "number", "float", "boolean", "json"})


class Exported(Struct, frozen=True, kw_only=True):
    """What was written."""

    folder: Path
    files: tuple[str, ...]
    """By their paths in the folder."""
    variables: tuple[str, ...]
    """Names that stand for keys; their values have to be set before it can be deployed."""
    notes: tuple[str, ...]


def export(blueprint: Blueprint, folder: Path, *, secrets: bool, overwrite: bool) -> Exported:
    """Write it. Slow for large archives: call it in a thread.

    Args:
        secrets: Write the keys as well, into a `.env` of their own that only its owner can read.
        overwrite: Into a folder that holds something; what is not written anew stays.

    Raises:
        UsageError: The folder is not empty, or cannot be written.
    """
    exporter = _Exporter(folder)
    try:
        if folder.exists() and any(folder.iterdir()) and not overwrite:
            raise UsageError(f"{folder} is not empty.", hint="Name another folder, or say --force.")
        folder.mkdir(parents=True, exist_ok=True)
        return exporter.run(blueprint, secrets=secrets)
    except OSError as error:
        raise UsageError(f"{error.filename or folder} cannot be written: {error.strerror or error}.") from error


class _Exporter(Struct):
    folder: Path
    placeholders: Placeholders = field(default_factory=Placeholders)
    files: dict[str, None] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def run(self, blueprint: Blueprint, *, secrets: bool) -> Exported:
        self.placeholders.avoid(blueprint)
        packages: dict[str, dict[str, Any]] = {}
        for definition in blueprint.definitions.values():
            self._add(packages, definition)
        about: JsonObject = {"exact": True, "variables": dict(self.placeholders.sorts)}
        self._write(MANIFEST, _yaml({OUR_SECTION: about, "packages": packages}))
        self._write_keys(secrets=secrets)
        return Exported(
            folder=self.folder,
            files=tuple(self.files),
            variables=tuple(self.placeholders.values),
            notes=tuple(self.notes),
        )

    def _add(self, packages: dict[str, dict[str, Any]], definition: Definition) -> None:
        def section(package: str | None, kind: str) -> dict[str, Any]:
            table: dict[str, Any] = packages.setdefault(package or DEFAULT_PACKAGE, {}).setdefault(kind, {})
            return table

        match definition:
            case PackageDefinition(binding=None):
                packages.setdefault(definition.name, {}).update(self._package(definition))
            case PackageDefinition():
                section(None, "dependencies")[definition.name] = self._binding(definition)
            case ActionDefinition(is_sequence=True):
                bare = definition.name.rpartition("/")[2]
                section(definition.package, "sequences")[bare] = self._sequence(definition)
            case ActionDefinition():
                bare = definition.name.rpartition("/")[2]
                section(definition.package, "actions")[bare] = self._action(definition)
            case TriggerDefinition():
                section(None, "triggers")[definition.name] = self._trigger(definition)
            case RuleDefinition():
                section(None, "rules")[definition.name] = self._rule(definition)
            case RouteDefinition():
                apis = section(None, "apis")
                paths = apis.setdefault(definition.api, {}).setdefault(definition.base_path, {})
                operations = paths.setdefault(definition.path, {}).setdefault(definition.action, [])
                operations.append({"method": definition.method, "response": definition.response_type})

    def _package(self, package: PackageDefinition) -> JsonObject:
        body = self._common(package.name, package)
        return body | ({"public": True} if package.publish else {})

    def _binding(self, package: PackageDefinition) -> JsonObject:
        provider = package.binding or ""
        location = provider if provider.startswith("/") else f"/_/{provider}"
        return {"location": location, **self._common(package.name, package)}

    def _action(self, action: ActionDefinition) -> JsonObject:
        body = self._code(action)
        for key, value in (("main", action.exec.main), ("docker", action.exec.image)):
            if value is not None:
                body[key] = value
        return body | self._common(action.name, action) | _limits(action.limits)

    def _sequence(self, action: ActionDefinition) -> JsonObject:
        body: JsonObject = {"actions": list(action.exec.components)}
        # A name without a slash would be looked for in the sequence's own package.
        if action.package is not None:
            body["actions"] = [step if "/" in step else f"{DEFAULT_PACKAGE}/{step}" for step in action.exec.components]
        return body | self._common(action.name, action) | _limits(action.limits)

    def _trigger(self, trigger: TriggerDefinition) -> JsonObject:
        body = self._common(trigger.name, trigger)
        if trigger.feed is None:
            return body
        own = {"parameters": body.pop("inputs")} if "inputs" in body else {}
        told = trigger.feed.parameters
        if told is None:
            self.notes.append(f"The feed of trigger {trigger.name} does not tell how it was set up: add its inputs.")
        inputs = {key: self._input(trigger.name, key, value) for key, value in (told or {}).items()}
        action = trigger.feed.action
        return {"feed": action if "/" in action else f"/_/{action}", "inputs": inputs, **own, **body}

    def _rule(self, rule: RuleDefinition) -> JsonObject:
        status = "active" if rule.active else "inactive"
        return {"trigger": rule.trigger, "action": rule.action, "status": status, **self._common(rule.name, rule)}

    # Code

    def _code(self, action: ActionDefinition) -> JsonObject:
        """Into a file, if the same code comes out of it again; else into the manifest."""
        exec_ = action.exec
        runtime: JsonObject = {} if exec_.kind == BLACKBOX else {"runtime": exec_.kind}
        if exec_.code is None:
            return runtime
        for suffix, content in _candidates(exec_):
            name = self._file_name(action, suffix)
            self._write(name, content)
            if _reads_back(self.folder / name, exec_):
                return {"function": name, **runtime}
            (self.folder / name).unlink()
            del self.files[name]
        return {"code": exec_.code, **({"runtime": exec_.kind} if exec_.kind == BLACKBOX else runtime)}

    def _file_name(self, action: ActionDefinition, suffix: str) -> str:
        bare = action.name.rpartition("/")[2]
        folder = action.package or DEFAULT_PACKAGE
        stem = bare if len(bare) <= _LONGEST_STEM else f"{bare[:_LONGEST_STEM]}-{_digest(bare)}"
        name = f"actions/{folder}/{stem}{suffix}"
        taken = {file.lower() for file in self.files}  # some file systems take Name and name for one
        return f"actions/{folder}/{stem}-{_digest(bare)}{suffix}" if name.lower() in taken else name

    def _write(self, name: str, content: bytes) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        self.files[name] = None

    def _write_keys(self, *, secrets: bool) -> None:
        if not self.placeholders.values:
            return
        if not secrets:
            self._write(EXAMPLE, self.placeholders.env_file(secrets=False).encode())
            return
        path = self.folder / ENV_FILE
        path.unlink(missing_ok=True)  # an earlier one may be open to others
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(self.placeholders.env_file(secrets=True))
        self.files[ENV_FILE] = None
        if not (self.folder / ".gitignore").exists():
            self._write(".gitignore", f"{ENV_FILE}\n".encode())

    # Values

    def _common(
        self, owner: str, definition: PackageDefinition | ActionDefinition | TriggerDefinition | RuleDefinition
    ) -> JsonObject:
        body: JsonObject = {}
        parameters: Parameters = () if isinstance(definition, RuleDefinition) else definition.parameters or ()
        plain = {one.key: self._input(owner, one.key, one.value) for one in parameters if not one.init}
        environment = {one.key: self.placeholders.replace(owner, one.key, one.value) for one in parameters if one.init}
        annotations = {
            key: self.placeholders.replace(owner, key, value) for key, value in (definition.annotations or {}).items()
        }
        for key, members in (("inputs", plain), ("environment", environment), ("annotations", annotations)):
            if members:
                body[key] = members
        return body

    def _input(self, owner: str, key: str, value: Json) -> Json:
        """As it is where that can only be a value, else wrapped."""
        written = self.placeholders.replace(owner, key, value)
        is_plain = isinstance(written, _PLAIN) and written not in _TYPE_NAMES
        return written if is_plain else {"value": written}


def _candidates(exec_: Exec) -> Iterator[tuple[str, bytes]]:
    """Ways to put the code into a file, the one that is best to read first."""
    code = exec_.code or ""
    if not exec_.binary:
        yield suffix_of(exec_.kind), code.encode("utf-8", "surrogatepass")
        return
    text = editable_text(exec_)
    if text is not None:
        yield ".mjs", text.encode("utf-8", "surrogatepass")
    try:
        yield ".zip", base64.b64decode(code)
    except ValueError:
        return


def _reads_back(path: Path, exec_: Exec) -> bool:
    try:
        return same_code(read_source(path, exec_.kind).code, exec_.code or "")
    except UsageError:
        return False


def _limits(limits: LimitsDraft) -> JsonObject:
    members: Mapping[str, int | None] = {
        "timeout": limits.timeout_ms,
        "memorySize": limits.memory_mb,
        "logSize": limits.logs_mb,
        "concurrency": limits.concurrency,
        "instances": limits.instances,
    }
    return {"limits": {name: value for name, value in members.items() if value is not None}}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _yaml(document: JsonObject) -> bytes:
    import yaml

    text: str = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=110)
    return text.encode()
