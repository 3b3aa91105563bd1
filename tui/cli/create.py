"""`create action`, `create trigger`, `create rule`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from msgspec import Struct
from msgspec.structs import replace

from . import session
from .completion import names_of
from .options import Duration, Memory, common_options, read_pairs, settings_of

if TYPE_CHECKING:
    from tui.entities.action import Action
    from tui.entities.json import JsonObject
    from tui.entities.limits import Limits
    from tui.entities.parameters import Parameters
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

    given = _Given(name, file, dict(read_pairs(pairs)), **choices)

    async def make(operations: Operations) -> Any:
        from tui.operations.watching import SourcePaths

        stored = await _find(operations, name) if given.update else None
        if stored is not None:
            made = await operations.actions.update(stored, await given.over(operations, stored))
        else:
            made = await operations.actions.create(given.draft(), update=given.update)
        SourcePaths().note(operations.endpoint, made.name, file)  # the dashboard can watch it without asking
        return made

    return _create(ctx, f"action {name}", make)


class _Given(Struct, frozen=True):
    """What was said about an action; `None` where nothing was."""

    name: str
    file: Path
    parameters: JsonObject
    kind: str | None
    main: str | None
    timeout_ms: int | None
    memory_mb: int | None
    web: str | None
    update: bool

    def draft(self) -> ActionDraft:
        """A new action, as far as something is said; the rest is told by the file, or usual."""
        from tui.entities.limits import Limits
        from tui.operations.actions import ActionDraft, WebExport, infer_draft

        # A kind that was given stands for a suffix that says nothing.
        kind = self.kind or infer_draft(self.file).kind
        return ActionDraft(
            source=self.file,
            name=self.name,
            kind=kind,
            main=self.main,
            limits=self._limits(Limits()),
            web=WebExport(self.web or "no"),
            parameters=self._parameters(),
        )

    async def over(self, operations: Operations, stored: Action) -> Action:
        """The stored action with what is said."""
        from tui.operations.actions import WebExport, web_annotations

        after = await operations.actions.with_source(stored, self.file, kind=self.kind)
        after = replace(after, limits=self._limits(stored.limits))
        if self.main is not None:
            after = replace(after, exec=replace(after.exec, main=self.main))
        if self.web is not None:
            after = replace(after, annotations=after.annotations.with_(web_annotations(WebExport(self.web))))
        return replace(after, parameters=self._parameters()) if self.parameters else after

    def _limits(self, limits: Limits) -> Limits:
        said = {"timeout_ms": self.timeout_ms, "memory_mb": self.memory_mb}
        return replace(limits, **{name: value for name, value in said.items() if value is not None})

    def _parameters(self) -> Parameters:
        from tui.entities.parameters import Parameter

        return tuple(Parameter(key, value) for key, value in self.parameters.items())


async def _find(operations: Operations, name: str) -> Action | None:
    from tui.client.errors import NotFound

    try:
        return await operations.actions.get_own(name)
    except NotFound:
        return None


@create.command()
@click.argument("name")
@common_options
@click.pass_context
def trigger(ctx: click.Context, name: str) -> int:
    """Create the trigger NAME."""
    return _create(ctx, f"trigger {name}", lambda operations: operations.triggers.create(name))


@create.command()
@click.argument("name")
@click.argument("trigger", shell_complete=names_of("triggers"))
@click.argument("action", shell_complete=names_of("actions"))
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
