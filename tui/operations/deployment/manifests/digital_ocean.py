"""A project of DigitalOcean Functions: `packages/PACKAGE/FUNCTION`, and `project.yml` about it.

A function is a file, or a folder that is packed: without what `.ignore` names, or only with what `.include` names.
Schedules become what every OpenWhisk has: a trigger with the alarm feed, and a rule.

Source: DigitalOcean's functions-deployer.
"""

import json
import re
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Final

from tui.entities.action import Exec
from tui.entities.json import Json
from tui.entities.kinds import SEQUENCE, default_kind, find_family
from tui.entities.names import DEFAULT_PACKAGE, is_valid_name
from tui.entities.parameters import Annotations, Parameter, Parameters

from ..definitions import (
    ActionDefinition,
    Definition,
    Feed,
    LimitsDraft,
    PackageDefinition,
    RuleDefinition,
    TriggerDefinition,
)
from .code import exec_of_files, exec_of_path, files_below, needs_building
from .documents import ManifestError, Section, load_document
from .variables import Variables, load_env_file

ALARM: Final = "/whisk.system/alarms/alarm"
CONFIG_FILES: Final = ("project.yml", "projectConfig.yml")
PACKAGES: Final = "packages"
_SYMBOL = re.compile(r"\$\{([^}]*)\}|\$\(([^)]*)\)")
_BUILDS = ("build.sh", "build.cmd")
_ABOUT_A_FUNCTION = frozenset({".include", ".source", ".ignore", ".build", ".deployed", *_BUILDS})
_IGNORED_ALWAYS = ("*~", "*.swp", ".DS_Store", ".gitignore", ".nimbella")


class ProjectReader:
    """Reads one project."""

    def __init__(self, folder: Path, config: Path | None, variables: Variables) -> None:
        self._folder = folder
        self._config = self._load(config, variables) if config is not None else Section({}, f"{folder}: ")
        self.notes: list[str] = []

    def read(self) -> Iterator[Definition]:
        packages = {name: Section({}, f"{self._folder}: {name}") for name in self._folders()}
        for package in self._config.rows("packages"):
            packages[self._name(package)] = package
        for name, package in packages.items():
            yield from self._package(name, package)

    # Files

    def _load(self, config: Path, variables: Variables) -> Section:
        """The text with its symbols replaced, then read: `${NAME}`, `$(NAME NAME)` for a mapping, `${<FILE}`."""
        from ...payloads import read_text

        def replaced(match: re.Match[str]) -> str:
            names = (match[1] if match[1] is not None else match[2]).strip()
            if names.startswith("<"):
                return json.dumps(_properties(self._folder / names[1:].strip()))
            if match[1] is None or " " in names:
                return json.dumps({name: variables.find(name) or "" for name in names.split()})
            return (variables.find(names.removeprefix("|").strip()) or "").replace("\n", "\\n")

        text = _SYMBOL.sub(replaced, read_text(config))
        variables.check(config)
        return load_document(config, text)

    def _folders(self) -> list[str]:
        root = self._folder / PACKAGES
        return sorted(entry.name for entry in root.iterdir() if entry.is_dir()) if root.is_dir() else []

    def _sources(self, package: str) -> dict[str, Path]:
        """Files and folders of a package by the name of the function that they make."""
        root = self._folder / PACKAGES / package
        found: dict[str, Path] = {}
        for entry in sorted(root.iterdir()) if root.is_dir() else ():
            if entry.name.startswith(".") or any(fnmatch(entry.name, pattern) for pattern in _IGNORED_ALWAYS):
                continue
            name = entry.name if entry.is_dir() else _function_of(entry.name)[0]
            if name in found:
                raise ManifestError(
                    f"{root} has two sources of the function {name}: {found[name].name} and {entry.name}."
                )
            found[name] = entry
        return found

    def _exec(self, source: Path, function: Section) -> Exec:
        kind, main = function.text("runtime") or None, function.text("main") or None
        if source.is_file():
            return exec_of_path(source, kind or _function_of(source.name)[1], main=main)
        if any((source / name).exists() for name in _BUILDS):
            self.notes.append(f"{source} has a build script, which is not run: what lies there now is deployed.")
        members = list(_members(source))
        if len(members) == 1 and members[0][1].name != "package.json":
            return exec_of_path(members[0][1], kind, main=main)
        return exec_of_files(source, members, kind, main=main)

    # Entities

    @staticmethod
    def _name(section: Section) -> str:
        name = section.text("name")
        if name is None or not is_valid_name(name):
            raise section.error(f"has a name that no platform takes: {name!r}.")
        return name

    def _package(self, name: str, package: Section) -> Iterator[Definition]:
        is_default = name == DEFAULT_PACKAGE
        shared = self._parameters(self._config)
        if not is_default:
            own = self._parameters(package)
            bound = package.table("binding")
            yield PackageDefinition(
                name=name,
                parameters=tuple({one.key: one for one in (*shared, *own)}.values()) or None,
                annotations=_annotations(package),
                publish=package.flag("shared"),
                binding=f"/{bound.text('namespace')}/{bound.text('name')}" if bound.members else None,
            )
        sources = self._sources(name)
        described = {self._name(one): one for key in ("functions", "actions") for one in package.rows(key)}
        for function in dict.fromkeys([*sources, *described]):
            section = described.get(function, Section({}, f"{self._folder}: {name}.{function}"))
            inherited = shared if is_default else ()
            full_name = function if is_default else f"{name}/{function}"
            yield from self._function(full_name, section, package, sources.get(function), inherited)

    def _function(
        self, full_name: str, function: Section, above: Section, source: Path | None, shared: Parameters
    ) -> Iterator[Definition]:
        steps = function.words("sequence")
        if file := function.text("file"):
            source = self._folder / file
        if steps:
            exec_ = Exec(kind=SEQUENCE, components=tuple(_step(step) for step in steps))
        elif source is None:
            raise function.error(f"has no source below {self._folder / PACKAGES}.")
        else:
            exec_ = self._exec(source, function)
            if needs_building(exec_):
                self.notes.append(f"{full_name} asks for other files, which do not go along: put it into a folder.")
        parameters = tuple({one.key: one for one in (*shared, *self._parameters(function))}.values())
        limits = function.table("limits")
        yield ActionDefinition(
            name=full_name,
            exec=exec_,
            parameters=parameters or None,
            annotations=(_annotations(function) or Annotations()).with_(_web(function, above)),
            limits=LimitsDraft(
                timeout_ms=limits.number("timeout"), memory_mb=limits.number("memory"), logs_mb=limits.number("logs")
            ),
        )
        for trigger in function.rows("triggers"):
            yield from self._schedule(full_name, trigger)

    def _schedule(self, function: str, trigger: Section) -> Iterator[Definition]:
        name = self._name(trigger)
        sort = (trigger.text("type", "sourceType") or "").lower()
        details = trigger.table("scheduledDetails" if "scheduledDetails" in trigger else "sourceDetails")
        cron = details.text("cron")
        if sort not in ("scheduled", "scheduler") or cron is None:
            raise trigger.error("is no schedule with a cron pattern.")
        body = details.value("body") or details.value("withBody")
        parameters: dict[str, Json] = {"cron": cron} | ({"trigger_payload": body} if body else {})
        yield TriggerDefinition(name=name, feed=Feed(action=ALARM, parameters=parameters))
        enabled = trigger.flag("enabled")
        yield RuleDefinition(name=f"{name}-rule", trigger=name, action=function, active=enabled is not False)

    @staticmethod
    def _parameters(section: Section) -> Parameters:
        plain = section.table("parameters").members
        environment = section.table("environment").members
        return tuple(Parameter(key, value) for key, value in plain.items()) + tuple(
            Parameter(key, value, init=True) for key, value in environment.items()
        )


