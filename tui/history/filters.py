"""Which records are meant: by name, state and time, and by the terms that a reader types; as SQL."""

from collections.abc import Iterable
from enum import StrEnum
from functools import partial
from typing import Final

from msgspec import Struct

from tui.entities.activation import State

from .database import Database
from .matching import has_in_order, is_expression, is_plain, matcher
from .rows import FIRST_FAILURE, STATES, key_of, storable

_HEX: Final = frozenset("0123456789abcdef")
_ID_DIGITS: Final = 32
SHORTEST_ID: Final = 4
"""Of an id, so many first digits have to be given for a word to be taken for one."""
_NONE: Final = "0"


class Field(StrEnum):
    """What a term is about."""

    SAID = "said"
    """In the name, the state or the error; or the first digits of the id."""
    FUZZY = "fuzzy"
    """Letters that stand in the name in this order."""
    ACTION = "action"
    """In the name of an action."""
    TRIGGER = "trigger"
    """In the name of a trigger."""
    KIND = "kind"
    """The beginning of the kind, or what it fits."""
    STATE = "state"
    """One of some states."""
    LONGER = "longer"
    """Ran for at least so many milliseconds."""
    SHORTER = "shorter"
    """Ran for at most so many milliseconds."""
    SINCE = "since"
    """Started at or after so many milliseconds since the epoch."""


class Term(Struct, frozen=True):
    """One condition. Texts are compared without regard to case and given in lower case.

    A text may be a pattern as `matcher` takes it: `/x/` is a regular expression, as it was written; `~x` letters that
    stand in this order.
    """

    field: Field
    value: str | int | frozenset[State]
    negated: bool = False


class Filter(Struct, frozen=True, kw_only=True):
    """Which records a page shows; `None` and empty mean any."""

    name: str | None = None
    """`name` or `package/name`."""
    is_trigger: bool | None = None
    """Among those of that name: firings, or runs."""
    states: frozenset[State] = frozenset()
    since_ms: int | None = None
    """By start, inclusive, as `upto_ms`."""
    upto_ms: int | None = None
    version: str | None = None
    ids: tuple[str, ...] | None = None
    """Only these."""
    terms: tuple[Term, ...] = ()
    """All have to hold."""


EVERYTHING: Final = Filter()


def conditions_of(database: Database, matching: Filter) -> tuple[list[str] | None, list[object]]:
    """SQL over `activations`, and its values; `None` where nothing can match."""
    conditions: list[str] = []
    values: list[object] = []
    if matching.name is not None:
        ids = _ids_of(database, matching)
        if not ids:
            return None, []
        conditions.append(f"name_id in ({','.join('?' * len(ids))})")
        values += ids
    elif matching.is_trigger is not None:
        conditions.append("state = 0" if matching.is_trigger else "state > 0")
    if matching.states:
        numbers = sorted(STATES.index(state) for state in matching.states if state in STATES)
        if not numbers:
            return None, []
        if numbers[0] >= FIRST_FAILURE:
            conditions.append("state > 1")  # in these words the index of failures is recognised
        conditions.append(f"state in ({','.join(map(str, numbers))})")
    for condition, value in (
        ("activations.start_ms >= ?", matching.since_ms),
        ("activations.start_ms <= ?", matching.upto_ms),
        ("version = ?", None if matching.version is None else storable(matching.version)),
    ):
        if value is not None:
            conditions.append(condition)
            values.append(value)
    if matching.ids is not None:
        marks = ",".join("?" * len(matching.ids))
        conditions.append(f"serial in (select serial from activations where id in ({marks}))")
        values += map(key_of, matching.ids)
    for term in matching.terms:
        condition, given = _term(database, term)
        conditions.append(f"not {condition}" if term.negated else condition)
        values += given
    return conditions, values


def _ids_of(database: Database, matching: Filter) -> list[int]:
    query = "select name_id from names where name = ? and (? is null or is_trigger = ?)"
    values = [storable(matching.name or ""), matching.is_trigger, matching.is_trigger]
    return [name_id for (name_id,) in database.connection.execute(query, values)]


