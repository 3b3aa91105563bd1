"""What "p95" means wherever it is said."""

import math
from collections.abc import Sequence
from typing import TypeVar

_Number = TypeVar("_Number", int, float)


def percentile(ordered: Sequence[_Number], share: float) -> _Number:
    """The nearest rank of some numbers, the smallest first: one that there was, and not larger than it has to be."""
    return ordered[max(0, math.ceil(len(ordered) * share) - 1)]
