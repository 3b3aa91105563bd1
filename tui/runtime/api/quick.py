"""Invocations and firings that come again, answered without parser, task and router.

A client sends the same head over and over. What a head means is found out once, by the functions that serve every other
request, and remembered; the next request that begins with these bytes is begun at once and answered in a callback.
Whatever is not plain goes the whole way: unknown heads, faults of any kind, waits of an unusual length, rate limits.
"""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import Protocol

from msgspec import Struct

from tui.entities.limits import MAX_BLOCKING_WAIT_MS, MAX_PAYLOAD_BYTES

from ..controller.controller import Controller
from ..controller.fire import Firing
from ..controller.run import Run
from ..controller.runnable import Runnable
from ..controller.runs import Runs
from ..faults import Fault, Unavailable
from ..store.records import Record
from .actions import accepted_answer, finished_answer, invoke
from .answers import JSON, REST_CORS, Answer, json_answer
from .auth import Authenticator, authorize
from .call import Call, make_transaction_id, parse_payload
from .names import full_name_of
from .surface import Handler, check_acceptable
from .triggers import fire, fire_headers, fired_answer

_REMEMBERED = 1024
_IN_A_ROW = 4
_MAX_HEAD_BYTES = 8192
_UNUSUAL = (b"expect", b"transfer-encoding", b"upgrade", b"origin", b"x-request-id", b"connection")
"""Whoever sends one of these headers is served the whole way."""


class Asker(Protocol):
    """The connection that a request came on; it waits for one answer."""

    def answer(self, status: int, head: bytes, body: bytes) -> None:
        """`head`: header lines, and the empty one that ends them."""


Begin = Callable[[bytes, Asker], bool]
"""Begin what a body asks for; `False` if it has to go the whole way, and nothing has happened."""


class Known(Struct, frozen=True):
    """What a head means."""

    body_length: int
    begin: Begin


class Outbox:
    """Answers of one turn of the event loop, sent together at its end.

    Each answer that is sent wakes a client, which takes the processor from the runtime while more runs have ended; sent
    together they wake it once.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting: list[tuple[asyncio.Transport, bytes]] = []

    def put(self, transport: asyncio.Transport, data: bytes) -> None:
        self._waiting.append((transport, data))
        if len(self._waiting) == 1:
            self._loop.call_soon(self.send)

    def send(self) -> None:
        """What there is, now."""
        waiting, self._waiting = self._waiting, []
        for transport, data in waiting:
            if not transport.is_closing():
                transport.write(data)


class _Unusual(Fault):
    """Nothing is wrong, but it has to go the whole way."""


class Quick:
    """Remembers heads."""

    def __init__(self, controller: Controller, authenticator: Authenticator) -> None:
        self._controller = controller
        self._authenticator = authenticator
        self._known: dict[bytes, Known] = {}
        self.outbox = Outbox()
        self.find: Callable[[bytes], Known | None] = self._known.get
        self._patience = _Patience(MAX_BLOCKING_WAIT_MS / 1000)
        self._callers = _Callers()
        settings = controller.settings
        rates = (settings.invocations_per_minute, settings.fires_per_minute, settings.concurrent_invocations)
        self._is_off = any(rate is not None for rate in rates)

    def learn(self, head: bytes, call: Call, handler: Handler) -> None:
        """`call` is the request that `head` was parsed to; its host is one that is served."""
        make = _MAKERS.get(handler)
        if make is None or self._is_off or len(head) > _MAX_HEAD_BYTES or not _is_plain(head, call):
            return
        try:
            self._authenticator.authenticate(call)
            call.check_json_type()
            check_acceptable(call, Answer(body=b"{}"))
            begin = make(self._controller, call, self._patience, self._callers).begin
        except Fault:
            return
        if len(self._known) >= _REMEMBERED:
            del self._known[next(iter(self._known))]
        self._known[head] = Known(int(call.headers.get(b"content-length", b"0")), begin)


def _is_plain(head: bytes, call: Call) -> bool:
    """One line for each header and none twice, so that these bytes were parsed to this request and nothing else."""
    lines = head.count(b"\n")
    headers = call.headers
    length = headers.get(b"content-length", b"0")
    return (
        lines == head.count(b"\r\n") == len(headers) + 2
        and len(headers) == len(call.scope["headers"])
        and call.scope["http_version"] == "1.1"
        and not any(name in headers for name in _UNUSUAL)
        and length.isdigit()
        and int(length) <= MAX_PAYLOAD_BYTES
        and b"%" not in call.scope["raw_path"]
    )


class _Patience:
    """Lets those go who have waited for as long as a blocking call may; one timer for all of them."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._loop = asyncio.get_running_loop()
        self._until: dict[_Waiting, float] = {}
        """In the order of their loop times."""
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, waiting: "_Waiting") -> None:
        until = self._until[waiting] = self._loop.time() + self._seconds
        if self._timer is None:
            self._timer = self._loop.call_at(until, self._look)

    def end(self, waiting: "_Waiting") -> None:
        self._until.pop(waiting, None)

    def _look(self) -> None:
        self._timer = None
        now = self._loop.time()
        for waiting, until in list(self._until.items()):
            if until > now:
                self._timer = self._loop.call_at(until, self._look)
                return
            waiting.finished(None)


