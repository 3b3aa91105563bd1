"""`whisktop serve`: from the lock on the data folder to the end of the process.

What takes time goes on side by side: programs that run actions are looked for while the ground is loaded, and the first
worker comes up while the rest is.
"""

import asyncio
import gc
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import uvloop

from tui.config import RuntimeSettings

from .folder import DataFolder, open_data_folder
from .invoker.interpreters import Interpreters, find_interpreters
from .listening import Listener, open_listener

if TYPE_CHECKING:
    from .server import Server


def serve(
    settings: RuntimeSettings,
    *,
    wskprops: Path | None = None,
    take_any_port: bool = False,
    on_ready: Callable[[str], None],
) -> int:
    """Serve `settings.data_dir` until a signal or idleness ends it; returns the exit code.

    `on_ready` gets the address once it answers and `wskprops` is complete. `take_any_port` takes a free port where
    the wanted one is taken.

    Raises:
        AlreadyServed: A living process serves the folder.
        PortTaken, CannotListen: Nothing can be served at that address.
        UnusableData: A newer version wrote the folder's database.
    """
    gc.disable()  # loading leaves none, and looking for some takes 20 ms; the server switches it on when it is ready
    found = _look_for_interpreters()
    try:
        with (
            open_data_folder(settings.data_dir) as folder,
            open_listener(settings, take_any_port=take_any_port) as listener,
            asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
        ):
            runner.run(_serve(settings, folder, listener, found, wskprops, on_ready))
    except BaseExceptionGroup as group:
        raise _innermost(group) from None
    finally:
        gc.enable()
    return 0


async def _serve(
    settings: RuntimeSettings,
    folder: DataFolder,
    listener: Listener,
    found: "Future[Interpreters]",
    wskprops: Path | None,
    on_ready: Callable[[str], None],
) -> None:
    from .ground import open_ground

    if not found.done():
        _load_server()  # it is needed anyway, and there is nothing better to do meanwhile
    async with open_ground(settings, folder, url=lambda: listener.url, find_interpreters=found.result) as ground:
        await _load_server()(settings, ground, listener, wskprops, on_ready).run()


def _load_server() -> "type[Server]":
    """Takes as long as a worker needs to come up."""
    from .server import Server

    return Server


def _look_for_interpreters() -> "Future[Interpreters]":
    """What is being looked for from now on, in a thread that holds up no end: a program may never answer."""
    found: Future[Interpreters] = Future()

    def look() -> None:
        try:
            found.set_result(find_interpreters())
        except BaseException as error:  # raised where it is asked for
            found.set_exception(error)

    Thread(target=look, name="interpreters", daemon=True).start()
    return found


def _innermost(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """A task group wraps what ended it; the caller wants the thing itself."""
    first = group.exceptions[0]
    return _innermost(first) if isinstance(first, BaseExceptionGroup) else first
