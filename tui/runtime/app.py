"""Puts the runtime together, on its ground: the controller, and the application that speaks HTTP for it."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial

from msgspec import Struct

from tui import __version__
from tui.config import RuntimeSettings
from tui.entities.endpoint import Secret
from tui.entities.limits import PROFILES

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
from .ground import Ground
from .tokens import load_deploy_token

logger = logging.getLogger(__name__)

_OPENWHISK = "openwhisk"
_MB = 1024 * 1024


class Runtime(Struct, frozen=True):
    """A runtime that is ready to serve."""

    application: Application
    controller: Controller
    scheduler: Scheduler


@asynccontextmanager
async def open_runtime(
    settings: RuntimeSettings,
    ground: Ground,
    auth: Secret,
    *,
    instance: str,
    url: Callable[[], str],
) -> AsyncIterator[Runtime]:
    """Everything but the server. `url` gives the API's address."""
    identity = Identity(subject=settings.namespace, namespace=settings.namespace, auth=auth)
    identities = Identities([_system_identity(ground.folder), identity])
    async with asyncio.TaskGroup() as tasks:
        controller = _make_controller(settings, ground, identities, instance)
        scheduler = await _add_system(controller, tasks, url)
        recovery = Recovery(ground.database, identities, controller.runs, default_identity=identity)
        await recovery.recover(ground.last_alive_ms)
        deploy_service = DeployService(load_deploy_token(ground.folder), identity)
        application = Application(
            controller, HostCheck(settings.host, admit_foreign_pages=not settings.public_guest_key), deploy_service
        )
        with _running(scheduler, tasks):
            yield Runtime(application, controller, scheduler)


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


def _make_controller(settings: RuntimeSettings, ground: Ground, identities: Identities, instance: str) -> Controller:
    database, pool, interpreters = ground.database, ground.pool, ground.interpreters
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
