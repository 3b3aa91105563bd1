"""Lists as long as the user wants them, and as the platform itself writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui.entities.limits import MAX_LIST_SIZE
from tui.operations.pages import all_pages

if TYPE_CHECKING:
    from tui.entities.activation import Activation
    from tui.operations import Operations


async def list_elements(operations: Operations, collection: str) -> tuple[Any, ...]:
    """The elements of the platform's own list; operations read more of rules and triggers than a list tells."""
    source = getattr(operations.client, collection)
    return await all_pages(lambda limit, skip: source.list(limit=limit, skip=skip))


async def list_records(operations: Operations, limit: int) -> list[Activation]:
    """The newest `limit` activations, over as many pages as that takes."""
    by_id: dict[str, Activation] = {}
    upto_ms: int | None = None
    while len(by_id) < limit:
        known = len(by_id)
        # Pages overlap by the millisecond at their seam, so ask for what is known of it once more.
        page = await operations.activations.list(limit=min(limit - known + 30, MAX_LIST_SIZE), upto_ms=upto_ms)
        by_id.update((activation.activation_id, activation) for activation in page)
        if len(by_id) == known:
            break
        upto_ms = page[-1].start_ms
    return list(by_id.values())[:limit]
