"""`manifest.yml` of OpenWhisk's deployment tool, which App Builder uses as well: packages and what is in them.

Beyond it, for what it cannot say: `environment` of an action or package (values for the process environment),
`parameters` of a trigger with a feed (its own, where `inputs` are the feed's), `status` of a rule, `concurrency` and
`instances` among the limits, several operations of one path that lead to one action. What was exported says everything
and means it to the letter; see `Dialect.exact`.

Source: the parsers of Apache OpenWhisk's wskdeploy and of Adobe's aio-lib-runtime.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from tui.entities.action import Exec, is_binary_code
from tui.entities.kinds import SEQUENCE, family_of
from tui.entities.names import DEFAULT_PACKAGE, is_valid_name
from tui.entities.parameters import Annotations
from tui.errors import UsageError

from ...sources import infer_kind
from ..definitions import (
    ActionDefinition,
    Definition,
    Feed,
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
    normal_kind,
    without,
)
from .documents import Section
from .values import Values, limits_of
from .variables import Variables

_EVERYWHERE = frozenset({"name", "version", "namespace", "credential", "description", "annotations"})
_KNOWN: Final[dict[str, frozenset[str]]] = {
    "packages": _EVERYWHERE
    | {"license", "public", "repositories", "dependencies", "apiHost", "apigwAccessToken", "actions", "triggers"}
    | {"feeds", "rules", "inputs", "sequences", "apis", "environment"},
    "dependencies": _EVERYWHERE | {"location", "inputs", "environment", "public"},
    "actions": _EVERYWHERE
    | {"location", "function", "code", "runtime", "exposedUrl", "web-export", "web", "main", "docker", "native"}
    | {"conductor", "limits", "inputs", "outputs", "include", "exclude", "environment"},
    "sequences": _EVERYWHERE | {"actions", "web", "web-export", "limits"},
    "triggers": _EVERYWHERE | {"feed", "source", "inputs", "parameters"},
    "rules": _EVERYWHERE | {"rule", "trigger", "action", "status"},
}
_ENTRY_FILES = {"nodejs": "index.js", "python": "__main__.py"}
_WEB_FLAGS = ("web-export", "raw-http", "final")


class Dialect(Struct, frozen=True, kw_only=True):
    """Where the tools that read such manifests differ."""

    final: bool = True
    """Whether a web action's default parameters are protected without its saying so."""
    secured_by: str | None = None
    """A reference to the action that checks logins, where `require-adobe-auth` makes a sequence of an action."""
    find_build: Callable[[str, str, Path], Path | None] = lambda package, action, source: None
    """What a build has made of an action, if there is something that is not older than its source."""
    flat_includes: bool = False
    """Whether what is included loses its way, see `included`."""
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
        self._values = Values(variables, exact=dialect.exact, final=dialect.final)
        self.notes: list[str] = []

    def read(self, document: Section, *, inputs: Section | None = None) -> Iterator[Definition]:
        """Definitions of everything below `packages`.

        Args:
            inputs: Those of the project, which every package inherits.
        """
        for written, package in document.tables("packages"):
            self._note_unknown("packages", package)
            name = self._variables.fill_text(written)
            if name.lower() != DEFAULT_PACKAGE:
                yield self._package(self._checked(name, package), package, inputs)
            yield from self._members("" if name.lower() == DEFAULT_PACKAGE else name, package)

    def _package(self, name: str, package: Section, inputs: Section | None) -> PackageDefinition:
        inherited = () if inputs is None else self._values.inputs(inputs)
        own = self._values.inputs(package.table("inputs"))
        parameters = tuple({one.key: one for one in (*inherited, *own)}.values()) + self._values.environment(package)
        return PackageDefinition(
            name=name,
            parameters=self._values.said(parameters),
            annotations=self._values.annotations(package),
            publish=package.flag("public") if self._dialect.exact else package.flag("public") or None,
        )

    def _note_unknown(self, kind: str, section: Section) -> None:
        """A word that is misspelt would otherwise be passed over in silence."""
        unknown = [key for key in section.members if key not in _KNOWN[kind] and not key.startswith("x-")]
        if unknown:
            self.notes.append(f"{section.place}: {', '.join(unknown)} means nothing here.")

    def _members(self, package: str, section: Section) -> Iterator[Definition]:
        for kind in ("dependencies", "actions", "sequences", "triggers", "rules"):
            for _, each in section.tables(kind):
                self._note_unknown(kind, each)
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

    def _checked(self, name: str, section: Section) -> str:
        if not is_valid_name(name):
            self._variables.check(section.place)
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
            parameters=self._values.said(self._values.inputs(dependency.table("inputs"))),
            annotations=self._values.annotations(dependency),
            publish=dependency.flag("public"),
        )

    def _action(self, package: str, name: str, action: Section) -> Iterator[ActionDefinition]:
        annotations = self._values.annotations(action) or Annotations()
        if action.flag("conductor"):
            annotations = annotations.with_({"conductor": True})
        annotations = annotations.with_(self._values.web(action, annotations))
        parameters = self._values.inputs(action.table("inputs")) + self._values.environment(action)
        definition = ActionDefinition(
            name=_in_package(package, name),
            exec=self._exec(package, name, action),
            parameters=self._values.said(parameters),
            annotations=annotations,
            limits=limits_of(action.table("limits")),
        )
        if needs_building(definition.exec):
            self.notes.append(f"{definition.name} asks for other files, which do not go along: build it first.")
        if self._dialect.secured_by and annotations.is_truthy("require-adobe-auth") and annotations["web-export"]:
            yield from _secured(definition, self._dialect.secured_by)
        else:
            yield definition

    def _exec(self, package: str, name: str, action: Section) -> Exec:
        kind, main = self._values.text(action, "runtime"), self._values.text(action, "main")
        image = NATIVE_IMAGE if action.flag("native") else self._values.text(action, "docker")
        function, code = self._values.text(action, "function", "location"), action.text("code")
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
            try:
                return exec_of_text(code or "", kind, main=main)
            except UsageError as error:
                raise action.error(f"has code that cannot be used: {error.message}") from error
        if "://" in function:
            raise action.error(f"is to be fetched from {function}: put the file beside the manifest.")
        path = self._folder / function
        if not path.exists():
            self._variables.check(action.place)
        built = self._dialect.find_build(package, name, path)
        if built is not None:
            return exec_of_path(built, kind, main=main, image=image)
        include, exclude = self._pairs(action), action.words("exclude")
        if not include and not exclude:
            return exec_of_path(path, kind, main=main, image=image)
        if path.is_file():  # the platform begins with a file of this name
            kind = kind or infer_kind(path)
            members = {_ENTRY_FILES.get(family_of(normal_kind(kind)), path.name): path}
        else:
            members = dict(without(files_below(path), exclude))
        members |= included(self._folder, include, flat=self._dialect.flat_includes)
        return exec_of_files(path, members.items(), kind, main=main)

    @staticmethod
    def _pairs(action: Section) -> list[list[str]]:
        pairs = action.value("include") or []
        for pair in pairs if isinstance(pairs, list) else [pairs]:
            if not isinstance(pair, list) or len(pair) > 2 or not all(isinstance(part, str) for part in pair):
                raise action.wrong("include", "a list of [pattern] and [pattern, target]", pairs)
        return list(pairs)

    def _sequence(self, package: str, name: str, sequence: Section) -> ActionDefinition:
        steps = [self._reference(package, self._variables.fill_text(step)) for step in sequence.words("actions")]
        if not steps:
            raise sequence.error("has no actions.")
        annotations = self._values.annotations(sequence) or Annotations()
        return ActionDefinition(
            name=_in_package(package, name),
            exec=Exec(kind=SEQUENCE, components=tuple(steps)),
            annotations=annotations.with_(self._values.web(sequence, annotations)),
            limits=limits_of(sequence.table("limits")),
        )

    # Triggers, rules, routes

    def _trigger(self, name: str, trigger: Section) -> TriggerDefinition:
        source = self._values.text(trigger, "feed", "source")
        inputs = self._values.inputs(trigger.table("inputs"))
        feed = None
        if source is not None:
            feed = Feed(action=_feed(source), parameters={one.key: one.value for one in inputs})
            inputs = self._values.inputs(trigger.table("parameters"))
        return TriggerDefinition(
            name=name, parameters=self._values.said(inputs), annotations=self._values.annotations(trigger), feed=feed
        )

    def _rule(self, package: str, name: str, rule: Section) -> RuleDefinition:
        trigger, action = self._values.text(rule, "trigger"), self._values.text(rule, "action")
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
            annotations=self._values.annotations(rule),
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


def _secured(action: ActionDefinition, guard: str) -> Iterator[ActionDefinition]:
    """A web action that wants a login becomes a sequence: the check, and the action under another name, not public."""
    package, _, name = action.name.rpartition("/")
    hidden = _in_package(package, f"__secured_{name}")
    annotations = action.annotations or Annotations()
    inside = annotations.without(("require-adobe-auth",)).with_({"web-export": False})
    yield replace(action, name=hidden, annotations=inside)
    flags = {key: annotations[key] for key in _WEB_FLAGS if key in annotations}
    yield ActionDefinition(
        name=action.name, exec=Exec(kind=SEQUENCE, components=(guard, hidden)), annotations=Annotations(flags)
    )
