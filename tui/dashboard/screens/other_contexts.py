"""The contexts beside the one that is shown: their names, and the way into one without leaving this."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.config import Settings
    from tui.entities.endpoint import Endpoint
    from tui.operations import Operations


def other_contexts(settings: Settings, here: Endpoint | None) -> Sequence[str]:
    """Names of those that can be opened, without the one that is shown."""
    from tui.operations.connect import Accounts

    contexts = Accounts(settings, context=None, read_only=False).catalog().contexts
    return [
        context.name
        for context in contexts
        if context.problem is None and (here is None or context.name != here.context)
    ]


async def endpoint_of(settings: Settings, name: str, *, read_only: bool) -> Endpoint:
    """Where a context leads; the local runtime is started for it.

    Raises:
        ConfigError: It is not complete any more.
    """
    from tui.operations.connect import Accounts

    return await Accounts(settings, context=name, read_only=read_only).find(lambda _: None)


@asynccontextmanager
async def opened_context(settings: Settings, name: str, *, read_only: bool) -> AsyncIterator[Operations]:
    """A connection of its own."""
    from tui.operations import open_operations

    async with open_operations(await endpoint_of(settings, name, read_only=read_only)) as operations:
        yield operations
