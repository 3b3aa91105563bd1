"""`doctor`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from . import session
from .ends import EXIT_FAILED
from .options import common_options, settings_of

if TYPE_CHECKING:
    from tui.operations.doctor import Finding, Report

    from .output import Output

_SIGNS = {"ok": ("ok", "green"), "warning": ("warning", "yellow"), "problem": ("PROBLEM", "red")}


@click.command()
@common_options
@click.pass_context
def doctor(ctx: click.Context) -> int:
    """Look at what is here, what is missing, and say how to mend it. Starts and changes nothing.

    Works without a platform as well. Code 1 if something keeps jobs from running.
    """
    from tui.operations.doctor import examine

    from .output import Output

    common = settings_of(ctx)
    output = Output(common)
    settings = common.settings()
    report = session.run(lambda: examine(settings, context=common.context, read_only=common.read_only))
    if output.is_text:
        _print(output, report)
    else:
        output.document(report.to_json())
    return EXIT_FAILED if report.has_problem else 0


def _print(output: Output, report: Report) -> None:
    width = max(len(finding.subject) for finding in report.findings)
    for finding in report.findings:
        _print_finding(output, finding, width)


def _print_finding(output: Output, finding: Finding, width: int) -> None:
    sign, color = _SIGNS[finding.health]
    state = output.style(f"{sign:<7}", fg=color)
    output.line(f"{state}  {finding.subject:<{width}}  {output.clean(finding.text)}")
    if finding.fix:
        output.line(f"{'':<{width + 11}}→ {output.clean(finding.fix)}")
