"""Cancelling runs: the worker is killed, a waiting job is taken out of the queue, and the record says so.

A sequence is ended through the step that it is at; whatever it would have done next is not begun. A firing has its
record already: cancelling it means the runs that it set off.
"""

from collections.abc import Callable

from tui.entities.activation import CANCELLED_TEXT

from ..faults import Conflict, NotFound
from ..jsonbytes import to_json_bytes
from ..messages import ALREADY_ENDED
from ..store.database import Database
from ..store.records import Record, annotation
from .run import Run
from .runs import Runs

_DEVELOPER_ERROR = 2


class Canceller:
    """Ends runs before their time."""

    def __init__(self, runs: Runs, database: Database, *, clock_ms: Callable[[], float]) -> None:
        self._runs = runs
        self._database = database
        self._clock_ms = clock_ms
        runs.drop_cancelled = self._drop

    def cancel(self, namespace: str, activation_id: str) -> list[str]:
        """End what goes on under this id, of a run or of a firing; the ids of the runs that are ended.

        Raises:
            Conflict: It has ended already.
            NotFound: There is no such run in this namespace.
        """
        under_way = self._runs.under_way(namespace)
        meant = [run for run in under_way if activation_id in (run.activation_id, run.trigger_id)]
        if not meant:
            record = self._database.find_record(activation_id)
            if record is None or record.origin.namespace != namespace:
                raise NotFound
            raise Conflict(ALREADY_ENDED)
        for run in meant:
            self._runs.cancel(run)
        return [run.activation_id for run in meant]

    def _drop(self, run: Run) -> None:
        """The end of a run that was cancelled before anything of it began."""
        now_ms = int(self._clock_ms())
        has_steps = run.runnable.has_steps
        self._runs.finish(
            run,
            Record(
                activation_id=run.activation_id,
                origin=run.runnable.origin,
                start_ms=now_ms,
                end_ms=now_ms,
                status_code=_DEVELOPER_ERROR,
                result=to_json_bytes({"error": CANCELLED_TEXT}),
                cause=run.cause,
                wait_ms=max(0, now_ms - int(run.job.accepted_ms)),
                timed_out=None if has_steps else False,
                extra=annotation("topmost", run.cause is None) if has_steps else None,
            ),
        )
