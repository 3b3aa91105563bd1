"""Rows out of the history, however many: their serials in order, and only the pages that are looked at."""

from __future__ import annotations

from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Iterable
from typing import TYPE_CHECKING

from tui.operations.serials import Serials

from ..render.entry import Entry

if TYPE_CHECKING:
    from tui.history import Kept, Position
    from tui.operations.past import Past

PAGE = 256
_PAGES_KEPT = 64


class PastRows:
    """Index 0 is the newest. What is added at the newest end moves no page."""

    def __init__(self, past: Past) -> None:
        self._past = past
        self._serials = Serials()
        """The oldest first; where they are nested, what is shown last."""
        self._depths: bytearray | None = None
        """Of nested rows."""
        self._pages: OrderedDict[int, dict[int, Kept]] = OrderedDict()
        self._entries: dict[int, Entry] = {}
        """Of pages that are kept."""

    def __len__(self) -> int:
        return len(self._serials)

    def show(self, serials: Serials, depths: bytearray | None = None) -> None:
        """Other rows, the oldest first; with their depths, those that are nested."""
        self._serials, self._depths = serials, depths
        self._forget_pages()

    def depth_at(self, index: int) -> int:
        return 0 if self._depths is None else self._depths[-1 - index]

    def add_newer(self, serials: Iterable[int]) -> None:
        """Rows above all others."""
        last_page = len(self._serials) // PAGE
        self._serials.extend(serials)
        self._pages.pop(last_page, None)

    def insert(self, position: Position) -> bool:
        """A row in its place; `False` where it is there already."""
        place = self._place(position)
        if place < len(self._serials) and self._serials[place] == position.serial:
            return False
        self._serials.insert(place, position.serial)
        self._forget_pages()
        return True

    def index_of(self, kept: Kept) -> int | None:
        if self._depths is not None:
            nested = self._serials.place_of(kept.position.serial)
            return None if nested is None else len(self._serials) - 1 - nested
        place = self._place(kept.position)
        if place < len(self._serials) and self._serials[place] == kept.position.serial:
            return len(self._serials) - 1 - place
        return None

    def id_at(self, index: int) -> str | int:
        """Of the activation; the serial where it is no longer kept."""
        kept = self.kept_at(index)
        return self._serials[-1 - index] if kept is None else kept.activation_id

    def kept_at(self, index: int) -> Kept | None:
        place = len(self._serials) - 1 - index
        return self._page(place // PAGE).get(self._serials[place])

    def entry_at(self, index: int) -> Entry | None:
        """The row's record read, which takes a while: only for rows that are drawn."""
        serial = self._serials[-1 - index]
        entry = self._entries.get(serial)
        if entry is None and (kept := self.kept_at(index)) is not None:
            entry = self._entries[serial] = entry_of(kept)
        return entry

    def _page(self, number: int) -> dict[int, Kept]:
        page = self._pages.get(number)
        if page is None:
            page = self._past.page(self._serials[number * PAGE : (number + 1) * PAGE])
            self._pages[number] = page
            if len(self._pages) > _PAGES_KEPT:
                _, gone = self._pages.popitem(last=False)
                self._forget_entries(gone)
        else:
            self._pages.move_to_end(number)
        return page

    def _forget_pages(self) -> None:
        self._pages.clear()
        self._entries.clear()

    def _forget_entries(self, serials: Iterable[int]) -> None:
        for serial in serials:
            self._entries.pop(serial, None)

    def _place(self, position: Position) -> int:
        """Where it stands or would stand, the oldest being 0."""
        wanted = (position.start_ms, position.serial)
        return bisect_left(self._serials, wanted, key=lambda serial: (self._start_of(serial), serial))

    def _start_of(self, serial: int) -> int:
        """A record that is gone was among the oldest."""
        return self._past.start_of(serial) or 0


def entry_of(kept: Kept) -> Entry:
    """A record as the lists show it, without what is known around it."""
    activation = kept.activation()
    entry = Entry(kept.activation_id, kept.name, (kept.start_ms, 0 if kept.is_trigger else 1, kept.position.serial))
    entry.activation = activation
    entry.logs = list(activation.logs)
    entry.late_ms = kept.late_ms
    return entry
