"""`get`, `delete`, `enable` and `disable`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from . import session
from .completion import names_of, names_of_chosen
from .options import common_options, settings_of

if TYPE_CHECKING:
    from tui.operations import Operations

    from .output import Output

_COLLECTIONS = ("actions", "triggers", "rules", "packages", "activations")
_DEFAULT_ACTIVATIONS = 30


def _collection(ctx: click.Context, parameter: click.Parameter, value: str) -> str:
    """`action` for `actions` is what people type who have just created one."""
    plural = value if value.endswith("s") else f"{value}s"
    if plural not in _COLLECTIONS:
        raise click.BadParameter(f"{value!r} is none of {', '.join(_COLLECTIONS)}.", ctx, parameter)
    return plural


def _offer_collections(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    return [name for name in _COLLECTIONS if name.startswith(incomplete)]


@click.command()
@click.argument(
    "collection",
    callback=_collection,
    shell_complete=_offer_collections,
    metavar="actions|triggers|rules|packages|activations",
)
@click.argument("name", required=False, shell_complete=names_of_chosen, metavar="[NAME|ID]")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most N; activations: 30 unless given.")
@common_options
@click.pass_context
def get(ctx: click.Context, collection: str, name: str | None, limit: int | None) -> int:
    """List a collection, or show one entity of it. Activation ids may be shortened to a unique prefix."""
    from .output import Output

    if name is not None and limit is not None:
        raise click.UsageError("--limit goes with a list, not with one thing.", ctx)
    output = Output(settings_of(ctx))

    async def work() -> int:
        async with session.connected(settings_of(ctx)) as operations:
            if name is None:
                await _print_list(output, operations, collection, limit)
            else:
                await _print_one(output, operations, collection, name)
        return 0

    return session.run(work)


async def _print_one(output: Output, operations: Operations, collection: str, name: str) -> None:
    from .records import document_of, print_activation
    from .shapes import print_entity

    if collection == "activations":
        activation = await operations.activations.find(name)
        if output.is_text:
            print_activation(output, activation)
        else:
            output.document(document_of(activation))
        return
    entity: Any = await getattr(operations, collection).get(name)
    if output.is_text:
        print_entity(output, entity)
    else:
        output.document(document_of(entity))


async def _print_list(output: Output, operations: Operations, collection: str, limit: int | None) -> None:
    from .listing import list_elements, list_records
    from .records import document_of
    from .shapes import print_list

    if collection == "activations":
        found: Sequence[Any] = await list_records(operations, limit or _DEFAULT_ACTIVATIONS)
    elif output.is_text:
        found = (await getattr(operations, collection).list())[:limit]
    else:
        found = (await list_elements(operations, collection))[:limit]
    if output.is_text:
        print_list(output, collection, found)
    else:
        output.document([document_of(element) for element in found])


@click.command()
@click.argument("kind", type=click.Choice(["action", "trigger", "rule"]))
@click.argument("name", shell_complete=names_of_chosen)
@common_options
@click.pass_context
def delete(ctx: click.Context, kind: str, name: str) -> int:
    """Delete an action, a trigger or a rule."""
    from .output import Output
    from .records import document_of

    output = Output(settings_of(ctx))

    async def work() -> int:
        async with session.connected(settings_of(ctx)) as operations:
            deleted = await getattr(operations, f"{kind}s").delete(name)
        if output.is_text:
            output.line(f"{kind} {output.clean(name)} deleted")
        else:
            output.document(document_of(deleted))
        return 0

    return session.run(work)


@click.command()
@click.argument("rule", shell_complete=names_of("rules"))
@common_options
@click.pass_context
def enable(ctx: click.Context, rule: str) -> int:
    """Turn a rule on: fires of its trigger run its action again."""
    return _switch(ctx, rule, active=True)


@click.command()
@click.argument("rule", shell_complete=names_of("rules"))
@common_options
@click.pass_context
def disable(ctx: click.Context, rule: str) -> int:
    """Turn a rule off."""
    return _switch(ctx, rule, active=False)


def _switch(ctx: click.Context, name: str, *, active: bool) -> int:
    from .output import Output

    output = Output(settings_of(ctx))

    status = "active" if active else "inactive"

    async def work() -> int:
        async with session.connected(settings_of(ctx)) as operations:
            await (operations.rules.enable(name) if active else operations.rules.disable(name))
        if output.is_text:
            output.line(f"rule {output.clean(name)} is {status}")
        else:
            output.document({"name": name, "status": status})
        return 0

    return session.run(work)
