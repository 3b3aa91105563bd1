"""`create action`, `create trigger`, `create rule`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from . import session
from .options import Duration, Memory, common_options, read_pairs, settings_of

if TYPE_CHECKING:
    from tui.operations import Operations
    from tui.operations.actions import ActionDraft


@click.group()
@common_options
def create() -> None:
    """Create an action, a trigger or a rule."""


@create.command()
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--kind", metavar="K", help="nodejs:20, python:default, …; told by the file if left out.")
@click.option("--main", metavar="FUNCTION", help="The function to call, `main` if left out.")
@click.option("--timeout", "timeout_ms", type=Duration(), metavar="2m", help="How long a run may take.")
@click.option("--memory", "memory_mb", type=Memory(), metavar="512MB", help="How much memory a run may take.")
@click.option("--web", type=click.Choice(["yes", "raw", "no"]), help="Whether it answers plain HTTP.")
@click.option("-p", "--param", "pairs", nargs=2, multiple=True, metavar="KEY VALUE", help="A default parameter.")
@click.option("--update", is_flag=True, help="Replace the code of an action that exists.")
@common_options
@click.pass_context
def action(ctx: click.Context, /, name: str, file: Path, pairs: tuple[tuple[str, str], ...], **choices: Any) -> int:
    """Create the action NAME from FILE: source, archive or folder. With --update what is not given stays as it is."""

    async def make(operations: Operations) -> Any:
        draft = await _draft(operations, name, file, pairs, **choices)
        return await operations.actions.create(draft, update=choices["update"])

    return _create(ctx, f"action {name}", make)


async def _draft(
    operations: Operations,
    name: str,
    file: Path,
    pairs: tuple[tuple[str, str], ...],
    *,
    kind: str | None,
    main: str | None,
    timeout_ms: int | None,
    memory_mb: int | None,
    web: str | None,
    update: bool,
) -> ActionDraft:
    from tui.entities.parameters import Parameter
    from tui.operations.actions import ActionDraft, WebExport, infer_draft

    # A kind that was given stands for a suffix that says nothing.
    draft = ActionDraft(source=file, name=name, kind=kind) if kind else replace(infer_draft(file), name=name)
    if update:
        draft = await _as_it_is(operations, draft)
    limits = replace(
        draft.limits,
        timeout_ms=draft.limits.timeout_ms if timeout_ms is None else timeout_ms,
        memory_mb=draft.limits.memory_mb if memory_mb is None else memory_mb,
    )
    parameters = tuple(Parameter(key, value) for key, value in read_pairs(pairs).items())
    return replace(
        draft,
        main=main,
        limits=limits,
        web=WebExport(web) if web else draft.web,
        parameters=parameters,
    )


async def _as_it_is(operations: Operations, draft: ActionDraft) -> ActionDraft:
    """The draft with limits and web flag of the action that it replaces, if there is one."""
    from tui.client.errors import NotFound
    from tui.operations.actions import web_export_of

    try:
        stored = await operations.actions.get(draft.name, code=False)
    except NotFound:
        return draft
    return replace(draft, limits=stored.limits, web=web_export_of(stored))


@create.command()
@click.argument("name")
@common_options
@click.pass_context
def trigger(ctx: click.Context, name: str) -> int:
    """Create the trigger NAME."""
    return _create(ctx, f"trigger {name}", lambda operations: operations.triggers.create(name))


@create.command()
@click.argument("name")
@click.argument("trigger")
@click.argument("action")
@common_options
@click.pass_context
def rule(ctx: click.Context, name: str, trigger: str, action: str) -> int:
    """Create the rule NAME: when TRIGGER fires, run ACTION. It is active at once."""
    return _create(
        ctx, f"rule {name}", lambda operations: operations.rules.create(name, trigger=trigger, action=action)
    )


def _create(ctx: click.Context, thing: str, make: Any) -> int:
    from .output import Output
    from .records import document_of

    output = Output(settings_of(ctx))

    async def work() -> int:
        async with session.connected(settings_of(ctx)) as operations:
            created = await make(operations)
        if output.is_text:
            output.line(f"{output.clean(thing)} created (version {created.version})")
        else:
            output.document(document_of(created))
        return 0

    return session.run(work)
