"""The rows of the activation list that the filter keeps: entries of the book, newest first, above those of the past.

The book has what runs and what ended lately; below it is the history, of which only what is looked at is read.
"""

from bisect import bisect_left, insort
from collections.abc import Collection, Hashable
from time import monotonic
from typing import NamedTuple

from msgspec import Struct, field

from tui.entities.activation import State
from tui.history import Filter
from tui.history.nesting import nest

from ..render.entry import Entry
from ..render.feed_row import Context, FanOut, FeedColumns, feed_row
from ..render.glyphs import Glyphs
from ..render.line import Line, Span
from .activation_book import ActivationBook
from .filters import FAILED, ActivationFilter
from .past_rows import PastRows

BRIGHT_S = 1.5
"""How long a row that just ended is bold."""
MANY = 1000
_SECOND_MS = 1000


class Nest(NamedTuple):
    """Rows of the book, each above what it set off."""

    ids: list[str]
    depths: bytearray
    index_of: dict[str, int]
    parents: dict[str, str]


class FeedSource(Struct):
    """A `LineSource` over the book."""

    book: ActivationBook
    glyphs: Glyphs
    now_ms: int = 0
    wide: bool = False
    filter: ActivationFilter = field(default_factory=ActivationFilter)
    failures_only: bool = False
    holding: bool = False
    """Paused: entries that are new are kept back."""
    nested: bool = False
    """Whether every run stands below what set it off."""
    past: PastRows | None = None
    """Rows below those of the book; `None` without a history."""
    _order: list[tuple[tuple[int, int, int], str]] = field(default_factory=list)
    _held: set[str] = field(default_factory=set)
    _columns: tuple[int, bool, FeedColumns] | None = None
    _nest: "Nest | None" = None
    """The rows of the book nested, as long as that is true."""

    # As a source of rows

    def __len__(self) -> int:
        return len(self._order) + (0 if self.past is None else len(self.past))

    def id_at(self, index: int) -> Hashable:
        if (below := index - len(self._order)) >= 0 and self.past is not None:
            return self.past.id_at(below)
        return self._id_at(index)

    def index_of(self, row_id: Hashable) -> int | None:
        if not isinstance(row_id, str):
            return None
        entry = self.book.resident(row_id)
        if entry is not None and (place := self._place(entry)) is not None:
            return self._nesting().index_of[row_id] if self.nested else len(self._order) - 1 - place
        if self.past is None or (kept := self.book.kept(row_id)) is None:
            return None
        below = self.past.index_of(kept)
        return None if below is None else len(self._order) + below

    def line_at(self, index: int, width: int) -> Line:
        entry = self.entry_at(index)
        if entry is None:
            return [Span("no longer kept", "faint")]
        context = Context(
            now_ms=self.now_ms,
            glyphs=self.glyphs,
            typical_ms=self.book.typical_ms(entry.name, entry.version) if entry.is_moving else None,
            slow_ms=self.book.slow_ms(entry.name, entry.version) if entry.is_moving else None,
            fan_out=self._fan_out(entry),
            ahead=self.book.queued_before(entry) if entry.state is State.QUEUED else 0,
            bright=self._is_bright(entry),
            depth=self.depth_at(index),
        )
        return feed_row(entry, self.columns(width), context)

    def revision_at(self, index: int) -> Hashable:
        entry = self.entry_at(index)
        if entry is None:
            return None
        moving = self.now_ms // _SECOND_MS if entry.is_moving else 0
        return entry.revision, moving, self._is_bright(entry), self._fan_out(entry), self.depth_at(index)

    def columns(self, width: int) -> FeedColumns:
        """The columns for rows of this width."""
        if self._columns is None or self._columns[:2] != (width, self.wide):
            self._columns = (width, self.wide, FeedColumns.fit(width, wide=self.wide))
        return self._columns[2]

    # What changes it

    @property
    def held(self) -> int:
        """Entries kept back while paused."""
        return len(self._held)

    @property
    def is_everything(self) -> bool:
        """Whether nothing is filtered out."""
        return not self.failures_only and not self.filter.terms

    @property
    def is_plain(self) -> bool:
        """Whether the rows are all there are, newest first."""
        return self.is_everything and not self.nested

    def filter_of_past(self, *, upto_ms: int | None, since_ms: int | None = None) -> Filter:
        """What the filter keeps, as the history is asked for it."""
        states = FAILED if self.failures_only else frozenset()
        return Filter(terms=self.filter.terms, states=states, since_ms=since_ms, upto_ms=upto_ms)

    def keeps(self, entry: Entry) -> bool:
        """Whether the filter lets this entry through."""
        if self.failures_only and entry.state not in FAILED:
            return False
        return self.filter.matches(entry)

    def update(self, changed: Collection[str]) -> int:
        """Entries of the book changed; gives how many rows are new."""
        if len(changed) > MANY and not self.holding:  # a back-fill: sorting once is faster than so many insertions
            before = len(self._order)
            self.rebuild()
            return max(0, len(self._order) - before)
        added = 0
        for activation_id in changed:
            entry = self.book.resident(activation_id)
            if entry is None:
                continue
            shown, wanted = self._place(entry) is not None, self.keeps(entry)
            if wanted and not shown:
                if self.holding:
                    self._held.add(activation_id)
                else:
                    insort(self._order, (entry.order, activation_id))
                    self._nest = None
                    added += 1
            elif shown and not wanted:
                del self._order[bisect_left(self._order, (entry.order, activation_id))]
                self._nest = None
            elif not wanted:
                self._held.discard(activation_id)
            elif self._nest is not None and self._nest.parents.get(activation_id) != entry.parent_id:
                self._nest = None
        return added

    def rebuild(self) -> None:
        """The filter changed: choose among all entries anew."""
        self._held.clear()
        kept = [(entry.order, entry.activation_id) for entry in self.book.residents() if self.keeps(entry)]
        kept.reverse()
        self._order = kept
        self._nest = None

    def drop(self, entry: Entry) -> None:
        """Take a row out, just before the book forgets it."""
        self._held.discard(entry.activation_id)
        if (place := self._place(entry)) is not None:
            del self._order[place]
            self._nest = None

    def release(self) -> None:
        """Go on after a pause: what was kept back is shown."""
        self.holding = False
        held, self._held = self._held, set()
        self.update(held)

    def entry_at(self, index: int) -> Entry | None:
        """The entry of a row; `None` where its record is no longer kept."""
        if (below := index - len(self._order)) >= 0:
            return None if self.past is None else self.past.entry_at(below)
        return self.book.resident(self._id_at(index))

    def depth_at(self, index: int) -> int:
        """How many rows above it, it hangs below."""
        if not self.nested:
            return 0
        if (below := index - len(self._order)) >= 0:
            return 0 if self.past is None else self.past.depth_at(below)
        return self._nesting().depths[index]

    def _id_at(self, index: int) -> str:
        return self._nesting().ids[index] if self.nested else self._order[-1 - index][1]

    def _nesting(self) -> "Nest":
        if self._nest is None:
            ids = [activation_id for _, activation_id in self._order]
            entries = filter(None, map(self.book.resident, ids))
            parents = {entry.activation_id: entry.parent_id for entry in entries if entry.parent_id is not None}
            ordered, depths = nest(ids, parents)
            self._nest = Nest(ordered, depths, {key: index for index, key in enumerate(ordered)}, parents)
        return self._nest

    def _place(self, entry: Entry) -> int | None:
        key = (entry.order, entry.activation_id)
        place = bisect_left(self._order, key)
        return place if place < len(self._order) and self._order[place] == key else None

    def _fan_out(self, entry: Entry) -> FanOut:
        return self.book.fan_out(entry) if entry.is_trigger else FanOut()

    @staticmethod
    def _is_bright(entry: Entry) -> bool:
        return entry.finished_at is not None and monotonic() - entry.finished_at < BRIGHT_S
