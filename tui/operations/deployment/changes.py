"""What differs between an entity as it is and as it is to be, and what the one becomes by the other."""

import base64
import binascii
import difflib
import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from tui.entities.action import Exec
from tui.entities.json import Json
from tui.entities.kinds import default_kind, family_of
from tui.entities.parameters import Annotations, Parameter, Parameters

from .definitions import (
    LIMIT_NAMES,
    ActionDefinition,
    Definition,
    Feed,
    LimitsDraft,
    PackageDefinition,
    RouteDefinition,
    RuleDefinition,
    TriggerDefinition,
)

_MEANS_TRUE_IF_ABSENT = frozenset({"provide-api-key"})
_MEANS_FALSE_IF_ABSENT = frozenset({"web-export", "raw-http", "final", "require-whisk-auth"})
_PRIVATE_ANNOTATIONS = frozenset({"require-whisk-auth"})
_LONGEST_DIFF = 2000
"""Lines of code differences beyond this are counted, not kept."""


class Change(Struct, frozen=True, kw_only=True):
    """One thing that differs."""

    what: str
    """`code`, `timeout`, `parameter colour`, `annotation web-export`, …"""
    before: str | None = None
    """As one line of text; `None` where there was none, and where `lines` say it."""
    after: str | None = None
    private: bool = False
    """The values may be keys: shown only where the user asks for them."""
    lines: tuple[str, ...] = ()
    """For code: a unified diff without its head."""


def completed(wanted: Definition, present: Definition | None, *, exact: bool) -> Definition:
    """What the entity will be: `wanted`, and for everything that it leaves open what is there.

    Args:
        exact: Whether `wanted` says everything, so that what it does not say is to go.
    """
    match wanted:
        case PackageDefinition():
            here = present if isinstance(present, PackageDefinition) else None
            return replace(wanted, **_common(wanted, here, exact=exact))
        case ActionDefinition():
            return _completed_action(wanted, present if isinstance(present, ActionDefinition) else None, exact=exact)
        case TriggerDefinition():
            trigger = present if isinstance(present, TriggerDefinition) else None
            return replace(
                wanted, **_common(wanted, trigger, exact=exact), feed=_completed_feed(wanted, trigger, exact=exact)
            )
        case RuleDefinition():
            rule = present if isinstance(present, RuleDefinition) else None
            active = wanted.active if wanted.active is not None else (rule is None or bool(rule.active))
            common = _common(wanted, rule, exact=exact)
            return replace(wanted, active=active, annotations=common["annotations"], publish=common["publish"])
        case RouteDefinition():
            return wanted


def _completed_action(wanted: ActionDefinition, here: ActionDefinition | None, *, exact: bool) -> ActionDefinition:
    common = _common(wanted, here, exact=exact)
    exec_ = wanted.exec
    if here is not None and _is_default_of(exec_.kind, here.exec.kind):
        exec_ = replace(exec_, kind=here.exec.kind)
    limits = wanted.limits
    if here is not None:
        stay = {name: getattr(here.limits, name) for name in LIMIT_NAMES if getattr(limits, name) is None}
        limits = replace(limits, **({} if exact else stay))
    if wanted.is_sequence:
        common["parameters"] = None
    elif here is not None and here.is_sequence and wanted.parameters is None:
        common["parameters"] = ()
    return replace(wanted, exec=exec_, limits=limits, **common)


def _common(
    wanted: PackageDefinition | ActionDefinition | TriggerDefinition | RuleDefinition,
    here: PackageDefinition | ActionDefinition | TriggerDefinition | RuleDefinition | None,
    *,
    exact: bool,
) -> dict[str, Json]:
    there = Annotations() if here is None or here.annotations is None else here.annotations
    said = Annotations() if wanted.annotations is None else wanted.annotations
    if not exact:
        meaningless = [key for key in said if key not in there and said[key] is False and key in _MEANS_FALSE_IF_ABSENT]
        said = there.with_(said.without(meaningless))
    members: dict[str, Json] = {
        "annotations": said,
        "publish": wanted.publish if wanted.publish is not None else bool(here and here.publish),
    }
    if not isinstance(wanted, RuleDefinition):
        own = None if here is None or isinstance(here, RuleDefinition) else here.parameters
        members["parameters"] = wanted.parameters if wanted.parameters is not None else own or ()
    return members


