"""Runs that a run set off without the platform's knowing: their ids stand in its result or its log.

A web action that invokes a worker gives back the worker's id, a job prints the ids that it got. Nothing promises that
such a text is an id at all, so what is found this way is marked as inferred wherever it is shown.
"""

import re
from collections.abc import Iterator
from typing import Final

from tui.entities.activation import Activation, LogLine
from tui.entities.json import Json

MAX_INFERRED: Final = 20
"""Of one run."""
_SEARCHED_LINES: Final = 2000
_SEARCHED_VALUES: Final = 5000
_ID = re.compile(r"(?<![0-9a-zA-Z])[0-9a-f]{32}(?![0-9a-zA-Z])")


def inferred_ids(activation: Activation) -> tuple[str, ...]:
    """Ids that an action's record mentions, in the order in which they stand there, itself and its cause left out."""
    if activation.is_trigger or activation.is_sequence:
        return ()
    known = {activation.activation_id, activation.cause}
    found: dict[str, None] = {}
    for text in _texts(activation):
        for match in _ID.finditer(text):
            if match[0] not in known:
                found[match[0]] = None
        if len(found) >= MAX_INFERRED:
            break
    return tuple(found)[:MAX_INFERRED]


def _texts(activation: Activation) -> Iterator[str]:
    if activation.response is not None:
        yield from _strings(activation.response.result)
    for line in activation.logs[:_SEARCHED_LINES]:
        yield LogLine.parse(line).text


def _strings(value: Json) -> Iterator[str]:
    """Texts in the value, from the top, a bounded number of them."""
    waiting, seen = [value], 0
    while waiting and seen < _SEARCHED_VALUES:
        item = waiting.pop()
        seen += 1
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict):
            waiting.extend(reversed(item.values()))
        elif isinstance(item, list):
            waiting.extend(reversed(item))
