"""Contexts as `config contexts`, `config show` and `config validate` tell them; keys are masked in all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tui.contexts import Context, Sighting
    from tui.entities.endpoint import Endpoint

HEAD = ("", "name", "platform", "namespace", "endpoint", "key", "from")


def row(context: Context, *, in_use: bool) -> tuple[str, ...]:
    """One line of the table; see `HEAD`."""
    endpoint = context.endpoint
    name = f"{context.name}{_marks(endpoint)}"
    where = ", ".join(context.places) or ("this program" if context.is_local else "")
    if context.conflicts:
        where += "  (conflict)"
    if context.problem is not None:
        where += "  (not complete)"
    if endpoint is None:
        return ("*" if in_use else "", name, context.platform, "", "", "", where)
    key = endpoint.auth.masked()
    return ("*" if in_use else "", name, context.platform, endpoint.namespace, endpoint.host, key, where)


def document(context: Context, *, in_use: bool) -> dict[str, Any]:
    endpoint = context.endpoint
    return {
        "name": context.name,
        "inUse": in_use,
        "platform": context.platform or None,
        "apihost": None if endpoint is None else endpoint.url,
        "namespace": None if endpoint is None else endpoint.namespace,
        "auth": None if endpoint is None else endpoint.auth.masked(),
        "readOnly": endpoint is not None and endpoint.read_only,
        "production": endpoint is not None and endpoint.production,
        "values": [_sighting(each) for each in context.won.values()],
        "alsoFound": [{**_sighting(each), "same": is_same} for each, is_same in context.also],
        "conflicts": list(context.conflicts),
        "problem": context.problem,
    }


def facts(context: Context, *, why: str | None) -> list[tuple[str, str]]:
    """Names and values, one context in full."""
    endpoint = context.endpoint
    lines = [("context", context.name), ("platform", context.platform)]
    if endpoint is not None:
        lines.append(("read_only", "yes" if endpoint.read_only else "no"))
        lines.append(("production", "yes" if endpoint.production else "no"))
    for each in context.won.values():
        lines.append((each.setting.value, f"{each.shown}  ({each.where.strip()})"))
    for each, is_same in context.also:
        lines.append(("also found", f"{each.where}: {each.setting.value} {'the same' if is_same else each.shown}"))
    lines += [("conflict", text) for text in context.conflicts]
    lines.append(("problem", context.problem or ""))
    lines.append(("chosen by", why or ""))
    return lines


def _sighting(each: Sighting) -> dict[str, str]:
    return {"setting": each.setting.value, "value": each.shown, "place": each.place, "key": each.key}


def _marks(endpoint: Endpoint | None) -> str:
    marks = []
    if endpoint is not None and endpoint.production:
        marks.append("PROD")
    if endpoint is not None and endpoint.read_only:
        marks.append("read-only")
    return f" ({', '.join(marks)})" if marks else ""