def _completed_feed(wanted: TriggerDefinition, here: TriggerDefinition | None, *, exact: bool) -> Feed | None:
    if wanted.feed is None:
        return None if exact or here is None else here.feed
    if here is None or here.feed is None or here.feed.action != wanted.feed.action:
        return wanted.feed
    told = {**(here.feed.parameters or {}), **(wanted.feed.parameters or {})}
    return replace(wanted.feed, parameters=told if here.feed.parameters is not None else wanted.feed.parameters)


def _is_default_of(wanted: str, kind: str) -> bool:
    return wanted == default_kind(family_of(kind)) and kind != wanted


def changes_between(before: Definition, after: Definition) -> tuple[Change, ...]:
    """What differs; `()` where nothing does. Both are complete, as `completed` leaves them."""
    found: Iterator[Change] = iter(())
    match before, after:
        case PackageDefinition(), PackageDefinition():
            found = _one("binding", before.binding, after.binding)
            return (*found, *_shared(before, after))
        case ActionDefinition(), ActionDefinition():
            return (*_exec(before.exec, after.exec), *_limits(before.limits, after.limits), *_shared(before, after))
        case TriggerDefinition(), TriggerDefinition():
            return (*_feed(before.feed, after.feed), *_shared(before, after))
        case RuleDefinition(), RuleDefinition():
            return (
                *_one("trigger", before.trigger, after.trigger),
                *_one("action", before.action, after.action),
                *_one("state", _state(before), _state(after)),
                *_annotations(before.annotations, after.annotations),
            )
        case RouteDefinition(), RouteDefinition():
            return (
                *_one("action", before.action, after.action),
                *_one("answer", before.response_type, after.response_type),
            )
    raise TypeError(f"{before.key} and {after.key} are of different sorts")


def gone_annotations(before: Definition, after: Definition) -> tuple[str, ...]:
    """Those of an action that are not to stay."""
    old, new = (getattr(one, "annotations", None) or Annotations() for one in (before, after))
    return tuple(key for key in old if key not in new)


def same_json(one: Json, other: Json) -> bool:
    """Whether two values are the same JSON: `1`, `1.0` and `true` are three things, the order of members is none."""
    return one is other or json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def same_code(one: str, other: str) -> bool:
    """Whether two programs are the same: archives are, if their members are, whenever they were packed."""
    if one == other:
        return True
    archives = [_members(code) for code in (one, other)]
    return None not in archives and archives[0] == archives[1]


def _shared(
    before: PackageDefinition | ActionDefinition | TriggerDefinition,
    after: PackageDefinition | ActionDefinition | TriggerDefinition,
) -> Iterator[Change]:
    yield from _one("public", _yes(before.publish), _yes(after.publish))
    yield from _parameters(before.parameters or (), after.parameters or ())
    yield from _annotations(before.annotations, after.annotations)


def _one(what: str, before: str | None, after: str | None) -> Iterator[Change]:
    if before != after:
        yield Change(what=what, before=before, after=after)


def _exec(before: Exec, after: Exec) -> Iterator[Change]:
    yield from _one("kind", before.kind, after.kind)
    yield from _one("steps", ", ".join(before.components) or None, ", ".join(after.components) or None)
    yield from _one("main", before.main, after.main)
    yield from _one("image", before.image, after.image)
    old, new = before.code or "", after.code or ""
    if not same_code(old, new):
        yield _code_change(old, new)


