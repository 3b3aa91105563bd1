"""Interleaved rounds: in each, every subject is measured once, so that what else the machine does meets them alike."""

import logging
from collections.abc import Callable, Iterable, Mapping

from .row import Measurements, Round, Row

logger = logging.getLogger(__name__)

DISTURBED = 2.0
"""A round whose baseline is so many times worse than its own best was disturbed, and is repeated."""

Subject = Callable[[], Mapping[str, float]]
"""Measures once; gives metrics by name."""


def interleave(
    subjects: Iterable[Subject], rows: Iterable[Row], *, rounds: int, measurements: Measurements | None = None
) -> Measurements:
    """Measure all `subjects` `rounds` times in turn; disturbed rounds are repeated, in all at most as often again."""
    measurements = measurements or Measurements()
    subjects, rows, spare = tuple(subjects), tuple(rows), rounds
    kept = measurements.rounds
    while len(kept) < rounds:
        number = len(kept) + 1
        kept.append(_measure(subjects))
        logger.info("round %d of %d: %s", number, rounds, _shown(kept[-1]))
        for disturbed in find_disturbed(kept, rows)[:spare]:
            kept.remove(disturbed)
            spare -= 1
            measurements.notes.append("a round was repeated: its baseline was far from its own best")
    return measurements


def find_disturbed(rounds: list[Round], rows: Iterable[Row]) -> list[Round]:
    """The rounds in which a baseline was `DISTURBED` times worse than in its best round."""
    found: list[Round] = []
    for row in rows:
        values = [one[row.baseline] for one in rounds if row.baseline in one] if row.baseline else []
        for one in rounds:
            if row.baseline is None or row.baseline not in one or one in found:
                continue
            value = one[row.baseline]
            worse = max(values) / value if row.more_is_better else value / min(values)
            if worse >= DISTURBED:
                found.append(one)
    return found


def _measure(subjects: Iterable[Subject]) -> Round:
    measured: dict[str, float] = {}
    for subject in subjects:
        measured.update(subject())
    return measured


def _shown(measured: Round) -> str:
    return ", ".join(f"{name} {value:.5g}" for name, value in measured.items())
