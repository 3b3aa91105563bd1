"""SQL of accepted work that has no record yet. Each function works on a connection that `Database` owns."""

from collections.abc import Iterable
from dataclasses import dataclass
from sqlite3 import Connection

from .ids import id_of, key_of

_QUEUED, _STARTED = 0, 1
_INSERT = """
    insert into queue (activation_id, state, accepted_ms, snapshot_id, subject, namespace, transaction_id, arguments,
        context, trigger_id, cause)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_ALL = """
    select activation_id, state, accepted_ms, snapshot_id, subject, namespace, transaction_id, arguments, context,
           trigger_id, cause
      from queue order by row
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
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


def insert(connection: Connection, accepted: Iterable[Accepted]) -> None:
    connection.executemany(
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
    connection.executemany(
        f"update queue set state = {_STARTED} where activation_id = ?", [(key_of(i),) for i in activation_ids]
    )


def delete(connection: Connection, activation_ids: Iterable[str]) -> None:
    connection.executemany("delete from queue where activation_id = ?", [(key_of(i),) for i in activation_ids])


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
