"""`python -m tests.benchmarks [R1 …] [--smoke] [--markdown] [--rounds N]`: measure, and print the table.

The code is 1 if a row could not be measured because something failed, or if one missed what it must reach.
"""

import argparse
import logging
import signal
import sys
import tempfile
import time
import traceback
from dataclasses import replace
from pathlib import Path

from tui.runtime.invoker.interpreters import find_interpreters

from . import machine, table
from .bench import Bench, Group
from .row import Measured, Measurements, Skipped
from .rows import GROUPS

logger = logging.getLogger("tests.benchmarks")
MIN_ROUNDS = 3


def main(arguments: list[str] | None = None) -> int:
    options = _parse(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _end)  # as ctrl+c does: through every block that has something to end
    node = _find_node()
    with tempfile.TemporaryDirectory(prefix="whisktop-benchmarks-", ignore_cleanup_errors=True) as folder:
        bench = Bench(Path(folder), node, rounds=options.rounds, smoke=options.smoke)
        results, notes, failed = _measure_all(bench, _choose(options.rows, smoke=options.smoke), options.rows)
    head = machine.describe(node)
    if options.smoke:
        head += ". A trial with tiny counts: its numbers say nothing"
    print(f"{head}.\n\n{(table.markdown if options.markdown else table.plain)(results)}")
    for note in notes:
        print(f"\n{note}")
    return 1 if failed or any(one.is_missed for one in results) else 0


def _end(number: int, _: object) -> None:
    raise SystemExit(128 + number)


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="Measure how fast whisktop is.")
    names = list(dict.fromkeys(row.key.split()[0] for group in GROUPS for row in group.rows))
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"{', '.join(names)}; all unless given")
    parser.add_argument("--smoke", action="store_true", help="the quick rows with tiny counts, to try the harness")
    parser.add_argument("--markdown", action="store_true", help="print the table as the README has it")
    parser.add_argument("--rounds", type=int, help=f"{MIN_ROUNDS} unless given")
    options = parser.parse_args(arguments)
    options.rows = [name.upper() for name in options.rows]
    options.rounds = options.rounds or (1 if options.smoke else MIN_ROUNDS)
    if unknown := set(options.rows) - set(names):
        parser.error(f"there is no row {', '.join(sorted(unknown))}")
    return options


def _find_node() -> str | None:
    interpreters = find_interpreters()
    found = [one.path for one in interpreters.found if one.family == "nodejs"]
    return found[0] if found else None


def _choose(names: list[str], *, smoke: bool) -> list[Group]:
    if names:
        return [group for group in GROUPS if any(group.names(name) for name in names)]
    return [group for group in GROUPS if group.is_quick or not smoke]


def _measure_all(bench: Bench, groups: list[Group], names: list[str]) -> tuple[list[Measured], list[str], bool]:
    results: list[Measured] = []
    notes: list[str] = []
    failed = False
    for group in groups:
        rows = [row for row in group.rows if not names or row.key.split()[0] in names]
        logger.info("%s …", " ".join(row.key for row in rows))
        began = time.monotonic()
        try:
            measurements = group.measure(bench)
        except Skipped as reason:
            measurements = Measurements(missing={row.metric: str(reason) for row in rows})
        except Exception:
            traceback.print_exc()
            results += [Measured(row, missing="FAILED") for row in rows]
            failed = True
            continue
        logger.info("… took %.0f s", time.monotonic() - began)
        results += [replace(measurements.judge(row), trial=bench.smoke) for row in rows]
        notes += [f"{rows[0].key}: {note}." for note in dict.fromkeys(measurements.notes)]
    return sorted(results, key=_place), notes, failed


def _place(measured: Measured) -> tuple[int, int]:
    key = measured.row.key.split()[0]
    return "RIMD".index(key[0]), int(key[1:])


if __name__ == "__main__":
    sys.exit(main())
