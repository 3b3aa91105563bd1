"""`history`: the dashboard's own record of what it has seen, for the current context, without any network."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .ends import EXIT_FAILED, Interrupted
from .options import Common, common_options, settings_of

if TYPE_CHECKING:
    from tui.entities.endpoint import Endpoint
    from tui.operations.history import Imported, Progress

_SAY_EVERY_S = 1.0


@click.group()
@common_options
def history() -> None:
    """Take in, give out, search and bound what the dashboard has seen."""


@history.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@common_options
@click.pass_context
def import_(ctx: click.Context, file: Path) -> int:
    """Take in FILE: JSON Lines of whole activation records.

    Records that are there already are ignored. Bad lines are counted, named on stderr and skipped; with nothing else
    in FILE the code is 1.
    """
    from tui.operations.history import import_file

    from .output import Output, narrate

    common = settings_of(ctx)
    output = Output(common)
    with _interruptible():
        result = import_file(_account(common), file, progress=_Teller(narrate))
    _name_bad_lines(result, file)
    if output.is_text:
        output.line(f"{result.new} new, {result.repeats} known already, {result.bad} bad lines skipped.")
    else:
        output.document({"new": result.new, "repeats": result.repeats, "bad": result.bad})
    return EXIT_FAILED if result.bad and not (result.new or result.repeats) else 0


@history.command()
@common_options
@click.pass_context
def export(ctx: click.Context) -> int:
    """Print every record as JSON Lines, those that started first in front; `import` takes them in elsewhere."""
    from tui.operations.history import export as export_records

    from .output import Output

    common = settings_of(ctx)
    output = Output(common)
    with _interruptible(), closing(export_records(_account(common))) as records:
        if output.format == "json":
            output.document(list(records))
            return 0
        output.format = "jsonl"
        for record in records:
            output.document(record)
    return 0


@history.command()
@common_options
@click.pass_context
def info(ctx: click.Context) -> int:
    """Say how much is kept, since when, and where."""
    from tui.operations.history import info as load_info

    from .output import Output
    from .records import time_text

    common = settings_of(ctx)
    output = Output(common)
    found = load_info(_account(common))
    if output.is_text:
        starts = [
            "" if start_ms is None else time_text(start_ms) for start_ms in (found.first_start_ms, found.last_start_ms)
        ]
        output.facts(
            [
                ("file", str(found.path)),
                ("records", str(found.records)),
                ("names", str(found.names)),
                ("in flight", str(found.in_flight)),
                ("size", f"{found.file_bytes / 1_000_000:.1f} MB"),
                ("first start", starts[0]),
                ("last start", starts[1]),
            ]
        )
        return 0
    output.document(
        {
            "file": str(found.path),
            "records": found.records,
            "names": found.names,
            "inFlight": found.in_flight,
            "bytes": found.file_bytes,
            "firstStart": found.first_start_ms,
            "lastStart": found.last_start_ms,
        }
    )
    return 0


@history.command()
@click.argument("words", nargs=-1, required=True)
@click.option("--last", type=click.IntRange(min=1), default=10_000, show_default=True, help="Runs to look through.")
@common_options
@click.pass_context
def search(ctx: click.Context, words: tuple[str, ...], last: int) -> int:
    """Print the lines of logs that have all WORDS, those of the run that started last in front.

    Letters of either case are the same; what stands between quotes is one word.
    """
    from tui.operations.history import search as search_history

    from .output import Output, narrate
    from .records import time_text

    common = settings_of(ctx)
    output = Output(common)
    text = " ".join(f'"{word}"' if " " in word and '"' not in word else word for word in words)
    found = search_history(_account(common), text, last=last)
    if output.is_text:
        lines = [
            (time_text(hit.start_ms), hit.activation_id, hit.name, str(hit.number), hit.line.text) for hit in found.hits
        ]
        output.table(("started", "activation", "name", "line", "text"), lines)
    else:
        output.document([hit.to_json() for hit in found.hits])
    if found.is_cut:
        narrate(f"The first {len(found.hits)} lines; there are more.")
    return 0


@history.command()
@common_options
@click.pass_context
def prune(ctx: click.Context) -> int:
    """Remove what is beyond the bounds of [history] in the settings, the oldest first."""
    from tui.operations.history import prune as prune_records

    from .output import Output, narrate

    common = settings_of(ctx)
    output = Output(common)
    settings = common.settings().history
    with _interruptible():
        removed = prune_records(
            _account(common), settings, now_ms=time.time_ns() // 1_000_000, progress=_Teller(narrate)
        )
    if output.is_text:
        output.line(f"{removed} records removed.")
    else:
        output.document({"removed": removed})
    return 0


def _account(common: Common) -> Endpoint:
    from tui.operations.connect import Accounts

    return Accounts(common.settings(), context=common.context, read_only=True).owner()


class _Teller:
    """Narrates how far a long command has come, now and then."""

    def __init__(self, narrate: Any) -> None:
        self._narrate = narrate
        self._said_at = time.monotonic()

    def __call__(self, progress: Progress | int) -> None:
        now = time.monotonic()
        if now - self._said_at < _SAY_EVERY_S:
            return
        self._said_at = now
        if isinstance(progress, int):
            self._narrate(f"{progress} records removed …")
        elif progress.total_bytes:
            share = f"{progress.done_bytes / progress.total_bytes:.0%}"
            self._narrate(f"{progress.records} records, {share} of the file …")
        else:
            self._narrate(f"{progress.records} records …")


def _name_bad_lines(result: Imported, file: Path) -> None:
    from .output import narrate

    for number, reason in result.bad_lines:
        narrate(f"{file}, line {number}: {reason}; skipped.")
    if result.bad > len(result.bad_lines):
        narrate(f"{result.bad - len(result.bad_lines)} more bad lines were skipped.")


@contextmanager
def _interruptible() -> Iterator[None]:
    """SIGTERM ends the command as SIGINT does: between two transactions, with its processes reaped."""

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted from None
    finally:
        signal.signal(signal.SIGTERM, before)
        sys.stdout.flush()
