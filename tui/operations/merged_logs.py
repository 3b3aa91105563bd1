"""The lines of several runs as one log, in the order of time."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from tui.entities.activation import LogLine


class LoggedRun(Struct, frozen=True):
    """One run and what it printed, lines as the platform sent them."""

    activation_id: str
    name: str
    lines: Sequence[str]


class MergedLine(Struct, frozen=True):
    """One line, and which of the runs printed it."""

    run: LoggedRun
    line: str


def merged(runs: Iterable[LoggedRun]) -> list[MergedLine]:
    """All lines by time. One without a time stays behind the line that came before it in its run."""
    timed: list[tuple[str, MergedLine]] = []
    for run in runs:
        last = ""
        for line in run.lines:
            last = LogLine.parse(line).timestamp or last
            timed.append((last, MergedLine(run, line)))
    timed.sort(key=lambda entry: entry[0])  # stable: equal times keep the order of runs and lines
    return [line for _, line in timed]
