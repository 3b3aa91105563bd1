"""`manifest.yml` of OpenWhisk's deployment tool, which App Builder uses as well: packages and what is in them.

Beyond it, for what it cannot say: `environment` of an action or package (values for the process environment),
`parameters` of a trigger with a feed (its own, where `inputs` are the feed's), `status` of a rule, `concurrency` and
`instances` among the limits, several operations of one path that lead to one action. What was exported says everything
and means it to the letter; see `Dialect.exact`.

Source: the parsers of Apache OpenWhisk's wskdeploy and of Adobe's aio-lib-runtime.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from tui.entities.action import Exec, is_binary_code
from tui.entities.json import Json, JsonObject
from tui.entities.kinds import SEQUENCE
from tui.entities.names import DEFAULT_PACKAGE, is_valid_name
from tui.entities.parameters import Annotations, Parameter, Parameters

from ..definitions import (
    ActionDefinition,
    Definition,
    Feed,
    LimitsDraft,
    PackageDefinition,
    RouteDefinition,
    RuleDefinition,
    TriggerDefinition,
)
from .code import (
    NATIVE_IMAGE,
    exec_of_files,
    exec_of_path,
    exec_of_text,
    files_below,
    included,
    needs_building,
    without,
)
from .documents import Section
from .variables import Variables

_TYPE_DEFAULTS: Final[dict[str, Json]] = {
    "string": "",
    "integer": 0,
    "number": 0,
    "float": 0.0,
    "boolean": False,
    "json": {},
}
_OF_TYPED_INPUTS = frozenset({"type", "description", "value", "required", "default", "status", "schema"})
_WEB_WORDS = {"yes": True, "true": True, "raw": True, "no": False, "false": False}
_TRUE = ("web-export", "raw-http", "final")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """Where the tools that read such manifests differ."""

    final: bool = True
    """Whether a web action's default parameters are protected without its saying so."""
    secured_by: str | None = None
    """A reference to the action that checks logins, where `require-adobe-auth` makes a sequence of an action."""
    find_build: Callable[[str, str, Path], Path | None] = lambda package, action, source: None
    """What a build has made of an action, if there is something that is not older than its source."""
    exact: bool = False
    """Nothing is added to what is said, and what is not said is to be empty; `/namespace/name` is in that namespace."""


