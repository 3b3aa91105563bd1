"""Running sequences: one step after the other, each a run of its own that names the sequence as its cause.

What the steps are is settled when the sequence starts. A sequence has begun with its acceptance, since its first step
may run at once; after a crash it is therefore recorded as stopped and not begun again.
"""

from collections.abc import Callable
from functools import partial

from msgspec import Struct, field
from msgspec.structs import replace

from tui.entities.limits import MAX_SEQUENCE_LENGTH
from tui.entities.names import FullName

from .. import messages
from ..faults import Fault, Unavailable
from ..jsonbytes import parse_json, to_json_bytes
from ..store.records import Record, annotation
from .run import Budget, Run
from .runnable import Runnable, Runnables
from .runs import Runs

_APPLICATION_ERROR, _INTERNAL_ERROR = 1, 3
_ERROR = b'"error"'


class _Progress(Struct):
    """One sequence under way."""

    run: Run
    steps: tuple[Runnable | None, ...]
    """`None` for one that does not exist any more."""
    budget: Budget
    start_ms: int
    taken: list[str] = field(default_factory=list)
    """Ids of the steps so far."""
    duration_ms: int = 0
    memory_mb: int | None = None
    """The largest limit of what has run."""


class Sequencer:
    """Takes accepted sequences from their first step to their record."""

    def __init__(self, runs: Runs, runnables: Runnables, *, clock_ms: Callable[[], float]) -> None:
        self._runs = runs
        self._runnables = runnables
        self._clock_ms = clock_ms

    def begin(self, run: Run) -> None:
        start_ms = int(self._clock_ms())
        self._runs.note_started(run, start_ms)
        steps = tuple(self._find_step(run, component) for component in run.runnable.components)
        progress = _Progress(run, steps, run.budget or Budget(MAX_SEQUENCE_LENGTH), start_ms)
        self._take_step(progress, run.job.arguments)

    def _find_step(self, run: Run, component: FullName) -> Runnable | None:
        try:
            return self._runnables.get(component, run.runnable.identity)
        except Fault:
            return None

    def _take_step(self, progress: _Progress, payload: bytes) -> None:
        step = progress.steps[len(progress.taken)]
        if step is None:
            self._fail(progress, _APPLICATION_ERROR, messages.COMPONENT_MISSING)
            return
        if not step.action.is_sequence:
            if progress.budget.steps == 0:
                self._fail(progress, _APPLICATION_ERROR, messages.TOO_MANY_COMPONENTS)
                return
            progress.budget.steps -= 1
        job = progress.run.job
        child = self._runs.prepare(step, _merge(step, payload), job.transaction_id, cause=job.activation_id)
        child.budget = progress.budget
        try:
            progress.taken.append(child.activation_id)
            self._runs.start(child, partial(self._step_ended, progress, child))
        except Unavailable:
            progress.taken.pop()
            self._fail(progress, _INTERNAL_ERROR, messages.RUNTIME_STOPPED)

    def _step_ended(self, progress: _Progress, step: Run, record: Record | None) -> None:
        if record is None:
            self._fail(progress, _INTERNAL_ERROR, messages.RUNTIME_STOPPED)
            return
        progress.duration_ms += record.lasted_ms
        progress.memory_mb = max(progress.memory_mb or 0, step.memory_mb or 0) or None
        payload = record.result or b"{}"
        if len(progress.taken) == len(progress.steps) or _tells_error(payload):
            self._end(progress, record.status_code, record.result, record.size_bytes)
        else:
            self._take_step(progress, payload)

    def _fail(self, progress: _Progress, status_code: int, text: str) -> None:
        self._end(progress, status_code, to_json_bytes({"error": text}), None)

    def _end(self, progress: _Progress, status_code: int, result: bytes | None, size_bytes: int | None) -> None:
        run = progress.run
        run.steps_memory_mb = progress.memory_mb
        annotations = [annotation("topmost", run.cause is None)]
        if progress.memory_mb is not None:
            limits = replace(run.runnable.action.limits, memory_mb=progress.memory_mb)
            annotations.append(annotation("limits", limits.to_json()))
        record = Record(
            activation_id=run.activation_id,
            origin=run.runnable.origin,
            start_ms=progress.start_ms,
            end_ms=max(progress.start_ms, int(self._clock_ms())),
            duration_ms=progress.duration_ms,
            status_code=status_code,
            result=result,
            size_bytes=size_bytes,
            logs=to_json_bytes(progress.taken),
            cause=run.cause,
            wait_ms=max(0, progress.start_ms - int(run.job.accepted_ms)),
            extra=b",".join(annotations),
        )
        self._runs.finish(run, record)


def _tells_error(result: bytes) -> bool:
    """Every failure does, and so may a composition that succeeds: either ends a sequence."""
    return _ERROR in result and result[:1] == b"{" and "error" in parse_json(result)


def _merge(step: Runnable, payload: bytes) -> bytes:
    """What a step is given: `payload` over its own parameters; an array as it is."""
    if payload[:1] == b"[":
        return payload
    return step.arguments(parse_json(payload), payload)
