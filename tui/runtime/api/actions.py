"""`…/actions`: create, read, list, delete, invoke."""

from functools import partial

from tui.entities.limits import MAX_BLOCKING_WAIT_MS, NO_RATE_LIMIT
from tui.entities.names import FullName
from tui.entities.package import Package

from .. import messages
from ..controller.catalog import get_stored
from ..controller.rates import check_concurrent
from ..faults import Malformed
from ..jsonbytes import to_json_bytes
from ..store import entities
from ..store.entities import Listing
from ..store.records import Record
from .answers import Answer, json_answer, json_list
from .auth import authorize, authorize_action
from .bodies import read_action
from .call import Call
from .names import check_name, full_name_of, namespace_of
from .paging import read_page

_STATUS = (200, 502, 502, 500)
"""Of a blocking call, by the run's status code."""


async def list_all(call: Call) -> Answer:
    """Packaged actions as well."""
    namespace = namespace_of(call)
    authorize(call, namespace)
    return await _list(call, namespace, None)


async def list_package(call: Call) -> Answer:
    """The actions of a package; through a binding those of its provider."""
    namespace = namespace_of(call)
    name = check_name(call.segment("package"))
    call.controller.access.check_package(FullName(namespace, name), call.identity.namespace)
    key = f"{namespace}/{name}"
    package = call.controller.database.look_up(lambda connection: get_stored(connection, key, Package)).entity
    provider = package.binding or FullName(package.namespace, package.name)
    return await _list(call, provider.namespace, provider.name)


async def get(call: Call) -> Answer:
    full_name = full_name_of(call)
    authorize_action(call, full_name)
    with_code = call.query_flag("code", default=True)
    reached = call.controller.catalog.get_action(full_name)
    if with_code:
        return json_answer(reached.action.to_json())
    body = reached.action.without_code().to_json()
    if reached.binding is not None:
        body["binding"] = str(reached.binding)
    return json_answer(body)


async def put(call: Call) -> Answer:
    full_name = full_name_of(call)
    _authorize_write(call, full_name)
    overwrite = call.query_flag("overwrite")
    controller = call.controller
    body = await call.read_object()
    change = read_action(
        body,
        controller.bounds,
        controller.interpreters,
        call.identity.namespace,
        instances_max=controller.settings.concurrent_invocations or NO_RATE_LIMIT,
    )
    components = map(FullName.parse, change.exec.components if change.exec else ())
    controller.access.check_actions(components, call.identity.namespace)
    action = await controller.editor.put_action(full_name, change, overwrite=overwrite)
    return json_answer(action.to_json())


async def delete(call: Call) -> Answer:
    full_name = full_name_of(call)
    _authorize_write(call, full_name)
    action = await call.controller.editor.delete_action(full_name)
    return json_answer(action.to_json())


async def invoke(call: Call) -> Answer:
    """Non-blocking: 202 once the run is durable. Blocking: the record, or 202 when the wait is over before the run."""
    full_name = full_name_of(call)
    controller, caller = call.controller, call.identity.namespace
    controller.invocations.count(caller)  # first of all: what is refused for another reason counts, too
    check_concurrent(controller.runs.in_flight, caller, controller.settings.concurrent_invocations)
    authorize_action(call, full_name)
    blocking, only_result = call.query_flag("blocking"), call.query_flag("result")
    wait_ms = _read_timeout(call)
    payload, text = await call.read_payload()
    runnable = controller.runnables.get_allowed(full_name, call.identity)
    runnable.check_payload(payload)
    run = controller.runs.prepare(runnable, runnable.arguments(payload, text), call.transaction_id)
    if not blocking:
        await controller.runs.accept((run,))
        return accepted_answer(run.activation_id)
    record = await controller.runs.wait(run, wait_ms / 1000)
    return accepted_answer(run.activation_id) if record is None else finished_answer(record, only_result=only_result)


def _authorize_write(call: Call, full_name: FullName) -> None:
    authorize(call, full_name.namespace, full_name.package or full_name.name)


async def _list(call: Call, namespace: str, package: str | None) -> Answer:
    page = read_page(call, "actions")
    listing = Listing(collection="actions", namespace=namespace, package=package, skip=page.skip, limit=page.limit)
    if page.count:
        count = await call.controller.database.read(partial(entities.count, listing=listing))
        return json_answer({"actions": count})
    return json_list(await call.controller.database.read(partial(entities.summaries, listing=listing)))


def _read_timeout(call: Call) -> int:
    text = call.query_text("timeout")
    if text is None:
        return MAX_BLOCKING_WAIT_MS
    if not (text.isascii() and text.isdigit()) or not 0 < int(text[:9]) <= MAX_BLOCKING_WAIT_MS or len(text) > 9:
        raise Malformed(messages.malformed_query("timeout", messages.INVALID_TIMEOUT))
    return int(text)


def accepted_answer(activation_id: str) -> Answer:
    """A run goes on, and its caller has nothing but its id."""
    body = b'{"activationId":"%b"}' % activation_id.encode()
    return Answer(202, body, headers=[activation_header(activation_id)])


def finished_answer(record: Record, *, only_result: bool) -> Answer:
    """Of a blocking call whose run has ended."""
    result = record.result or to_json_bytes({})
    bare = only_result or result[:1] == b"["
    body = result if bare else record.document(with_logs=record.timed_out is None)
    return Answer(_STATUS[record.status_code], body, headers=[activation_header(record.activation_id)])


def activation_header(activation_id: str) -> tuple[bytes, bytes]:
    """Which activation an answer is about."""
    return b"x-openwhisk-activation-id", activation_id.encode()
