"""Running compositions: an action that conducts, asked again and again what the next step is.

Every run of the conductor and every step is a run of its own that names the composition as its cause. What goes wrong
with the choice of a step is told to the conductor as its next payload, so that it can decide. Like a sequence, a
composition has begun with its acceptance and is not begun again after a crash.
"""

from collections.abc import Callable
from functools import partial

from msgspec import Struct, field
from msgspec.structs import replace

from tui.entities.activation import CANCELLED_TEXT
from tui.entities.json import Json, JsonObject
from tui.entities.limits import MAX_SEQUENCE_LENGTH
from tui.entities.names import FullName, split_path

from .. import messages
from ..faults import Fault, Unavailable
from ..jsonbytes import parse_json, to_json_bytes
from ..store.records import Record, annotation
from .access import Access
from .run import Run
from .runnable import Manner, Runnable, Runnables
from .runs import Runs

_APPLICATION_ERROR, _DEVELOPER_ERROR, _INTERNAL_ERROR = 1, 2, 3
_MAX_STEPS = MAX_SEQUENCE_LENGTH
_MAX_CONDUCTOR_RUNS = 2 * MAX_SEQUENCE_LENGTH + 1


class _Counts(Struct):
    """What a composition and those inside it have used up together."""

    steps: int = 0
    conductor_runs: int = 0


class _Session(Struct):
    """One composition under way."""

    run: Run
    conductor: Runnable
    counts: _Counts
    start_ms: int
    memory_mb: int
    """The largest limit of what has run."""
    state: JsonObject | None = None
    """What the conductor wants to be told again the next time."""
    taken: list[str] = field(default_factory=list)
    """Ids of the runs so far, the conductor's and the steps'."""
    duration_ms: int = 0


