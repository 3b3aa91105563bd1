"""The parts of the controller in one value, which the API is handed."""

from msgspec import Struct

from tui.config import RuntimeSettings
from tui.entities.limits import LimitBounds

from ..invoker.interpreters import Interpreters
from ..invoker.pool import WorkerPool
from ..store.database import Database
from .access import Access
from .cancelling import Canceller
from .catalog import Catalog
from .editor import Editor
from .events import EventHub
from .fire import Firer
from .gateway import Gateway
from .identities import Identities
from .rates import MinuteRate
from .runnable import Runnables
from .runs import Runs


class Controller(Struct, frozen=True, kw_only=True):
    """Everything that a request may need."""

    settings: RuntimeSettings
    bounds: LimitBounds
    version: str
    instance: str
    """Random, new with every start: tells this process from another one on the same address."""
    started_ms: int
    identities: Identities
    interpreters: Interpreters
    database: Database
    catalog: Catalog
    access: Access
    editor: Editor
    events: EventHub
    runnables: Runnables
    runs: Runs
    canceller: Canceller
    pool: WorkerPool
    firer: Firer
    gateway: Gateway
    invocations: MinuteRate
