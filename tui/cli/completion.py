"""`completion`, and what is offered for words that only the platform or the files with accounts know.

A shell waits for it with every press of the tab key: nothing is started for it, and a platform that does not answer in
a moment is not waited for.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any

import click

from .options import settings_of

_SHELLS = ("bash", "zsh", "fish")
_WAITS_S = 1.0
_MOST = 200
"""Names of one collection; more than a page would have to be asked for one after the other."""

_INERT = re.compile(r"\w[\w@.:/+-]*")
"""What a shell takes for one word and for nothing else: what is chosen is put into the command line as it is."""

Complete = Callable[[click.Context, click.Parameter, str], list[str]]


@click.command()
@click.argument("shell", type=click.Choice(_SHELLS))
def completion(shell: str) -> int:
    """Print what makes SHELL complete commands, options, contexts and names: `eval "$(whisktop completion bash)"`.

    For fish: `whisktop completion fish | source`.
    """
    from click.shell_completion import get_completion_class

    from .group import root

    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(root, {}, "whisktop", "_WHISKTOP_COMPLETE").source())
    return 0


def names_of(*collections: str) -> Complete:
    """Names of actions, triggers, rules or packages that begin like the word."""

    def complete(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
        return _fitting(_ask(ctx, collections), incomplete)

    return complete


def names_of_chosen(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Names of the collection that the word before says."""
    collection = str(ctx.params.get("collection") or ctx.params.get("kind") or "")
    plural = collection if collection.endswith("s") else f"{collection}s"
    return _fitting(_ask(ctx, (plural,)), incomplete)


def context_names(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Every account that files and variables tell of."""
    from tui.operations.connect import Accounts

    try:
        catalog = Accounts(settings_of(ctx).settings(), context=None, read_only=True).catalog()
    except Exception:  # whatever it is, this is no place to tell it
        return []
    return _fitting([context.name for context in catalog.contexts if context.problem is None], incomplete)


def _fitting(names: list[str], incomplete: str) -> list[str]:
    """Without those that a shell would take for several words, or for something to do."""
    return [name for name in names if name.startswith(incomplete) and _INERT.fullmatch(name)]


def _ask(ctx: click.Context, collections: tuple[str, ...]) -> list[str]:
    async def ask() -> list[str]:
        async with asyncio.timeout(_WAITS_S):
            return await _names(ctx, collections)

    try:
        return asyncio.run(ask())
    except Exception:  # of a platform, anything may come; the command itself tells it
        return []


async def _names(ctx: click.Context, collections: tuple[str, ...]) -> list[str]:
    from tui import launch
    from tui.client import open_client
    from tui.entities.names import is_valid_name
    from tui.operations.connect import Accounts

    common = settings_of(ctx)
    settings = common.settings()
    endpoint = Accounts(settings, context=common.context, read_only=True).endpoint()
    endpoint = endpoint or await launch.find(settings.runtime)
    if endpoint is None:
        return []
    found: list[str] = []
    async with open_client(endpoint) as client:
        for collection in collections:
            source: Any = getattr(client, collection, None)
            if source is not None and collection in ("actions", "triggers", "rules", "packages"):
                found += [member.name for member in await source.list(limit=_MOST)]
    return [name for name in found if all(map(is_valid_name, name.split("/")))]
