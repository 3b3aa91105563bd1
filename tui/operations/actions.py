"""Actions: created from files, listed, invoked, deleted."""

import asyncio
import logging
from collections.abc import Iterable, Iterator
from enum import StrEnum
from functools import partial
from pathlib import Path
from urllib.parse import quote

from msgspec import Struct, field
from msgspec.structs import replace

from tui.client import Client, Invoked
from tui.client.errors import NotFound
from tui.entities.action import Action, Exec
from tui.entities.json import Json, JsonObject
from tui.entities.kinds import SEQUENCE, family_of
from tui.entities.limits import LimitBounds, Limits
from tui.entities.names import DEFAULT_PACKAGE, split_own_name
from tui.entities.parameters import Parameters, parameters_to_json
from tui.errors import UsageError

from .capabilities import web_root
from .definitions import change_of, load_action
from .fate import Said, or_find
from .naming import explaining_conflicts
from .pages import all_pages
from .platform import PlatformInfo
from .sources import Source, check_syntax, editable_text, infer_kind, infer_name, read_source, source_of_text, suffix_of

logger = logging.getLogger(__name__)

__all__ = [
    "ActionDraft",
    "ActionOperations",
    "Invoked",
    "Source",
    "WebExport",
    "check_syntax",
    "editable_text",
    "infer_draft",
    "limit_problems",
    "read_source",
    "suffix_of",
    "web_annotations",
    "web_export_of",
]


class WebExport(StrEnum):
    """Whether an action answers plain HTTP under `/api/v1/web`."""

    NO = "no"
    YES = "yes"
    RAW = "raw"
    """It gets the request as it came, nothing parsed or merged."""


class ActionDraft(Struct, frozen=True, kw_only=True):
    """All that is needed to create an action."""

    source: Path
    """A file, a zip, or a folder."""
    name: str
    """`name` or `package/name`."""
    kind: str
    """`nodejs:default`, `python:3.11`, …"""
    main: str | None = None
    limits: Limits = field(default_factory=Limits)
    web: WebExport = WebExport.NO
    web_auth: bool | str | None = None
    """What a web request has to bring: `True` a key of the platform, a text that text in `X-Require-Whisk-Auth`."""
    parameters: Parameters = ()
    """Those for the environment (`init`) included."""


def infer_draft(path: Path) -> ActionDraft:
    """Kind from the suffix or the folder's content, name from the file's.

    Raises:
        UsageError: Missing, unreadable, or of an unknown type; the message names the known ones.
    """
    return ActionDraft(source=path, name=infer_name(path), kind=infer_kind(path))


def limit_problems(limits: Limits, bounds: LimitBounds) -> dict[str, str]:
    """What a platform with `bounds` would refuse, by field name of `Limits`, each as one short sentence."""
    return dict(_limit_problems(limits, bounds))


def _limit_problems(limits: Limits, bounds: LimitBounds) -> Iterator[tuple[str, str]]:
    checks = (
        ("timeout_ms", limits.timeout_ms, bounds.min_timeout_ms, bounds.max_timeout_ms, _duration),
        ("memory_mb", limits.memory_mb, bounds.min_memory_mb, bounds.max_memory_mb, _megabytes),
        ("logs_mb", limits.logs_mb, bounds.min_logs_mb, bounds.max_logs_mb, _megabytes),
        ("concurrency", limits.concurrency, bounds.min_concurrency, bounds.max_concurrency, str),
    )
    for name, value, least, most, show in checks:
        if value < least:
            yield name, f"this platform asks for {show(least)} at least, not {show(value)}"
        elif value > most:
            yield name, f"this platform gives {show(most)} at most, not {show(value)}"


def _duration(duration_ms: int) -> str:
    for unit_ms, unit in ((3_600_000, "h"), (60_000, "m"), (1000, "s")):
        if duration_ms and duration_ms % unit_ms == 0:
            return f"{duration_ms // unit_ms}{unit}"
    return f"{duration_ms}ms"


