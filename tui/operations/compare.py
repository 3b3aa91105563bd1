"""Two runs of one action side by side: results, logs up to where they part, annotations; and which run to take."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from msgspec import Struct

from tui.entities.activation import Activation, LogLine, State
from tui.entities.json import Json, JsonObject

from .activations import ActivationOperations

_LOOKED_AT: Final = 100
"""Runs of the action that the platform is asked for."""


class LogParting(Struct, frozen=True):
    """Where two logs part; times are left out, since they always differ."""

    common: tuple[str, ...]
    """The lines that both begin with."""
    before: tuple[str, ...]
    """The lines of the one from the first that differs."""
    after: tuple[str, ...]

    @property
    def is_same(self) -> bool:
        return not self.before and not self.after


class AnnotationChange(Struct, frozen=True):
    """An annotation that differs; an empty tuple where there is none, else its value alone in it."""

    key: str
    before: tuple[Json, ...]
    after: tuple[Json, ...]


Path = tuple[str | int, ...]


class ValueChange(Struct, frozen=True):
    """A place in a result where the values differ; an empty tuple where there is none, else the value alone in it."""

    path: Path
    before: tuple[Json, ...]
    after: tuple[Json, ...]


class Comparison(Struct, frozen=True):
    """What differs between two records."""

    before: Activation
    after: Activation
    logs: LogParting
    annotations: tuple[AnnotationChange, ...]

    @property
    def has_same_result(self) -> bool:
        return self.before.response == self.after.response


def compare_runs(before: Activation, after: Activation) -> Comparison:
    """Takes a moment for logs of megabytes: call it in a thread."""
    return Comparison(before, after, part_logs(before.logs, after.logs), tuple(_changed_annotations(before, after)))


def part_logs(before: Iterable[str], after: Iterable[str]) -> LogParting:
    """Lines as the platform keeps them; compared by stream and text."""
    ours, theirs = _said(before), _said(after)
    same = 0
    for one, other in zip(ours, theirs, strict=False):
        if one != other:
            break
        same += 1
    return LogParting(tuple(ours[:same]), tuple(ours[same:]), tuple(theirs[same:]))


def changed_values(before: Json, after: Json) -> Iterator[ValueChange]:
    """The deepest places where two values differ, in their order; items of lists are compared by their index."""
    waiting: list[ValueChange] = [ValueChange((), (before,), (after,))]
    while waiting:
        change = waiting.pop()
        inside = _inside(change)
        if inside is None:
            if change.before != change.after:
                yield change
        else:
            waiting.extend(reversed(inside))


def _inside(change: ValueChange) -> list[ValueChange] | None:
    """The same of every member or item; `None` where the two have no such thing in common."""
    if not change.before or not change.after:
        return None
    old, new = change.before[0], change.after[0]
    keys: list[Any]
    if isinstance(old, dict) and isinstance(new, dict):
        keys = list(dict.fromkeys((*old, *new)))
        return [ValueChange((*change.path, key), _member(old, key), _member(new, key)) for key in keys]
    if isinstance(old, list) and isinstance(new, list):
        keys = list(range(max(len(old), len(new))))
        return [ValueChange((*change.path, at), tuple(old[at : at + 1]), tuple(new[at : at + 1])) for at in keys]
    return None


def _member(value: JsonObject, key: str) -> tuple[Json, ...]:
    return (value[key],) if key in value else ()


def by_usefulness(this: Activation, others: Iterable[Activation]) -> list[Activation]:
    """Other runs of the same thing: the last good one before it first, then other good ones, then the rest.

    Among equals the one that started nearest comes first.
    """
    same = {
        other.activation_id: other
        for other in others
        if other.entity_name == this.entity_name
        and other.is_trigger == this.is_trigger
        and other.activation_id != this.activation_id
    }
    return sorted(same.values(), key=lambda other: _rank(this, other))


async def find_others(activations: ActivationOperations, this: Activation) -> list[Activation]:
    """What the platform keeps of the same action's runs, in the order of `by_usefulness`; records without results.

    Raises:
        Unreachable: It does not answer.
    """
    earlier = await activations.list(limit=_LOOKED_AT, name=this.entity_name, upto_ms=this.start_ms)
    later = await activations.list(limit=_LOOKED_AT, name=this.entity_name, since_ms=this.start_ms)
    return by_usefulness(this, (*earlier, *later))


def _rank(this: Activation, other: Activation) -> tuple[bool, bool, int]:
    is_good = other.state in (State.SUCCESS, State.FIRED)
    return not is_good, is_good and other.start_ms > this.start_ms, abs(other.start_ms - this.start_ms)


def _said(lines: Iterable[str]) -> list[str]:
    parsed = map(LogLine.parse, lines)
    return [f"err {line.text}" if line.stream == "stderr" else line.text for line in parsed]


def _changed_annotations(before: Activation, after: Activation) -> Iterable[AnnotationChange]:
    for key in dict.fromkeys((*before.annotations, *after.annotations)):
        old, new = _value(before, key), _value(after, key)
        if old != new:
            yield AnnotationChange(key, old, new)


def _value(record: Activation, key: str) -> tuple[Json, ...]:
    return (record.annotations[key],) if key in record.annotations else ()
