"""One statement for many rows.

Python's `sqlite3` lets go of the interpreter at every step of a statement. `executemany` steps once per row, and to get
the interpreter back from a busy event loop takes longer than to write a row.

It also asks every value but numbers and texts what it wants to be stored as, and finds out by errors that it raises and
catches. An answer given beforehand, that it stays what it is, saves a quarter of what a row costs.
"""

import sqlite3
from collections.abc import Sequence
from functools import cache
from itertools import chain
from sqlite3 import Connection
from types import NoneType
from typing import Final

_AT_ONCE = (64, 32, *range(16, 0, -1))
"""So that a small group is one statement, and few enough that all of them stay prepared."""

_NOTHING: Final[dict[None, None]] = {}
sqlite3.register_adapter(bytes, bytes)
sqlite3.register_adapter(NoneType, _NOTHING.get)


def execute_many(connection: Connection, statement: str, rows: Sequence[Sequence[object]]) -> None:
    """Execute `statement` with as many rows at a time as fit into its `{rows}`, each as `(?, …)`."""
    start = 0
    for size in _AT_ONCE:
        while len(rows) - start >= size:
            some = rows[start : start + size]
            connection.execute(_prepare(statement, size, len(some[0])), list(chain.from_iterable(some)))
            start += size


@cache
def _prepare(statement: str, rows: int, columns: int) -> str:
    row = f"({', '.join('?' * columns)})"
    return statement.format(rows=", ".join([row] * rows))