def _megabytes(size_mb: int) -> str:
    return f"{size_mb // 1024} GB" if size_mb and size_mb % 1024 == 0 else f"{size_mb} MB"


def web_export_of(action: Action) -> WebExport:
    """How an existing action is exported."""
    if not action.is_web:
        return WebExport.NO
    return WebExport.RAW if action.annotations.is_truthy("raw-http") else WebExport.YES


class ActionOperations:
    """The actions of the connected namespace."""

    def __init__(self, client: Client, platform: PlatformInfo) -> None:
        self._client = client
        self._platform = platform

    async def list(self) -> tuple[Action, ...]:
        """All of them, packaged ones included, last changed first; without code and parameters."""
        return await all_pages(lambda limit, skip: self._client.actions.list(limit=limit, skip=skip))

    async def get(self, name: str, *, code: bool = True) -> Action:
        return await self._client.actions.get(name, code=code)

    async def create(self, draft: ActionDraft, *, update: bool = False) -> Action:
        """Send the code of `draft.source` with its limits and flags.

        Args:
            update: Replace an action of this name, limits and web flags included; its parameters stay unless the
                draft has some. One that is missing is created.

        Raises:
            UsageError: The file, a limit or the kind cannot be used; nothing was sent.
            Conflict: The name is taken.
            NotFound: The package is missing.
        """
        self._check_limits(draft.limits)
        self._check_kind(draft.kind)
        source = await asyncio.to_thread(_read_checked, draft.source, draft.kind)
        body = _body(draft, source, update=update)
        with explaining_conflicts("action", draft.name):
            try:
                return await self._client.actions.put(draft.name, body, overwrite=update)
            except NotFound as error:
                raise _missing_package(draft.name, error) from error

    async def get_own(self, name: str) -> Action:
        """With its code, and of its parameters only those that its owner gave to itself, not those of its package."""
        return await load_action(self._client, name)

    async def update(self, before: Action, after: Action) -> Action:
        """Send what differs between the action as it is and as it shall be.

        Raises:
            UsageError: A limit that this platform does not give; nothing was sent.
        """
        self._check_limits(after.limits)
        return await self._client.actions.put(before.name, change_of(before, after), overwrite=True)

    async def with_source(self, action: Action, path: Path, *, kind: str | None = None) -> Action:
        """The action as it would be with the code of `path`: everything that a file does not say stays. Sends nothing.

        Args:
            kind: Its kind from now on; `None`: the one it has, where the file may be of that.

        Raises:
            UsageError: The file cannot be used, or has a syntax error; the message names the place.
        """
        own_image = action.exec.image if kind in (None, action.kind) else None
        if own_image is None:
            kind = kind or _kind_of(action, path)
            self._check_kind(kind)
        else:
            kind = action.kind  # its image says what it runs
        source = await asyncio.to_thread(_read_checked, path, kind)
        main = action.exec.main
        exec_ = Exec(kind=kind, code=source.code, binary=source.binary, main=main, image=own_image)
        return replace(action, exec=exec_)

    async def with_code(self, action: Action, text: str) -> Action:
        """The same with a text in place of its code.

        Raises:
            UsageError: It is empty or has a syntax error; the message names the place.
        """
        source = await asyncio.to_thread(_checked_text, text, action.exec)
        return replace(action, exec=replace(action.exec, code=source.code, binary=source.binary))

    async def create_sequence(self, name: str, components: Iterable[str]) -> Action:
        """An action that runs others one after the other: `name`, `package/name` or `/ns/[package/]name`.

        Raises:
            Conflict: The name is taken.
            BadRequest: A component is missing, or there are too many.
        """
        steps = self._steps(components)
        with explaining_conflicts("action", name):
            try:
                return await self._client.actions.put(name, {"exec": {"kind": SEQUENCE, "components": [*steps]}})
            except NotFound as error:
                raise _missing_package(name, error) from error

    async def update_sequence(self, before: Action, components: Iterable[str]) -> Action:
        """The same sequence with other steps."""
        return await self.update(before, replace(before, exec=replace(before.exec, components=self._steps(components))))

    def _steps(self, components: Iterable[str]) -> tuple[str, ...]:
        own = self._client.endpoint.namespace
        steps = tuple(step if step.startswith("/") else f"/{own}/{step}" for step in components)
        if not steps:
            raise UsageError("A sequence needs one action at least.")
        return steps

    async def delete(self, name: str) -> Action:
        return await self._client.actions.delete(name)

    async def invoke(
        self, name: str, payload: JsonObject, *, blocking: bool = False, said: Said = logger.info
    ) -> Invoked:
        """Start a run; with `blocking` the platform holds its answer until the run ends, at most a minute.

        A result that is a list comes without a record: then, as after a minute, `Invoked.activation` is `None`.
        If the answer gets lost, the run is looked for; `said` is told so.

        Raises:
            FateUnknown: Nobody knows whether it was accepted. It is not sent again.
        """
        send = partial(self._client.actions.invoke, name, payload, blocking=blocking)
        return await or_find(self._client, send, name=name, payload=None, found=_found, said=said)

    def web_url(self, action: Action) -> str:
        """Where a web action answers; the caller adds `.json` or another ending."""
        name = f"{quote(action.full_name.package or DEFAULT_PACKAGE)}/{quote(action.full_name.name)}"
        return f"{web_root(self._client.endpoint, quote(action.full_name.namespace))}/{name}"

    def _check_limits(self, limits: Limits) -> None:
        problems = limit_problems(limits, self._platform.bounds)
        if problems:
            raise UsageError("; ".join(problems.values()).capitalize() + ".")

    def _check_kind(self, kind: str) -> None:
        kinds = self._platform.kinds
        family = family_of(kind)
        if not kinds or kind in kinds or (kind == f"{family}:default" and family in map(family_of, kinds)):
            return
        raise UsageError(f"This platform does not run {kind}: it runs {', '.join(kinds)}.", hint=_kind_hint(family))