class PackageReader:
    """Reads the packages of one document."""

    def __init__(self, folder: Path, variables: Variables, dialect: Dialect) -> None:
        """
        Args:
            folder: What paths in the document count from.
        """
        self._folder = folder
        self._variables = variables
        self._dialect = dialect
        self.notes: list[str] = []

    def read(self, packages: Section, key: str = "packages", *, inputs: Section | None = None) -> Iterator[Definition]:
        """Definitions of everything below `key`.

        Args:
            inputs: Those of the project, which every package inherits.
        """
        for written, package in packages.tables(key):
            name = self._variables.fill_text(written)
            if name.lower() != DEFAULT_PACKAGE:
                yield self._package(self._checked(name, package), package, inputs)
            yield from self._members("" if name.lower() == DEFAULT_PACKAGE else name, package)

    def _package(self, name: str, package: Section, inputs: Section | None) -> PackageDefinition:
        inherited = () if inputs is None else self._inputs(inputs)
        own = self._inputs(package.table("inputs"))
        parameters = tuple({one.key: one for one in (*inherited, *own)}.values()) + self._environment(package)
        return PackageDefinition(
            name=name,
            parameters=self._said(parameters),
            annotations=self._annotations(package),
            publish=package.flag("public") if self._dialect.exact else package.flag("public") or None,
        )

    def _members(self, package: str, section: Section) -> Iterator[Definition]:
        for name, dependency in section.tables("dependencies"):
            yield self._binding(self._checked(name, dependency), dependency)
        for written, action in section.tables("actions"):
            yield from self._action(package, self._checked(self._variables.fill_text(written), action), action)
        for written, sequence in section.tables("sequences"):
            yield self._sequence(package, self._checked(self._variables.fill_text(written), sequence), sequence)
        for written, trigger in section.tables("triggers"):
            yield self._trigger(self._checked(self._variables.fill_text(written), trigger), trigger)
        for written, rule in section.tables("rules"):
            yield self._rule(package, self._checked(self._variables.fill_text(written), rule), rule)
        for title, _ in section.tables("apis"):
            yield from self._routes(package, title, section.table("apis").table(title))

    @staticmethod
    def _checked(name: str, section: Section) -> str:
        if not is_valid_name(name):
            raise section.error(f"has a name that no platform takes: {name!r}.")
        return name

    # Packages and actions

    def _binding(self, name: str, dependency: Section) -> PackageDefinition:
        location = self._variables.fill_text(dependency.text("location") or "")
        segments = location.strip("/").split("/")
        if len(segments) != 2 or "." in segments[0].removeprefix("whisk.") or not all(map(is_valid_name, segments)):
            where = location or "no location"
            raise dependency.error(f"is at {where}: only a package of a platform can be bound, /namespace/package.")
        return PackageDefinition(
            name=name,
            binding=segments[1] if segments[0] == "_" else f"/{segments[0]}/{segments[1]}",
            parameters=self._said(self._inputs(dependency.table("inputs"))),
            annotations=self._annotations(dependency),
            publish=dependency.flag("public"),
        )

    def _action(self, package: str, name: str, action: Section) -> Iterator[ActionDefinition]:
        annotations = self._annotations(action) or Annotations()
        if action.flag("conductor"):
            annotations = annotations.with_({"conductor": True})
        annotations = annotations.with_(self._web(action, annotations))
        definition = ActionDefinition(
            name=_in_package(package, name),
            exec=self._exec(package, name, action),
            parameters=self._said(self._inputs(action.table("inputs")) + self._environment(action)),
            annotations=annotations,
            limits=_limits(action.table("limits")),
        )
        if needs_building(definition.exec):
            self.notes.append(f"{definition.name} asks for other files, which do not go along: build it first.")
        if self._dialect.secured_by and annotations.is_truthy("require-adobe-auth") and annotations["web-export"]:
            yield from _secured(definition, self._dialect.secured_by)
        else:
            yield definition

    def _exec(self, package: str, name: str, action: Section) -> Exec:
        kind, main = self._text(action, "runtime"), self._text(action, "main")
        image = NATIVE_IMAGE if action.flag("native") else self._text(action, "docker")
        function, code = self._text(action, "function", "location"), action.text("code")
        if function is None and code is None:
            if image is None:
                raise action.error("has neither function nor code.")
            return Exec(kind="blackbox", image=image, main=main)
        if function is None:
            if kind is None:
                raise action.error("has its code in the manifest, so it has to name its runtime.")
            if self._dialect.exact:
                code = code or ""
                return Exec(kind=kind, code=code, binary=is_binary_code(code), main=main, image=image)
            return exec_of_text(code or "", kind, main=main)
        if "://" in function:
            raise action.error(f"is to be fetched from {function}: put the file beside the manifest.")
        path = self._folder / function
        built = self._dialect.find_build(package, name, path)
        if built is not None:
            return exec_of_path(built, kind, main=main, image=image)
        include, exclude = self._pairs(action), action.words("exclude")
        if path.is_dir() and (include or exclude):
            members = dict(without(files_below(path), exclude)) | dict(included(self._folder, include))
            return exec_of_files(path, members.items(), kind, main=main)
        return exec_of_path(path, kind, main=main, image=image)

    @staticmethod
    def _pairs(action: Section) -> list[list[str]]:
        pairs = action.value("include") or []
        is_list = isinstance(pairs, list)
        if not is_list or not all(
            isinstance(pair, list) and 1 <= len(pair) <= 2 and all(isinstance(part, str) for part in pair)
            for pair in pairs
        ):
            raise action.error("include has to be a list of [pattern, target].")
        return list(pairs)

    def _sequence(self, package: str, name: str, sequence: Section) -> ActionDefinition:
        steps = [self._reference(package, self._variables.fill_text(step)) for step in sequence.words("actions")]
        if not steps:
            raise sequence.error("has no actions.")
        annotations = self._annotations(sequence) or Annotations()
        return ActionDefinition(
            name=_in_package(package, name),
            exec=Exec(kind=SEQUENCE, components=tuple(steps)),
            annotations=annotations.with_(self._web(sequence, annotations)),
            limits=_limits(sequence.table("limits")),
        )

    def _web(self, section: Section, annotations: Annotations) -> dict[str, Json]:
        """The flags that `web`, or the annotation `web-export`, stands for."""
        if self._dialect.exact:
            return {}
        key = "web" if "web" in section else "web-export"
        written = section.value(key) if key in section else annotations.get("web-export")
        written = self._variables.fill(written)
        word = str(written).lower() if isinstance(written, str | bool) else "no" if written is None else ""
        if word not in _WEB_WORDS:
            raise section.wrong(key, "yes, raw or no", written)
        is_web = _WEB_WORDS[word]
        is_raw = is_web and (word == "raw" or annotations.is_truthy("raw-http"))
        flags: dict[str, Json] = {"web-export": is_web, "raw-http": is_raw}
        if self._dialect.final and "final" not in annotations:
            flags["final"] = is_web
        return flags

    # Triggers, rules, routes

    def _trigger(self, name: str, trigger: Section) -> TriggerDefinition:
        source = self._text(trigger, "feed", "source")
        inputs = self._inputs(trigger.table("inputs"))
        feed = None
        if source is not None:
            feed = Feed(action=_feed(source), parameters={one.key: one.value for one in inputs})
            inputs = self._inputs(trigger.table("parameters"))
        return TriggerDefinition(
            name=name, parameters=self._said(inputs), annotations=self._annotations(trigger), feed=feed
        )

    def _rule(self, package: str, name: str, rule: Section) -> RuleDefinition:
        trigger, action = self._text(rule, "trigger"), self._text(rule, "action")
        if trigger is None or action is None:
            raise rule.error("needs a trigger and an action.")
        status = rule.text("status")
        if status not in (None, "active", "inactive"):
            raise rule.wrong("status", "active or inactive", status)
        return RuleDefinition(
            name=name,
            trigger=trigger.removeprefix("/_/"),
            action=self._reference(package, action),
            active=None if status is None else status == "active",
            annotations=self._annotations(rule),
        )

    def _routes(self, package: str, title: str, api: Section) -> Iterator[RouteDefinition]:
        for base_path, paths in _tables(api):
            for path, actions in _tables(paths):
                for action in actions.members:
                    for method, response_type in _operations(actions, action):
                        yield RouteDefinition(
                            api=title,
                            base_path=self._path(base_path),
                            path=self._path(path),
                            method=method,
                            action=self._reference(package, action),
                            response_type=response_type,
                        )

    def _path(self, written: str) -> str:
        return written if self._dialect.exact else f"/{self._variables.fill_text(written).strip('/')}"

    # Values

    def _said(self, parameters: Parameters) -> Parameters | None:
        """None at all leaves open which there are, unless everything is said."""
        return parameters if parameters or self._dialect.exact else None

    def _text(self, section: Section, *keys: str) -> str | None:
        text = section.text(*keys)
        return None if text is None else self._variables.fill_text(text)

    def _annotations(self, section: Section) -> Annotations | None:
        table = section.table("annotations")
        is_said = bool(table.members) or self._dialect.exact
        return Annotations(self._variables.fill(table.members)) if is_said else None

    def _environment(self, section: Section) -> Parameters:
        table = section.table("environment")
        return tuple(Parameter(key, self._variables.fill(value), init=True) for key, value in table.members.items())

    def _inputs(self, inputs: Section) -> Parameters:
        return tuple(Parameter(key, self._input(inputs, key, value)) for key, value in inputs.members.items())

    def _input(self, inputs: Section, key: str, written: Json) -> Json:
        """A value as it stands, the name of a type (its empty value), or a mapping that describes one."""
        if self._dialect.exact:
            is_wrapped = isinstance(written, dict) and written.keys() == {"value"}
            return self._variables.fill(written["value"] if is_wrapped else written)
        if isinstance(written, str) and written in _TYPE_DEFAULTS:
            return _TYPE_DEFAULTS[written]
        is_described = isinstance(written, dict) and bool(written) and written.keys() <= _OF_TYPED_INPUTS
        if not is_described or not written.keys() & {"type", "value", "default"}:
            return self._variables.fill(written)
        described = inputs.table(key)
        type_name = described.text("type")
        value = self._variables.fill(next((written[each] for each in ("value", "default") if each in written), None))
        if value is None:
            if described.flag("required"):
                raise described.error("is required and has no value.")
            return _TYPE_DEFAULTS.get(type_name or "string", "")
        return _typed(described, type_name, value)

    def _reference(self, package: str, written: str) -> str:
        """`name` is in the package at hand; `package/name`, or both with a namespace before them, is as it says."""
        segments = written.strip("/").split("/")
        if len(segments) == 1:
            return _in_package(package, segments[0])
        if segments[0] == "_":
            segments = segments[1:]
        if len(segments) == 3 or (self._dialect.exact and written.startswith("/")):
            return f"/{'/'.join(segments)}"
        return segments[1] if len(segments) == 2 and segments[0] == DEFAULT_PACKAGE else "/".join(segments)


