"""SQL of accepted work that has no record yet. Each function works on a connection that `Database` owns."""

from collections.abc import Iterable
from sqlite3 import Connection
from typing import NamedTuple

from .ids import id_of, key_of
from .many import execute_many

_QUEUED, _STARTED = 0, 1
_INSERT = """
    insert into queue (activation_id, state, accepted_ms, snapshot_id, subject, namespace, transaction_id, arguments,
        context, trigger_id, cause)
    values {rows}
"""
_MARK_STARTED = f"update queue set state = {_STARTED} where activation_id in (values {{rows}})"
_DELETE = "delete from queue where activation_id in (values {rows})"
_ALL = """
    select activation_id, state, accepted_ms, snapshot_id, subject, namespace, transaction_id, arguments, context,
           trigger_id, cause
      from queue order by row
"""


class Accepted(NamedTuple):
    """One accepted run."""

    activation_id: str
    started: bool
    """Accepted with a worker at hand; after a crash it must not run again."""
    accepted_ms: float
    snapshot_id: int
    """The revision it was accepted with."""
    subject: str
    namespace: str
    """Of the invoker."""
    transaction_id: str
    arguments: bytes
    context: bytes
    """JSON object: what else is needed to run the revision as it was accepted."""
    trigger_id: str | None = None
    cause: str | None = None

    def row(self) -> "Accepted":
        return self


def insert(connection: Connection, accepted: Iterable[Accepted]) -> None:
    execute_many(
        connection,
        _INSERT,
        [
            (
                key_of(run.activation_id),
                _STARTED if run.started else _QUEUED,
                run.accepted_ms,
                run.snapshot_id,
                run.subject,
                run.namespace,
                run.transaction_id,
                run.arguments,
                run.context,
                None if run.trigger_id is None else key_of(run.trigger_id),
                None if run.cause is None else key_of(run.cause),
            )
            for run in accepted
        ],
    )


def mark_started(connection: Connection, activation_ids: Iterable[str]) -> None:
    execute_many(connection, _MARK_STARTED, [(key_of(each),) for each in activation_ids])


def delete(connection: Connection, activation_ids: Iterable[str]) -> None:
    execute_many(connection, _DELETE, [(key_of(each),) for each in activation_ids])


def load_all(connection: Connection) -> list[Accepted]:
    """In the order in which it was accepted."""
    return [
        Accepted(
            activation_id=id_of(activation_id),
            started=state == _STARTED,
            accepted_ms=accepted_ms,
            snapshot_id=snapshot_id,
            subject=subject,
            namespace=namespace,
            transaction_id=transaction_id,
            arguments=arguments,
            context=context,
            trigger_id=None if trigger_id is None else id_of(trigger_id),
            cause=None if cause is None else id_of(cause),
        )
        for (
            activation_id,
            state,
            accepted_ms,
            snapshot_id,
            subject,
            namespace,
            transaction_id,
            arguments,
            context,
            trigger_id,
            cause,
        ) in connection.execute(_ALL)
    ]
