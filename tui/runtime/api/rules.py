"""`…/rules`: create, read, list, delete, enable and disable."""

from functools import partial

from ..store import entities
from ..store.entities import Listing
from .answers import TEXT, Answer, json_answer, json_list
from .auth import authorize
from .bodies import read_rule, read_rule_status
from .call import Call
from .names import full_name_of, namespace_of
from .paging import read_page


async def list_all(call: Call) -> Answer:
    namespace = namespace_of(call)
    authorize(call, namespace)
    page = read_page(call, "rules")
    listing = Listing(collection="rules", namespace=namespace, skip=page.skip, limit=page.limit)
    if page.count:
        return json_answer({"rules": await call.controller.database.read(partial(entities.count, listing=listing))})
    return json_list(await call.controller.database.read(partial(entities.summaries, listing=listing)))


async def get(call: Call) -> Answer:
    full_name = full_name_of(call)
    authorize(call, full_name.namespace, full_name.name)
    return json_answer(call.controller.catalog.get_rule(full_name).to_json())


async def put(call: Call) -> Answer:
    full_name = full_name_of(call)
    authorize(call, full_name.namespace, full_name.name)
    overwrite = call.query_flag("overwrite")
    change = read_rule(await call.read_object(), call.identity.namespace)
    own, trigger = call.identity.namespace, change.trigger
    foreign = () if trigger is None or trigger.namespace == own else (str(trigger),)
    call.controller.access.check_actions((change.action,) if change.action else (), own, denied=foreign)
    rule = await call.controller.editor.put_rule(full_name, change, overwrite=overwrite)
    return json_answer(rule.to_json())


async def delete(call: Call) -> Answer:
    full_name = full_name_of(call)
    authorize(call, full_name.namespace, full_name.name)
    rule = await call.controller.editor.delete_rule(full_name)
    return json_answer(rule.to_json())


async def set_status(call: Call) -> Answer:
    """The answer is the text `OK`, no JSON, also when nothing changes."""
    full_name = full_name_of(call)
    authorize(call, full_name.namespace, full_name.name)
    status = read_rule_status(await call.read_object())
    await call.controller.editor.set_rule_status(full_name, status)
    return Answer(200, b"OK", TEXT)
