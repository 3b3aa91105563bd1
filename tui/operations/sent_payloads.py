"""Payloads that were sent, newest first, by what they were sent to; kept in one small file across restarts.

A payload is kept as it was typed: a placeholder such as `{{env.TOKEN}}` stands in the file, never what it was filled
with. A text that holds the key of an account that is open, or that is long, is remembered until the dashboard ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from msgspec import Struct

from tui.entities.endpoint import Endpoint
from tui.entities.json import Json
from tui.entities.text import holds_key

from .kept_files import read_json, state_file, write_json
from .placeholders import placeholders_in

MAX_KEPT: Final = 100
"""Of one trigger or action."""
_LONGEST_ON_DISK: Final = 32_000
"""In characters."""
_MOST_ON_DISK: Final = 500_000
"""In characters, of everything together: the file is written whole, between two keys."""
_Place = tuple[str, ...]


class SentPayload(Struct, frozen=True):
    """One payload as it was typed."""

    text: str
    sent_ms: int
    activation_id: str | None
    """`None` where no rule answered the fire: there is no record then."""


class PayloadHistory:
    """What was sent, by account, namespace, kind (`trigger`, `action`) and name."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file or state_file("payloads.json")
        self._sent: dict[_Place, list[SentPayload]] = {}
        """The place that was used last stands last."""
        self._seen_ns = 0

    def note(
        self, endpoint: Endpoint, kind: str, name: str, payload: SentPayload, *, is_repeated: bool = False
    ) -> None:
        """Remember one; an equal text moves to the front and is not kept twice.

        Args:
            is_repeated: It is that of a run of before, sent as it stood. If something in it looks like a placeholder
                it is not remembered: a stranger may have written it, and it would be filled in the next time.
        """
        if is_repeated and placeholders_in(payload.text):
            return
        self._catch_up()
        place = _place(endpoint, kind, name)
        self._sent[place] = _each_text_once([payload, *self._sent.pop(place, [])])
        write_json(self._file, self._to_json())
        self._seen_ns = _written_ns(self._file)

    def of(self, endpoint: Endpoint, kind: str, name: str) -> tuple[SentPayload, ...]:
        """Newest first."""
        self._catch_up()
        return tuple(self._sent.get(_place(endpoint, kind, name), ()))

    def last(self, endpoint: Endpoint, kind: str, name: str) -> SentPayload | None:
        return next(iter(self.of(endpoint, kind, name)), None)

    # The file

    def _catch_up(self) -> None:
        """Take in what another dashboard wrote since."""
        written_ns = _written_ns(self._file)
        if written_ns == self._seen_ns:
            return
        self._seen_ns = written_ns
        for place, entries in _read(self._file):
            known = [*self._sent.pop(place, []), *entries]
            self._sent[place] = _each_text_once(sorted(known, key=lambda entry: entry.sent_ms, reverse=True))

    def _to_json(self) -> Json:
        """What was used last first, as much as there is room for."""
        room, kept = _MOST_ON_DISK, []
        for place, entries in reversed(self._sent.items()):
            told: list[Json] = []
            for entry in entries:
                if len(entry.text) > min(room, _LONGEST_ON_DISK) or holds_key(entry.text):
                    continue
                room -= len(entry.text)
                told.append([entry.text, entry.sent_ms, entry.activation_id])
            if told:
                kept.append({"to": list(place), "sent": told})
        return kept[::-1]


def _each_text_once(entries: list[SentPayload]) -> list[SentPayload]:
    by_text: dict[str, SentPayload] = {}
    for entry in entries:
        by_text.setdefault(entry.text, entry)
    return list(by_text.values())[:MAX_KEPT]


def _read(file: Path) -> Iterator[tuple[_Place, list[SentPayload]]]:
    """What the file tells; whatever in it is of another shape is passed over."""
    kept = read_json(file)
    for one in kept if isinstance(kept, list) else ():
        place, sent = (one.get("to"), one.get("sent")) if isinstance(one, dict) else (None, None)
        if not isinstance(place, list) or not isinstance(sent, list):
            continue
        entries = [
            SentPayload(*entry)
            for entry in sent
            if isinstance(entry, list) and [type(part) for part in entry[:2]] == [str, int] and len(entry) == 3
        ]
        yield tuple(map(str, place)), entries


def _written_ns(file: Path) -> int:
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0


def _place(endpoint: Endpoint, kind: str, name: str) -> _Place:
    return endpoint.account, endpoint.namespace, kind, name
