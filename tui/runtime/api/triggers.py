"""`…/triggers`: create, read, list, delete, fire."""

from functools import partial

from ..controller.fire import Firing
from ..store import entities
from ..store.entities import Listing
from .actions import activation_header
from .answers import Answer, json_answer, json_list
from .auth import authorize
from .bodies import read_trigger
from .call import Call
from .names import full_name_of, namespace_of
from .paging import read_page

_NOT_TOLD = frozenset((b"x-ow-extra-logging", b"content-length"))


async def list_all(call: Call) -> Answer:
    namespace = namespace_of(call)
    authorize(call, namespace)
    page = read_page(call, "triggers")
    listing = Listing(collection="triggers", namespace=namespace, skip=page.skip, limit=page.limit)
    if page.count:
        return json_answer({"triggers": await call.controller.database.read(partial(entities.count, listing=listing))})
    return json_list(await call.controller.database.read(partial(entities.summaries, listing=listing)))


async def get(call: Call) -> Answer:
    full_name = full_name_of(call)
    authorize(call, full_name.namespace, full_name.name)
    return json_answer(call.controller.catalog.get_trigger(full_name).to_json())


async def put(call: Call) -> Answer:
    full_name = full_name_of(call)
    authorize(call, full_name.namespace, full_name.name)
    overwrite = call.query_flag("overwrite")
    change = read_trigger(await call.read_object())
    trigger = await call.controller.editor.put_trigger(full_name, change, overwrite=overwrite)
    return json_answer(trigger.to_json())


async def delete(call: Call) -> Answer:
    full_name = full_name_of(call)
    authorize(call, full_name.namespace, full_name.name)
    trigger = await call.controller.editor.delete_trigger(full_name)
    return json_answer(trigger.to_json())


async def fire(call: Call) -> Answer:
    """202 once everything that the rules set off is durable; 204, and nothing kept, if no rule is active."""
    full_name = full_name_of(call)
    authorize(call, full_name.namespace, full_name.name)
    payload, text = await call.read_payload()
    trigger = call.controller.catalog.get_trigger(full_name)
    firing = Firing(call.identity, payload, text, fire_headers(call), call.transaction_id)
    return fired_answer(await call.controller.firer.fire(trigger, firing))


def fired_answer(activation_id: str | None) -> Answer:
    """`None`: no rule is active."""
    if activation_id is None:
        return Answer(204, content_type=None)
    body = b'{"activationId":"%b"}' % activation_id.encode()
    return Answer(202, body, headers=[activation_header(activation_id)])


def fire_headers(call: Call) -> dict[str, str]:
    """What the actions that a firing sets off are told of the request: nothing about its body."""
    headers = text_headers(call)
    headers.pop("content-type", None)
    return headers


def text_headers(call: Call) -> dict[str, str]:
    """The request's headers as actions get them: lower-cased, without those that only carry the request."""
    return {
        name.decode("latin-1"): value.decode("latin-1") for name, value in call.headers.items() if name not in _NOT_TOLD
    }
