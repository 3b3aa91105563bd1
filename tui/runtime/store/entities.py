"""SQL of actions, triggers, rules and packages. Each function works on a connection that `Database` owns."""

from sqlite3 import Connection

from msgspec import Struct

_SELECT = "select key, collection, namespace, package, name, updated_ms, snapshot_id from entities where key = ?"
_UPSERT = """
    insert into entities (key, collection, namespace, package, name, updated_ms, snapshot_id, summary)
    values (?, ?, ?, ?, ?, ?, ?, ?)
    on conflict (key) do update set updated_ms = excluded.updated_ms, snapshot_id = excluded.snapshot_id,
        summary = excluded.summary
"""
_RETIRED = """
    delete from snapshots
     where retired and not exists (select 1 from queue where queue.snapshot_id = snapshots.snapshot_id)
"""


class Entry(Struct, frozen=True, kw_only=True):
    """Where an entity stands and which revision of it is the current one."""

    key: str
    """`ns/name` or `ns/package/name`."""
    collection: str
    """`actions`, `triggers`, `rules` or `packages`."""
    namespace: str
    package: str | None
    name: str
    updated_ms: int = 0
    snapshot_id: int = 0


class Listing(Struct, frozen=True, kw_only=True):
    """Which entities a list asks for."""

    collection: str
    namespace: str
    package: str | None = None
    """Only the actions of this package; `None`: of the whole namespace."""
    skip: int = 0
    limit: int = 30


def find(connection: Connection, key: str) -> Entry | None:
    row = connection.execute(_SELECT, (key,)).fetchone()
    if row is None:
        return None
    key, collection, namespace, package, name, updated_ms, snapshot_id = row
    return Entry(
        key=key,
        collection=collection,
        namespace=namespace,
        package=package,
        name=name,
        updated_ms=updated_ms,
        snapshot_id=snapshot_id,
    )


def load_document(connection: Connection, snapshot_id: int) -> bytes | None:
    """The revision as JSON; `None` if no one needed it any more."""
    row = connection.execute("select document from snapshots where snapshot_id = ?", (snapshot_id,)).fetchone()
    return None if row is None else row[0]


def save(connection: Connection, entry: Entry, *, updated_ms: int, document: bytes, summary: bytes) -> int:
    """Make `document` the current revision and return its snapshot id."""
    _retire(connection, entry.key)
    snapshot_id = connection.execute("insert into snapshots (document) values (?)", (document,)).lastrowid
    assert snapshot_id is not None
    values = (entry.key, entry.collection, entry.namespace, entry.package, entry.name, updated_ms, snapshot_id, summary)
    connection.execute(_UPSERT, values)
    drop_retired(connection)
    return snapshot_id


def delete(connection: Connection, key: str) -> None:
    _retire(connection, key)
    connection.execute("delete from entities where key = ?", (key,))
    drop_retired(connection)


def _retire(connection: Connection, key: str) -> None:
    sql = "update snapshots set retired = 1 where snapshot_id = (select snapshot_id from entities where key = ?)"
    connection.execute(sql, (key,))


def drop_retired(connection: Connection) -> None:
    """Remove revisions that neither an entity nor accepted work refers to."""
    connection.execute(_RETIRED)


def summaries(connection: Connection, listing: Listing) -> list[bytes]:
    """Elements of a list as JSON, latest write first."""
    sql = f"select summary {_listed(listing)} order by updated_ms desc, key desc limit :limit offset :skip"
    return [row[0] for row in connection.execute(sql, _bindings(listing))]


def count(connection: Connection, listing: Listing) -> int:
    """All that match, less those that `skip` passes over."""
    matching: int = connection.execute(f"select count(*) {_listed(listing)}", _bindings(listing)).fetchone()[0]
    return max(0, matching - listing.skip)


def summaries_of_package(connection: Connection, namespace: str, package: str) -> list[bytes]:
    """List elements of everything in a package, latest write first."""
    sql = """
        select summary from entities where namespace = ? and collection = 'actions' and package = ?
         order by updated_ms desc, key desc
    """
    return [row[0] for row in connection.execute(sql, (namespace, package))]


def _listed(listing: Listing) -> str:
    package = "" if listing.package is None else "and package = :package"
    return f"from entities where namespace = :namespace and collection = :collection {package}"


def _bindings(listing: Listing) -> dict[str, str | int | None]:
    return {
        "namespace": listing.namespace,
        "collection": listing.collection,
        "package": listing.package,
        "limit": listing.limit,
        "skip": listing.skip,
    }
