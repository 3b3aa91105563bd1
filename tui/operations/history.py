"""The history of one account, without a network: which file, what it holds, taking records in and giving them out.

Taking in is bound by the processor: files of some length are read by several processes, and one writes.
"""

import gc
import json
import os
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import closing, nullcontext
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import BinaryIO, Final

from msgspec import Struct, field

from tui.config import HistorySettings
from tui.entities.activation import Activation
from tui.entities.endpoint import Endpoint
from tui.entities.json import Json, JsonObject
from tui.errors import UsageError, UserError
from tui.history import activations, history_path, inflight, open_database, retention
from tui.history.database import Database
from tui.history.graph import Link, links_of
from tui.history.log_search import FoundLines, search_logs
from tui.history.rows import BadRecord, Row, quick_row_of, row_of

_LINES_AT_ONCE: Final = 2000
_WRITTEN_AT_ONCE: Final = 10_000
"""Records of one transaction: a quarter of a second, for which others who want to write wait."""
_LINES_AHEAD: Final = 3 * _WRITTEN_AT_ONCE
"""So many are parsed, or on their way, while others are written: nobody waits for the other."""
_SEVERAL_PROCESSES_FROM_BYTES: Final = 8_000_000
_PROCESSES_MAX: Final = 4
_NAMED_BAD_LINES: Final = 20
"""So many are named one by one; the others are only counted."""

Parsed = tuple[list[tuple[Row, list[Link]]], list[tuple[int, str]]]
"""Rows to be written, and the numbers of bad lines with what is wrong with them."""
Batch = tuple[list[tuple[Row, list[Link]]], list[tuple[int, str]], int]
"""The same, and the bytes that the lines take."""


class Progress(Struct, frozen=True, kw_only=True):
    """How far taking in has come."""

    records: int
    done_bytes: int
    total_bytes: int | None
    """`None` where the length is not known: a pipe."""


class Imported(Struct, kw_only=True):
    """What became of a file."""

    new: int = 0
    repeats: int = 0
    bad: int = 0
    bad_lines: list[tuple[int, str]] = field(default_factory=list)
    """Number, from 1, and reason of the first few."""


class HistoryInfo(Struct, frozen=True, kw_only=True):
    """What a history holds."""

    path: Path
    records: int
    names: int
    in_flight: int
    file_bytes: int
    first_start_ms: int | None
    last_start_ms: int | None


def import_file(endpoint: Endpoint, file: Path, *, progress: Callable[[Progress], None]) -> Imported:
    """Take in JSON Lines of whole records; repeats are ignored, bad lines counted, named and skipped.

    What was taken in before an error or an interruption stays; the same file may be given again.

    Raises:
        UsageError: The file cannot be read.
        UnusableHistory: The history cannot be written.
    """
    try:
        stream = file.open("rb")
        total = os.fstat(stream.fileno()).st_size if file.is_file() else None
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror or error}.") from error
    result = Imported()
    several = total is None or total >= _SEVERAL_PROCESSES_FROM_BYTES
    with stream, closing(open_database(history_path(endpoint))) as database, _pool(several) as pool:
        database.connection.execute("pragma cache_size = -131072")  # ids come in no order
        database.connection.execute("pragma wal_autocheckpoint = 25000")  # else every transaction waits for the disk
        done_bytes = 0
        for rows, bad, size in _together(_parsed(stream, pool)):
            new = activations.add_rows(database, rows, at_once=_WRITTEN_AT_ONCE)
            result.new += new
            result.repeats += len(rows) - new
            result.bad += len(bad)
            result.bad_lines += bad[: _NAMED_BAD_LINES - len(result.bad_lines)]
            done_bytes += size
            progress(Progress(records=result.new + result.repeats, done_bytes=done_bytes, total_bytes=total))
    return result


def _together(parsed: Iterator[Batch]) -> Iterator[Batch]:
    """As many as are written at once."""
    rows: list[tuple[Row, list[Link]]] = []
    bad: list[tuple[int, str]] = []
    size = 0
    for more_rows, more_bad, more_bytes in parsed:
        rows += more_rows
        bad += more_bad
        size += more_bytes
        if len(rows) >= _WRITTEN_AT_ONCE:
            yield rows, bad, size
            rows, bad, size = [], [], 0
    if size:
        yield rows, bad, size


def _pool(several: bool) -> "ProcessPoolExecutor | nullcontext[None]":
    if not several:
        return nullcontext()
    processes = max(1, min(os.cpu_count() or 1, _PROCESSES_MAX))
    return ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=_begin_parsing)


