"""What the book does not keep itself: looked up in the history, where there is one."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from tui.entities.activation import Activation
from tui.history import Filter

from ..render.entry import Entry
from .past_rows import entry_of

if TYPE_CHECKING:
    from tui.history import Durations, Kept
    from tui.operations.past import Past

    from .activation_book import ActivationBook

_ENTRIES_KEPT = 1024
_NEWEST = 1000
"""Of records that are walked through one by one."""
_DURATIONS_FRESH_S = 30.0


class Recall:
    """Nothing, or the history's answers, some of them remembered."""

    def __init__(self, past: Past | None = None) -> None:
        self.count = 0
        """Records that are in the history alone."""
        self._past = past
        self._entries: OrderedDict[str, Entry] = OrderedDict()
        self._durations: dict[tuple[str, str | None], tuple[float, Durations | None]] = {}

    def kept(self, activation_id: str) -> Kept | None:
        return None if self._past is None else self._past.find(activation_id)

    def find(self, activation_id: str) -> Entry | None:
        """The same entry each time, as long as it is looked at now and then."""
        entry = self._entries.get(activation_id)
        if entry is not None:
            self._entries.move_to_end(activation_id)
        elif self._past is not None and (kept := self._past.find(activation_id)) is not None:
            entry = self._entries[activation_id] = entry_of(kept)
            entry.parent_id = self._past.parent_of(activation_id)
            entry.children = self._past.children_of(activation_id)
            if len(self._entries) > _ENTRIES_KEPT:
                self._entries.popitem(last=False)
        return entry

    def forget(self, activation_id: str) -> None:
        """It changed: it is to be looked up anew."""
        self._entries.pop(activation_id, None)

    def newest_of(self, name: str, *, trigger: bool) -> Entry | None:
        if self._past is None:
            return None
        found = self._past.newest(Filter(name=name, is_trigger=trigger))
        return self.find(found[0].activation_id) if found else None

    def newest_first(self, before_ms: int) -> Iterator[Entry]:
        if self._past is not None:
            newest = self._past.newest(Filter(upto_ms=before_ms - 1), limit=_NEWEST)
            yield from map(entry_of, newest)

    def durations(self, name: str, version: str | None = None) -> Durations | None:
        """Percentiles of the last runs of an action, or of one version of it."""
        if self._past is None:
            return None
        read_at, known = self._durations.get((name, version), (0.0, None))
        now = time.monotonic()
        if not read_at or now - read_at > _DURATIONS_FRESH_S:
            known = self._past.durations(name, version)
            self._durations[name, version] = (now, known)
        return known


class KnownRecords(Mapping[str, Activation]):
    """Records by id, as a mapping for who only reads records."""

    def __init__(self, book: ActivationBook) -> None:
        self._book = book

    def __getitem__(self, activation_id: str) -> Activation:
        entry = self._book.find(activation_id)
        if entry is None or entry.activation is None:
            raise KeyError(activation_id)
        return entry.activation

    def __iter__(self) -> Iterator[str]:
        """Of the entries that the book keeps itself."""
        return (entry.activation_id for entry in self._book.residents() if entry.activation is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)
