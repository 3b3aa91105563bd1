"""`config path` and `config show`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from . import session
from .options import common_options, settings_of

if TYPE_CHECKING:
    from tui.config import Settings
    from tui.entities.endpoint import Endpoint


@click.group()
@common_options
def config() -> None:
    """Show where settings and the endpoint come from."""


@config.command()
@common_options
@click.pass_context
def path(ctx: click.Context) -> int:
    """Print where the settings file is looked for; it need not exist."""
    from tui.config import config_path

    from .output import Output

    output = Output(settings_of(ctx))
    found = str(config_path())
    if output.is_text:
        output.outside(found)
    else:
        output.document({"path": found})
    return 0


@config.command()
@common_options
@click.pass_context
def show(ctx: click.Context) -> int:
    """Say which endpoint is used and why, with its key masked, and every setting that is not the default."""
    from tui.contexts import choose_endpoint

    from .output import Output

    common = settings_of(ctx)
    output = Output(common)
    settings = common.settings()
    endpoint = choose_endpoint(
        settings, context=common.context, read_only=common.read_only, environ=os.environ, cwd=Path.cwd()
    )
    facts = _endpoint_facts(endpoint) if endpoint else _local_facts(settings)
    origins = {key: {"value": _value(settings, key), "origin": origin} for key, origin in settings.origins.items()}
    if output.is_text:
        output.facts(facts.items())
        output.facts((key, f"{entry['value']}  ({entry['origin']})") for key, entry in origins.items())
    else:
        output.document({"endpoint": facts, "file": str(settings.file or "") or None, "settings": origins})
    return 0


def _endpoint_facts(endpoint: Endpoint) -> dict[str, str]:
    return {
        "context": endpoint.context,
        "apihost": endpoint.url,
        "auth": endpoint.auth.masked(),
        "namespace": endpoint.namespace,
        "read_only": "yes" if endpoint.read_only else "no",
        "chosen by": endpoint.provenance,
    }


def _local_facts(settings: Settings) -> dict[str, str]:
    """The local runtime's, without starting it."""
    from tui import launch

    running = session.run(lambda: launch.find(settings.runtime))
    if running is not None:
        return _endpoint_facts(running)
    return {
        "context": "local",
        "data_dir": str(settings.runtime.data_dir),
        "chosen by": "nothing names another endpoint; it is started when needed",
    }


def _value(settings: Settings, key: str) -> Any:
    """A setting by dotted key; keys masked, anything that is no plain value as text."""
    from tui.entities.endpoint import Secret

    value: Any = settings
    rest = key
    while rest:
        if isinstance(value, Mapping):
            # Names of tables, and binding ids, may hold dots themselves: the longest that is there is meant.
            name = max((name for name in value if rest == name or rest.startswith(f"{name}.")), key=len)
            value = value[name]
        else:
            name = rest.partition(".")[0]
            value = getattr(value, name)
        rest = rest[len(name) + 1 :]
    if isinstance(value, Secret):
        return value.masked()
    return value if isinstance(value, str | int | float | bool | None) else str(value)
