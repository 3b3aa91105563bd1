"""Rows that are marked, one by one or as a range that grows with the cursor."""

from collections.abc import Collection, Hashable

from ..render.source import LineSource

MOST = 1000
"""Rows of one range: verbs ask for each of them."""


class Marks:
    """Ids of marked rows, in the order in which they were marked."""

    def __init__(self) -> None:
        self._ids: dict[Hashable, None] = {}
        self._anchor: Hashable | None = None
        self._before: dict[Hashable, None] = {}
        """What was marked before the range."""

    def __len__(self) -> int:
        return len(self._ids)

    def __contains__(self, row_id: object) -> bool:
        return row_id in self._ids

    @property
    def ids(self) -> tuple[Hashable, ...]:
        return tuple(self._ids)

    @property
    def in_range(self) -> bool:
        """Whether the marks follow the cursor."""
        return self._anchor is not None

    def toggle(self, row_id: Hashable) -> None:
        self._anchor = None
        if row_id in self._ids:
            del self._ids[row_id]
        else:
            self._ids[row_id] = None

    def begin_range(self, row_id: Hashable) -> None:
        self._anchor, self._before = row_id, dict(self._ids)
        self._ids[row_id] = None

    def end_range(self) -> None:
        self._anchor = None

    def reach(self, source: LineSource, cursor_index: int) -> bool:
        """The cursor moved: mark from where the range began up to it. Whether anything differs."""
        if self._anchor is None or (begin := source.index_of(self._anchor)) is None:
            return False
        step = 1 if cursor_index >= begin else -1
        indices = range(begin, cursor_index + step, step)[:MOST]
        ids = {**self._before, **{source.id_at(index): None for index in indices}}
        differs = ids.keys() != self._ids.keys()
        self._ids = ids
        return differs

    def clear(self) -> bool:
        """Mark nothing; whether anything was."""
        had = bool(self._ids)
        self._ids, self._anchor = {}, None
        return had

    def keep(self, ids: Collection[Hashable]) -> None:
        """Forget marks of rows that are gone."""
        self._ids = {row_id: None for row_id in self._ids if row_id in ids}
