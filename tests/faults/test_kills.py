"""The runtime is killed at random moments under load; `python -m tests.faults` does so for as long as one likes."""

import os
from pathlib import Path

from .kills import Rounds

ROUNDS = int(os.environ.get("WHISKTOP_KILL_ROUNDS", "3"))
SEED = int(os.environ.get("WHISKTOP_KILL_SEED", "1"))


def test_nothing_is_lost_doubled_or_stuck_whenever_the_runtime_is_killed(tmp_path: Path) -> None:
    tally = Rounds(tmp_path, SEED).run(ROUNDS)

    assert tally.acknowledged > 10 * ROUNDS
    assert tally.successes > tally.acknowledged / 2