def _tables(section: Section) -> Iterator[tuple[str, Section]]:
    for name in section.members:
        yield name, section.table(name)


def _in_package(package: str, name: str) -> str:
    return f"{package}/{name}" if package else name


def _feed(written: str) -> str:
    segments = written.strip("/").split("/")
    if segments[0] == "_":
        return "/".join(segments[1:])
    return f"/{'/'.join(segments)}" if len(segments) == 3 or written.startswith("/") else written


def _operations(actions: Section, action: str) -> Iterator[tuple[str, str]]:
    """Verb, in lower case, and how the answer is read: `GET`, `{method: GET, response: http}`, or a list of these."""
    written = actions.value(action)
    for each in written if isinstance(written, list) else [written]:
        operation = each if isinstance(each, dict) else {"method": each}
        method = operation.get("method")
        if not isinstance(method, str):
            raise actions.wrong(action, "a method such as GET", method)
        yield method.lower(), str(operation.get("response") or "json")


def _limits(limits: Section) -> LimitsDraft:
    return LimitsDraft(
        timeout_ms=limits.number("timeout"),
        memory_mb=limits.number("memorySize", "memory"),
        logs_mb=limits.number("logSize", "logs"),
        concurrency=limits.number("concurrentActivations", "concurrency"),
        instances=limits.number("instances"),
    )


