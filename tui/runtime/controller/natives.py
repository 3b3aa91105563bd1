"""Actions that the runtime performs itself: what every namespace finds in the system's packages.

They are actions in every other respect: listed, bound, put into sequences, and each run of one has its record. A run
begins with its acceptance and takes no worker, so it works whichever interpreters are there.
"""

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable, Mapping

from msgspec import Struct

from tui.entities.json import Json

from .. import messages
from ..jsonbytes import parse_json, to_json_bytes
from ..store.records import Record
from .identities import Identity
from .run import Run
from .runs import Runs

logger = logging.getLogger(__name__)

_SUCCESS, _APPLICATION_ERROR, _INTERNAL_ERROR = 0, 1, 3


class NativeFailure(Exception):
    """The action answers with an error; the text is what its caller reads."""


class NativeCall(Struct, frozen=True):
    """One run, as the function that performs it sees it."""

    arguments: Json
    """An object; inside a sequence possibly an array."""
    identity: Identity
    """Of the invoker."""


NativeFunction = Callable[[NativeCall], Json | Awaitable[Json]]
"""Returns the result; raises `NativeFailure`."""


class Natives:
    """Performs the runs of native actions. What takes its time is a task of the given group."""

    def __init__(
        self,
        runs: Runs,
        functions: Mapping[str, NativeFunction],
        tasks: asyncio.TaskGroup,
        *,
        clock_ms: Callable[[], float],
    ) -> None:
        self._runs = runs
        self._functions = functions
        self._tasks = tasks
        self._clock_ms = clock_ms

    def begin(self, run: Run) -> None:
        """Perform it as soon as the caller is done: nobody is called back before their own call has returned."""
        asyncio.get_running_loop().call_soon(self._perform, run)

    def _perform(self, run: Run) -> None:
        start_ms = int(self._clock_ms())
        self._runs.note_started(run, start_ms)
        call = NativeCall(parse_json(run.job.arguments), run.runnable.identity)
        try:
            result = self._functions[run.runnable.path](call)
        except Exception as error:
            self._failed(run, start_ms, error)
            return
        if inspect.isawaitable(result):
            self._tasks.create_task(self._wait(run, start_ms, result), name=f"perform {run.runnable.path}")
        else:
            self._end(run, start_ms, result)

    async def _wait(self, run: Run, start_ms: int, result: Awaitable[Json]) -> None:
        try:
            value = await result
        except Exception as error:
            self._failed(run, start_ms, error)
        else:
            self._end(run, start_ms, value)

    def _failed(self, run: Run, start_ms: int, error: Exception) -> None:
        if isinstance(error, NativeFailure):
            self._end(run, start_ms, {"error": str(error)}, _APPLICATION_ERROR)
            return
        logger.error("%s failed in activation %s", run.runnable.path, run.activation_id, exc_info=error)
        self._end(run, start_ms, {"error": messages.INTERNAL_ERROR}, _INTERNAL_ERROR)

    def _end(self, run: Run, start_ms: int, result: Json, status_code: int = _SUCCESS) -> None:
        if status_code == _SUCCESS and isinstance(result, dict) and "error" in result:
            status_code, result = _APPLICATION_ERROR, {"error": result["error"]}
        text = to_json_bytes(result)
        record = Record(
            activation_id=run.activation_id,
            origin=run.runnable.origin,
            start_ms=start_ms,
            end_ms=max(start_ms, int(self._clock_ms())),
            status_code=status_code,
            result=text,
            size_bytes=len(text),
            cause=run.cause,
            wait_ms=max(0, start_ms - int(run.job.accepted_ms)),
            timed_out=False,
        )
        self._runs.finish(run, record)
