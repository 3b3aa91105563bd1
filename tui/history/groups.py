"""Records counted together: by name, by state, and failures by what they said, numbers and ids in it left aside."""

import re
from collections.abc import Iterator
from typing import Final

from msgspec import Struct, field

from .activations import Position
from .database import Database
from .filters import EVERYTHING, Filter, conditions_of
from .rollups import MINUTE_MS
from .rows import FIRST_FAILURE, STATES, Key, id_of

BLANK: Final = "#"
"""Stands in a message for what differs from run to run."""
_ANYTHING: Final = r"[\w.,:#-]+"
_WORD = re.compile(r"[\w.,:#-]+|[^\w.,:#-]+")
"""What `_ANYTHING` takes whole, and what lies between."""
_DIFFERS = re.compile(
    r"""
    \b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b   # a UUID
    | \b0[xX][0-9a-fA-F]+\b
    | \b(?=[0-9a-fA-F]*[0-9])[0-9a-fA-F]{8,}\b                                        # an id
    | \d+(?:[.,:]\d+)*                                                                # a number, a time, an address
    """,
    re.VERBOSE,
)


class Group(Struct, frozen=True, kw_only=True):
    """Records that have something in common."""

    title: str
    """The name, the state's word or the message."""
    is_trigger: bool = False
    """Of a name: whether it is a trigger's."""
    runs: int
    failures: int
    first_ms: int | None = None
    """Start of the first of them; told of messages."""
    last_ms: int
    last_id: str
    """Of the one that started last."""
    names: tuple[str, ...] = ()
    """Of a message: whose runs said it."""


class _Growing(Struct):
    first_ms: int
    last: Position
    last_key: Key
    runs: int = 0
    names: dict[int, None] = field(default_factory=dict)


def by_name(database: Database, matching: Filter = EVERYTHING) -> tuple[Group, ...]:
    """One group per action and trigger, those with the most records first.

    Where nothing but a beginning is asked for, it is taken to the minute, and no record has to be read.
    """
    names = {
        name_id: (name, bool(is_trigger))
        for name_id, name, is_trigger in database.connection.execute("select name_id, name, is_trigger from names")
    }
    is_plain = matching == Filter(since_ms=matching.since_ms)
    counted = _rolled_up(database, matching.since_ms or 0) if is_plain else _counted(database, "name_id", matching)
    return tuple(_group(database, names[name_id][0], row, is_trigger=names[name_id][1]) for name_id, *row in counted)


def by_state(database: Database, matching: Filter = EVERYTHING) -> tuple[Group, ...]:
    """One group per state, those with the most records first."""
    return tuple(_group(database, STATES[number].value, row) for number, *row in _counted(database, "state", matching))


def by_message(database: Database, matching: Filter = EVERYTHING) -> tuple[Group, ...]:
    """Failures by what they said, those that failed last first."""
    conditions, values = conditions_of(database, matching)
    if conditions is None:
        return ()
    where = " and ".join(["state > 1", *conditions])  # in these words the index of failures is recognised
    rows = database.connection.execute(
        f"select serial, id, name_id, state, start_ms, error from activations where {where}", values
    )
    found: dict[str, _Growing] = {}
    for serial, key, name_id, state, start_ms, error in rows:
        message = normalised(error) if error else STATES[state].value
        position = Position(start_ms, serial)
        group = found.setdefault(message, _Growing(start_ms, position, key))
        group.runs += 1
        group.names[name_id] = None
        group.first_ms = min(group.first_ms, start_ms)
        if position > group.last:
            group.last, group.last_key = position, key
    names = dict(database.connection.execute("select name_id, name from names"))
    groups = (
        Group(
            title=message,
            runs=one.runs,
            failures=one.runs,
            first_ms=one.first_ms,
            last_ms=one.last.start_ms,
            last_id=id_of(one.last_key),
            names=tuple(sorted({names[name_id] for name_id in one.names})),
        )
        for message, one in found.items()
    )
    return tuple(sorted(groups, key=lambda group: group.last_ms, reverse=True))


def normalised(message: str) -> str:
    """The message with `BLANK` in place of numbers, ids and addresses."""
    return _DIFFERS.sub(BLANK, message)


def expression_of(message: str) -> str:
    """A regular expression, between slashes, for what `normalised` makes the same message of.

    Blanks in one word count as one: with several of them beside each other, a text made to fit almost would be tried
    in more ways than there is time for.
    """
    return f"/^{_WORD.sub(_of_word, message)}/"


def _of_word(word: re.Match[str]) -> str:
    first, *rest = word[0].split(BLANK)
    return _ANYTHING.join(map(_escaped, (first, rest[-1]) if rest else (first,)))


def _escaped(part: str) -> str:
    return re.escape(part).replace("/", r"\/").replace(r"\ ", " ")


def _rolled_up(database: Database, since_ms: int) -> Iterator[tuple[int, ...]]:
    """As `_counted` by name, out of the counts of minutes."""
    rows = database.connection.execute(
        """
        select name_id, sum(runs) as records, sum(failures) from rollups where minute >= ?
        group by name_id order by records desc
        """,
        [since_ms // MINUTE_MS],
    ).fetchall()
    last = "select start_ms, serial from activations where name_id = ? order by start_ms desc, serial desc limit 1"
    for name_id, runs, failures in rows:
        if (found := database.connection.execute(last, [name_id]).fetchone()) is not None:
            yield name_id, runs, failures, *found


def _counted(database: Database, column: str, matching: Filter) -> Iterator[tuple[int, ...]]:
    """Column, records, failures, the last start, and the serial of the record that has it: so SQLite pairs `max`."""
    conditions, values = conditions_of(database, matching)
    if conditions is None:
        return iter(())
    where = f"where {' and '.join(conditions)}" if conditions else ""
    return iter(
        database.connection.execute(
            f"""
            select {column}, count(*) as records, sum(state >= {FIRST_FAILURE}), max(start_ms), serial
            from activations {where} group by {column} order by records desc
            """,
            values,
        ).fetchall()
    )


def _group(database: Database, title: str, row: list[int], *, is_trigger: bool = False) -> Group:
    runs, failures, last_ms, serial = row
    key = database.connection.execute("select id from activations where serial = ?", [serial]).fetchone()
    return Group(
        title=title,
        is_trigger=is_trigger,
        runs=runs,
        failures=failures,
        last_ms=last_ms,
        last_id="" if key is None else id_of(key[0]),
    )