def _code_change(old: str, new: str) -> Change:
    was, becomes = _members(old), _members(new)
    if was is None and becomes is None:
        lines = tuple(difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=2))[2:]
        if len(lines) > _LONGEST_DIFF:
            lines = (*lines[:_LONGEST_DIFF], f"… {len(lines) - _LONGEST_DIFF} more lines differ")
        return Change(what="code", lines=lines)
    if was is not None and becomes is not None:
        names = sorted(name for name in {*was, *becomes} if was.get(name) != becomes.get(name))
        signs = ("-" if name not in becomes else "+" if name not in was else "~" for name in names)
        return Change(what="code", lines=tuple(f"{sign}{name}" for sign, name in zip(signs, names, strict=True)))
    return Change(what="code", before=_sort_of(was), after=_sort_of(becomes))


def _sort_of(members: Mapping[str, bytes] | None) -> str:
    return "text" if members is None else "archive"


def _members(code: str) -> Mapping[str, bytes] | None:
    """Content by name of an archive in base64; `None` for anything else."""
    if not code.startswith("UEsD"):  # "PK\x03\x04", how every archive begins
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(base64.b64decode(code, validate=True))) as archive:
            return {info.filename: archive.read(info) for info in archive.infolist() if not info.is_dir()}
    except (binascii.Error, ValueError, zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError):
        return None


def _limits(before: LimitsDraft, after: LimitsDraft) -> Iterator[Change]:
    units = {"timeout_ms": " ms", "memory_mb": " MB", "logs_mb": " MB", "concurrency": "", "instances": ""}
    for name in LIMIT_NAMES:
        old, new = getattr(before, name), getattr(after, name)
        if new is not None and old != new:  # what is left open cannot differ
            texts = (None if value is None else f"{value}{units[name]}" for value in (old, new))
            yield from _one(name.partition("_")[0], *texts)


def _parameters(before: Parameters, after: Parameters) -> Iterator[Change]:
    def split(parameters: Parameters) -> dict[str, Parameter]:
        return {("variable " if one.init else "parameter ") + one.key: one for one in parameters}

    yield from _mapping(split(before), split(after), lambda one: one.value, private=lambda _: True)


def _annotations(before: Annotations | None, after: Annotations | None) -> Iterator[Change]:
    old, new = (_meant(one or Annotations()) for one in (before, after))
    was, becomes = ({f"annotation {key}": value for key, value in one.items()} for one in (old, new))
    private = {f"annotation {key}" for key in _PRIVATE_ANNOTATIONS}
    yield from _mapping(was, becomes, value_of=lambda value: value, private=private.__contains__)


def _meant(annotations: Mapping[str, Json]) -> dict[str, Json]:
    """Without those that say what is meant anyhow."""

    def is_needless(key: str, value: Json) -> bool:
        return (value is False and key in _MEANS_FALSE_IF_ABSENT) or (value is True and key in _MEANS_TRUE_IF_ABSENT)

    return {key: value for key, value in annotations.items() if not is_needless(key, value)}


def _feed(before: Feed | None, after: Feed | None) -> Iterator[Change]:
    yield from _one("feed", None if before is None else before.action, None if after is None else after.action)
    if before is None or after is None or before.action != after.action or after.parameters is None:
        return
    old = {f"feed {key}": value for key, value in (before.parameters or {}).items()}
    new = {f"feed {key}": value for key, value in after.parameters.items()}
    yield from _mapping(old, new, value_of=lambda value: value, private=lambda key: True)


def _mapping(
    before: Mapping[str, Json],
    after: Mapping[str, Json],
    value_of: Callable[[Json], Json],
    private: Callable[[str], bool],
) -> Iterator[Change]:
    for key in dict.fromkeys([*before, *after]):
        texts = [_compact(value_of(one[key])) if key in one else None for one in (before, after)]
        if texts[0] != texts[1]:
            yield Change(what=key, before=texts[0], after=texts[1], private=private(key))


def _compact(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _yes(flag: bool | None) -> str:
    return "yes" if flag else "no"


def _state(rule: RuleDefinition) -> str:
    return "active" if rule.active else "inactive"