def _typed(described: Section, type_name: str | None, value: Json) -> Json:
    """A text, out of a variable as a rule, as the type that was announced."""
    if not isinstance(value, str) or type_name in (None, "string"):
        return value
    try:
        if type_name == "json":
            return json.loads(value)
        if type_name == "integer":
            return int(value)
        if type_name in ("float", "number"):
            return float(value)
        if type_name == "boolean":
            return {"true": True, "false": False}[value.strip().lower()]
    except (ValueError, KeyError) as error:
        raise described.error(f"is no {type_name}.") from error
    return value


def _secured(action: ActionDefinition, guard: str) -> Iterator[ActionDefinition]:
    """A web action that wants a login becomes a sequence: the check, and the action under another name, not public."""
    package, _, name = action.name.rpartition("/")
    hidden = _in_package(package, f"__secured_{name}")
    annotations = action.annotations or Annotations()
    inside = annotations.without(("require-adobe-auth",)).with_({"web-export": False})
    yield replace(action, name=hidden, annotations=inside)
    flags = {key: annotations[key] for key in _TRUE if key in annotations}
    yield ActionDefinition(
        name=action.name, exec=Exec(kind=SEQUENCE, components=(guard, hidden)), annotations=Annotations(flags)
    )


def project_of(document: Section) -> tuple[Section, Section]:
    """Where the packages stand, and the inputs of the project: at the top, or below `project`."""
    project = document.table("project")
    where = document if "packages" in document else project
    return where, project.table("inputs")


def inputs_of_deployment(document: Section) -> JsonObject:
    """What a deployment file says: inputs by package, action and trigger."""
    where, _ = project_of(document)
    return where.table("packages").members
