"""`python -m tests.faults [--rounds 20] [--seed N]`: kill the runtime at random moments and account for everything."""

import argparse
import random
import sys
import tempfile
from pathlib import Path

from .kills import Rounds


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000), help="repeats an earlier choice")
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        tally = Rounds(Path(folder), options.seed).run(options.rounds, lambda text: print(text, flush=True))
    print(
        f"{tally.rounds} rounds: {tally.acknowledged} acknowledged, {tally.successes} succeeded, "
        f"{tally.stopped} were stopped; none lost, doubled or stuck"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
