"""How a context looks: a row in the list, its facts, and where each value of it came from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .line import FILL, Line, Span, gap, wrap_words

if TYPE_CHECKING:
    from pathlib import Path

    from tui.contexts import Context, Sighting
    from tui.operations.capabilities import Capabilities

    from .glyphs import Glyphs

_LABEL = 12
_COLUMNS_FROM = 96
"""Cells from which values and their places stand below each other."""
_COLORS = {
    "red": "error",
    "orange": "warning",
    "yellow": "warning",
    "green": "success",
    "cyan": "accent",
    "blue": "primary",
    "purple": "secondary",
    "pink": "secondary",
    "gray": "muted",
}


def color_role(color: str | None) -> str | None:
    """The role that stands for a colour of the settings."""
    return None if color is None else _COLORS.get(color)


def row(context: Context, width: int, glyphs: Glyphs, *, in_use: bool, locked: bool) -> Line:
    """Which one is open, its name and marks, platform, namespace, endpoint, key, places."""
    endpoint = context.endpoint
    mark = Span(glyphs.live if in_use else " ", "success", 2)
    role = (
        "error"
        if endpoint is not None and endpoint.production
        else None
        if endpoint is None
        else color_role(endpoint.color)
    )
    name: list[Span] = [Span(context.name, f"{role or ('success' if in_use else 'foreground')} bold", 22), gap(1)]
    marks = [
        Span("PROD " if endpoint is not None and endpoint.production else "", "error bold", 5),
        Span(f"{glyphs.locked} " if locked else "", "warning", 2),
    ]
    state = _state(context, glyphs)
    where = Span(", ".join(context.places) or ("this program" if context.is_local else ""), "muted", FILL)
    namespace = "" if endpoint is None else endpoint.namespace
    if width < 100:
        return [mark, *name, *marks, Span(namespace, "foreground", 16), gap(1), where, *state]
    host, key = ("", "") if endpoint is None else (endpoint.host, endpoint.auth.masked())
    return [
        mark,
        *name,
        *marks,
        Span(context.platform, "muted", 18),
        gap(1),
        Span(namespace, "foreground", 16),
        gap(1),
        Span(host, "muted", 26),
        gap(1),
        Span(key, "faint", 6),
        where,
        *state,
    ]


def _state(context: Context, glyphs: Glyphs) -> Line:
    if context.problem is not None:
        return [Span(f"{glyphs.error} not complete", "error", 15)]
    if context.conflicts:
        return [Span(f"{glyphs.platform_error} conflict", "warning", 15)]
    return []


def facts(context: Context, *, revealed: bool, locked: bool, fixed: bool, tested: Line = ()) -> list[Line]:
    """Address, namespace, key, and how it is guarded."""
    if context.is_local:
        return [_fact("endpoint", Span("the local runtime; it is started when it is needed", "muted"))]
    endpoint = context.endpoint
    if endpoint is None:
        return [_fact("problem", Span(context.problem or "", "error"))]
    tls = "not encrypted" if endpoint.url.startswith("http://") else "TLS checked"
    if endpoint.insecure and tls == "TLS checked":
        tls = "TLS not checked"
    key = endpoint.auth.reveal() if revealed else endpoint.auth.masked()
    lines: list[Line] = [
        _fact("endpoint", Span(endpoint.url), gap(2), Span(tls, "warning" if "not" in tls else "muted")),
        _fact("namespace", Span(endpoint.namespace)),
        _fact("key", Span(key), gap(2), Span("V", "primary bold"), Span(" hide" if revealed else " show", "muted")),
        _fact("writes", *_writes(endpoint.production, locked=locked, fixed=fixed)),
    ]
    if endpoint.proxy:
        lines.append(_fact("proxy", Span(endpoint.proxy, "muted")))
    return [*lines, _fact("link", *tested)] if tested else lines


def _writes(production: bool, *, locked: bool, fixed: bool) -> Line:
    if locked and fixed:
        return [Span("refused: this session was started with --read-only", "warning")]
    if locked:
        return [Span("refused until "), Span("R", "primary bold"), Span(" unlocks it")]
    if production:
        return [Span("each one asks; deleting wants the name typed", "warning")]
    return [Span("go through", "muted")]


def capability_lines(can: Capabilities) -> list[Line]:
    """What the platform can do, in words."""
    return [_fact(told.subject, Span(told.text, "warning" if told.is_notable else "muted")) for told in can.told()]


def sources(context: Context, glyphs: Glyphs, problems: Sequence[str], *, width: int) -> list[Line]:
    """Where each value came from, what else was found, and what is in conflict, in lines of at most `width` cells."""
    lines: list[Line] = []
    columns = (30, 36) if width >= _COLUMNS_FROM else (None, None)
    for setting, won in context.won.items():
        others = [(each, same) for each, same in context.also if each.setting is setting]
        lines.append(
            [
                Span(f"{glyphs.success} ", "success"),
                Span(setting.value, "muted", _LABEL),
                Span(won.shown, "foreground", columns[0]),
                gap(2),
                Span(won.where.strip(), "muted", columns[1]),
                gap(2),
                *_others(others),
            ]
        )
    for text in (*context.conflicts, *problems):
        lines += [(), [Span(f"{glyphs.platform_error} ", "warning"), Span(text)]]
    return [piece for line in lines for piece in wrapped(line, width)]


def local_sources(data_dir: Path, glyphs: Glyphs, *, width: int) -> list[Line]:
    """Where the local runtime's values come from, which no file of the user names."""
    told = {"address": "endpoint.json", "key": "key"}
    lines = [
        [Span(f"{glyphs.success} ", "success"), Span(word, "muted", _LABEL), Span(str(data_dir / name), "muted")]
        for word, name in told.items()
    ]
    return [piece for line in lines for piece in wrapped(line, width)]


def wrapped(line: Line, width: int) -> list[Line]:
    """A fact in as many lines as it needs, its text below its text."""
    flat = [Span(span.text.ljust(span.width or 0), span.role) for span in line]
    return [*wrap_words(flat, width, indent=_LABEL)] if flat else [line]


def _others(others: Sequence[tuple[Sighting, bool]]) -> Line:
    said = [f"{each.where} {'says the same' if same else 'is different, not used'}" for each, same in others]
    return [Span("; ".join(said), "faint" if all(same for _, same in others) else "warning")]


def _fact(label: str, *spans: Span) -> Line:
    return [Span(label, "faint", _LABEL), *spans]
