"""The table, for a terminal and for the README."""

from collections.abc import Sequence

from .row import Measured, amount

_HEADS = ("#", "What", "Value", "Baseline", "Ratio", "Must", "Aim", "Verdict")


def _cells(measured: Measured) -> tuple[str, ...]:
    row = measured.row
    baseline = "–"
    if row.baseline is not None:
        baseline = f"{row.against} {amount(measured.baseline, row.unit)}" if measured.baseline else row.against
    return (
        row.key,
        row.what,
        amount(measured.value, row.unit),
        baseline,
        "–" if measured.ratio is None else f"{measured.ratio:.3g}×",
        row.bound_text(row.must),
        row.bound_text(row.aim),
        measured.verdict,
    )


def plain(results: Sequence[Measured]) -> str:
    rows = [_HEADS, *map(_cells, results)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADS))]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def markdown(results: Sequence[Measured]) -> str:
    lines = [_HEADS, tuple("---" for _ in _HEADS), *map(_cells, results)]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)
