"""Which account is meant, without asking it anything: what is needed to open its history."""

import os
from pathlib import Path

from tui import contexts
from tui.config import Settings
from tui.entities.endpoint import Endpoint, Secret
from tui.errors import ConfigError


def find_account(settings: Settings, *, context: str | None) -> Endpoint:
    """The endpoint whose account is meant, without asking it anything, and without starting the local runtime.

    Raises:
        ConfigError: A context that does not exist or is not complete; or the local runtime, which has no key yet.
    """
    chosen = contexts.choose_endpoint(settings, context=context, read_only=True, environ=os.environ, cwd=Path.cwd())
    if chosen is not None:
        return chosen
    runtime = settings.runtime
    try:
        key = (runtime.data_dir / "key").read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"The local runtime in {runtime.data_dir} has no key yet, so it has no history either.",
            hint="Start it once with `whisktop serve`, or name another context with --context.",
        ) from error
    return Endpoint(context=contexts.LOCAL, url=f"http://{runtime.host}:{runtime.port}", auth=Secret(key))
