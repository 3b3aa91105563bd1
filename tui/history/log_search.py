"""Words in the logs of the last activations: an index for full text, made when somebody asks and kept until the end.

It lies in SQLite's temporary database, so that nobody who never searches pays for it, neither in time nor on the disk.
What lies further back than it is worth an index is read through.
Keys in printed lines are masked, as in every record that is kept.
"""

import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

from msgspec import Struct

from tui.entities.activation import Activation, LogLine, State
from tui.entities.json import JsonObject

from .activations import Kept, with_serials
from .database import Database
from .documents import unpack
from .filters import EVERYTHING, Filter, conditions_of
from .rows import storable

LAST: Final = 10_000
"""Activations that are searched unless more are asked for."""
MOST_HITS: Final = 500
_HITS_OF_ONE: Final = 20
_SHORTEST_INDEXED: Final = 3
"""The index knows texts by three characters."""
_LONGEST_LOG: Final = 1_000_000
"""In characters: what goes on after that is read through each time."""
_LONGEST_OF_ALL: Final = 200_000_000
_INDEXED: Final = 20_000
"""Of the last activations; putting one into the index takes several times as long as reading it once."""
_MOST_ENTRIES: Final = 3 * _INDEXED
"""Then it is begun anew: what was pruned or is too far back would stay in it for ever."""
_AT_ONCE: Final = 500
_WORD = re.compile(r'"([^"]+)"|(\S+)')

_INDEX = """
    create virtual table if not exists temp.printed using fts5(text, content='', tokenize='trigram');
    create table if not exists temp.indexed (
        entry integer primary key, serial integer not null, size integer not null, is_cut integer not null,
        unique (serial, size)
    );
    create table if not exists temp.wanted (serial integer primary key, size integer not null);
"""


class Hit(Struct, frozen=True, kw_only=True):
    """One line in which all words stand."""

    activation_id: str
    name: str
    """`name` or `package/name`."""
    state: State
    start_ms: int
    """Of the run."""
    number: int
    """Of the line in its log, from 1."""
    line: LogLine

    def to_json(self) -> JsonObject:
        return {
            "activationId": self.activation_id,
            "name": self.name,
            "start": self.start_ms,
            "line": self.number,
            "stream": self.line.stream,
            "text": self.line.text,
        }


class FoundLines(Struct, frozen=True, kw_only=True):
    """What a search gave."""

    hits: tuple[Hit, ...]
    """Lines of the run that started last in front, and as they were printed."""
    searched: int
    """Activations whose logs were looked through."""
    since_ms: int | None
    """When the first of them started."""
    is_cut: bool
    """There are more hits."""


def words_of(text: str) -> tuple[str, ...]:
    """What has to stand in a line, in lower case: words, and what is between quotes as it stands."""
    return tuple((quoted or word).lower() for quoted, word in _WORD.findall(text))


def search_logs(
    database: Database, text: str, *, matching: Filter = EVERYTHING, last: int = LAST, most: int = MOST_HITS
) -> FoundLines:
    """Lines that have all words of `text`, in the logs of the last so many runs that match."""
    wanted = _wanted(database, matching, last)
    words = words_of(text)
    found: list[Hit] = []
    for kept in _candidates(database, wanted, words) if words else ():
        found += _hits(kept, words)
        if len(found) > most:
            break
    oldest = with_serials(database, [wanted[-1][0]]).get(wanted[-1][0]) if wanted else None
    return FoundLines(
        hits=tuple(found[:most]),
        searched=len(wanted),
        since_ms=None if oldest is None else oldest.start_ms,
        is_cut=len(found) > most,
    )


def _wanted(database: Database, matching: Filter, last: int) -> list[tuple[int, int]]:
    """Serial and size of the runs to be searched, the last one first, as many as memory allows."""
    conditions, values = conditions_of(database, matching)
    if conditions is None:
        return []
    where = " and ".join(["state > 0", *conditions])
    query = f"""
        select serial, length(document) from activations where {where}
        order by activations.start_ms desc, serial desc limit ?
    """
    wanted: list[tuple[int, int]] = []
    total = 0
    for serial, size in database.connection.execute(query, [*values, last]):
        total += size
        if total > _LONGEST_OF_ALL:
            break
        wanted.append((serial, size))
    return wanted


