"""The views one has been at, to go back and forward among them."""

from __future__ import annotations

from msgspec import Struct, field

MOST = 100


class Visit(Struct, frozen=True):
    """One view: a panel, a thing or a run, and how it was asked for."""

    kind: str
    name: str = ""
    detail: str = ""


class Visits(Struct):
    """In the order in which they were made; going back forgets nothing until another way is taken."""

    _all: list[Visit] = field(default_factory=list)
    _here: int = -1
    _last: int | None = None
    """Where one was before."""
    going_to: Visit | None = None
    """Set while a visit is made again: what comes up on the way is none of its own."""

    @property
    def current(self) -> Visit | None:
        return self._all[self._here] if self._all else None

    def note(self, visit: Visit) -> None:
        """One is at a view now."""
        if self.going_to is not None:
            if visit == self.going_to:
                self.going_to = None
            return
        if visit == self.current:
            return
        self._last = self._here if self._all else None
        self._all[self._here + 1 :] = [visit]
        dropped = max(0, len(self._all) - MOST)
        del self._all[:dropped]
        self._here = len(self._all) - 1
        if self._last is not None:
            self._last = max(0, self._last - dropped)

    def step(self, step: int) -> Visit | None:
        """The view before (-1) or after (1); `None` at the end of the way."""
        return self._go(self._here + step)

    def last(self) -> Visit | None:
        """Where one was before being here; asked again, it leads back."""
        return None if self._last is None else self._go(self._last)

    def _go(self, place: int) -> Visit | None:
        if not 0 <= place < len(self._all) or place == self._here:
            return None
        self._last, self._here = self._here, place
        self.going_to = self._all[place]
        return self.going_to
