"""Firing a trigger: which rules answer, what their actions are given, and the record of it.

Every rule's invocation is accepted in the same commit as the trigger's record, so the record's log lines are true from
the moment it can be read, and a crash leaves either all of it or nothing.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from msgspec import Struct

from tui.entities.json import JsonObject
from tui.entities.limits import MAX_PAYLOAD_BYTES
from tui.entities.rule import RuleStatus
from tui.entities.trigger import RuleLink, Trigger

from .. import messages
from ..faults import Fault, TooLarge
from ..jsonbytes import to_json_bytes
from ..store.records import Origin, Record
from .identities import Identity
from .rates import MinuteRate, check_concurrent
from .run import Run
from .runnable import Runnables
from .runs import Runs

_CLIENT_SIDE, _SERVER_SIDE = 1, 3
_REMEMBERED = 500


class Firing(Struct, frozen=True):
    """One POST of a trigger."""

    identity: Identity
    payload: JsonObject
    payload_text: bytes
    """The same as JSON on one line."""
    headers: Mapping[str, str]
    """Of the request, lower-cased: the actions get them as `__ow_headers`."""
    transaction_id: str


class Prepared(NamedTuple):
    """A firing that only has to be accepted."""

    runs: list[Run]
    record: Record
    """Of the trigger."""


class Firer:
    """Fires triggers."""

    def __init__(
        self,
        runnables: Runnables,
        runs: Runs,
        *,
        fires: MinuteRate,
        invocations: MinuteRate,
        concurrent_invocations: int | None,
        clock_ms: Callable[[], float],
    ) -> None:
        self._runnables = runnables
        self._runs = runs
        self._fires = fires
        self._invocations = invocations
        self._concurrent_invocations = concurrent_invocations
        self._clock_ms = clock_ms
        self._origins: dict[tuple[str, str, str], tuple[Trigger, Origin]] = {}

    async def fire(self, trigger: Trigger, firing: Firing) -> str | None:
        """The id of the trigger's activation; `None`, and no activation, if no rule is active."""
        prepared = self.prepare(trigger, firing)
        if prepared is None:
            return None
        await self._runs.accept(*prepared)
        return prepared.record.activation_id

    def prepare(self, trigger: Trigger, firing: Firing) -> Prepared | None:
        """What is to be accepted; nothing of it has happened yet but that the firing was counted."""
        namespace = firing.identity.namespace
        self._fires.count(namespace)
        if not trigger.active_rules:
            return None
        activation_id = self._runs.new_activation_id()
        start_ms = int(self._clock_ms())  # before those of its runs: what causes comes first
        arguments = {each.key: each.value for each in trigger.parameters}
        arguments["__ow_headers"] = dict(firing.headers)
        arguments |= firing.payload
        runs: list[Run] = []
        lines = [
            self._answer(rule, link, arguments, activation_id, firing, runs)
            for rule, link in (trigger.rules or {}).items()
        ]
        record = Record(
            activation_id=activation_id,
            origin=self._origin(trigger, firing.identity),
            start_ms=start_ms,
            end_ms=None,
            status_code=0,
            result=firing.payload_text,
            logs=to_json_bytes([to_json_bytes(line).decode() for line in lines]),
        )
        return Prepared(runs, record)

    def _origin(self, trigger: Trigger, identity: Identity) -> Origin:
        """The same value for all firings of a revision: to put one together costs more than to keep a record."""
        key = (identity.namespace, identity.subject, trigger.name)
        known = self._origins.get(key)
        if known is not None and known[0] is trigger:
            return known[1]
        if len(self._origins) >= _REMEMBERED:
            self._origins.clear()
        origin = Origin.of_trigger(
            namespace=identity.namespace, name=trigger.name, version=trigger.version, subject=identity.subject
        )
        self._origins[key] = trigger, origin
        return origin

    def _answer(
        self, rule: str, link: RuleLink, arguments: JsonObject, trigger_id: str, firing: Firing, runs: list[Run]
    ) -> JsonObject:
        """The log line of one rule; an invocation that it sets off is added to `runs`."""
        line: JsonObject = {"rule": rule, "action": str(link.action), "statusCode": 0, "success": True}
        try:
            if link.status is not RuleStatus.ACTIVE:
                text = messages.rule_is_inactive(rule, str(link.action))
                return line | {"statusCode": _CLIENT_SIDE, "success": False, "error": text}
            run = self._invocation(link, arguments, trigger_id, firing)
        except Fault as fault:
            status_code = _SERVER_SIDE if fault.status >= 500 else _CLIENT_SIDE
            return line | {"statusCode": status_code, "success": False, "error": fault.message}
        runs.append(run)
        return line | {"activationId": run.activation_id}

    def _invocation(self, link: RuleLink, arguments: JsonObject, trigger_id: str, firing: Firing) -> Run:
        identity = firing.identity
        runnable = self._runnables.get_allowed(link.action, identity)
        runnable.check_payload(arguments)
        check_concurrent(self._runs.in_flight, identity.namespace, self._concurrent_invocations)
        self._invocations.count(identity.namespace)
        merged = runnable.arguments(arguments)
        if len(merged) > MAX_PAYLOAD_BYTES:
            size = len(to_json_bytes(arguments))  # what the action adds by itself is no part of the request
            if size > MAX_PAYLOAD_BYTES:
                raise TooLarge(messages.larger_than_allowed("Request", size, MAX_PAYLOAD_BYTES))
        return self._runs.prepare(runnable, merged, firing.transaction_id, trigger_id=trigger_id)
