"""The way up: what caused a run. Told for the steps of a sequence, searched for where a trigger was behind it."""

from collections.abc import Awaitable, Callable
from typing import Final

from tui.client.errors import NotFound
from tui.entities.activation import Activation
from tui.entities.limits import MAX_LIST_SIZE

from .activations import ActivationOperations
from .trace import find_parent_id

_SEARCHED_PAGES: Final = 5
_LONGEST_WAIT_MS: Final = 600_000
"""Assumed where the record does not tell how long the run waited."""
_SLACK_MS: Final = 10_000
"""By which a platform's clocks may differ among themselves."""


async def find_root_id(activations: ActivationOperations, activation_id: str) -> str:
    """The activation that set everything off of which this one is a part; itself, where nobody tells of a cause."""
    running = {one.activation_id: one for one in await activations.running()}
    seen: set[str] = set()
    while activation_id not in seen:
        seen.add(activation_id)
        record = await _find_record(activations, activation_id)
        parent_id = find_parent_id(record, running.get(activation_id))
        if parent_id is None and record is not None and not record.is_trigger:
            parent_id = await find_firing(activations, record)
        if parent_id is None:
            break
        activation_id = parent_id
    return activation_id


async def find_cause_id(
    activations: ActivationOperations,
    activation_id: str,
    *,
    known: Callable[[str], Awaitable[str | None]] | None = None,
) -> str | None:
    """What caused one run: a step's sequence, or the firing behind a run; `None` where that cannot be found.

    Args:
        known: Tells the cause where it was seen before; asked before the platform is searched.
    """
    running = {one.activation_id: one for one in await activations.running()}
    record = await _find_record(activations, activation_id)
    told = find_parent_id(record, running.get(activation_id))
    if told is None and known is not None:
        told = await known(activation_id)
    if told is None and record is not None and not record.is_trigger:
        told = await find_firing(activations, record)
    return told


async def find_firing(activations: ActivationOperations, run: Activation) -> str | None:
    """The firing whose record names this run.

    Nothing names the trigger behind a run, so the triggers that fired when the run was accepted, which is before it
    waited for a worker, are looked through: the newest first, a thousand records at most.
    """
    waited_ms = _LONGEST_WAIT_MS if run.wait_ms is None else run.wait_ms
    since_ms, upto_ms = run.start_ms - waited_ms - _SLACK_MS, run.start_ms + _SLACK_MS
    for _ in range(_SEARCHED_PAGES):
        page = await activations.list(limit=MAX_LIST_SIZE, since_ms=since_ms, upto_ms=upto_ms, docs=True)
        for record in page:
            if record.is_trigger and run.activation_id in {one.activation_id for one in record.rule_outcomes()}:
                return record.activation_id
        if not page or page[-1].start_ms == upto_ms:
            return None
        upto_ms = page[-1].start_ms
    return None


async def _find_record(activations: ActivationOperations, activation_id: str) -> Activation | None:
    try:
        return await activations.get(activation_id)
    except NotFound:
        return None
