"""What everything else in the runtime stands on: the database, and the pool with its first worker.

It is opened first and closed last. Only what it needs itself is loaded by then, so that the worker comes up while the
larger part of the runtime is still being loaded.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import platformdirs
from msgspec import Struct

from tui.config import RuntimeSettings
from tui.errors import UsageError

from .folder import DataFolder
from .invoker.containers import Containers
from .invoker.interpreters import Interpreters, find_interpreters
from .invoker.pool import WorkerPool, open_pool
from .invoker.settings import PoolSettings
from .store.database import Database, open_database


class Ground(Struct, frozen=True):
    """An open data folder with something that runs actions."""

    folder: DataFolder
    database: Database
    pool: WorkerPool
    interpreters: Interpreters
    last_alive_ms: int
    """When an earlier runtime wrote last."""


@asynccontextmanager
async def open_ground(
    settings: RuntimeSettings,
    folder: DataFolder,
    *,
    url: Callable[[], str],
    find_interpreters: Callable[[], Interpreters] = find_interpreters,
) -> AsyncIterator[Ground]:
    """At the end of the block what was finished is committed and no worker is left.

    `url` is what actions are told as the API's address. It is asked when a worker gets its code.
    """
    last_alive_ms = folder.last_written_ms()
    containers = _find_containers(settings, folder)
    interpreters = find_interpreters() if containers is None else containers.interpreters()
    async with (
        open_database(folder.database, durability=settings.durability) as database,
        open_pool(
            _pool_settings(settings, folder, containers),
            interpreters,
            api_host=url,
            mark_started=lambda job, go: database.writer.mark_started(job.activation_id, go),
        ) as pool,
    ):
        pool.start_first()
        yield Ground(folder, database, pool, interpreters, last_alive_ms)


def _find_containers(settings: RuntimeSettings, folder: DataFolder) -> Containers | None:
    if settings.containers == "none":
        return None
    if settings.sandbox != "none":
        raise UsageError(
            f'sandbox = "{settings.sandbox}" does nothing with containers = "{settings.containers}": '
            "containers hide more from actions than it does.",
            hint='Leave one of the two at "none".',
        )
    return Containers(settings.containers, folder.work, settings.images)


def _pool_settings(settings: RuntimeSettings, folder: DataFolder, containers: Containers | None) -> PoolSettings:
    return PoolSettings(
        workers_max=settings.workers_max,
        memory_max_mb=settings.memory_max_mb,
        work_dir=folder.work,
        cache_dir=platformdirs.user_cache_path("whisktop", appauthor=False),
        sandbox=settings.sandbox,
        containers=containers,
    )
