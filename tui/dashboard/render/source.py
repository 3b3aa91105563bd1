"""What a `LineView` reads its rows from: by index, one at a time, only those that are looked at."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Generic, Protocol, TypeVar

from .line import Line

Item = TypeVar("Item")


class LineSource(Protocol):
    """Rows in their order on the screen. Every row has an id that stays the same while rows come and go around it."""

    def __len__(self) -> int: ...

    def id_at(self, index: int) -> Hashable: ...

    def index_of(self, row_id: Hashable) -> int | None:
        """Where the row is now; `None` if it is gone."""

    def line_at(self, index: int, width: int) -> Line:
        """The row drawn for `width` cells (the gutter for the cursor is not part of it)."""

    def revision_at(self, index: int) -> Hashable:
        """A value that differs once the row looks different; strips are kept by it."""


def rows_between(source: LineSource, top: int, height: int) -> tuple[Hashable, ...]:
    """Which rows stand there and how they look: a line where this is equal has not to be drawn again."""
    rows = range(top, min(top + height, len(source)))
    return tuple((source.id_at(index), source.revision_at(index)) for index in rows)


class Lines:
    """Plain lines in memory that grow at either end; the id of a line is its number, first one 0, older ones below."""

    def __init__(self, lines: Iterable[Line] = ()) -> None:
        self._lines: list[Line] = list(lines)
        self._first = 0

    def __len__(self) -> int:
        return len(self._lines)

    def id_at(self, index: int) -> Hashable:
        return self._first + index

    def index_of(self, row_id: Hashable) -> int | None:
        index = row_id - self._first if isinstance(row_id, int) else -1
        return index if 0 <= index < len(self._lines) else None

    def line_at(self, index: int, width: int) -> Line:
        return self._lines[index]

    def revision_at(self, index: int) -> Hashable:
        return None

    def append(self, lines: Iterable[Line]) -> None:
        self._lines.extend(lines)

    def prepend(self, lines: Iterable[Line]) -> None:
        older = list(lines)
        self._lines[:0] = older
        self._first -= len(older)


class Rows(Generic[Item]):
    """A tuple of values, drawn on demand; shown anew as a whole when the tuple is replaced."""

    def __init__(
        self,
        items: Sequence[Item],
        *,
        key: Callable[[Item], Hashable],
        draw: Callable[[Item, int], Line],
        revision: Callable[[Item], Hashable] | None = None,
    ) -> None:
        self.items = items
        self._key = key
        self._draw = draw
        self._revision = revision
        self._index_by_id = {key(item): index for index, item in enumerate(items)}

    def __len__(self) -> int:
        return len(self.items)

    def id_at(self, index: int) -> Hashable:
        return self._key(self.items[index])

    def index_of(self, row_id: Hashable) -> int | None:
        return self._index_by_id.get(row_id)

    def line_at(self, index: int, width: int) -> Line:
        return self._draw(self.items[index], width)

    def revision_at(self, index: int) -> Hashable:
        return None if self._revision is None else self._revision(self.items[index])
