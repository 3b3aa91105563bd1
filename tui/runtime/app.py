"""Puts the runtime together: database, pool, controller, and the application that speaks HTTP for them."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial

import platformdirs
from msgspec import Struct

from tui import __version__
from tui.config import RuntimeSettings
from tui.entities.endpoint import Secret
from tui.entities.limits import PROFILES
from tui.errors import UsageError

from .api.deploy import DeployService
from .api.hosts import HostCheck
from .api.routes import Application
from .controller.access import Access
from .controller.alarms import Alarms, make_alarms
from .controller.api_management import make_api_management
from .controller.backlog import Backlog
from .controller.cancelling import Canceller
from .controller.catalog import Catalog
from .controller.composition import Composer
from .controller.controller import Controller
from .controller.editor import Editor
from .controller.events import EventHub
from .controller.fire import Firer
from .controller.gateway import Gateway
from .controller.identities import Identities, Identity
from .controller.natives import Natives
from .controller.rates import MinuteRate
from .controller.recovery import Recovery
from .controller.runnable import Manner, Runnables
from .controller.runs import Runs
from .controller.scheduler import Scheduler
from .controller.sequence import Sequencer
from .controller.system import SYSTEM, functions_of, install, make_utilities
from .folder import DataFolder
from .invoker.containers import Containers
from .invoker.interpreters import Interpreters, find_interpreters
from .invoker.pool import WorkerPool, open_pool
from .invoker.settings import PoolSettings
from .store.database import Database, open_database
from .tokens import load_deploy_token

logger = logging.getLogger(__name__)

_OPENWHISK = "openwhisk"
_MB = 1024 * 1024


class Runtime(Struct, frozen=True):
    """A runtime that is ready to serve."""

    application: Application
    controller: Controller
    pool: WorkerPool
    scheduler: Scheduler


@asynccontextmanager
async def open_runtime(
    settings: RuntimeSettings,
    folder: DataFolder,
    auth: Secret,
    *,
    instance: str,
    url: Callable[[], str],
    find_interpreters: Callable[[], Interpreters] = find_interpreters,
) -> AsyncIterator[Runtime]:
    """Everything but the server; at the end of the block what was finished is committed and no worker is left.

    `url` is what actions are told as the API's address. It is asked when a worker starts.
    """
    last_alive_ms = folder.last_written_ms()
    containers = _find_containers(settings, folder)
    interpreters = find_interpreters() if containers is None else containers.interpreters()
    identity = Identity(subject=settings.namespace, namespace=settings.namespace, auth=auth)
    identities = Identities([_system_identity(folder), identity])
    async with (
        open_database(folder.database, durability=settings.durability) as database,
        open_pool(
            _pool_settings(settings, folder, containers),
            interpreters,
            api_host=url,
            mark_started=lambda job, go: database.writer.mark_started(job.activation_id, go),
        ) as pool,
        asyncio.TaskGroup() as tasks,
    ):
        pool.start_first()
        controller = _make_controller(settings, database, pool, identities, interpreters, instance)
        scheduler = await _add_system(controller, tasks, url)
        recovery = Recovery(database, identities, controller.runs, default_identity=identity)
        await recovery.recover(last_alive_ms)
        deploy_service = DeployService(load_deploy_token(folder), identity)
        application = Application(
            controller, HostCheck(settings.host, admit_foreign_pages=not settings.public_guest_key), deploy_service
        )
        with _running(scheduler, tasks):
            yield Runtime(application, controller, pool, scheduler)


def _system_identity(folder: DataFolder) -> Identity:
    return Identity(subject=SYSTEM, namespace=SYSTEM, auth=folder.load_key("system-key"))


async def _add_system(controller: Controller, tasks: asyncio.TaskGroup, url: Callable[[], str]) -> Scheduler:
    """Put the system's packages into the store, and what performs their actions into the controller."""
    scheduler = Scheduler(
        controller.database,
        controller.catalog,
        controller.editor,
        controller.identities,
        controller.firer,
        clock_ms=_whole_clock_ms,
    )
    alarms = Alarms(controller.database, controller.catalog, controller.identities, scheduler, clock_ms=_whole_clock_ms)
    packages = (*make_utilities(url), make_alarms(alarms), make_api_management(controller.gateway, url))
    await controller.database.write(partial(install, packages=packages, now_ms=_whole_clock_ms()))
    natives = Natives(controller.runs, functions_of(packages), tasks, clock_ms=_clock_ms)
    controller.runs.begin_by[Manner.NATIVE] = natives.begin
    return scheduler


@contextmanager
def _running(scheduler: Scheduler, tasks: asyncio.TaskGroup) -> Iterator[None]:
    task = tasks.create_task(scheduler.run(), name="fire triggers on time")
    try:
        yield
    finally:
        task.cancel()


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


def _make_controller(
    settings: RuntimeSettings,
    database: Database,
    pool: WorkerPool,
    identities: Identities,
    interpreters: Interpreters,
    instance: str,
) -> Controller:
    events = EventHub(instance[:8])
    catalog = Catalog(database)
    access = Access(catalog)
    runnables = Runnables(catalog, interpreters, access)
    backlog = Backlog(runs_max=settings.queue_max_runs, bytes_max=settings.queue_max_mb * _MB)
    runs = Runs(database, pool, events, backlog, clock_ms=_clock_ms)
    runs.begin_by[Manner.SEQUENCE] = Sequencer(runs, runnables, clock_ms=_clock_ms).begin
    runs.begin_by[Manner.COMPOSITION] = Composer(runs, runnables, access, clock_ms=_clock_ms).begin
    invocations = MinuteRate(settings.invocations_per_minute, _whole_clock_ms)
    return Controller(
        settings=settings,
        bounds=PROFILES[settings.profile],
        version=__version__,
        instance=instance,
        started_ms=_whole_clock_ms(),
        identities=identities,
        interpreters=interpreters,
        database=database,
        catalog=catalog,
        access=access,
        editor=Editor(
            database,
            catalog,
            events,
            clock_ms=_whole_clock_ms,
            withhold_api_key=settings.profile == _OPENWHISK,
        ),
        events=events,
        runnables=runnables,
        runs=runs,
        canceller=Canceller(runs, database, clock_ms=_clock_ms),
        pool=pool,
        firer=Firer(
            runnables,
            runs,
            fires=MinuteRate(settings.fires_per_minute, _whole_clock_ms),
            invocations=invocations,
            concurrent_invocations=settings.concurrent_invocations,
            clock_ms=_clock_ms,
        ),
        gateway=Gateway(database),
        invocations=invocations,
    )


def _clock_ms() -> float:
    return time.time() * 1000


def _whole_clock_ms() -> int:
    return int(time.time() * 1000)
