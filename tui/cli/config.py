"""`config path`, `config show`, `config contexts` and `config validate`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from . import session
from .ends import EXIT_CONFIG
from .options import Common, common_options, settings_of

if TYPE_CHECKING:
    from tui.config import Settings
    from tui.entities.endpoint import Endpoint
    from tui.operations.connect import Accounts


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
    from .output import Output

    common = settings_of(ctx)
    output, accounts = Output(common), _accounts(common)
    settings, choice = accounts.settings, accounts.choice()
    endpoint = choice.context.endpoint
    read_only = common.read_only or (endpoint is not None and endpoint.read_only)
    facts = _endpoint_facts(endpoint, read_only) if endpoint else _local_facts(settings, choice.why)
    origins = {key: {"value": _value(settings, key), "origin": origin} for key, origin in settings.origins.items()}
    if output.is_text:
        output.facts(facts.items())
        output.facts((key, f"{entry['value']}  ({entry['origin']})") for key, entry in origins.items())
    else:
        output.document({"endpoint": facts, "file": str(settings.file or "") or None, "settings": origins})
    return 0


@config.command()
@click.argument("name", required=False)
@common_options
@click.pass_context
def contexts(ctx: click.Context, name: str | None) -> int:
    """List every account that was found and where, or tell all about NAME: which file and key won, and what did not.

    Keys are masked. Files of other programs are only read.
    """
    from tui.errors import UserError

    from . import context_facts
    from .output import Output, narrate, say_error

    common = settings_of(ctx)
    output, accounts = Output(common), _accounts(common)
    catalog = accounts.catalog()
    try:
        choice = accounts.choice(catalog)
        used, why = choice.context.name, choice.why
    except UserError as error:  # the list is what helps to mend it
        say_error(error)
        used, why = "", ""
    if name is not None:
        context = catalog.find(name)
        if context is None:
            raise click.UsageError(f"There is no context {name!r}; `whisktop config contexts` lists them.")
        if output.is_text:
            output.facts(context_facts.facts(context, why=why if name == used else None))
        else:
            output.document(context_facts.document(context, in_use=name == used))
        return 0
    if output.is_text:
        output.table(context_facts.HEAD, (context_facts.row(one, in_use=one.name == used) for one in catalog.contexts))
        for text in (*(text for one in catalog.contexts for text in one.conflicts), *catalog.problems):
            narrate(text)
    else:
        output.document([context_facts.document(one, in_use=one.name == used) for one in catalog.contexts])
    return 0


@config.command()
@common_options
@click.pass_context
def validate(ctx: click.Context) -> int:
    """Look through settings and all files with accounts; code 2 if anything cannot be used. Nothing is asked online."""
    from .output import Output

    common = settings_of(ctx)
    output, accounts = Output(common), _accounts(common)
    catalog = accounts.catalog()
    used = accounts.choice(catalog).context.name
    problems = [*(one.problem for one in catalog.contexts if one.problem), *catalog.problems]
    conflicts = [text for one in catalog.contexts for text in one.conflicts]
    if output.is_text:
        for word, texts in (("problem", problems), ("conflict", conflicts)):
            for text in texts:
                output.line(f"{word}  {output.clean(text)}")
        if not problems and not conflicts:
            output.line(f"ok  {len(catalog.contexts)} contexts, {output.clean(used)} is used")
    else:
        output.document({"used": used, "problems": problems, "conflicts": conflicts})
    return EXIT_CONFIG if problems else 0


def _accounts(common: Common) -> Accounts:
    from tui.operations.connect import Accounts

    return Accounts(common.settings(), context=common.context, read_only=common.read_only)


def _endpoint_facts(endpoint: Endpoint, read_only: bool) -> dict[str, str]:
    return {
        "context": endpoint.context,
        "apihost": endpoint.url,
        "auth": endpoint.auth.masked(),
        "namespace": endpoint.namespace,
        "read_only": "yes" if read_only else "no",
        "chosen by": endpoint.provenance,
    }


def _local_facts(settings: Settings, why: str) -> dict[str, str]:
    """The local runtime's, without starting it."""
    from tui import launch

    running = session.run(lambda: launch.find(settings.runtime))
    if running is not None:
        return _endpoint_facts(running, running.read_only)
    return {
        "context": "local",
        "data_dir": str(settings.runtime.data_dir),
        "chosen by": f"{why}; it is started when needed",
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
