"""How long a run can be open: how far back a window has to reach to see every run that ends now."""

from tui.client import Client
from tui.client.errors import NotFound
from tui.entities.action import Action
from tui.entities.limits import LimitBounds

from .pages import all_pages
from .together import map_together

_SEQUENCE_STEP_WAIT_MS = 60_000
"""A sequence waits for a step this much longer than the step's own limit."""


async def load_longest_run_ms(client: Client, bounds: LimitBounds) -> int:
    """Twice the largest time limit of any action, since a cold start and the run each get the whole of it.

    Of a sequence it is the sum over its steps. What is not known counts as the platform's maximum.
    """
    actions = await all_pages(lambda limit, skip: client.actions.list(limit=limit, skip=skip))
    if not actions:
        return 2 * bounds.max_timeout_ms
    plain = {str(action.full_name): 2 * action.limits.timeout_ms for action in actions if not action.is_sequence}
    sequences = await map_together(
        lambda action: _find(client, action), [action for action in actions if action.is_sequence]
    )
    by_name = {str(action.full_name): action for action in sequences if action is not None}
    longest = [_longest_ms(name, plain, by_name, 2 * bounds.max_timeout_ms, frozenset()) for name in by_name]
    return max([*plain.values(), *longest])


def _longest_ms(
    name: str, plain: dict[str, int], sequences: dict[str, Action], unknown_ms: int, above: frozenset[str]
) -> int:
    if name in plain:
        return plain[name]
    sequence = sequences.get(name)
    if sequence is None or name in above:
        return unknown_ms
    steps = (component.removeprefix("/") for component in sequence.exec.components)
    return sum(
        _longest_ms(step, plain, sequences, unknown_ms, above | {name}) + _SEQUENCE_STEP_WAIT_MS for step in steps
    )


async def _find(client: Client, action: Action) -> Action | None:
    try:
        return await client.actions.get(action.name, code=False)
    except NotFound:  # deleted since it was listed
        return None
