"""What the form for a new action holds, and what is wrong with it.

The form keeps texts as they were typed; this module turns them into a draft, or into one sentence per bad field. It
draws nothing and sends nothing.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from tui.entities.json import Json, JsonObject
from tui.entities.kinds import default_kind, family_of
from tui.entities.limits import LimitBounds, Limits, parse_duration_ms, parse_memory_mb
from tui.entities.names import split_own_name
from tui.entities.parameters import Parameter
from tui.entities.text import visible_line
from tui.errors import UserError
from tui.operations.actions import ActionDraft, WebExport, infer_draft, limit_problems
from tui.operations.payloads import parse_payload

from ..render import formats
from ..render.json_masking import is_secret

FIELDS = (
    "file",
    "name",
    "kind",
    "main",
    "timeout",
    "memory",
    "logs",
    "concurrency",
    "web",
    "auth",
    "parameters",
    "environment",
)
_STANDARD = Limits()
DEFAULTS: Mapping[str, str] = {
    **dict.fromkeys(FIELDS, ""),
    "timeout": formats.limit(_STANDARD.timeout_ms),
    "memory": formats.memory(_STANDARD.memory_mb),
    "logs": formats.memory(_STANDARD.logs_mb),
    "concurrency": str(_STANDARD.concurrency),
    "web": WebExport.NO.value,
}
_LANGUAGES = {"nodejs": "Node", "python": "Python"}


class CheckedAction(Struct, frozen=True):
    """The outcome of a check: a draft that can be sent, or what to mend."""

    draft: ActionDraft | None
    errors: Mapping[str, str] = field(default_factory=dict)
    """One sentence by the field's name."""


def find_path(text: str) -> Path:
    """The path that a user means by `text`: `~` is the home folder."""
    return Path(text.strip()).expanduser()


class FieldReader:
    """Reads texts of fields and notes what is wrong with them."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.errors: dict[str, str] = {}
        """One sentence by the field's name."""
        self._values = values

    def read(self, name: str, parse: Callable[[str], object]) -> object:
        """What `parse` makes of the field; `None` where it raises a `UserError` or a `ValueError`."""
        try:
            return parse(self._values[name])
        except UserError as error:
            self.errors[name] = error.message
        except ValueError as error:
            self.errors[name] = str(error)
        return None


def check_action(values: Mapping[str, str], bounds: LimitBounds, kinds: tuple[str, ...]) -> CheckedAction:
    """Read every field of the form.

    Args:
        values: Texts by field, all of `FIELDS`.
        bounds: What the platform allows.
        kinds: What the platform runs; `()` where it does not tell.
    """
    fields = FieldReader(values)
    read, errors = fields.read, fields.errors
    inferred = read("file", _parse_file)
    read("name", _parse_name)
    read("kind", lambda text: parse_kind(text, kinds))
    limits = Limits(
        **{name: number for name, parse in LIMITS.items() if isinstance(number := read(_field_of(name), parse), int)}
    )
    for name, problem in limit_problems(limits, bounds).items():
        errors.setdefault(_field_of(name), problem)
    parameters = read("parameters", parse_payload)
    environment = read("environment", parse_payload)
    auth = read("auth", parse_auth)
    if errors or not isinstance(inferred, ActionDraft):
        return CheckedAction(None, errors)
    draft = replace(
        inferred,
        name=values["name"].strip(),
        kind=values["kind"].strip(),
        main=values["main"].strip() or None,
        limits=limits,
        web=WebExport(values["web"]),
        web_auth=auth if isinstance(auth, (bool, str)) else None,
        parameters=(*parameters_of(parameters), *parameters_of(environment, init=True)),
    )
    return CheckedAction(draft)


def bounds_hint(name: str, bounds: LimitBounds) -> str:
    """What the platform allows for a limit, in the units in which it is typed."""
    match name:
        case "timeout":
            return f"{formats.limit(bounds.min_timeout_ms)} to {formats.limit(bounds.max_timeout_ms)}"
        case "memory":
            return f"{human_memory(bounds.min_memory_mb)} to {human_memory(bounds.max_memory_mb)}"
        case "logs":
            return f"{bounds.min_logs_mb} to {human_memory(bounds.max_logs_mb)}"
        case _:
            return f"{bounds.min_concurrency} to {bounds.max_concurrency} per worker"


