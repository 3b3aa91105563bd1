"""How long a run can be open: how far back a window has to reach to see every run that ends now."""

from tui.client import Client
from tui.client.errors import BadRequest, Forbidden, NotFound
from tui.entities.action import Action
from tui.entities.limits import LimitBounds

from .pages import all_pages
from .together import map_together

_SEQUENCE_STEP_WAIT_MS = 60_000
"""A sequence waits for a step this much longer than the step's own limit."""


class LongestRun:
    """Asked again and again; only sequences that are new or were changed are looked into anew."""

    def __init__(self, client: Client, bounds: LimitBounds) -> None:
        self._client = client
        self._unknown_ms = 2 * bounds.max_timeout_ms
        self._sequences: dict[tuple[str, str], Action] = {}
        self._actions: dict[str, Action] = {}

    def action(self, entity: str) -> Action | None:
        """As it was listed at the last look, by `ns/[pkg/]name`; no sequence, which has no limits of its own."""
        return self._actions.get(entity)

    async def load_ms(self) -> int:
        """Twice the largest time limit of any action, since a cold start and the run each get the whole of it.

        Of a sequence it is the sum over its steps. What is not known counts as the platform's maximum.
        """
        try:
            actions = await all_pages(lambda limit, skip: self._client.actions.list(limit=limit, skip=skip))
        except (Forbidden, BadRequest, NotFound):  # a key may be good for activations alone
            return self._unknown_ms
        if not actions:
            return self._unknown_ms
        self._actions = {str(action.full_name): action for action in actions if not action.is_sequence}
        plain = {name: 2 * action.limits.timeout_ms for name, action in self._actions.items()}
        sequences = [action for action in actions if action.is_sequence]
        await self._look_into([action for action in sequences if _version_key(action) not in self._sequences])
        known = {_version_key(action) for action in sequences}
        self._sequences = {key: action for key, action in self._sequences.items() if key in known}
        by_name = {str(action.full_name): action for action in self._sequences.values()}
        longest = [_longest_ms(name, plain, by_name, self._unknown_ms, frozenset()) for name in by_name]
        return max([*plain.values(), *longest], default=self._unknown_ms)

    async def _look_into(self, sequences: list[Action]) -> None:
        found = await map_together(lambda action: _find(self._client, action), sequences)
        for listed, action in zip(sequences, found, strict=True):
            if action is not None:
                self._sequences[_version_key(listed)] = action


async def load_longest_run_ms(client: Client, bounds: LimitBounds) -> int:
    """As `LongestRun.load_ms`, once."""
    return await LongestRun(client, bounds).load_ms()


def _version_key(action: Action) -> tuple[str, str]:
    return str(action.full_name), action.version


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