def _term(database: Database, term: Term) -> tuple[str, list[object]]:
    """Never null, so that it can be turned round."""
    value = term.value
    if isinstance(value, frozenset):
        return _any_state(value), []
    if isinstance(value, int):
        operator = {Field.LONGER: ">=", Field.SHORTER: "<="}
        if term.field is Field.SINCE:
            return "(activations.start_ms >= ?)", [value]
        return f"(activations.duration_ms is not null and activations.duration_ms {operator[term.field]} ?)", [value]
    if term.field is Field.SAID:
        return _said(database, value)
    if term.field is Field.KIND:
        return _kind(database, value)
    return _any_name(_names_with(database, term.field, value)), []


def _any_state(states: Iterable[State]) -> str:
    numbers = sorted(STATES.index(state) for state in states if state in STATES)
    if not numbers:
        return f"({_NONE})"
    failures = "state > 1 and " if numbers[0] >= FIRST_FAILURE else ""
    return f"({failures}state in ({','.join(map(str, numbers))}))"


def _any_name(name_ids: Iterable[int]) -> str:
    return f"(name_id in ({','.join(map(str, name_ids))}))"


def _names_with(database: Database, field: Field, text: str) -> list[int]:
    rows = database.connection.execute("select name_id, name, is_trigger from names")
    wanted = {Field.ACTION: (0,), Field.TRIGGER: (1,)}.get(field, (0, 1))
    fits = partial(_fuzzy, text) if field is Field.FUZZY else matcher(text)
    return [name_id for name_id, name, is_trigger in rows if is_trigger in wanted and fits(name)]


def _fuzzy(letters: str, name: str) -> bool:
    return has_in_order(name.lower(), letters)


def _said(database: Database, word: str) -> tuple[str, list[object]]:
    """Of the error only failures have to be read, and ids are found by their index."""
    names = _any_name(_names_with(database, Field.SAID, word))
    states = _any_state(state for state in STATES if matcher(word)(state.value))
    if is_expression(word):
        errors = "serial in (select serial from activations where state > 1 and fits(?, error))"
        return f"({names} or {states} or {errors})", [word]
    errors = "serial in (select serial from activations where state > 1 and error like ? escape '\\')"
    escaped = storable(word).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    parts, values = [names, states, errors], [f"%{escaped}%"]
    bounds = id_bounds(word) if len(word) >= SHORTEST_ID else None
    if bounds is not None:
        parts.append("serial in (select serial from activations where id between ? and ?)")
        return f"({' or '.join(parts)})", [*values, *bounds]
    return f"({' or '.join(parts)})", list(values)


def id_bounds(prefix: str) -> tuple[bytes, bytes] | None:
    """First and last id that begin with these hexadecimal digits; `None` where they are none."""
    wanted = prefix.strip().lower()
    if not wanted or len(wanted) > _ID_DIGITS or not _HEX.issuperset(wanted):
        return None
    low, high = (bytes.fromhex(wanted.ljust(_ID_DIGITS, digit)) for digit in "0f")
    return low, high


def _kind(database: Database, text: str) -> tuple[str, list[object]]:
    """Most names have one kind in all their versions: only for others the version is looked at."""
    fitting: dict[int, list[str]] = {}
    others: set[int] = set()
    for name_id, version, kind in database.connection.execute("select name_id, version, kind from kinds"):
        if kind_fits(kind, text):
            fitting.setdefault(name_id, []).append(version)
        else:
            others.add(name_id)
    parts = [_any_name(name_id for name_id in fitting if name_id not in others)]
    values: list[object] = []
    for name_id in fitting.keys() & others:
        parts.append(f"(name_id = {name_id} and version in ({','.join('?' * len(fitting[name_id]))}))")
        values += fitting[name_id]
    if kind_fits("trigger", text):
        parts.append("state = 0")
    return f"({' or '.join(parts)})", values


def kind_fits(kind: str, text: str) -> bool:
    """Whether a kind begins so, or fits the pattern."""
    return kind.lower().startswith(text) if is_plain(text) else matcher(text)(kind)