def human_memory(megabytes: int) -> str:
    """`512 MB`, `4 GB`."""
    return f"{megabytes // 1024} GB" if megabytes and megabytes % 1024 == 0 else f"{megabytes} MB"


def same_command(values: Mapping[str, str]) -> str:
    """The command that does the same, for the user to copy; secrets are left out of it."""
    words = ["whisktop", "create", "action", values["name"].strip() or "NAME", values["file"].strip() or "FILE"]
    if values["kind"].strip():
        words += ["--kind", values["kind"].strip()]
    for name in ("timeout", "memory"):
        if (text := values[name].replace(" ", "")) != DEFAULTS[name].replace(" ", ""):
            words += [f"--{name}", text]
    if values["web"] != DEFAULTS["web"]:
        words += ["--web", values["web"]]
    try:
        parameters = parse_payload(values["parameters"])
    except UserError:
        parameters = {}
    for key, value in parameters.items():
        shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        words += ["-p", key, "…" if is_secret(key) else shown]
    return visible_line(shlex.join(words))


def finds_function(source: str, kind: str, main: str) -> bool | None:
    """Whether the source seems to have the function that the platform calls; `None` where that cannot be told."""
    name = re.escape(main.strip() or "main")
    patterns = {
        "nodejs": rf"\bfunction\s*\*?\s*{name}\b|\b{name}\s*[=:]|exports\.{name}\b|\bas\s+{name}\b|\b{name}\s*[,}}]",
        "python": rf"^\s*(async\s+)?def\s+{name}\b|^{name}\s*=|\bimport\b.*\b{name}\b",
    }
    pattern = patterns.get(family_of(kind))
    return None if pattern is None else re.search(pattern, source, re.MULTILINE) is not None


def _parse_file(text: str) -> ActionDraft:
    if not text.strip():
        raise ValueError("which file? ctrl+o picks one")
    return infer_draft(find_path(text))


def _parse_name(text: str) -> str:
    if not text.strip():
        raise ValueError("an action needs a name")
    split_own_name(text.strip())
    return text


def parse_kind(text: str, kinds: tuple[str, ...]) -> str:
    kind = text.strip()
    if not kind:
        raise ValueError("which kind? enter shows those the platform runs")
    families = {family_of(known) for known in kinds}
    if not kinds or kind in kinds or kind in {default_kind(family) for family in families}:
        return kind
    family = family_of(kind)
    if family in families:
        versions = ", ".join(known for known in kinds if family_of(known) == family)
        raise ValueError(f"this platform runs {versions}, not {kind}")
    language = _LANGUAGES.get(family, family)
    raise ValueError(f"this platform has no {language}: it runs {', '.join(kinds)}")


def _field_of(limit: str) -> str:
    """`timeout_ms` → `timeout`."""
    return limit.partition("_")[0]


def parse_auth(text: str) -> bool | str | None:
    """Of `require-whisk-auth`: `""` and `no` ask for nothing, `yes` for a key of the platform, a word for that word."""
    typed = text.strip()
    if typed.lower() in ("", "no"):
        return None
    return True if typed.lower() == "yes" else typed


def shown_auth(value: Json) -> str:
    """The text that `parse_auth` reads as `value`."""
    if value in (None, False, ""):
        return ""
    return "yes" if value is True else str(value)


def _parse_number(text: str) -> int:
    if not text.strip().isdecimal():
        raise ValueError(f"{text.strip()!r} is not a number")
    return int(text)


LIMITS: Mapping[str, Callable[[str], int]] = {
    "timeout_ms": parse_duration_ms,
    "memory_mb": parse_memory_mb,
    "logs_mb": parse_memory_mb,
    "concurrency": _parse_number,
}


def parameters_of(values: object, *, init: bool = False) -> tuple[Parameter, ...]:
    body: JsonObject = values if isinstance(values, dict) else {}
    return tuple(Parameter(key, value, init) for key, value in body.items())
