"""`whisktop serve`: looks for the programs that run actions while the server is still being loaded.

A Node.js takes as long to tell its version as the server takes to load, and both are there before the first request.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tui.config import RuntimeSettings

from .invoker.interpreters import find_interpreters


def serve(
    settings: RuntimeSettings,
    *,
    wskprops: Path | None = None,
    take_any_port: bool = False,
    on_ready: Callable[[str], None],
) -> int:
    """Serve `settings.data_dir` until a signal or idleness ends it, as `server.serve` does; returns the exit code."""
    looking = ThreadPoolExecutor(1, thread_name_prefix="interpreters")
    found = looking.submit(find_interpreters)
    looking.shutdown(wait=False)
    from .server import serve as serve_from_now_on

    return serve_from_now_on(
        settings, wskprops=wskprops, take_any_port=take_any_port, on_ready=on_ready, find_interpreters=found.result
    )
