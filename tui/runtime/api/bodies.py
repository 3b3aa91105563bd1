"""Bodies of PUT requests: read strictly, with the platform's texts for what is wrong."""

import re

from tui.entities.action import Exec, is_binary_code
from tui.entities.images import is_image_name
from tui.entities.json import Json, JsonObject
from tui.entities.kinds import BLACKBOX, SEQUENCE, needs_main
from tui.entities.limits import MAX_CODE_BYTES, MAX_PARAMETERS_BYTES, LimitBounds
from tui.entities.names import FullName, split_path
from tui.entities.parameters import Annotations, Parameters, parameters_from_json
from tui.entities.rule import RuleStatus

from .. import messages
from ..controller.changes import ActionChange, Change, PackageChange, RuleChange
from ..controller.runnable import check_kind
from ..faults import BadRequest, Forbidden, Malformed, TooLarge
from ..invoker.interpreters import Interpreters
from ..jsonbytes import encodable, to_json_bytes
from .names import check_name, check_namespace

_VERSION = re.compile(r"(\d{1,9})(?:\.(\d{1,9})(?:\.(\d{1,9})(?:\..*)?)?)?\.*", re.ASCII)
"""What follows the third number plays no role."""

_LIMITS = {
    "timeout": ("timeout_ms", "time", "time"),
    "memory": ("memory_mb", "memory", "memory"),
    "logs": ("logs_mb", "log", "log"),
    "concurrency": ("concurrency", "concurrency", "intra concurrency"),
    "instances": ("instances", "instance concurrency", "instance concurrency"),
}
"""By member: the field, and what the texts call it where it is no number and where it is a fraction."""


def read_action(
    body: JsonObject, bounds: LimitBounds, interpreters: Interpreters, own: str, *, instances_max: int
) -> ActionChange:
    """Raises faults, in the platform's order: contents and sizes first, then limits, then the kind.

    `own`: the namespace that `_` stands for in the components of a sequence.
    """
    code = body.get("exec")
    dropped = body.get("delAnnotations") or ()
    if not isinstance(dropped, (list, tuple)) or not all(isinstance(key, str) for key in dropped):
        raise _malformed(messages.PARAMETERS_MALFORMED)
    common = _read_common(body)
    executable = None if code is None else _read_exec(code, interpreters, own)
    limits = _read_limits(body.get("limits"), bounds, instances_max)
    if executable is not None and executable.kind == BLACKBOX and not interpreters.runs_images:
        raise Forbidden(messages.kind_not_authorized(BLACKBOX))
    return ActionChange(
        version=common.version,
        publish=common.publish,
        annotations=common.annotations,
        parameters=common.parameters,
        exec=executable,
        limits=limits,
        dropped_annotations=tuple(dropped),
    )


def read_trigger(body: JsonObject) -> Change:
    return _read_common(body)


def read_package(body: JsonObject, own: str) -> PackageChange:
    """`own`: the namespace that `_` stands for."""
    common = _read_common(body)
    binding = body.get("binding") or None
    if binding is not None and not (
        isinstance(binding, dict) and isinstance(binding.get("namespace"), str) and isinstance(binding.get("name"), str)
    ):
        raise _malformed(messages.BINDING_MALFORMED)
    return PackageChange(
        version=common.version,
        publish=common.publish,
        annotations=common.annotations,
        parameters=common.parameters,
        binding=None
        if binding is None
        else FullName(check_namespace(binding["namespace"], own), check_name(binding["name"])),
    )


def read_rule(body: JsonObject, own: str) -> RuleChange:
    """`own`: the namespace that `_` stands for."""
    common = _read_common(body)
    return RuleChange(
        version=common.version,
        publish=common.publish,
        annotations=common.annotations,
        trigger=_read_reference(body.get("trigger"), own),
        action=_read_reference(body.get("action"), own),
    )


def read_rule_status(body: JsonObject) -> RuleStatus:
    if "status" not in body:
        raise _malformed(messages.STATUS_MISSING)
    status = body["status"]
    try:
        return RuleStatus(status)
    except ValueError:
        text = status if isinstance(status, str) else to_json_bytes(status).decode()
        raise _malformed(messages.unknown_rule_state(text)) from None


def _malformed(detail: str) -> Malformed:
    return Malformed(messages.malformed_content(detail))


def _read_common(body: JsonObject) -> Change:
    publish = body.get("publish")
    if publish is not None and not isinstance(publish, bool):
        raise _malformed(messages.PUBLISH_MALFORMED)
    parameters = _read_members(body.get("parameters"), "parameters")
    annotations = _read_members(body.get("annotations"), "annotations")
    return Change(
        version=_read_version(body.get("version")),
        publish=publish,
        annotations=None if annotations is None else Annotations({each.key: each.value for each in annotations}),
        parameters=parameters,
    )


def _read_version(version: Json) -> str | None:
    if version is None:
        return None
    match = _VERSION.fullmatch(version) if isinstance(version, str) else None
    numbers = [] if match is None else [int(part or 0) for part in match.groups()]
    if not any(numbers):
        raise _malformed(messages.VERSION_MALFORMED)
    return ".".join(map(str, numbers))