def _candidates(database: Database, wanted: list[tuple[int, int]], words: tuple[str, ...]) -> Iterator[Kept]:
    """Those in whose log all words may stand somewhere."""
    indexed = [word for word in words if len(word) >= _SHORTEST_INDEXED]
    serials = [serial for serial, _ in wanted[:_INDEXED]]
    if indexed and _index(database, wanted[:_INDEXED]):
        expression = " AND ".join('"' + word.replace('"', '""') + '"' for word in indexed)
        query = """
            select indexed.serial from indexed
                join wanted on wanted.serial = indexed.serial and wanted.size = indexed.size
            where is_cut or entry in (select rowid from printed where printed match ?)
        """
        having = {serial for (serial,) in database.connection.execute(query, [expression])}
        serials = [serial for serial in serials if serial in having]
    plain = [word for word in words if word.isascii() and word.isalnum()]  # whatever JSON does to other signs
    yield from _kept(database, serials)
    for kept in _kept(database, [serial for serial, _ in wanted[_INDEXED:]]):
        text = unpack(kept.document).lower() if plain else ""
        if all(word in text for word in plain):
            yield kept


def _kept(database: Database, serials: list[int]) -> Iterator[Kept]:
    for begin in range(0, len(serials), _AT_ONCE):
        if database.is_cancelled:
            raise sqlite3.OperationalError("interrupted")
        some = serials[begin : begin + _AT_ONCE]
        records = with_serials(database, some)
        yield from (records[serial] for serial in some if serial in records)


def _index(database: Database, wanted: list[tuple[int, int]]) -> bool:
    """Take in what is not in the index yet; `False` where this SQLite has none. What was taken in stays if it ends."""
    connection = database.connection
    try:
        for statement in filter(str.strip, _INDEX.split(";")):
            connection.execute(statement)
    except sqlite3.OperationalError:
        return False
    with _together(connection):
        connection.execute("delete from wanted")
        connection.executemany("insert into wanted (serial, size) values (?, ?)", wanted)
        missing = connection.execute(
            "select serial, size from wanted where (serial, size) not in (select serial, size from indexed)"
        ).fetchall()
        entries = connection.execute("select count(*) from indexed").fetchone()[0]
        if entries + len(missing) > _MOST_ENTRIES:  # most of them are of runs that are no longer among the last
            connection.execute("insert into printed (printed) values ('delete-all')")
            connection.execute("delete from indexed")
            missing = wanted
    for begin in range(0, len(missing), _AT_ONCE):
        sizes = dict(missing[begin : begin + _AT_ONCE])
        with _together(connection):
            for kept in _kept(database, list(sizes)):
                _take_in(connection, kept, sizes[kept.position.serial])
    return True


def _take_in(connection: sqlite3.Connection, kept: Kept, size: int) -> None:
    text = "\n".join(line.text for line in _lines(kept))
    entry = connection.execute(
        "insert into indexed (serial, size, is_cut) values (?, ?, ?)",
        [kept.position.serial, size, len(text) > _LONGEST_LOG],
    )
    connection.execute(
        "insert into printed (rowid, text) values (?, ?)",
        [entry.lastrowid, storable(text[:_LONGEST_LOG].replace("\0", " "))],
    )


@contextmanager
def _together(connection: sqlite3.Connection) -> Iterator[None]:
    """One transaction, of the temporary database alone."""
    connection.execute("begin")
    try:
        yield
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("commit")


def _lines(kept: Kept) -> Iterable[LogLine]:
    """What an action printed; the log of a sequence is a list of ids."""
    try:
        activation: Activation = kept.activation()
    except (KeyError, TypeError, ValueError, AttributeError):
        return ()
    if activation.is_trigger or activation.is_sequence:
        return ()
    return map(LogLine.parse, filter(lambda line: isinstance(line, str), activation.logs))


def _hits(kept: Kept, words: tuple[str, ...]) -> list[Hit]:
    hits: list[Hit] = []
    for number, line in enumerate(_lines(kept), start=1):
        lowered = line.text.lower()
        if all(word in lowered for word in words):
            hits.append(
                Hit(
                    activation_id=kept.activation_id,
                    name=kept.name,
                    state=kept.state,
                    start_ms=kept.start_ms,
                    number=number,
                    line=line,
                )
            )
            if len(hits) == _HITS_OF_ONE:
                break
    return hits
