"""Options that several commands share, and what they leave behind in the click context.

`--context`, `--read-only`, `--json` and `--jsonl` may stand at any level behind the command's name. Every level
therefore declares them, and their callbacks write into the one `Common` of the root.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tui import __version__

if TYPE_CHECKING:
    from tui.config import Settings
    from tui.entities.json import JsonObject

F = TypeVar("F", bound=Callable[..., Any])


class Common:
    """What was said about the endpoint and about the output."""

    def __init__(self) -> None:
        self.context: str | None = None
        self.read_only = False
        self.format = "text"
        """`text`, `json` (one document) or `jsonl` (one a line)."""

    def settings(self, **flags: Any) -> Settings:
        """All settings, with the flags of this command line; `__` in a name stands for the dot of its key."""
        from tui.config import load_settings

        return load_settings(flags={name.replace("__", "."): value for name, value in flags.items()})


def settings_of(ctx: click.Context) -> Common:
    return ctx.find_root().ensure_object(Common)


version_option = click.version_option(__version__, message="whisktop %(version)s")


def endpoint_options(command: F) -> F:
    """`--context NAME` and `--read-only`."""
    command = click.option(
        "--read-only", is_flag=True, expose_value=False, callback=_keep("read_only"), help="Refuse every write."
    )(command)
    return click.option(
        "--context",
        metavar="NAME",
        expose_value=False,
        callback=_keep("context"),
        shell_complete=_context_names,
        help="The context to use.",
    )(command)


def _context_names(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    from .completion import context_names

    return context_names(ctx, parameter, incomplete)


def output_options(command: F) -> F:
    """`--json` and `--jsonl`."""
    command = click.option(
        "--jsonl", is_flag=True, expose_value=False, callback=_keep_format("jsonl"), help="Print one JSON a line."
    )(command)
    return click.option(
        "--json", is_flag=True, expose_value=False, callback=_keep_format("json"), help="Print one JSON document."
    )(command)


def common_options(command: F) -> F:
    """What every command takes that talks to a platform."""
    return endpoint_options(output_options(version_option(command)))


def _keep(name: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    def keep(ctx: click.Context, parameter: click.Parameter, value: Any) -> None:
        if value:
            setattr(settings_of(ctx), name, value)

    return keep


def _keep_format(name: str) -> Callable[[click.Context, click.Parameter, bool], None]:
    def keep(ctx: click.Context, parameter: click.Parameter, value: bool) -> None:
        common = settings_of(ctx)
        if value and common.format not in ("text", name):
            raise click.UsageError("--json and --jsonl exclude each other.", ctx)
        if value:
            common.format = name

    return keep


def payload_options(command: F) -> F:
    """`--payload JSON|@FILE|-` and `-p KEY VALUE …`; `read_payload` takes both."""
    command = click.option(
        "-p",
        "--param",
        "pairs",
        nargs=2,
        multiple=True,
        metavar="KEY VALUE",
        help="One member of the payload; VALUE is JSON where it parses, text otherwise.",
    )(command)
    return click.option(
        "--payload", metavar="JSON|@FILE|-", help="The payload: a JSON object, a file, or - for standard input."
    )(command)


def read_payload(payload: str | None, pairs: tuple[tuple[str, str], ...]) -> JsonObject:
    """The payload that was given, `{}` if none was.

    Raises:
        UsageError: Not JSON (with line and column), no object, or a file that cannot be read.
    """
    from tui.operations.payloads import parse_payload

    if payload is None:
        return read_pairs(pairs)
    if pairs:
        raise click.UsageError("Give the payload as --payload or as -p, not as both.")
    if payload != "-":
        return parse_payload(payload)
    text = sys.stdin.buffer.read().decode("utf-8", "surrogateescape")
    if text.lstrip().startswith("@"):  # what comes through a pipe must not open files
        raise click.UsageError("Standard input: line 1, column 1: expected { instead of @.")
    return parse_payload(text)


def read_pairs(pairs: tuple[tuple[str, str], ...]) -> JsonObject:
    """Of `-p KEY VALUE`, repeated: VALUE is JSON where it parses, text otherwise; the last of equal keys counts."""
    from tui.operations.payloads import parse_value

    return {key: parse_value(value) for key, value in pairs}


class Duration(click.ParamType[int]):
    """`90s`, `2m`, `1h30m` → milliseconds. A bare number counts `bare` (`s`), where that is allowed."""

    name = "duration"

    def __init__(self, bare: str | None = None) -> None:
        self._bare = bare

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        from tui.entities.limits import parse_duration_ms

        if isinstance(value, int):
            return value
        text = value.strip()
        try:
            return parse_duration_ms(f"{text}{self._bare}" if self._bare and _is_number(text) else text)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Memory(click.ParamType[int]):
    """`512MB`, `1GB` → megabytes."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        from tui.entities.limits import parse_memory_mb

        if isinstance(value, int):
            return value
        try:
            return parse_memory_mb(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdecimal()


timeout_option = click.option(
    "--timeout", "timeout_ms", type=Duration(bare="s"), metavar="S", help="Give up after S seconds, with code 124."
)
