"""SQL of log forwarding: what each namespace has set. Functions work on a connection of `Database`."""

from sqlite3 import Connection


def save(connection: Connection, *, namespace: str, destination: bytes) -> None:
    """`destination`: a JSON object."""
    connection.execute("insert or replace into forwarding values (?, ?)", (namespace, destination))


def find(connection: Connection, namespace: str) -> bytes | None:
    """`None` where nothing was set."""
    row = connection.execute("select destination from forwarding where namespace = ?", (namespace,)).fetchone()
    return None if row is None else bytes(row[0])
