"""Lines that a run printed before anybody listened: put before those that came since, none twice."""

from collections.abc import Sequence


def joined(so_far: Sequence[str], later: Sequence[str]) -> list[str]:
    """The whole log out of two looks at it.

    Args:
        so_far: The log from its first line to a moment.
        later: What was told line by line; it may begin before that moment, and not have reached it yet.
    """
    if not later:
        return list(so_far)
    for start, line in enumerate(so_far):
        if line != later[0]:
            continue
        common = min(len(so_far) - start, len(later))
        if list(so_far[start : start + common]) == list(later[:common]):
            return [*so_far[:start], *max(later, so_far[start:], key=len)]
    return [*so_far, *later]
