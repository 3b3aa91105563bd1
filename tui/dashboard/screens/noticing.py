"""Jobs of ours that end while nobody looks at the terminal: it rings, and the desktop may show a note."""

from __future__ import annotations

import os
from collections.abc import Iterable

from ..render import formats
from ..render.entry import Entry
from ..render.notes import desktop_note
from .marked import MarkedVerbs


class Noticing(MarkedVerbs):
    """Between the verbs on what is marked and the main screen."""

    def __init__(self) -> None:
        super().__init__()
        self._noticed: set[str] = set()

    def show_changes(self, changed: frozenset[str], now_ms: int) -> None:
        super().show_changes(changed, now_ms)
        ended = [entry for key in changed if (entry := self.book.find(key)) is not None and self._is_news(entry)]
        self._noticed.update(entry.activation_id for entry in ended)
        if ended and not self.app.app_focus and self.app.settings.dashboard.bell:  # type: ignore[attr-defined]
            self._ring(ended)

    def _is_news(self, entry: Entry) -> bool:
        """Whether a run that was seen running has ended, and is ours."""
        if entry.finished_at is None or entry.is_trigger or entry.activation_id in self._noticed:
            return False
        return self.is_ours(entry.activation_id)

    def _ring(self, ended: list[Entry]) -> None:
        self.app.bell()
        title, text = note_of(ended)
        if (driver := self.app._driver) is not None:
            driver.write(desktop_note(title, text, os.environ))

    def is_ours(self, activation_id: str) -> bool:
        """Whether we started it, or what caused it."""
        seen: set[str] = set()
        here: str | None = activation_id
        while here is not None and here not in seen:
            if here in self.own:
                return True
            seen.add(here)
            entry = self.book.find(here)
            here = None if entry is None else entry.parent_id
        return False


def note_of(ended: Iterable[Entry]) -> tuple[str, str]:
    """A title and a sentence about runs that ended."""
    entries = list(ended)
    if len(entries) == 1:
        (entry,) = entries
        took = entry.activation.duration_ms if entry.activation is not None else None
        return entry.name, entry.state.value + (f" after {formats.duration(took)}" if took is not None else "")
    failed = sum(entry.state.is_failure for entry in entries)
    return "whisktop", f"{formats.counted(len(entries), 'job')} ended" + (f", {failed} failed" if failed else "")
