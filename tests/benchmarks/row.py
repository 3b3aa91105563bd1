"""What a row of the table promises, and the verdict on what was measured."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import median

Round = Mapping[str, float]
"""Metric by name, as one round measured it."""

_PREFIXES = ((1e9, "G"), (1e6, "M"), (1e3, "k"))


class Skipped(Exception):
    """Something that a measurement needs is not here; the text says what, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table.

    With a baseline, `must` and `aim` bound the ratio of `metric` to it; without one they bound `metric` itself.
    """

    key: str
    """`R1`; where one row has several numbers, `D2 p99`."""
    what: str
    unit: str
    metric: str
    baseline: str | None = None
    """Metric that it is compared with."""
    against: str = ""
    """The baseline in words."""
    must: float
    aim: float
    more_is_better: bool = False

    def holds(self, value: float, bound: float) -> bool:
        return value >= bound if self.more_is_better else value <= bound

    def bound_text(self, bound: float) -> str:
        sign = "≥" if self.more_is_better else "≤"
        return f"{sign} {bound:g}×" if self.baseline else f"{sign} {bound:g} {self.unit}"


@dataclass(frozen=True, slots=True)
class Measured:
    """What became of one row."""

    row: Row
    value: float | None = None
    baseline: float | None = None
    ratio: float | None = None
    missing: str = ""
    """Why there is no verdict."""
    trial: bool = False
    """Too little was measured to judge it."""

    @property
    def verdict(self) -> str:
        judged = self.ratio if self.row.baseline else self.value
        if self.missing or judged is None:
            return self.missing or "not measured"
        if self.trial:
            return "trial"
        if self.row.holds(judged, self.row.aim):
            return "aim"
        return "must" if self.row.holds(judged, self.row.must) else "MISSED"

    @property
    def is_missed(self) -> bool:
        return self.verdict == "MISSED"


@dataclass(slots=True)
class Measurements:
    """The rounds of one group of rows."""

    rounds: list[Round] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)
    """By metric, why it could not be measured."""
    notes: list[str] = field(default_factory=list)

    def judge(self, row: Row) -> Measured:
        """Medians over the rounds; the ratio is the median of the rounds' own ratios, since only those two numbers
        were measured side by side."""
        for metric in (row.metric, row.baseline):
            if metric in self.missing:
                value = self._median(row.metric) if metric != row.metric else None
                return Measured(row, value, missing=f"skipped: {self.missing[metric]}")
        value = self._median(row.metric)
        if row.baseline is None:
            return Measured(row, value)
        baseline = self._median(row.baseline)
        ratio = median(one[row.metric] / one[row.baseline] for one in self.rounds)
        return Measured(row, value, baseline, ratio)

    def _median(self, metric: str) -> float:
        return median(one[metric] for one in self.rounds)


def amount(value: float | None, unit: str) -> str:
    """`value` with three digits that count, and its unit."""
    if value is None:
        return "–"
    for size, prefix in _PREFIXES:
        if value >= 10 * size and unit.endswith("/s"):
            return f"{value / size:.3g} {prefix}{unit}" if prefix != "k" else f"{value:,.0f} {unit}"
    return f"{value:,.0f} {unit}" if value >= 1000 else f"{value:.3g} {unit}"
