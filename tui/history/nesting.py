"""The list as a tree: every run below what set it off, as far as both are in the list."""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final, TypeVar

from .activations import serials
from .database import Database
from .filters import EVERYTHING, Filter

MOST: Final = 100_000
"""Of the newest records that match, so many are nested."""
DEEPEST: Final = 20

Key = TypeVar("Key", int, str)


def nest(keys: Iterable[Key], parents: Mapping[Key, Key]) -> tuple[list[Key], bytearray]:
    """The same keys, newest root first and each above what it set off, the first of that first; and their depths.

    Args:
        keys: The one that started first in front.
        parents: What set off which of them; those that are not among the keys do not count.
    """
    ordered = list(keys)
    wanted = set(parents.values())
    shown = {key for key in ordered if key in wanted}
    children: defaultdict[Key, list[Key]] = defaultdict(list)
    roots: list[Key] = []
    for key in ordered:
        parent = parents.get(key)
        if parent in shown and parent != key:
            children[parent].append(key)
        else:
            roots.append(key)
    result, depths = _walk(reversed(roots), children)
    if len(result) < len(ordered):  # a circle, made by a stranger: all of it stands at the end
        missing = set(result)
        rest = [key for key in reversed(ordered) if key not in missing]
        return result + rest, depths + bytearray(len(rest))
    return result, depths


def _walk(roots: Iterable[Key], children: Mapping[Key, list[Key]]) -> tuple[list[Key], bytearray]:
    result: list[Key] = []
    depths = bytearray()
    for root in roots:
        waiting = [(root, 0)]
        while waiting:
            key, depth = waiting.pop()
            result.append(key)
            depths.append(min(depth, DEEPEST))
            if key in children:
                waiting.extend((child, depth + 1) for child in reversed(children[key]))
    return result, depths


def nested(database: Database, matching: Filter = EVERYTHING) -> tuple["array[int]", bytearray]:
    """Serials of the newest records that match, nested, in the order of `serials`: what is shown last in front."""
    kept = array("Q", serials(database, matching))[-MOST:]
    ordered, depths = nest(kept, _parents(database, kept))
    return array("Q", reversed(ordered)), depths[::-1]


def _parents(database: Database, kept: "array[int]") -> dict[int, int]:
    if not kept:
        return {}
    first = database.connection.execute("select start_ms from activations where serial = ?", [kept[0]]).fetchone()
    query = """
        select child.serial, parent.serial from activations as child
            join links on links.child = child.id join activations as parent on parent.id = links.parent
        where child.start_ms >= ? order by links.rule is null
    """  # of two parents the one without a rule is the nearer
    return dict(database.connection.execute(query, [first[0]]))
