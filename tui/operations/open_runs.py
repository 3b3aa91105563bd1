"""Runs that were accepted and have no record yet, as a feed knows them: when to ask for each, when to give up."""

from collections.abc import Callable, Iterator
from typing import Final

from msgspec.structs import replace

from tui.entities.action import Action
from tui.entities.activation import State
from tui.entities.limits import LimitBounds
from tui.entities.live import RunningActivation

_FIRST_PAUSE_MS: Final = 2000
_LONGEST_PAUSE_MS: Final = 30_000
_LOST_AFTER_MS: Final = 600_000


class OpenRuns:
    """By id, in the order in which they became known."""

    def __init__(self, bounds: LimitBounds) -> None:
        self._longest_limit_ms = bounds.max_timeout_ms
        self._runs: dict[str, RunningActivation] = {}
        self._asked: dict[str, tuple[int, int]] = {}
        """When to ask next, and how long to wait after that."""

    def __contains__(self, activation_id: str) -> bool:
        return activation_id in self._runs

    def __iter__(self) -> Iterator[RunningActivation]:
        return iter(self._runs.values())

    def __len__(self) -> int:
        return len(self._runs)

    def find(self, activation_id: str) -> RunningActivation | None:
        return self._runs.get(activation_id)

    def add(self, one: RunningActivation) -> None:
        """Or what is newly known of it."""
        self._runs[one.activation_id] = one

    def note_actions(self, find: Callable[[str], Action | None]) -> list[RunningActivation]:
        """Complete those of which nobody told what runs; those that changed."""
        unknown = [one for one in self if one.limits is None]
        known = [
            replace(one, limits=action.limits, version=action.version)
            for one in unknown
            if (action := find(one.entity)) is not None
        ]
        for one in known:
            self.add(one)
        return known

    def remove(self, activation_id: str) -> None:
        self._runs.pop(activation_id, None)
        self._asked.pop(activation_id, None)

    def due(self, now_ms: int) -> list[str]:
        """Those to be asked for now, the ones that waited longest first; a run that goes on is asked for ever less."""
        due = [(self._asked.get(key, (0, 0))[0], key) for key in self._runs]
        return [key for due_ms, key in sorted(due, key=lambda one: one[0]) if due_ms <= now_ms]

    def was_asked(self, activation_id: str, now_ms: int) -> None:
        if activation_id in self._runs:
            _, pause_ms = self._asked.get(activation_id, (0, _FIRST_PAUSE_MS))
            self._asked[activation_id] = (now_ms + pause_ms, min(pause_ms * 3 // 2, _LONGEST_PAUSE_MS))

    def give_up(self, now_ms: int) -> list[RunningActivation]:
        """Those that cannot be open any more, and yet left no record: they are lost, and no longer among these."""
        lost = [one for one in self._runs.values() if now_ms - one.accepted_ms > self._longest_ms(one)]
        for one in lost:
            self.remove(one.activation_id)
        return [replace(one, state=State.LOST) for one in lost]

    def _longest_ms(self, one: RunningActivation) -> int:
        limit_ms = self._longest_limit_ms if one.limits is None else one.limits.timeout_ms
        return 2 * limit_ms + _LOST_AFTER_MS
