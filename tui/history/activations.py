"""Records: taken in once, found by page, by id and by name."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from msgspec import Struct

from tui.entities.activation import Activation, State
from tui.entities.json import JsonObject

from .database import Database
from .documents import unpack
from .filters import EVERYTHING, Filter, conditions_of, id_bounds
from .graph import Link, add_links, links_of
from .rollups import count_runs
from .rows import STATES, BadRecord, Key, Row, id_of, key_of, row_of

PAGE: Final = 256
_PER_TRANSACTION: Final = 2000
_NOTHING: Mapping[str, int] = MappingProxyType({})


class Position(NamedTuple):
    """Where a record stands in the list: newest start first, the one seen last first among equals."""

    start_ms: int
    serial: int


class Kept(Struct, frozen=True, kw_only=True):
    """One record of a page: what a row shows is at hand, the whole record one call away."""

    position: Position
    activation_id: str
    name: str
    """`name` or `package/name`."""
    is_trigger: bool
    version: str
    state: State
    start_ms: int
    end_ms: int | None
    duration_ms: int | None
    init_ms: int | None
    """`None` for a warm run."""
    late_ms: int | None
    """How long after its end it was listed, where that was late."""
    document: bytes

    def body(self) -> JsonObject:
        """The platform's own JSON, authorization headers masked."""
        body: JsonObject = json.loads(unpack(self.document))
        return body

    def activation(self) -> Activation:
        return Activation.from_json(self.body())


class Added(Struct, frozen=True, kw_only=True):
    """What became of a batch."""

    new: int = 0
    repeats: int = 0
    bad: tuple[tuple[str, str], ...] = ()
    """Id and reason of what is no whole record."""


def add(database: Database, activations: Iterable[Activation], *, late_ms: Mapping[str, int] = _NOTHING) -> Added:
    """Take in records; those that are there already change nothing.

    Args:
        late_ms: By id, how long after its end a record was listed, where that was late.
    """
    rows: list[tuple[Row, list[Link]]] = []
    bad: list[tuple[str, str]] = []
    for activation in activations:
        try:
            rows.append((row_of(activation, late_ms=late_ms.get(activation.activation_id)), links_of(activation)))
        except (BadRecord, TypeError, ValueError, AttributeError) as error:
            bad.append((str(activation.activation_id), str(error)))
    new = add_rows(database, rows)
    return Added(new=new, repeats=len(rows) - new, bad=tuple(bad))


def add_rows(database: Database, rows: list[tuple[Row, list[Link]]], *, at_once: int = _PER_TRANSACTION) -> int:
    """Take in what `row_of` and `links_of` made; gives how many were new.

    Args:
        at_once: So many in one transaction. Ids come in no order, so each transaction writes a page for nearly every
            record; those of more records together are fewer, and others who want to write wait longer.
    """
    new = 0
    for begin in range(0, len(rows), at_once):
        new += _add_some(database, rows[begin : begin + at_once])
    return new