class Composer:
    """Takes accepted compositions from the first run of their conductor to their record."""

    def __init__(self, runs: Runs, runnables: Runnables, access: Access, *, clock_ms: Callable[[], float]) -> None:
        self._runs = runs
        self._runnables = runnables
        self._access = access
        self._clock_ms = clock_ms
        self._nested: dict[str, _Counts] = {}
        """Counts of the composition around one that has not begun yet, by the id of the inner one."""

    def begin(self, run: Run) -> None:
        start_ms = int(self._clock_ms())
        self._runs.note_started(run, start_ms)
        runnable = run.runnable
        assert runnable.conductor is not None
        counts = self._nested.pop(run.activation_id, None) or _Counts()
        session = _Session(run, runnable.conductor, counts, start_ms, runnable.action.limits.memory_mb)
        self._ask(session, parse_json(run.job.arguments))

    def _ask(self, session: _Session, payload: Json) -> None:
        """Run the conductor with `payload`, its own state over it."""
        if session.counts.conductor_runs >= _MAX_CONDUCTOR_RUNS:
            self._fail(session, _APPLICATION_ERROR, messages.COMPOSITION_TOO_LONG)
            return
        session.counts.conductor_runs += 1
        if session.state is not None:
            payload = (payload if isinstance(payload, dict) else {}) | session.state
        self._start(session, session.conductor, payload, self._answered)

    def _answered(self, session: _Session, record: Record) -> None:
        """The conductor said what comes next, or that nothing does."""
        result = parse_json(record.result or b"{}")
        if not isinstance(result, dict):
            self._end(session, record.status_code, record.result)
            return
        session.state = _boxed(result, "state")
        params = _boxed(result, "params", "value")
        if "action" in result:
            self._choose(session, result["action"], params or {})
        else:
            self._end(session, record.status_code, record.result if params is None else to_json_bytes(params))

    def _choose(self, session: _Session, reference: Json, params: JsonObject) -> None:
        identity = session.run.runnable.identity
        name = _resolve(reference, identity.namespace)
        if name is None:
            text = messages.step_unreadable(to_json_bytes(reference).decode())
        elif session.counts.steps >= _MAX_STEPS:
            text = messages.COMPOSITION_TOO_LONG
        else:
            try:
                self._access.check_action(name, identity.namespace)
            except Fault:
                text = messages.step_not_allowed(str(name))
            else:
                try:
                    step = self._runnables.get(name, identity)
                except Fault:
                    text = messages.step_not_found(str(name))
                else:
                    self._take(session, step, params)
                    return
        self._ask(session, {"error": text})

    def _take(self, session: _Session, step: Runnable, params: JsonObject) -> None:
        if step.manner is not Manner.COMPOSITION:  # whose steps are counted themselves
            session.counts.steps += 1
        self._start(session, step, params, self._step_ended)

    def _step_ended(self, session: _Session, record: Record) -> None:
        self._ask(session, parse_json(record.result or b"{}"))

    def _start(
        self, session: _Session, runnable: Runnable, payload: Json, then: Callable[[_Session, Record], None]
    ) -> None:
        if session.run.cancelled:
            self._fail(session, _DEVELOPER_ERROR, CANCELLED_TEXT)
            return
        job = session.run.job
        arguments = runnable.arguments(payload) if isinstance(payload, dict) else to_json_bytes(payload)
        child = self._runs.prepare(runnable, arguments, job.transaction_id, cause=job.activation_id)
        if runnable.manner is Manner.COMPOSITION:
            self._nested[child.activation_id] = session.counts
        session.taken.append(child.activation_id)
        try:
            self._runs.start(child, partial(self._ended, session, child, then))
        except Unavailable:
            session.taken.pop()
            self._nested.pop(child.activation_id, None)
            self._fail(session, _INTERNAL_ERROR, messages.RUNTIME_STOPPED)

    def _ended(
        self,
        session: _Session,
        child: Run,
        then: Callable[[_Session, Record], None],
        record: Record | None,
    ) -> None:
        if record is None:
            self._fail(session, _INTERNAL_ERROR, messages.RUNTIME_STOPPED)
            return
        session.duration_ms += record.lasted_ms
        session.memory_mb = max(session.memory_mb, child.memory_mb or 0)
        if session.run.cancelled:
            self._fail(session, _DEVELOPER_ERROR, CANCELLED_TEXT)
        else:
            then(session, record)

    def _fail(self, session: _Session, status_code: int, text: str) -> None:
        self._end(session, status_code, to_json_bytes({"error": text}))

    def _end(self, session: _Session, status_code: int, result: bytes | None) -> None:
        run = session.run
        run.steps_memory_mb = session.memory_mb
        limits = replace(run.runnable.action.limits, memory_mb=session.memory_mb)
        record = Record(
            activation_id=run.activation_id,
            origin=run.runnable.origin,
            start_ms=session.start_ms,
            end_ms=max(session.start_ms, int(self._clock_ms())),
            duration_ms=session.duration_ms,
            status_code=status_code,
            result=result,
            logs=to_json_bytes(session.taken),
            cause=run.cause,
            wait_ms=max(0, session.start_ms - int(run.job.accepted_ms)),
            extra=b",".join((annotation("topmost", run.cause is None), annotation("limits", limits.to_json()))),
        )
        self._runs.finish(run, record)


def _boxed(result: JsonObject, key: str, name: str | None = None) -> JsonObject | None:
    """The member `key`, as an object: what is none is put into one under `name`."""
    if key not in result:
        return None
    value = result[key]
    return value if isinstance(value, dict) else {name or key: value}


def _resolve(reference: Json, own: str) -> FullName | None:
    """`name` and `pkg/name` are the caller's own; with a leading slash or three segments the namespace is said."""
    if not isinstance(reference, str):
        return None
    segments = split_path(reference)
    if not reference.startswith("/") and len(segments) < 3:
        segments = [own, *segments]
    name = "/".join(segments)
    try:
        return FullName.parse(name).resolve(own)
    except ValueError:
        return None
