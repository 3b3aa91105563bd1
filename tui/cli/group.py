"""The root command, and the list of all others."""

from __future__ import annotations

import importlib
from collections.abc import Sequence

import click

from .dashboard import has_terminal, open_dashboard
from .ends import EXIT_INTERRUPTED
from .options import endpoint_options, settings_of, version_option

_COMMANDS = {
    "get": ("entities", "List or show actions, triggers, rules, packages, activations."),
    "create": ("create", "Create an action, a trigger or a rule."),
    "delete": ("entities", "Delete an action, a trigger or a rule."),
    "enable": ("entities", "Turn a rule on."),
    "disable": ("entities", "Turn a rule off."),
    "invoke": ("start", "Run an action."),
    "fire": ("start", "Fire a trigger."),
    "wait": ("follow", "Wait until runs have ended, and print their records."),
    "trace": ("follow", "Show what a run set off: trigger, rules, runs, steps, results."),
    "logs": ("follow", "Print what a run has logged."),
    "feed": ("feed", "Print finished activations as they become known."),
    "deploy": ("deploy", "Deploy what a manifest describes, after showing the plan."),
    "diff": ("diff", "Show what a deployment or promotion would change."),
    "export": ("export", "Write entities and their code into a folder that can be deployed."),
    "promote": ("promote", "Bring actions, triggers and rules from one context to another."),
    "history": ("history", "Take in, give out, search and bound what the dashboard has seen."),
    "serve": ("serve", "Run the local runtime in the foreground."),
    "stop": ("serve", "End the local runtime."),
    "env": ("env", "Print what makes wsk, aio, scripts and curl use this endpoint."),
    "doctor": ("doctor", "Say what is here, what is missing and how to mend it."),
    "config": ("config", "Show where settings and the endpoint come from."),
    "completion": ("completion", "Print what makes bash, zsh or fish complete all this."),
}
"""Name → module (the command is an attribute of the same name) and the line for `--help`."""


class _LazyGroup(click.Group):
    """Imports a command's module when the command is used, not when it is listed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"tui.cli.{_COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in _COMMANDS.items()])


@click.group(cls=_LazyGroup, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@endpoint_options
@version_option
@click.pass_context
def root(ctx: click.Context) -> int | None:
    """The terminal dashboard for asynchronous jobs on OpenWhisk-compatible platforms.

    Without a command it opens the dashboard, on the local runtime unless another endpoint is named.
    """
    return _open_dashboard(ctx) if ctx.invoked_subcommand is None else None


def _open_dashboard(ctx: click.Context) -> int:
    if not has_terminal():
        raise click.UsageError("The dashboard needs a terminal; `whisktop --help` lists commands that do not.", ctx)
    common = settings_of(ctx)
    return open_dashboard(context=common.context, read_only=common.read_only)


def run(arguments: Sequence[str]) -> int:
    """Run one command and give its exit code; what click complains of is printed."""
    try:
        code = root.main(args=arguments, prog_name="whisktop", standalone_mode=False)
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.ClickException as error:
        _show_usage(error)
        return error.exit_code
    except click.Abort:
        return EXIT_INTERRUPTED
    return code if isinstance(code, int) else 0


def _show_usage(error: click.ClickException) -> None:
    from .output import narrate

    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        narrate(error.format_message())
        return
    context = getattr(error, "ctx", None)
    if context is not None:
        narrate(context.get_usage())
    narrate(f"whisktop: {error.format_message()}")
