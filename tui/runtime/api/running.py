"""Runs without a record yet: listed, cancelled, and what they have printed so far."""

from tui.entities.activation import is_activation_id

from .. import messages
from ..faults import BadRequest, NotFound
from ..jsonbytes import to_json_bytes
from .answers import Answer, json_answer
from .auth import authorize
from .call import Call
from .names import namespace_of


async def list_all(call: Call) -> Answer:
    namespace = _own_namespace(call)
    return json_answer({"running": [run.describe().to_json() for run in call.controller.runs.under_way(namespace)]})


async def cancel(call: Call) -> Answer:
    """Ends a run, or everything that a firing set off; `cancelled` names the runs."""
    namespace, activation_id = _own_namespace(call), _activation_id(call)
    cancelled = call.controller.canceller.cancel(namespace, activation_id)
    return json_answer({"activationId": activation_id, "cancelled": cancelled})


async def get_logs(call: Call) -> Answer:
    """Lines up to now. `eventId` is where the stream of events stands: later lines come with later events."""
    namespace, activation_id = _own_namespace(call), _activation_id(call)
    run = call.controller.runs.find(namespace, activation_id)
    if run is None:
        raise NotFound
    lines = b",".join(chunk[1:-1] for chunk in run.logged or () if len(chunk) > len(b"[]"))
    where = to_json_bytes({"activationId": activation_id, "eventId": call.controller.events.begin_following()})
    return Answer(200, b'%b,"logs":[%b]}' % (where[:-1], lines))


def _own_namespace(call: Call) -> str:
    namespace = namespace_of(call)
    authorize(call, namespace)
    return namespace


def _activation_id(call: Call) -> str:
    activation_id = call.segment("id")
    if not is_activation_id(activation_id):
        raise BadRequest(messages.INVALID_ACTIVATION_ID)
    return activation_id