def find_config(folder: Path) -> Path | None:
    """`project.yml`, if there is one."""
    return next((folder / name for name in CONFIG_FILES if (folder / name).is_file()), None)


def _annotations(section: Section) -> Annotations | None:
    members = section.table("annotations").members
    return Annotations(members) if members else None


def _web(function: Section, package: Section) -> dict[str, Json]:
    """Functions are public there unless they say otherwise, and protect their default parameters."""
    written = function.value("web") if function.value("web") is not None else package.value("web")
    if written not in (None, True, False, "raw"):
        raise function.wrong("web", "true, false or raw", written)
    secured = function.value("webSecure")
    if secured not in (None, False) and not isinstance(secured, str):
        raise function.wrong("webSecure", "false or a text", secured)
    return {
        "web-export": written is not False,
        "raw-http": written == "raw",
        "final": True,
        "require-whisk-auth": secured or False,
    }


def _function_of(filename: str) -> tuple[str, str | None]:
    """`hello.js` → `hello`; `hello.nodejs-18.zip` → `hello` and `nodejs:18`; the kind only where the name tells it."""
    stem, _, suffix = filename.rpartition(".")
    if not stem:
        return filename, None
    if suffix.lower() != "zip":
        family = find_family(f".{suffix}")
        return stem, None if family is None else default_kind(family)
    named = re.fullmatch(r"(.+)\.([a-z]+)(?:-(\d+(?:\.\d+)?|default))?", stem)
    return (stem, None) if named is None else (named[1], f"{named[2]}:{named[3] or 'default'}")


def _members(folder: Path) -> Iterator[tuple[str, Path]]:
    listed = next((folder / name for name in (".include", ".source") if (folder / name).is_file()), None)
    if listed is not None:
        yield from _included(folder, _lines(listed))
        return
    ignored = (
        *_IGNORED_ALWAYS,
        *_ABOUT_A_FUNCTION,
        *(_lines(folder / ".ignore") if (folder / ".ignore").is_file() else ()),
    )
    for name, path in files_below(folder):
        steps = name.split("/")
        paths = ["/".join(steps[: number + 1]) for number in range(len(steps))]
        if not any(fnmatch(each, pattern.strip("/")) for pattern in ignored for each in (*steps, *paths)):
            yield name, path


def _included(folder: Path, lines: list[str]) -> Iterator[tuple[str, Path]]:
    """Each line a file or folder; what comes from outside, such as `../../../lib/x`, loses the way to it."""
    for line in lines:
        place = (folder / line.removeprefix("./")).resolve()
        name = place.name if ".." in line else line.removeprefix("./").rstrip("/")
        if place.is_file():
            yield name, place
        elif place.is_dir():
            yield from ((f"{name}/{inner}", path) for inner, path in files_below(place))
        else:
            raise ManifestError(f"{folder / '.include'} names {line}, which is not there.")


def _lines(path: Path) -> list[str]:
    return [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _properties(path: Path) -> Json:
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    try:
        return json.loads(text)
    except ValueError:
        return load_env_file(path)


def _step(written: str) -> str:
    segments = written.strip("/").split("/")
    return "/".join(segments) if len(segments) < 3 and not written.startswith("/") else f"/{'/'.join(segments)}"