class _Callers:
    """Notices when one connection alone asks for runs, each after the answer to the one before."""

    def __init__(self) -> None:
        self._last = 0
        self._times = 0

    def is_only_one(self, asker: Asker) -> bool:
        """Told of every request. Others wait unseen while one is listened for closely: they have to come first."""
        if id(asker) == self._last:
            self._times += 1
        else:
            self._last, self._times = id(asker), 0
        return self._times >= _IN_A_ROW


class _Waiting:
    """Somebody waits for a run."""

    __slots__ = ("_asker", "_has_ended", "_only_result", "_patience", "_run", "_runs")

    def __init__(self, runs: Runs, run: Run, asker: Asker, patience: _Patience, *, only_result: bool) -> None:
        self._runs = runs
        self._run = run
        self._asker = asker
        self._patience = patience
        self._only_result = only_result
        self._has_ended = False

    def begin(self) -> None:
        """To be called when the run was started; by then it may have ended."""
        if not self._has_ended:
            self._patience.begin(self)

    def finished(self, record: Record | None) -> None:
        """With the run's record, or `None` if it goes on without being waited for."""
        if self._has_ended:
            return
        self._has_ended = True
        self._run.when_finished = None
        self._patience.end(self)
        if record is None:
            self._runs.when_durable(partial(_tell_accepted, self._asker, self._run))
        else:
            answer = finished_answer(record, only_result=self._only_result)
            _send(self._asker, self._run.job.transaction_id, answer)


class _Invocation:
    """An action is invoked, with or without waiting for its result."""

    def __init__(self, controller: Controller, call: Call, patience: _Patience, callers: "_Callers") -> None:
        if call.query_text("timeout") is not None:
            raise _Unusual
        self._controller = controller
        self._runs = controller.runs
        self._catalog = controller.catalog
        self._identity = call.identity
        self._full_name = full_name_of(call)
        self._blocking = call.query_flag("blocking")
        self._only_result = call.query_flag("result")
        self._patience = patience
        self._callers = callers
        self._runnable = self._find()

    def begin(self, body: bytes, asker: Asker) -> bool:
        runs = self._runs
        try:
            runnable = self._runnable if self._generation == self._catalog.generation else self._find()
            payload, text = parse_payload(body)
            runnable.check_payload(payload)
            run = runs.prepare(runnable, runnable.arguments(payload, text), make_transaction_id())
            if not self._blocking:
                runs.accept_then((run,), None, partial(_tell_accepted, asker, run))
                return True
            runs.check_room(run)
            waiting = _Waiting(runs, run, asker, self._patience, only_result=self._only_result)
            runs.start(run, waiting.finished)
        except Fault:
            return False
        waiting.begin()
        if self._callers.is_only_one(asker) and len(runs) == 1:
            self._controller.pool.listen_closely()
        return True

    def _find(self) -> Runnable:
        """Asked for anew when an entity was written: access and action may be others now."""
        self._runnable = self._controller.runnables.get_allowed(self._full_name, self._identity)
        self._generation = self._catalog.generation
        return self._runnable


class _Fire:
    """A trigger is fired."""

    def __init__(self, controller: Controller, call: Call, *_: object) -> None:
        self._controller = controller
        self._identity = call.identity
        self._full_name = full_name_of(call)
        authorize(call, self._full_name.namespace, self._full_name.name)
        self._headers = fire_headers(call)

    def begin(self, body: bytes, asker: Asker) -> bool:
        transaction_id = make_transaction_id()
        try:
            payload, text = parse_payload(body)
            trigger = self._controller.catalog.get_trigger(self._full_name)
            firing = Firing(self._identity, payload, text, self._headers, transaction_id)
            prepared = self._controller.firer.prepare(trigger, firing)
            if prepared is None:
                _send(asker, transaction_id, fired_answer(None))
                return True
            told = partial(_tell_fired, asker, transaction_id, prepared.record.activation_id)
            self._controller.runs.accept_then(*prepared, told)
        except Fault:
            return False
        return True


def _tell_accepted(asker: Asker, run: Run, failure: Exception | None) -> None:
    answer = accepted_answer(run.activation_id) if failure is None else None
    _send(asker, run.job.transaction_id, answer)


def _tell_fired(asker: Asker, transaction_id: str, activation_id: str, failure: Exception | None) -> None:
    _send(asker, transaction_id, fired_answer(activation_id) if failure is None else None)


def _send(asker: Asker, transaction_id: str, answer: Answer | None) -> None:
    """`None`: the database has refused it, which its writer has logged."""
    if answer is None:
        refused = Unavailable()
        answer = json_answer({"error": refused.message, "code": transaction_id}, refused.status)
    body, headers = answer.body, b""
    for header in answer.headers:
        headers += b"%b: %b\r\n" % header
    length = b"" if answer.status == _NO_CONTENT else b"content-length: %d\r\n" % len(body)
    head = b"x-request-id: %b\r\n%b%b%b%b\r\n" % (
        transaction_id.encode(),
        _CORS,
        headers,
        _JSON if body else b"",
        length,
    )
    asker.answer(answer.status, head, body)


_CORS = b"".join(b"%b: %b\r\n" % header for header in REST_CORS)
_JSON = b"content-type: %b\r\n" % JSON
_NO_CONTENT = 204
_MAKERS: Mapping[Handler, Callable[[Controller, Call, _Patience, _Callers], _Invocation | _Fire]] = {
    invoke: _Invocation,
    fire: _Fire,
}
