"""One run without a record yet: what it runs, what set it off, how far it has come."""

from collections.abc import Callable
from typing import NamedTuple

from msgspec import Struct

from tui.entities.activation import State
from tui.entities.kinds import SEQUENCE
from tui.entities.live import RunningActivation

from ..invoker.jobs import Job
from ..jsonbytes import to_json_bytes
from ..store.queue import Accepted
from ..store.records import Record
from .runnable import Manner, Runnable


class Budget(Struct):
    """How many steps a sequence may still take, those of sequences inside it included."""

    steps: int


class Run(Struct):
    """One run without a record yet."""

    job: Job
    runnable: Runnable
    trigger_id: str | None = None
    """The firing that set it off."""
    cause: str | None = None
    """The sequence or composition that it is a step of."""
    budget: "Budget | None" = None
    """Of a sequence: shared with the sequences inside it."""
    steps_memory_mb: int | None = None
    """Of a sequence or composition that has ended: the largest limit of what ran in it; `None` if nothing did."""
    started_ms: int | None = None
    is_in_backlog: bool = False
    """Accepted, and not begun."""
    cancelled: bool = False
    """Nothing of it may be begun any more."""
    logged: list[bytes] | None = None
    """What it has printed so far: JSON arrays of lines."""
    when_finished: Callable[[Record | None], None] | None = None
    """Whoever waits; `None` instead of a record when this process will not see the end."""

    @property
    def activation_id(self) -> str:
        return self.job.activation_id

    @property
    def memory_mb(self) -> int | None:
        """The largest limit of memory of all that runs in it."""
        return self.steps_memory_mb if self.runnable.has_steps else self.runnable.action.limits.memory_mb

    @property
    def takes_worker(self) -> bool:
        """Whether it waits for one; all other runs begin with their acceptance."""
        return self.runnable.manner is Manner.WORKER

    def describe(self) -> RunningActivation:
        """As it stands now."""
        return self.view().describe()

    def view(self) -> "RunView":
        job = self.job
        return RunView(job.activation_id, self.runnable, job.accepted_ms, self.started_ms, self.cause, self.trigger_id)

    def row(self) -> Accepted:
        """What is kept of it until it has a record; made in the thread that writes, and only if it gets so far."""
        job, runnable = self.job, self.runnable
        return Accepted(
            activation_id=job.activation_id,
            started=job.marked,
            accepted_ms=job.accepted_ms,
            snapshot_id=runnable.snapshot_id,
            subject=runnable.identity.subject,
            namespace=runnable.identity.namespace,
            transaction_id=job.transaction_id,
            arguments=job.arguments,
            context=runnable.context,
            trigger_id=self.trigger_id,
            cause=self.cause,
        )


class RunView(NamedTuple):
    """What can be told of a run as it stood at one moment. It keeps no payload alive."""

    activation_id: str
    runnable: Runnable
    accepted_ms: float
    started_ms: int | None
    cause: str | None
    trigger_id: str | None

    def describe(self) -> RunningActivation:
        return RunningActivation(
            activation_id=self.activation_id,
            entity=self.runnable.path,
            kind=SEQUENCE if self.runnable.has_steps else self.runnable.action.kind,
            state=State.QUEUED if self.started_ms is None else State.RUNNING,
            accepted_ms=int(self.accepted_ms),
            started_ms=self.started_ms,
            limits=self.runnable.action.limits,
            version=self.runnable.action.version,
            cause=self.cause,
            trigger_activation_id=self.trigger_id,
        )

    def render(self) -> bytes:
        return to_json_bytes(self.describe().to_json())
