"""Send one payload and wait for what comes of it: of an action its run, of a trigger everything that its rules run."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import aclosing
from typing import TYPE_CHECKING, Final, Literal

from msgspec import Struct

from tui.entities.activation import Activation
from tui.entities.json import Json, JsonObject

from .fate import refuse_guess
from .trace import follow_trace
from .trace_node import TraceNode

if TYPE_CHECKING:
    from .operations import Operations

Kind = Literal["trigger", "action"]
NO_RULE: Final = "no rule"
"""The word for a fire that no active rule answered."""
REFUSED: Final = "refused"


class Outcome(Struct, frozen=True, kw_only=True):
    """What came of one payload."""

    activation_id: str | None
    """`None` where no rule answered."""
    word: str
    """A state's word: `success`, `app error` …; of a firing that of its first branch that went wrong, or `no rule`."""
    failed: bool
    duration_ms: int | None = None
    """Of a firing, until its last branch ended."""
    result: Json = None
    """Of a firing, the result of each rule's run by the name of the rule."""


async def send_and_wait(
    operations: Operations,
    kind: Kind,
    name: str,
    payload: JsonObject,
    *,
    accepted: Callable[[str], object] = lambda _: None,
) -> Outcome:
    """Fire or invoke, and wait for the end however long that takes.

    Args:
        accepted: Told the id as soon as it is known.

    Raises:
        ApiError: It was not accepted.
        FateUnknown: Nobody knows: no answer came, and at most a run is known that may as well be another's.
    """
    if kind == "trigger":
        return await _fire(operations, name, payload, accepted)
    invoked = await operations.actions.invoke(name, payload, blocking=True)
    refuse_guess(invoked)
    accepted(invoked.activation_id)
    record = invoked.activation or await operations.activations.wait(invoked.activation_id)
    return Outcome(
        activation_id=record.activation_id,
        word=record.state.value,
        failed=record.state.is_failure,
        duration_ms=record.duration_ms,
        result=_result(record),
    )


async def _fire(operations: Operations, name: str, payload: JsonObject, accepted: Callable[[str], object]) -> Outcome:
    fired = await operations.triggers.fire(name, payload)
    if fired is None:
        return Outcome(activation_id=None, word=NO_RULE, failed=True)
    refuse_guess(fired)
    accepted(fired.activation_id)
    last: TraceNode | None = None
    async with aclosing(follow_trace(operations, fired.activation_id)) as traces:
        async for trace in traces:
            last = trace
    assert last is not None
    failed = next((node for node in last.walk() if node.failed_itself), None)
    return Outcome(
        activation_id=fired.activation_id,
        word="success" if failed is None else REFUSED if failed.state is None else failed.state.value,
        failed=failed is not None,
        duration_ms=_until_last_end(last),
        result={child.rule or child.name: _of_branch(child) for child in last.children},
    )


def _of_branch(node: TraceNode) -> Json:
    return node.error if node.activation is None else _result(node.activation)


def _until_last_end(root: TraceNode) -> int | None:
    ends = [
        record.start_ms + (record.duration_ms or 0) for node in root.walk() if (record := node.activation) is not None
    ]
    return max(ends) - root.activation.start_ms if ends and root.activation is not None else None


def _result(record: Activation) -> Json:
    return None if record.response is None else record.response.result
