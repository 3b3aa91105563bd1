"""Serving: from the runtime's ground to the last answer.

The order of the end matters: no new work is started, running work gets its time and then a record, listeners are let
go, connections are closed; what is finished is committed when the ground is left.
"""

import asyncio
import gc
import logging
import secrets
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import uvicorn

from tui import __version__
from tui.config import RuntimeSettings

from .app import Runtime, open_runtime
from .controller.identities import PUBLIC_GUEST_KEY
from .controller.retention import Retention
from .folder import write_wskprops
from .ground import Ground
from .invoker.pool import WorkerPool
from .listening import BACKLOG, Listener
from .protocol import SWEEP_S, Protocol, sweep_connections

logger = logging.getLogger(__name__)

_LETTING_GO_S = 2
"""How long connections may take to end once everything else has."""
_DATE_S = 1.0
_SWEEP_IDLE_S = 2.0
"""Where there is no connection to be closed; one that comes meanwhile has longer than that in any case."""
_PREPARE_AFTER_S = 1.0
_KEEP_ALIVE_S = 75
"""Longer than clients that ask now and then keep theirs: a connection must not end under a request."""
_COLLECT_AFTER = 20_000
"""So many objects more than before, each of which may be part of a cycle."""


class _Uvicorn(uvicorn.Server):
    """Signals are not uvicorn's business here: it would raise them again after its end. Nor does it look ten times a
    second whether to end: it is told, and only keeps the date of its answers."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_up = asyncio.Event()
        """It answers."""
        self._ending = asyncio.Event()

    def end(self) -> None:
        """Stop listening, let requests end, return."""
        self.should_exit = True
        self._ending.set()

    async def main_loop(self) -> None:
        self.is_up.set()
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                async with asyncio.timeout(_DATE_S):
                    await self._ending.wait()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Server:
    """One life of the runtime."""

    def __init__(
        self,
        settings: RuntimeSettings,
        ground: Ground,
        listener: Listener,
        wskprops: Path | None,
        on_ready: Callable[[str], None],
    ) -> None:
        self._settings = settings
        self._ground = ground
        self._folder = ground.folder
        self._auth = PUBLIC_GUEST_KEY if settings.public_guest_key else ground.folder.load_key()
        self._listener = listener
        self._url = listener.url
        self._wskprops = wskprops
        self._on_ready = on_ready
        self._instance = secrets.token_hex(16)
        self._stopping = asyncio.Event()
        self._hurrying = asyncio.Event()

    async def run(self) -> None:
        with self._signals():
            async with open_runtime(
                self._settings, self._ground, self._auth, instance=self._instance, url=lambda: self._url
            ) as runtime:
                server, pool = _Uvicorn(_configuration(runtime)), self._ground.pool
                async with asyncio.TaskGroup() as tasks:
                    serving = tasks.create_task(server.serve([self._listener.socket]), name="serve HTTP")
                    watching = tasks.create_task(self._watch(server), name="sweep slow connections")
                    preparing = tasks.create_task(_prepare_modules(pool), name="prepare modules for actions")
                    idling = tasks.create_task(self._leave_when_idle(runtime), name="leave when idle")
                    keeping = Retention(runtime.controller.database, self._settings, clock_ms=_clock_ms)
                    retention = tasks.create_task(keeping.keep_within_bounds(), name="remove old records")
                    try:
                        await self._until_stopped(server)
                        await self._drain(runtime)
                    finally:
                        runtime.controller.events.close()
                        server.end()
                        idling.cancel()
                        retention.cancel()
                        preparing.cancel()
                    await serving
                    watching.cancel()

    async def _until_stopped(self, server: _Uvicorn) -> None:
        await server.is_up.wait()
        with self._folder.announced(
            url=self._url,
            namespace=self._settings.namespace,
            auth=self._auth,
            instance=self._instance,
            version=__version__,
        ):
            if self._wskprops is not None:
                write_wskprops(self._wskprops, url=self._url, auth=self._auth, namespace=self._settings.namespace)
            logger.info("serving %s at %s", self._folder.path, self._url)
            self._on_ready(self._url)
            _collect_rarely()
            await self._stopping.wait()
        logger.info("stopping")

    async def _drain(self, runtime: Runtime) -> None:
        """Running work gets its time; a second signal cuts that short."""
        runtime.controller.runs.stop_starting()
        async with asyncio.TaskGroup() as tasks:
            draining = tasks.create_task(self._ground.pool.drain(self._settings.drain_s), name="drain")
            hurrying = tasks.create_task(self._hurrying.wait(), name="wait for a second signal")
            await asyncio.wait((draining, hurrying), return_when=asyncio.FIRST_COMPLETED)
            draining.cancel()
            hurrying.cancel()
        await self._ground.pool.stop_all()
        runtime.controller.runs.release_waiting()

    async def _watch(self, server: _Uvicorn) -> None:
        connections = server.server_state.connections
        while True:
            await asyncio.sleep(SWEEP_S if connections else _SWEEP_IDLE_S)
            sweep_connections(connections)

    async def _leave_when_idle(self, runtime: Runtime) -> None:
        """Stop when for `idle_exit_s` there was neither a client nor work nor a trigger to be fired by the clock."""
        idle_exit_s = self._settings.idle_exit_s
        if not idle_exit_s:
            return
        loop = asyncio.get_running_loop()
        active_at, requests = loop.time(), -1
        while loop.time() - active_at < idle_exit_s:
            await asyncio.sleep(min(idle_exit_s / 4, 5))
            application = runtime.application
            work = len(runtime.controller.runs) or runtime.scheduler.is_live
            if application.requests != requests or application.in_flight or work:
                active_at, requests = loop.time(), application.requests
        logger.info("idle for %d s", idle_exit_s)
        self._stopping.set()

    def _stop(self) -> None:
        if self._stopping.is_set():
            self._hurrying.set()
        self._stopping.set()

    @contextmanager
    def _signals(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        loop = asyncio.get_running_loop()
        signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        for number in signals:
            loop.add_signal_handler(number, self._stop)
        try:
            yield
        finally:
            for number in signals:
                loop.remove_signal_handler(number)


async def _prepare_modules(pool: WorkerPool) -> None:
    """Not at once: the first action had better find the processor free. One that requires them starts this itself."""
    await asyncio.sleep(_PREPARE_AFTER_S)
    await pool.prepare()


def _collect_rarely() -> None:
    """What there is by now stays, and runs leave no cycles behind: to look for some after each few is in vain."""
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER, 10, 10)
    gc.enable()


def _configuration(runtime: Runtime) -> uvicorn.Config:
    return uvicorn.Config(
        runtime.application,
        http=Protocol,
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_graceful_shutdown=_LETTING_GO_S,
        timeout_keep_alive=_KEEP_ALIVE_S,
    )


def _clock_ms() -> int:
    return int(time.time() * 1000)
