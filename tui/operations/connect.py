"""From settings to an endpoint: the one that was chosen, or the local runtime, started if need be."""

import os
from collections.abc import Callable
from pathlib import Path

from tui import contexts, launch
from tui.config import Settings
from tui.entities.endpoint import Endpoint


async def find_endpoint(
    settings: Settings, *, context: str | None, read_only: bool, progress: Callable[[str], None]
) -> Endpoint:
    """Which platform to talk to.

    Args:
        context: What `--context` named, if anything.
        read_only: Refuse every write, whatever the context says.
        progress: Told in a few words what is being done, while the local runtime starts.

    Raises:
        ConfigError: A context that does not exist or is not complete.
        UserError: The local runtime could not be started.
    """
    chosen = contexts.choose_endpoint(
        settings, context=context, read_only=read_only, environ=os.environ, cwd=Path.cwd()
    )
    if chosen is not None:
        return chosen
    local = await launch.find_or_start(settings.runtime, progress)
    return contexts.locked(contexts.local_endpoint(local, settings), read_only=read_only)