_INSERT = """
    insert into activations
        (id, start_ms, end_ms, duration_ms, name_id, version, state, init_ms, late_ms, document, error)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


def _add_some(database: Database, rows: list[tuple[Row, list[Link]]]) -> int:
    by_key: dict[Key, tuple[Row, list[Link]]] = {}
    for row, links in rows:
        by_key.setdefault(row.key, (row, links))
    fresh = list(by_key.values())
    with database.transaction() as connection:
        try:
            name_ids = _insert(database, fresh)
        except sqlite3.IntegrityError:  # rarely: to look each one up beforehand takes a fifth of the time
            known = _known(database, [row.key for row, _ in fresh])
            fresh = [(row, links) for row, links in fresh if row.key not in known]
            name_ids = _insert(database, fresh)
        if not fresh:
            return 0
        connection.execute("update totals set records = records + ?", [len(fresh)])
        count_runs(database, zip((row for row, _ in fresh), name_ids, strict=True))
        _note_kinds(database, {(id_, row.version, row.kind) for (row, _), id_ in zip(fresh, name_ids, strict=True)})
        if links := [link for _, links in fresh for link in links]:
            add_links(database, links)
        if connection.execute("select exists (select 1 from in_flight)").fetchone()[0]:
            connection.executemany("delete from in_flight where id = ?", [(row.key,) for row, _ in fresh])
    return len(fresh)


def _insert(database: Database, fresh: list[tuple[Row, list[Link]]]) -> list[int]:
    """All or none; gives the ids of their names."""
    connection = database.connection
    name_ids = [_name_id(database, row.name, row.is_trigger) for row, _ in fresh]
    values = [(*row[:4], name_id, *row[6:12]) for (row, _), name_id in zip(fresh, name_ids, strict=True)]
    connection.execute("savepoint inserting")
    try:
        connection.executemany(_INSERT, values)
    except sqlite3.IntegrityError:
        connection.execute("rollback to inserting")
        connection.execute("release inserting")
        raise
    connection.execute("release inserting")
    return name_ids


def _known(database: Database, keys: list[Key]) -> set[Key]:
    marks = ",".join("?" * len(keys))
    return {key for (key,) in database.connection.execute(f"select id from activations where id in ({marks})", keys)}


def _name_id(database: Database, name: str, is_trigger: bool) -> int:
    known = database.name_ids.get((name, is_trigger))
    if known is not None:
        return known
    connection = database.connection
    connection.execute("insert or ignore into names (name, is_trigger) values (?, ?)", [name, is_trigger])
    found: int = connection.execute(
        "select name_id from names where name = ? and is_trigger = ?", [name, is_trigger]
    ).fetchone()[0]
    database.name_ids[name, is_trigger] = found
    return found


def _note_kinds(database: Database, kinds: set[tuple[int, str, str]]) -> None:
    unknown = [one for one in kinds - database.kinds if one[2]]
    if unknown:
        database.connection.executemany("insert or ignore into kinds values (?, ?, ?)", unknown)
        database.kinds.update(unknown)


def replace(database: Database, activation: Activation) -> bool:
    """Keep a record anew that was read again, since its logs were still arriving; `False` if it is not kept.

    Raises:
        BadRecord: It is no whole record.
    """
    row = row_of(activation)
    with database.transaction() as connection:
        changed = connection.execute("update activations set document = ? where id = ?", [row.document, row.key])
        return changed.rowcount > 0


_COLUMNS = """
    serial, id, name, is_trigger, version, state, activations.start_ms, end_ms, activations.duration_ms, init_ms,
    late_ms, document
