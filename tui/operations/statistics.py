"""Numbers of runs, by action and version: how long they took, how often they failed and began cold.

Of a few records at hand, or out of the history, which counts all that were seen without reading them.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct

from tui.entities.activation import Activation
from tui.entities.percentile import percentile
from tui.history import EVERYTHING, Database, Filter, groups, rollups
from tui.history.groups import Group
from tui.history.rollups import MINUTE_MS, Tally


class RunStatistics(Struct, frozen=True, kw_only=True):
    """Of some runs that have ended."""

    runs: int
    failed: int
    cold: int
    """Those that a worker was started for."""
    p50_ms: int | None
    """Of runs that went well, as the other percentiles; `None` where none did."""
    p95_ms: int | None
    p99_ms: int | None


class VersionStatistics(Struct, frozen=True, kw_only=True):
    """The same of one version."""

    version: str
    numbers: RunStatistics


def statistics_of(runs: Iterable[Activation]) -> RunStatistics | None:
    """`None` where there are no runs."""
    ended = list(runs)
    if not ended:
        return None
    took = sorted(run.duration_ms for run in ended if run.duration_ms is not None and not run.state.is_failure)
    return RunStatistics(
        runs=len(ended),
        failed=sum(run.state.is_failure for run in ended),
        cold=sum(run.init_ms is not None for run in ended),
        p50_ms=percentile(took, 0.5) if took else None,
        p95_ms=percentile(took, 0.95) if took else None,
        p99_ms=percentile(took, 0.99) if took else None,
    )


def by_version(runs: Iterable[Activation]) -> list[VersionStatistics]:
    """Newest version first, by its newest run."""
    groups: dict[str, list[Activation]] = {}
    for run in sorted(runs, key=lambda run: run.start_ms, reverse=True):
        groups.setdefault(run.version, []).append(run)
    found = ((version, statistics_of(group)) for version, group in groups.items())
    return [VersionStatistics(version=version, numbers=numbers) for version, numbers in found if numbers is not None]


class Slice(Struct, frozen=True, kw_only=True):
    """Runs of one action that started in one part of a stretch of time."""

    runs: int
    failures: int


class ActionNumbers(Struct, frozen=True, kw_only=True):
    """What the history counted of one action in a stretch of time."""

    versions: tuple[VersionStatistics, ...]
    """The newest first."""
    slices: tuple[Slice, ...]
    """The oldest first."""
    messages: tuple[Group, ...]
    """What its failures said, those of the last one first."""

    @property
    def runs(self) -> int:
        return sum(one.numbers.runs for one in self.versions)


class Ranked(Struct, frozen=True, kw_only=True):
    """One action, trigger, state or message with what is known of its runs."""

    group: Group
    durations: rollups.Durations | None = None
    """Of an action's last runs that went well."""


MOST_RANKED: Final = 200
_TIMED: Final = 60
"""Of so many actions the durations are looked up."""
_RUNS_TIMED: Final = 200


def count_action(
    database: Database, name: str, *, since_ms: int, upto_ms: int, chart_since_ms: int = 0, slices: int = 48
) -> ActionNumbers:
    """
    Args:
        since_ms: By start, as `upto_ms`; 0: since the first run that is kept.
        chart_since_ms: The slices begin then; 0: with `since_ms`.
    """
    tallies = rollups.by_version(database, name, since_ms=since_ms)
    versions = [
        VersionStatistics(
            version=version,
            numbers=_numbers(tally, rollups.durations(database, name, version=version, since_ms=since_ms)),
        )
        for version, tally in reversed(tallies.items())
    ]
    chart_since_ms = chart_since_ms or since_ms
    minutes = rollups.by_minute(database, since_ms=chart_since_ms, upto_ms=upto_ms, name=name)
    first_ms = chart_since_ms or min(minutes, default=0) * MINUTE_MS
    matching = Filter(name=name, is_trigger=False, since_ms=since_ms)
    return ActionNumbers(
        versions=tuple(versions),
        slices=_slices(minutes, first_ms, upto_ms, slices),
        messages=groups.by_message(database, matching),
    )


def rank_names(database: Database, matching: Filter = EVERYTHING) -> tuple[Ranked, ...]:
    """Actions and triggers, those with the most records first."""
    found = groups.by_name(database, matching)[:MOST_RANKED]
    return tuple(
        Ranked(group=group, durations=_durations(database, group, matching) if number < _TIMED else None)
        for number, group in enumerate(found)
    )


def rank_states(database: Database, matching: Filter = EVERYTHING) -> tuple[Ranked, ...]:
    """States, those with the most records first."""
    return tuple(Ranked(group=group) for group in groups.by_state(database, matching))


def rank_messages(database: Database, matching: Filter = EVERYTHING) -> tuple[Ranked, ...]:
    """What failures said, the last one first."""
    return tuple(Ranked(group=group) for group in groups.by_message(database, matching)[:MOST_RANKED])


def _durations(database: Database, group: Group, matching: Filter) -> rollups.Durations | None:
    if group.is_trigger:
        return None
    return rollups.durations(database, group.title, runs=_RUNS_TIMED, since_ms=matching.since_ms or 0)


def _numbers(tally: Tally, took: rollups.Durations | None) -> RunStatistics:
    return RunStatistics(
        runs=tally.runs,
        failed=tally.failures,
        cold=tally.cold,
        p50_ms=None if took is None else took.p50_ms,
        p95_ms=None if took is None else took.p95_ms,
        p99_ms=None if took is None else took.p99_ms,
    )


def _slices(minutes: Mapping[int, Tally], first_ms: int, upto_ms: int, number: int) -> tuple[Slice, ...]:
    first, last = first_ms // MINUTE_MS, upto_ms // MINUTE_MS
    length = max(1, last - first + 1)
    runs, failures = [0] * number, [0] * number
    for minute, tally in minutes.items():
        place = min(number - 1, max(0, (minute - first) * number // length))
        runs[place] += tally.runs
        failures[place] += tally.failures
    return tuple(Slice(runs=one, failures=other) for one, other in zip(runs, failures, strict=True))
