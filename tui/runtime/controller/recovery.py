"""What an earlier process left behind: queued work is run, work that was in a worker's hands gets a record.

At most once: a run that had started may have had effects, so it is never started again. A row that cannot be read gets
a record that says so: it must not keep the others, nor the runtime, from going on.
"""

import logging

from .. import messages
from ..invoker.jobs import Job
from ..jsonbytes import to_json_bytes
from ..store import entities, queue
from ..store.database import Connection, Database
from ..store.queue import Accepted
from ..store.records import Origin, Record, annotation
from .identities import Identities, Identity
from .run import Run
from .runnable import Runnable, revive
from .runs import Runs

logger = logging.getLogger(__name__)

_INTERNAL_ERROR = 3
_NO_DOCUMENT = b""
_UNKNOWN = "unknown"


class Recovery:
    """Deals with the rows that were in the queue when the runtime started."""

    def __init__(self, database: Database, identities: Identities, runs: Runs, *, default_identity: Identity) -> None:
        self._database = database
        self._identities = identities
        self._runs = runs
        self._default_identity = default_identity

    async def recover(self, last_alive_ms: int) -> None:
        """`last_alive_ms`: when the earlier process last wrote, which is when its runs ended at the latest known."""
        left = await self._database.read(queue.load_all)
        if not left:
            await self._database.write(entities.drop_retired)
            return
        documents = await self._database.read(lambda connection: _documents(connection, left))
        runnables: dict[tuple[int, bytes, str], Runnable] = {}
        waiting = []
        for row in left:
            try:
                runnable = self._revive(row, documents[row.snapshot_id], runnables)
            except Exception:
                logger.exception("activation %s was accepted, and cannot be read any more", row.activation_id)
                self._end(_unreadable(row, last_alive_ms))
                continue
            if row.started or row.cause is not None:  # the sequence that a step belonged to is not begun again
                self._end(_stopped(row, runnable, last_alive_ms))
            else:
                waiting.append(_run(row, runnable, self._runs))
        await self._database.writer.flush()
        logger.info("found %d queued and %d interrupted runs", len(waiting), len(left) - len(waiting))
        self._runs.resume(waiting)

    def _end(self, record: Record) -> None:
        self._database.writer.finish(record)
        self._runs.publish_record(record)

    def _revive(self, row: Accepted, document: bytes, known: dict[tuple[int, bytes, str], Runnable]) -> Runnable:
        key = (row.snapshot_id, row.context, row.namespace)
        if key not in known:
            identity = self._identities.find_by_namespace(row.namespace) or self._default_identity
            known[key] = revive(document, row.snapshot_id, row.context, identity)
        return known[key]


def _documents(connection: Connection, left: list[Accepted]) -> dict[int, bytes]:
    found = {}
    for snapshot_id in {row.snapshot_id for row in left}:
        found[snapshot_id] = entities.load_document(connection, snapshot_id) or _NO_DOCUMENT
    return found


def _run(row: Accepted, runnable: Runnable, listener: Runs) -> Run:
    job = Job(runnable.executable, row.activation_id, row.transaction_id, row.arguments, row.accepted_ms, listener)
    return Run(job, runnable, trigger_id=row.trigger_id, cause=row.cause)


def _unreadable(row: Accepted, last_alive_ms: int) -> Record:
    start_ms = int(row.accepted_ms)
    path = f"{row.namespace}/{_UNKNOWN}"
    return Record(
        activation_id=row.activation_id,
        origin=Origin.of_action(
            namespace=row.namespace, subject=row.subject, path=path, version="0.0.1", kind=_UNKNOWN, limits=None
        ),
        start_ms=start_ms,
        end_ms=max(start_ms, last_alive_ms),
        status_code=_INTERNAL_ERROR,
        result=to_json_bytes({"error": messages.RUN_UNREADABLE}),
        cause=row.cause,
        wait_ms=0,
    )


def _stopped(row: Accepted, runnable: Runnable, last_alive_ms: int) -> Record:
    start_ms = int(row.accepted_ms)
    return Record(
        activation_id=row.activation_id,
        origin=runnable.origin,
        start_ms=start_ms,
        end_ms=max(start_ms, last_alive_ms),
        status_code=_INTERNAL_ERROR,
        result=to_json_bytes({"error": messages.RUNTIME_STOPPED}),
        cause=row.cause,
        wait_ms=0,
        timed_out=None if runnable.has_steps else False,
        extra=annotation("topmost", row.cause is None) if runnable.has_steps else None,
    )