def _read_members(members: Json, what: str) -> Parameters | None:
    """Parameters, or annotations, which have the same shape."""
    if members is None:
        return None
    if not isinstance(members, list) or not all(map(_is_member, members)):
        raise _malformed(messages.PARAMETERS_MALFORMED)
    parameters = parameters_from_json(members)
    size = sum(len(each.key.encode("utf-8", "surrogatepass")) + len(to_json_bytes(each.value)) for each in parameters)
    if size > MAX_PARAMETERS_BYTES:
        raise TooLarge(messages.larger_than_allowed(what, size, MAX_PARAMETERS_BYTES))
    return parameters


def _is_member(member: Json) -> bool:
    return (
        isinstance(member, dict)
        and isinstance(member.get("key"), str)
        and "value" in member
        and isinstance(member.get("init", False), bool)
    )


def _read_components(body: JsonObject, own: str) -> tuple[str, ...]:
    components = body.get("components")
    if components is None:
        raise _malformed(messages.NO_COMPONENTS)
    if not isinstance(components, list):
        raise _malformed(messages.COMPONENTS_NO_ARRAY)
    names = [_read_reference(component, own) for component in components]
    if None in names:
        raise _malformed(messages.INCOMPLETE_NAME)
    return tuple(f"/{name}" for name in names)


def _read_exec(body: Json, interpreters: Interpreters, own: str) -> Exec:
    if not isinstance(body, dict) or not isinstance(body.get("kind"), str):
        raise _malformed(messages.NO_KIND)
    kind = body["kind"].strip().lower()
    if kind == SEQUENCE:
        return Exec(kind=SEQUENCE, components=_read_components(body, own))
    if kind == BLACKBOX:
        return _with_code(kind, body, _read_image(body.get("image")))
    return _with_code(check_kind(kind, interpreters), body, None)


def _read_image(image: Json) -> str:
    if not isinstance(image, str) or not image.strip():
        raise _malformed(messages.NO_IMAGE)
    if not is_image_name(image.strip()):
        raise _malformed(messages.IMAGE_MALFORMED)
    return image.strip()


def _with_code(kind: str, body: JsonObject, image: str | None) -> Exec:
    """Where there is an image, code may be missing, and is if it is blank."""
    code, main = body.get("code"), body.get("main")
    if image is not None and (code is None or (isinstance(code, str) and not code.strip())):
        code = None
    elif not isinstance(code, str):
        raise _malformed(messages.no_code(kind))
    if "main" in body and not isinstance(main, str):
        raise _malformed(messages.main_malformed(kind))
    if main is None and needs_main(kind):
        raise _malformed(messages.no_main(kind))
    code, main = (None if text is None else encodable(text) for text in (code, main))
    size = len((code or "").encode()) + len((main or "").encode())
    if size > MAX_CODE_BYTES:
        raise TooLarge(messages.larger_than_allowed("exec", size, MAX_CODE_BYTES))
    return Exec(kind=kind, code=code, main=main, binary=is_binary_code(code or ""), image=image)


def _read_limits(body: Json, bounds: LimitBounds, instances_max: int) -> dict[str, int]:
    if body is None:
        return {}
    if not isinstance(body, dict):
        raise _malformed(messages.LIMITS_MALFORMED)
    limits = {}
    for member, (field, name, name_of_fraction) in _LIMITS.items():
        value = body.get(member)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise _malformed(messages.limit_malformed(name))
        if isinstance(value, float) and not value.is_integer():
            raise _malformed(messages.limit_not_whole(name_of_fraction))
        limits[field] = int(value)
    _check_bounds(limits, bounds)
    _check_instances(limits.get("instances", 0), instances_max)
    return limits


def _check_bounds(limits: dict[str, int], bounds: LimitBounds) -> None:
    for field, what, unit, least, most in (
        ("timeout_ms", "duration", " milliseconds", bounds.min_timeout_ms, bounds.max_timeout_ms),
        ("memory_mb", "memory size", " MB", bounds.min_memory_mb, bounds.max_memory_mb),
        ("logs_mb", "log size", " MB", bounds.min_logs_mb, bounds.max_logs_mb),
        ("concurrency", "concurrency", "", bounds.min_concurrency, bounds.max_concurrency),
    ):
        value = limits.get(field)
        if value is None:
            continue
        if value < least:
            raise BadRequest(messages.below_threshold(what, f"{value}{unit}", f"{least}{unit}"))
        if value > most:
            raise BadRequest(messages.above_threshold(what, f"{value}{unit}", f"{most}{unit}"))


def _check_instances(instances: int, most: int) -> None:
    if instances < 0:
        raise BadRequest(messages.NEGATIVE_INSTANCES)
    if instances > most:
        raise BadRequest(messages.too_many_instances(most))


def _read_reference(reference: Json, own: str) -> FullName | None:
    """`/ns/[pkg/]name`, or `{"path", "name"}`."""
    if reference is None:
        return None
    if isinstance(reference, dict):
        path, name = reference.get("path"), reference.get("name")
        if not isinstance(path, str) or not isinstance(name, str):
            raise _malformed(messages.INCOMPLETE_NAME)
        reference = f"{path}/{name}"
    segments = split_path(reference) if isinstance(reference, str) else []
    if len(segments) < 2:
        raise _malformed(messages.INCOMPLETE_NAME)
    try:
        return FullName.parse("/".join(segments)).resolve(own)
    except ValueError:
        raise _malformed(messages.ILLEGAL_NAME) from None
