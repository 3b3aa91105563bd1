"""A list of objects as a table: its columns, their widths, and the text of each cell."""

from __future__ import annotations

import json

from msgspec import Struct

from tui.entities.json import Json, JsonObject
from tui.entities.text import visible_line

LOOK_AT_ROWS = 200
"""Columns and widths are chosen from the first rows: a table of any length opens at once."""
MAX_COLUMNS = 40
MAX_WIDTH = 32


class Column(Struct, frozen=True):
    """One key that the objects share."""

    key: str
    title: str
    width: int
    is_number: bool
    """Numbers are set to the right."""


class JsonTable(Struct, frozen=True):
    """Objects as rows."""

    name: str
    """The key under which the list stands in the result; `""` where the result itself is the list."""
    items: list[JsonObject]
    columns: tuple[Column, ...]

    def cell(self, row: int, column: Column) -> str:
        """The value as one line; `""` where this object lacks the key."""
        item = self.items[row]
        return cell_text(item[column.key]) if column.key in item else ""


def find_table(value: Json) -> JsonTable | None:
    """The list of objects that `value` is, or that is the longest one directly inside it."""
    if _is_table(value):
        return _table("", value)
    if isinstance(value, dict):
        tables = [(key, item) for key, item in value.items() if _is_table(item)]
        if tables:
            return _table(*max(tables, key=lambda table: len(table[1])))
    return None


def cell_text(value: Json) -> str:
    """Text as it is, all else as compact JSON."""
    if not isinstance(value, str):
        value = json.dumps(value, ensure_ascii=False)
    return visible_line(value[:200])


def _is_table(value: Json) -> bool:
    return (
        isinstance(value, list)
        and len(value) > 0
        and all(isinstance(item, dict) for item in value)
        and any(len(item) > 0 for item in value[:LOOK_AT_ROWS])
    )


def _table(name: str, items: list[JsonObject]) -> JsonTable:
    looked_at = items[:LOOK_AT_ROWS]
    keys = list(dict.fromkeys(key for item in looked_at for key in item))[:MAX_COLUMNS]
    return JsonTable(name, items, tuple(_column(key, looked_at) for key in keys))


def _column(key: str, items: list[JsonObject]) -> Column:
    values = [item[key] for item in items if key in item]
    title = visible_line(key)
    width = max(len(title), *(len(cell_text(value)) for value in values))
    is_number = all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values)
    return Column(key, title, min(width, MAX_WIDTH), is_number)