def _kind_of(action: Action, path: Path) -> str:
    """The one it has, where the file may be of that."""
    told = infer_kind(path)
    return action.kind if family_of(told) == family_of(action.kind) else told


def _kind_hint(family: str) -> str:
    if family == "nodejs":
        return "For the local runtime `pip install 'whisktop[node]'` brings a Node.js; then run `whisktop stop`."
    return "Choose one of these kinds."


def _checked_text(text: str, exec_: Exec) -> Source:
    source = source_of_text(text, exec_.kind, is_module=exec_.binary)
    check_syntax(source, exec_.kind)
    return source


def _read_checked(path: Path, kind: str) -> Source:
    source = read_source(path, kind)
    check_syntax(source, kind)
    return source


def _body(draft: ActionDraft, source: Source, *, update: bool) -> JsonObject:
    code: JsonObject = {"kind": draft.kind, "code": source.code}
    if draft.main:
        code["main"] = draft.main
    body: JsonObject = {"exec": code, "limits": draft.limits.to_json()}
    annotations = web_annotations(draft.web) if update or draft.web is not WebExport.NO else {}
    if draft.web_auth is not None:
        annotations["require-whisk-auth"] = draft.web_auth
    if annotations:
        body["annotations"] = [{"key": key, "value": value} for key, value in annotations.items()]
    if draft.parameters:
        body["parameters"] = parameters_to_json(draft.parameters)
    return body


def web_annotations(web: WebExport) -> dict[str, Json]:
    """As `wsk` writes them; an update merges annotations, so "no" has to be said too."""
    if web is WebExport.NO:
        return {"web-export": False, "raw-http": False, "final": False}
    return {"web-export": True, "raw-http": web is WebExport.RAW, "final": True}


def _missing_package(name: str, error: NotFound) -> NotFound:
    package, _ = split_own_name(name)
    if package is None:
        return error
    return NotFound(f"There is no package {package} for {name}.", hint="Create the package first, or leave it out.")


def _found(activation_id: str, is_guess: bool) -> Invoked:
    return Invoked(activation_id, is_guess=is_guess)
