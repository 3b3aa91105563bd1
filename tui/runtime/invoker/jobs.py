"""What the controller hands to the pool, and what it gets back: plain values, so that either side can be tested alone.

Payloads, results and log lines are bytes of UTF-8 JSON, made once and spliced from then on, never decoded on the way.
Times are milliseconds since the epoch (UTC).
"""

from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct

from tui.entities.endpoint import Secret
from tui.entities.limits import Limits


class Executable(Struct, frozen=True, kw_only=True):
    """One revision of an action as a worker needs it; made once per revision and shared by its jobs."""

    key: str
    """Jobs with equal keys may share warm workers: namespace and identity of the invoker, full name, revision."""
    name: str
    """Bare name."""
    action_name: str
    """`/ns/[pkg/]name`, resolved behind bindings."""
    version: str
    kind: str
    """Concrete: `nodejs:20`, never `nodejs:default`."""
    main: str | None
    code: str
    """Source text, or an archive in base64."""
    binary: bool
    init_environment: Mapping[str, str]
    """The `init` parameters, already texts."""
    limits: Limits
    namespace: str
    """Of the activation, that is of the invoker."""
    api_key: Secret | None
    """`None`: withheld from the action."""
    image: str | None = None
    """Of a container of the action's own choice; `None`: its kind says what runs it."""


class Job(Struct):
    """One activation to run."""

    executable: Executable
    activation_id: str
    transaction_id: str
    arguments: bytes
    """A JSON object (inside sequences possibly an array), spliced into the worker's frame as it is."""
    accepted_ms: float
    listener: "JobListener"
    marked: bool = False
    """Whether it is durably marked as started. The controller sets it where it accepted the job so; otherwise the
    pool asks for the mark before the job reaches a worker."""
    queued_at: float = 0.0
    """The pool's own: loop time of its arrival."""
    mark_requested: bool = False
    """The pool's own."""
    moves: int = 0
    """The pool's own: how often a worker ended before it had read the job."""


class Outcome(Struct):
    """How a run ended."""

    status_code: int
    """0 success, 1 application error, 2 developer error, 3 internal error."""
    result: bytes | None
    """Compact JSON; `None` if the run left none."""
    size_bytes: int | None
    """What the record's `response.size` says; `None` where there was no answer to measure."""
    logs: bytes
    """A JSON array of formatted lines, ready to be spliced: `["<time padded to 30> stdout: text", …]`."""
    start_ms: int
    """Initialisation included."""
    end_ms: int
    init_ms: int | None
    """`None` for a warm run."""
    wait_ms: int
    timed_out: bool = False


class JobListener(Protocol):
    """Hears about one job, always on the event loop. Calls must be short and must not raise."""

    def job_started(self, job: Job, start_ms: int) -> None:
        """A worker has it; told again if that one ended before it had read the job, and another has it."""

    def job_logged(self, job: Job, lines: bytes) -> None:
        """Lines that it printed so far, a JSON array; `Outcome.logs` will hold all of them again, and the last ones."""

    def job_finished(self, job: Job, outcome: Outcome) -> None:
        """The end; called exactly once."""
