"""The filter of the activation list: words that all have to be found, and fields.

`demo status:error action:report dur:>2s since:10m !timeout ~hlo /^eu-/` keeps what has `demo` somewhere, failed, is an
action with `report` in its name, ran for two seconds or more, started in the last ten minutes, has no `timeout`
anywhere, has `h`, `l` and `o` in its name in this order, and a name, state or error that fits the regular expression.
Case is ignored. Nothing is discarded: only what is shown changes.

A filter is a tuple of terms: rows in memory are compared with them here, the history looks them up by its indices.
"""

import re
from collections.abc import Callable
from typing import Final

from msgspec import Struct

from tui.entities.activation import State
from tui.history import Field, Term
from tui.history.filters import SHORTEST_ID, id_bounds, kind_fits
from tui.history.matching import TOKEN, has_in_order, is_expression, matcher, unquoted

from ..render.entry import Entry
from ..render.feed_row import error_line

FAILED: Final = frozenset(state for state in State if state.is_failure)
_UNITS_MS: Final = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_TIME = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)?")
_LONGEST_MS = 10**15


class ActivationFilter(Struct, frozen=True):
    """One filter; the empty one keeps everything."""

    text: str = ""
    terms: tuple[Term, ...] = ()
    trouble: str | None = None
    """What is wrong with it: a regular expression that is none."""

    @classmethod
    def parse(cls, text: str, *, now_ms: int = 0) -> "ActivationFilter":
        """Every text is a filter: what is no known field is a word to look for.

        Args:
            now_ms: What `since:10m` counts back from.
        """
        terms: list[Term] = []
        trouble = None
        for token in TOKEN.findall(text):
            try:
                term = _term(token, now_ms)
                if isinstance(term.value, str) and term.field is not Field.FUZZY:
                    matcher(term.value)
            except re.error as error:
                trouble = f"{token} is no regular expression: {error}"
            else:
                terms.append(term)
        return cls(text.strip(), tuple(terms), trouble)

    def matches(self, entry: Entry) -> bool:
        return all(matches(term, entry) for term in self.terms)


def _term(word: str, now_ms: int) -> Term:
    if word.startswith("!") and len(word) > 1:
        wanted = _term(word[1:], now_ms)
        return Term(wanted.field, wanted.value, not wanted.negated)
    if word.startswith("~") and len(word) > 1:
        return Term(Field.FUZZY, word[1:].lower())
    field, colon, value = word.partition(":")
    if colon and value and field.lower() in _FIELDS:
        term = _FIELDS[field.lower()](_lowered(value), now_ms)
        if term is not None:
            return term
    return Term(Field.SAID, _lowered(word))


def _lowered(word: str) -> str:
    """A regular expression stays as it is: in `\\S` the case has a meaning."""
    return word if is_expression(word) else unquoted(word).lower()


def _status(value: str, _: int) -> Term:
    """`error` and `failed` mean every way to fail; else the start of the state's word, blanks left out."""
    if value in ("error", "failed", "failure"):
        return Term(Field.STATE, FAILED)
    if value in ("ok", "success"):
        return Term(Field.STATE, frozenset({State.SUCCESS}))
    plain = value.replace("-", "").replace("_", "")
    return Term(Field.STATE, frozenset(state for state in State if state.value.replace(" ", "").startswith(plain)))


def _duration(value: str, _: int) -> Term | None:
    field = Field.SHORTER if value.startswith("<") else Field.LONGER
    length_ms = _length_ms(value.lstrip("<>="), "s")
    return None if length_ms is None else Term(field, length_ms)


def _since(value: str, now_ms: int) -> Term | None:
    length_ms = _length_ms(value, "m")
    return None if length_ms is None else Term(Field.SINCE, max(0, now_ms - length_ms))


def _length_ms(text: str, unit: str) -> int | None:
    found = _TIME.fullmatch(text)
    return None if found is None else round(min(float(found[1]) * _UNITS_MS[found[2] or unit], _LONGEST_MS))


_FIELDS: Final[dict[str, Callable[[str, int], Term | None]]] = {
    "status": _status,
    "action": lambda value, _: Term(Field.ACTION, value),
    "trigger": lambda value, _: Term(Field.TRIGGER, value),
    "kind": lambda value, _: Term(Field.KIND, value),
    "dur": _duration,
    "since": _since,
}


def matches(term: Term, entry: Entry) -> bool:
    """Whether a row in memory fulfils a term."""
    return _holds(term, entry) is not term.negated


def _holds(term: Term, entry: Entry) -> bool:
    value = term.value
    if isinstance(value, frozenset):
        return entry.state in value
    if isinstance(value, int):
        if term.field is Field.SINCE:
            return entry.start_ms >= value
        took_ms = None if entry.activation is None else entry.activation.duration_ms
        if took_ms is None:
            return False
        return took_ms >= value if term.field is Field.LONGER else took_ms <= value
    match term.field:
        case Field.FUZZY:
            return has_in_order(entry.name.lower(), value)
        case Field.ACTION:
            return not entry.is_trigger and matcher(value)(entry.name)
        case Field.TRIGGER:
            return entry.is_trigger and matcher(value)(entry.name)
        case Field.KIND:
            return kind_fits(entry.kind or "", value)
    return any(map(_in_said(value), _said(entry))) or _is_id(value, entry)


def _in_said(value: str) -> Callable[[str], bool]:
    if is_expression(value):
        return matcher(value)
    return lambda text: value in text.lower()


def _said(entry: Entry) -> tuple[str, str, str]:
    """What a row says, for words to be found in."""
    failed = entry.activation is not None and entry.state.is_failure
    error = error_line(entry.activation) if failed and entry.activation is not None else ""
    return entry.name, entry.state.value, error


def _is_id(word: str, entry: Entry) -> bool:
    return len(word) >= SHORTEST_ID and id_bounds(word) is not None and entry.activation_id.startswith(word)
