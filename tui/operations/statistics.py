"""Numbers of the last runs of an action, by version: how long they took, how often they failed and began cold."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tui.entities.activation import Activation


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStatistics:
    """Of some runs that have ended."""

    runs: int
    failed: int
    cold: int
    """Those that a worker was started for."""
    p50_ms: int | None
    """Of runs that went well, as the other percentiles; `None` where none did."""
    p95_ms: int | None
    p99_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionStatistics:
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
        p50_ms=_percentile(took, 0.5),
        p95_ms=_percentile(took, 0.95),
        p99_ms=_percentile(took, 0.99),
    )


def by_version(runs: Iterable[Activation]) -> list[VersionStatistics]:
    """Newest version first, by its newest run."""
    groups: dict[str, list[Activation]] = {}
    for run in sorted(runs, key=lambda run: run.start_ms, reverse=True):
        groups.setdefault(run.version, []).append(run)
    found = ((version, statistics_of(group)) for version, group in groups.items())
    return [VersionStatistics(version=version, numbers=numbers) for version, numbers in found if numbers is not None]


def _percentile(ordered: Sequence[int], share: float) -> int | None:
    """The nearest rank: a value that there was."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else None
