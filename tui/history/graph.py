"""Who set off whom: a firing its runs, a sequence or composition its steps, and back.

The platform tells only downwards, in the record of the firing or sequence; a step also names its sequence. A run
behind a trigger says nothing, so the way back exists here alone.
"""

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from tui.entities.activation import Activation
from tui.entities.live import RunningActivation

from .database import Database
from .rows import Key, id_of, key_of, storable

Link = tuple[Key, Key, int | None, str | None]
"""Child, parent, the child's place among its siblings, the rule between them."""

_AT_ONCE: Final = 500


class Child(Struct, frozen=True):
    """One run that a firing, a sequence or a composition set off."""

    activation_id: str
    rule: str | None
    """`ns/rule`; `None` below a sequence, and where only the run itself told of its parent."""


def links_of(activation: Activation) -> list[Link]:
    """What one record tells about others."""
    links: list[Link] = []
    own = key_of(activation.activation_id)
    if activation.cause and isinstance(activation.cause, str):
        links.append((own, key_of(activation.cause), None, None))
    if activation.is_trigger:
        for place, outcome in enumerate(activation.rule_outcomes()):
            if isinstance(outcome.activation_id, str):
                links.append((key_of(outcome.activation_id), own, place, storable(outcome.rule)))
    elif activation.is_sequence:
        links += [(key_of(step), own, place, None) for place, step in enumerate(activation.step_ids())]
    return links


def links_of_running(running: RunningActivation) -> list[Link]:
    """What the local runtime tells about a run before any record does."""
    parent = running.cause or running.trigger_activation_id
    return [(key_of(running.activation_id), key_of(parent), None, None)] if parent else []


def add_links(database: Database, links: Iterable[Link]) -> None:
    """Inside a transaction. A link that is known gains what was not known of it."""
    database.connection.executemany(
        """
        insert into links (child, parent, place, rule) values (?, ?, ?, ?)
        on conflict do update set place = coalesce(excluded.place, place), rule = coalesce(excluded.rule, rule)
        """,
        links,
    )


def parents(database: Database, activation_ids: Iterable[str]) -> dict[str, str]:
    """Who set off each of these, where it is known; a step's sequence goes before the firing behind both."""
    wanted = list(activation_ids)
    found: dict[str, str] = {}
    for begin in range(0, len(wanted), _AT_ONCE):
        keys = [key_of(one) for one in wanted[begin : begin + _AT_ONCE]]
        marks = ",".join("?" * len(keys))
        # Rules name their firing; of two parents the one without a rule is the nearer.
        query = f"select child, parent from links where child in ({marks}) order by rule is null"
        found.update({id_of(child): id_of(parent) for child, parent in database.connection.execute(query, keys)})
    return found


def ancestors(database: Database, activation_id: str) -> tuple[str, ...]:
    """From the parent up to the root, nearest first."""
    chain: list[str] = []
    current = activation_id
    while (parent := parents(database, [current]).get(current)) and parent not in chain and parent != activation_id:
        chain.append(parent)
        current = parent
    return tuple(chain)


def children(database: Database, activation_id: str) -> tuple[Child, ...]:
    """What it set off, in the record's order; those known only from themselves come last."""
    query = "select child, rule from links where parent = ? order by place is null, place, child"
    rows = database.connection.execute(query, [key_of(activation_id)])
    return tuple(Child(id_of(child), rule) for child, rule in rows)