"""


def page(
    database: Database, matching: Filter = EVERYTHING, *, before: Position | None = None, limit: int = PAGE
) -> tuple[Kept, ...]:
    """The newest records that match, those that started last first.

    Args:
        before: Only what stands below this place: the `position` of the last one of the page above.
    """
    found = _select(database, matching, before, "<", "desc", limit)
    return tuple(found)


def page_above(
    database: Database, matching: Filter = EVERYTHING, *, after: Position, limit: int = PAGE
) -> tuple[Kept, ...]:
    """The records right above a place, in the order of `page`: for a reader who scrolls up."""
    return tuple(reversed(_select(database, matching, after, ">", "asc", limit)))


def _select(
    database: Database, matching: Filter, place: Position | None, side: str, order: str, limit: int
) -> list[Kept]:
    conditions, values = conditions_of(database, matching)
    if conditions is None:
        return []
    if place is not None:
        conditions.append(f"(activations.start_ms, serial) {side} (?, ?)")
        values += place
    where = f"where {' and '.join(conditions)}" if conditions else ""
    rows = database.connection.execute(
        f"""
        select {_COLUMNS} from activations join names using (name_id) {where}
        order by activations.start_ms {order}, serial {order} limit ?
        """,
        [*values, limit],
    )
    return [_kept(row) for row in rows]


def _kept(row: tuple[int, Key, str, int, str, int, int, int | None, int | None, int | None, int | None, bytes]) -> Kept:
    return Kept(
        position=Position(row[6], row[0]),
        activation_id=id_of(row[1]),
        name=row[2],
        is_trigger=bool(row[3]),
        version=row[4],
        state=STATES[row[5]],
        start_ms=row[6],
        end_ms=row[7],
        duration_ms=row[8],
        init_ms=row[9],
        late_ms=row[10],
        document=row[11],
    )


def find(database: Database, activation_id: str) -> Kept | None:
    """The record with this id."""
    found = find_all(database, [activation_id])
    return found[0] if found else None


def find_all(database: Database, activation_ids: Iterable[str]) -> tuple[Kept, ...]:
    """Those of these that are kept, in no order. Ask for a few hundred at most."""
    keys = [key_of(one) for one in activation_ids]
    marks = ",".join("?" * len(keys))
    query = f"select {_COLUMNS} from activations join names using (name_id) where id in ({marks})"
    return tuple(_kept(row) for row in database.connection.execute(query, keys))


def find_by_prefix(database: Database, prefix: str, *, limit: int = 10) -> tuple[Kept, ...]:
    """Records whose id begins with these hexadecimal digits, in the order of their ids."""
    bounds = id_bounds(prefix)
    if bounds is None:
        return ()
    query = f"""
        select {_COLUMNS} from activations join names using (name_id) where id between ? and ? order by id limit ?
    """
    return tuple(_kept(row) for row in database.connection.execute(query, [*bounds, limit]))


def serials(database: Database, matching: Filter = EVERYTHING) -> Iterator[int]:
    """Of all records that match, the one that started first in front; eight bytes a record find every page at once."""
    conditions, values = conditions_of(database, matching)
    if conditions is None:
        return iter(())
    where = f"where {' and '.join(conditions)}" if conditions else ""
    query = f"select serial from activations {where} order by activations.start_ms, serial"
    return (serial for (serial,) in database.connection.execute(query, values))


def with_serials(database: Database, wanted: Iterable[int]) -> dict[int, Kept]:
    """Records by their serial; those that are gone are left out. Ask for a page at most."""
    numbers = list(wanted)
    marks = ",".join("?" * len(numbers))
    query = f"select {_COLUMNS} from activations join names using (name_id) where serial in ({marks})"
    return {row[0]: _kept(row) for row in database.connection.execute(query, numbers)}


def start_of(database: Database, serial: int) -> int | None:
    """When a record started; `None` if it is gone."""
    found = database.connection.execute("select start_ms from activations where serial = ?", [serial]).fetchone()
    return None if found is None else found[0]


def oldest_first(database: Database) -> Iterator[Kept]:
    """Every record, read as it is asked for, in one state of the file however long that takes."""
    query = f"select {_COLUMNS} from activations join names using (name_id) order by activations.start_ms, serial"
    return map(_kept, database.connection.execute(query))


def names(database: Database) -> tuple[tuple[str, bool], ...]:
    """Every name that was ever seen, and whether it is a trigger's."""
    rows = database.connection.execute("select name, is_trigger from names order by name, is_trigger")
    return tuple((name, bool(is_trigger)) for name, is_trigger in rows)


def count(database: Database) -> int:
    """Of all records kept."""
    found: int = database.connection.execute("select records from totals").fetchone()[0]
    return found


def count_between(database: Database, since_ms: int, upto_ms: int) -> int:
    """How many records are kept that started in this interval, both ends included."""
    query = "select count(*) from activations where start_ms between ? and ?"
    found: int = database.connection.execute(query, [since_ms, upto_ms]).fetchone()[0]
    return found


def bounds(database: Database) -> tuple[int, int] | None:
    """First and last start of all records kept; `None` where there are none."""
    first, last = database.connection.execute(
        "select (select min(start_ms) from activations), (select max(start_ms) from activations)"
    ).fetchone()
    return None if first is None else (first, last)
