"""SQL of the activation records. Each function works on a connection that `Database` owns."""

from collections.abc import Iterable
from sqlite3 import Connection
from typing import Any

from msgspec import Struct, field

from .ids import id_of, key_of
from .many import execute_many
from .records import Origin, Record

_COLUMNS = """
    a.activation_id, s.namespace, s.name, o.identity, o.subject, o.annotations, a.start_ms, a.elapsed_ms, a.duration_ms,
    a.status_code, a.cause, a.wait_ms, a.init_ms, a.timed_out, a.size_bytes, a.extra, {payload}
"""
_JOINED = "from activations a join origins o using (origin_id) join streams s on s.stream_id = a.stream_id"
_FULL = _COLUMNS.format(payload="a.result, a.logs")
_BRIEF = _COLUMNS.format(payload="null as result, null as logs")

_ONE = f"select {_FULL} {_JOINED} where a.activation_id = ?"
_BOUNDS = "a.start_ms >= :since_ms and a.start_ms <= :upto_ms"
_WINDOW = "order by a.start_ms desc, a.row desc limit :limit offset :skip"
_INSERT = """
    insert or ignore into activations (activation_id, namespace, stream_id, origin_id, start_ms, elapsed_ms,
        duration_ms, status_code, cause, wait_ms, init_ms, timed_out, size_bytes, extra, result, logs)
    values {rows}
"""
_FOREVER_MS = 2**62
_REMEMBERED = 256


class Selection(Struct, frozen=True, kw_only=True):
    """Which records a list asks for. Bounds are inclusive and speak of the start."""

    namespace: str
    name: str | None = None
    """`name` or `package/name`."""
    since_ms: int | None = None
    upto_ms: int | None = None
    skip: int = 0
    limit: int = 30


class Dictionary(Struct):
    """Ids of what records share; grows with the first record of a revision. Used by the writing thread alone."""

    streams: dict[tuple[str, str], int] = field(default_factory=dict)
    origins: dict[Origin, tuple[int, int, int]] = field(default_factory=dict)
    _by_identity: dict[int, tuple[Origin, tuple[int, int, int]]] = field(default_factory=dict)
    """The same by the value's own id, which is quicker to find; an id is another value's only when that is gone."""

    def shared(self, connection: Connection, origin: Origin) -> tuple[int, int, int]:
        """Ids of the namespace's stream, of the name's stream and of the origin."""
        if known := self._by_identity.get(id(origin)):
            return known[1]
        ids = self.origins.get(origin)
        if ids is None:
            ids = self.origins[origin] = (
                self._stream_id(connection, origin.namespace, ""),
                self._stream_id(connection, origin.namespace, origin.listed_name),
                _origin_id(connection, origin),
            )
        if len(self._by_identity) >= _REMEMBERED:
            self._by_identity.clear()
        self._by_identity[id(origin)] = origin, ids
        return ids

    def _stream_id(self, connection: Connection, namespace: str, name: str) -> int:
        known = self.streams.get((namespace, name))
        if known is None:
            connection.execute("insert or ignore into streams (namespace, name) values (?, ?)", (namespace, name))
            known = _stream_id(connection, namespace, name)
            assert known is not None
            self.streams[namespace, name] = known
        return known

    def forget(self) -> None:
        """After a rollback: ids handed out in it do not exist."""
        self.streams.clear()
        self.origins.clear()
        self._by_identity.clear()


def _origin_id(connection: Connection, origin: Origin) -> int:
    values = (origin.identity, origin.subject, origin.annotations)
    connection.execute("insert or ignore into origins (identity, subject, annotations) values (?, ?, ?)", values)
    found: int = connection.execute(
        "select origin_id from origins where identity = ? and subject = ? and annotations = ?", values
    ).fetchone()[0]
    return found


def insert(connection: Connection, dictionary: Dictionary, records: Iterable[Record]) -> None:
    """Keep `records`; one that is there already stays as it is."""
    execute_many(connection, _INSERT, [_values(dictionary.shared(connection, each.origin), each) for each in records])


def _values(shared: tuple[int, int, int], record: Record) -> tuple[object, ...]:
    return (
        key_of(record.activation_id),
        *shared,
        record.start_ms,
        None if record.end_ms is None else record.end_ms - record.start_ms,
        record.duration_ms,
        record.status_code,
        None if record.cause is None else key_of(record.cause),
        record.wait_ms,
        record.init_ms,
        record.timed_out,
        record.size_bytes,
        record.extra,
        record.result,
        None if record.logs == b"[]" else record.logs,
    )


def find(connection: Connection, activation_id: str) -> Record | None:
    row = connection.execute(_ONE, (key_of(activation_id),)).fetchone()
    return None if row is None else _record(row)


def recent(connection: Connection, selection: Selection, *, full: bool) -> list[Record]:
    """Newest start first; without `full` neither result nor logs are read.

    Of records with the same start the later kept one comes first, so that paging never repeats a row.
    """
    found = _place(connection, selection)
    if found is None:
        return []
    column, stream_id = found
    columns = _FULL if full else _BRIEF
    sql = f"select {columns} {_JOINED} where a.{column} = :stream_id and {_BOUNDS} {_WINDOW}"
    return [_record(row) for row in connection.execute(sql, _bindings(selection, stream_id))]


def count(connection: Connection, selection: Selection) -> int:
    """All that match, less those that `skip` passes over."""
    found = _place(connection, selection)
    if found is None:
        return 0
    column, stream_id = found
    sql = f"select count(*) from activations a where a.{column} = :stream_id and {_BOUNDS}"
    matching: int = connection.execute(sql, _bindings(selection, stream_id)).fetchone()[0]
    return max(0, matching - selection.skip)


def _place(connection: Connection, selection: Selection) -> tuple[str, int] | None:
    """The indexed column and the id to look for in it."""
    stream_id = _stream_id(connection, selection.namespace, selection.name or "")
    return None if stream_id is None else ("stream_id" if selection.name else "namespace", stream_id)


def _stream_id(connection: Connection, namespace: str, name: str) -> int | None:
    sql = "select stream_id from streams where namespace = ? and name = ?"
    row = connection.execute(sql, (namespace, name)).fetchone()
    return None if row is None else row[0]


def _bindings(selection: Selection, stream_id: int) -> dict[str, int]:
    return {
        "stream_id": stream_id,
        "since_ms": selection.since_ms or 0,
        "upto_ms": _FOREVER_MS if selection.upto_ms is None else selection.upto_ms,
        "limit": selection.limit,
        "skip": selection.skip,
    }


def _record(row: tuple[Any, ...]) -> Record:
    (activation_id, namespace, name, identity, subject, annotations, start_ms, elapsed_ms, duration_ms) = row[:9]
    (status_code, cause, wait_ms, init_ms, timed_out, size_bytes, extra, result, logs) = row[9:]
    return Record(
        activation_id=id_of(activation_id),
        origin=Origin(namespace, name, identity, subject, annotations),
        start_ms=start_ms,
        end_ms=None if elapsed_ms is None else start_ms + elapsed_ms,
        duration_ms=duration_ms,
        status_code=status_code,
        result=result,
        size_bytes=size_bytes,
        logs=logs or b"[]",
        cause=None if cause is None else id_of(cause),
        wait_ms=wait_ms,
        init_ms=init_ms,
        timed_out=None if timed_out is None else bool(timed_out),
        extra=extra,
    )
