"""`whisktop serve`: looks for the programs that run actions while the server is still being loaded.

A Node.js takes as long to tell its version as the server takes to load, and both are there before the first request.
"""

import gc
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from threading import Thread

from tui.config import RuntimeSettings

from .invoker.interpreters import Interpreters, find_interpreters


def serve(
    settings: RuntimeSettings,
    *,
    wskprops: Path | None = None,
    take_any_port: bool = False,
    on_ready: Callable[[str], None],
) -> int:
    """Serve `settings.data_dir` until a signal or idleness ends it, as `server.serve` does; returns the exit code."""
    gc.disable()  # loading leaves none, and looking for some takes 20 ms; the server switches it on when it is ready
    found = _looked_for() if settings.containers == "none" else find_interpreters
    from .server import serve as serve_from_now_on

    try:
        return serve_from_now_on(
            settings, wskprops=wskprops, take_any_port=take_any_port, on_ready=on_ready, find_interpreters=found
        )
    finally:
        gc.enable()


def _looked_for() -> Callable[[], Interpreters]:
    """Gives what is being looked for from now on, in a thread that holds up no end: a program may never answer."""
    found: Future[Interpreters] = Future()

    def look() -> None:
        try:
            found.set_result(find_interpreters())
        except BaseException as error:  # raised where it is asked for
            found.set_exception(error)

    Thread(target=look, name="interpreters", daemon=True).start()
    return found.result
