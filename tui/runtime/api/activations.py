"""`…/activations`: records, their results and logs. Read only."""

from functools import partial

from tui.entities.activation import is_activation_id
from tui.entities.names import is_valid_name, split_path

from .. import messages
from ..faults import BadRequest, Malformed, NotFound
from ..store import activations
from ..store.activations import Selection
from ..store.records import Record
from .answers import Answer, json_answer, json_list
from .auth import authorize
from .call import Call
from .names import namespace_of
from .paging import read_page

_ID_LENGTH = 32
_MAX_DIGITS = 18


async def list_all(call: Call) -> Answer:
    """Newest start first. What has finished by now is in it, committed or not."""
    namespace = namespace_of(call)
    authorize(call, namespace)
    page = read_page(call, "activations")
    full = call.query_flag("docs")
    if page.count and full:
        raise BadRequest(messages.DOCS_WITH_COUNT)
    selection = Selection(
        namespace=namespace,
        name=_read_name(call),
        since_ms=_read_time(call, "since"),
        upto_ms=_read_time(call, "upto"),
        skip=page.skip,
        limit=page.limit,
    )
    database = call.controller.database
    await database.settle()
    if page.count:
        return json_answer({"activations": await database.read(partial(activations.count, selection=selection))})
    records = await database.read(partial(activations.recent, selection=selection, full=full))
    return json_list(record.document() if full else record.summary() for record in records)


async def get(call: Call) -> Answer:
    return Answer(200, _find(call).document())


async def get_result(call: Call) -> Answer:
    return Answer(200, _find(call).response())


async def get_logs(call: Call) -> Answer:
    return Answer(200, b'{"logs":%b}' % _find(call).logs)


def _find(call: Call) -> Record:
    """The record; while the run goes on there is none."""
    namespace = namespace_of(call)
    activation_id = call.segment("id")
    if not is_activation_id(activation_id):
        if len(activation_id) != _ID_LENGTH:
            raise BadRequest(messages.activation_id_length(len(activation_id)))
        raise BadRequest(messages.INVALID_ACTIVATION_ID)
    authorize(call, namespace, activation_id)
    record = call.controller.database.find_record(activation_id)
    if record is None or record.origin.namespace != namespace:
        raise NotFound
    return record


def _read_name(call: Call) -> str | None:
    text = call.query_text("name")
    if not text:
        return None
    segments = split_path(text)
    if not 0 < len(segments) <= 2 or not all(map(is_valid_name, segments)):
        raise Malformed(messages.malformed_query("name", messages.invalid_activation_name(text)))
    return "/".join(segments)


def _read_time(call: Call, name: str) -> int | None:
    text = call.query_text(name)
    if text is None:
        return None
    if not (text.isascii() and text.removeprefix("-").isdigit()) or len(text) > _MAX_DIGITS:
        raise Malformed(messages.malformed_query(name, messages.invalid_time(text)))
    return int(text)
