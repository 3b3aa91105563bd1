"""What differs between two texts, line by line, with a few lines around each place."""

from __future__ import annotations

import difflib
import json
from collections.abc import Sequence

from msgspec import Struct

from tui.entities.json import Json

from .json_masking import MASK, is_secret
from .line import Line, Span, gap

CONTEXT = 3
EXACT_LINES = 2_000
MOST_LINES = 20_000
"""Longer texts are only said to differ: comparing them takes too long."""
_NUMBER_WIDTH = 5
_ANOTHER = f"{MASK} another"


class Diff(Struct, frozen=True):
    """Rows to show, and how much they are about."""

    rows: tuple[Line, ...]
    added: int = 0
    removed: int = 0

    def __bool__(self) -> bool:
        return bool(self.rows)


def compare(before: Sequence[str], after: Sequence[str]) -> Diff:
    """Takes long for long texts: call it in a thread then."""
    if list(before) == list(after):
        return Diff(())
    if len(before) + len(after) > MOST_LINES:
        said = Span(f"{len(before):,} lines become {len(after):,}: too many to compare here", "muted")
        return Diff(((said,),), len(after), len(before))
    # Of many lines that are all alike, such as brackets, the exact answer takes minutes.
    is_long = len(before) + len(after) > EXACT_LINES
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=is_long)
    rows: list[Line] = []
    added = removed = 0
    for group in matcher.get_grouped_opcodes(CONTEXT):
        if rows:
            rows.append((gap(_NUMBER_WIDTH), Span("  ···", "faint")))
        for tag, old_from, old_to, new_from, new_to in group:
            if tag == "equal":
                rows += [_row(new_from + at, " ", text) for at, text in enumerate(before[old_from:old_to])]
                continue
            rows += [_row(old_from + at, "-", text) for at, text in enumerate(before[old_from:old_to])]
            rows += [_row(new_from + at, "+", text) for at, text in enumerate(after[new_from:new_to])]
            removed += old_to - old_from
            added += new_to - new_from
    return Diff(tuple(rows), added, removed)


def compare_json(before: Json, after: Json, *, revealed: bool = False) -> Diff:
    """The same of two values, as indented JSON; secrets in them are hidden, and said to differ where they do."""
    if not revealed:
        before, after = _masked_pair(before, after)
    return compare(_pretty(before), _pretty(after))


def counts(diff: Diff) -> Line:
    """`+3 −1`."""
    return (Span(f"+{diff.added}", "success"), gap(1), Span(f"-{diff.removed}", "error"))


def _row(index: int, sign: str, text: str) -> Line:
    role = {"+": "success", "-": "error"}.get(sign, "muted")
    return (Span(f"{index + 1:,}", "faint", _NUMBER_WIDTH, "right"), gap(1), Span(f"{sign} ", role), Span(text, role))


def _pretty(value: Json) -> list[str]:
    return json.dumps(value, ensure_ascii=False, indent=2).split("\n")


def _masked_pair(before: Json, after: Json) -> tuple[Json, Json]:
    if isinstance(before, dict) and isinstance(after, dict):
        old, new = dict(before), dict(after)
        for key in {*old, *new}:
            old_value, new_value = old.get(key), new.get(key)
            if is_secret(key) and not all(isinstance(value, (bool, type(None))) for value in (old_value, new_value)):
                masks = (MASK, MASK if old_value == new_value or key not in old else _ANOTHER)
            else:
                masks = _masked_pair(old_value, new_value)
            for side, mask in zip((old, new), masks, strict=True):
                if key in side:
                    side[key] = mask
        return old, new
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        pairs = [_masked_pair(old, new) for old, new in zip(before, after, strict=True)]
        return [old for old, _ in pairs], [new for _, new in pairs]
    return _masked_alone(before), _masked_alone(after)


def _masked_alone(value: Json) -> Json:
    """What stands on one side only."""
    if isinstance(value, dict):
        return _masked_pair(value, value)[0]
    if isinstance(value, list):
        return [_masked_alone(item) for item in value]
    return value