def _begin_parsing() -> None:
    """In a process that parses: it makes no cycles, and leaves the signals of the terminal to the one that writes."""
    gc.disable()
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _parsed(stream: BinaryIO, pool: Executor | None) -> Iterator[Batch]:
    """The lines of a file in their order, parsed."""
    under_way: deque[tuple[Future[Parsed], int]] = deque()
    for first, lines in _batches(stream):
        size = sum(map(len, lines))
        if pool is None:
            yield *parse_lines(first, lines), size
            continue
        under_way.append((pool.submit(parse_lines, first, lines), size))
        if len(under_way) > _LINES_AHEAD // _LINES_AT_ONCE:
            future, size = under_way.popleft()
            yield *future.result(), size
    for future, size in under_way:
        yield *future.result(), size


def _batches(stream: BinaryIO) -> Iterator[tuple[int, list[bytes]]]:
    """Some lines at a time, each time with the number of the first."""
    number = 1
    while lines := list(islice(stream, _LINES_AT_ONCE)):
        yield number, lines
        number += len(lines)


def parse_lines(first: int, lines: list[bytes]) -> Parsed:
    """In whichever process: lines to rows.

    Args:
        first: The number of the first line.
    """
    rows: list[tuple[Row, list[Link]]] = []
    bad: list[tuple[int, str]] = []
    for number, line in enumerate(lines, start=first):
        try:
            if stripped := line.strip():
                rows.append(_row_of_line(stripped))
        except ValueError as error:
            bad.append((number, str(error)))
    return rows, bad


def _row_of_line(line: bytes) -> tuple[Row, list[Link]]:
    try:
        text = line.decode()
        body = _loads(line)
    except UnicodeDecodeError as error:
        raise BadRecord("it is not UTF-8") from error
    except (ValueError, RecursionError) as error:
        raise BadRecord("it is not JSON") from error
    if not isinstance(body, dict):
        raise BadRecord("it is not a JSON object")
    is_escaped = "\\u00" in text  # a key could stand there unseen; written anew it cannot
    if not is_escaped and (quick := quick_row_of(body, text)) is not None:
        return quick, []
    try:
        activation = Activation.from_json(body)
        return row_of(activation, text=None if is_escaped else text), links_of(activation)
    except KeyError as error:
        raise BadRecord(f"it has no {error.args[0]}") from error
    except BadRecord:
        raise
    except (TypeError, ValueError, AttributeError, RecursionError) as error:
        raise BadRecord("it is not an activation record") from error


def _loads(line: bytes) -> Json:
    import orjson  # twice as fast; what only the standard library reads (NaN, lone surrogates) goes there

    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        return json.loads(line)


def export(endpoint: Endpoint) -> Generator[JsonObject, None, None]:
    """Every record, those that started first in front. Closing the iterator closes the file.

    Raises:
        UnusableHistory: The history cannot be read.
    """
    with closing(_open_existing(endpoint)) as database:
        for kept in activations.oldest_first(database):
            yield kept.body()


def info(endpoint: Endpoint) -> HistoryInfo:
    """
    Raises:
        UnusableHistory: The history cannot be read.
    """
    with closing(_open_existing(endpoint)) as database:
        first, last = activations.bounds(database) or (None, None)
        return HistoryInfo(
            path=database.path,
            records=activations.count(database),
            names=len(activations.names(database)),
            in_flight=len(inflight.in_flight(database)),
            file_bytes=sum(file.stat().st_size for file in database.path.parent.glob(f"{database.path.name}*")),
            first_start_ms=first,
            last_start_ms=last,
        )


def search(endpoint: Endpoint, text: str, *, last: int) -> FoundLines:
    """Lines that have all words of `text`, in the logs of the last so many runs.

    Raises:
        UnusableHistory: The history cannot be read.
    """
    with closing(_open_existing(endpoint)) as database:
        return search_logs(database, text, last=last)


def prune(endpoint: Endpoint, settings: HistorySettings, *, now_ms: int, progress: Callable[[int], None]) -> int:
    """Remove what is beyond the bounds; how many records went.

    Args:
        progress: Is told how many have gone so far.
    """
    removed = 0
    with closing(_open_existing(endpoint)) as database:
        for step in retention.prune(database, settings, now_ms=now_ms):
            removed += step
            progress(removed)
    return removed


def _open_existing(endpoint: Endpoint) -> Database:
    path = history_path(endpoint)
    if not path.exists():
        raise NoHistory(f"Nothing of {endpoint.context} was seen yet: there is no {path}.")
    return open_database(path)


class NoHistory(UserError):
    """There is none for this account."""

    title = "There is no history"
    hint = "`whisktop history import` takes records in, and the dashboard keeps what it sees."
    exit_code = 5
