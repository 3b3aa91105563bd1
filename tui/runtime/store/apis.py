"""SQL of the gateway's APIs. Each function works on a connection that `Database` owns."""

from sqlite3 import Connection

from msgspec import Struct

_ALL = "select namespace, base_path, title, document, secrets from apis order by namespace, base_path"
_UPSERT = """
    insert into apis (namespace, base_path, title, document, secrets) values (?, ?, ?, ?, ?)
    on conflict (namespace, base_path) do update set title = excluded.title, document = excluded.document,
        secrets = excluded.secrets
"""


class StoredApi(Struct, frozen=True):
    """One API of one namespace."""

    namespace: str
    base_path: str
    title: str
    document: bytes
    """Swagger, as JSON."""
    secrets: bytes
    """A JSON object: by `verb path`, what the backend asks for."""


def load_all(connection: Connection) -> list[StoredApi]:
    return [StoredApi(*row) for row in connection.execute(_ALL)]


def save(connection: Connection, api: StoredApi) -> None:
    connection.execute(_UPSERT, (api.namespace, api.base_path, api.title, api.document, api.secrets))


def delete(connection: Connection, namespace: str, base_path: str) -> None:
    connection.execute("delete from apis where namespace = ? and base_path = ?", (namespace, base_path))
