"""`…/packages`: create, bind, read, list, delete."""

from functools import partial

from tui.entities.json import JsonObject
from tui.entities.names import FullName
from tui.entities.package import Package
from tui.entities.parameters import overlay, parameters_to_json

from .. import messages
from ..controller import packages
from ..controller.catalog import find_stored
from ..faults import Forbidden, NotFound
from ..jsonbytes import parse_json
from ..store import entities
from ..store.database import Connection
from ..store.entities import Listing
from .answers import Answer, json_answer, json_list
from .auth import authorize
from .bodies import read_package
from .call import Call
from .names import full_name_of, namespace_of
from .paging import read_page


async def list_all(call: Call) -> Answer:
    """Of somebody else's namespace only what is published, and no bindings."""
    namespace = namespace_of(call)
    page = read_page(call, "packages")
    own = namespace == call.identity.namespace
    listing = Listing(
        collection="packages",
        namespace=namespace,
        skip=page.skip if own else 0,
        limit=page.limit if own else -1,
    )
    if own and page.count:
        return json_answer({"packages": await call.controller.database.read(partial(entities.count, listing=listing))})
    summaries = await call.controller.database.read(partial(entities.summaries, listing=listing))
    if own:
        return json_list(summaries)
    public = [summary for summary in summaries if _is_public(parse_json(summary))][page.skip :]
    return json_answer({"packages": len(public)}) if page.count else json_list(public[: page.limit])


async def get(call: Call) -> Answer:
    """With what is in it; of a binding, what is in its provider."""
    full_name = full_name_of(call)
    try:
        call.controller.access.check_package(full_name, call.identity.namespace)
    except NotFound:
        raise NotFound(messages.resource_does_not_exist(str(full_name))) from None
    body = await call.controller.database.read(partial(_load, full_name=full_name))
    if body is None:
        raise NotFound(messages.resource_does_not_exist(str(full_name)))
    return json_answer(body)


async def put(call: Call) -> Answer:
    full_name = full_name_of(call)
    authorize(call, full_name.namespace, full_name.name)
    overwrite = call.query_flag("overwrite")
    own = call.identity.namespace
    change = read_package(await call.read_object(), own)
    if change.binding is not None and change.binding.namespace != own:
        call.controller.access.check_package(change.binding, own)
    package = await call.controller.editor.put_package(full_name, change, overwrite=overwrite)
    return json_answer(package.to_json())


async def delete(call: Call) -> Answer:
    full_name = full_name_of(call)
    authorize(call, full_name.namespace, full_name.name)
    package = await call.controller.editor.delete_package(full_name, force=call.query_flag("force"))
    return json_answer(package.to_json())


async def refuse_activation(call: Call) -> Answer:
    """A package cannot be invoked."""
    raise Forbidden(messages.not_authorized(str(full_name_of(call))))


def _is_public(summary: JsonObject) -> bool:
    return bool(summary["publish"]) and not summary["binding"]


def _load(connection: Connection, full_name: FullName) -> JsonObject | None:
    stored = find_stored(connection, str(full_name), Package)
    if stored is None:
        return None
    package = provider = stored.entity
    if package.binding is not None:
        bound = find_stored(connection, str(package.binding), Package)
        if bound is None:
            return None
        provider = bound.entity
    body = package.to_json()
    if provider is not package:
        body["parameters"] = parameters_to_json(overlay(provider.parameters, package.parameters))
    contents = packages.contents(connection, provider.namespace, provider.name)
    members = [{key: each[key] for key in ("name", "version", "annotations")} for each in contents]
    body["actions"] = [member for member in members if not _is_feed(member)]
    body["feeds"] = [member for member in members if _is_feed(member)]
    return body


def _is_feed(member: JsonObject) -> bool:
    return any(annotation["key"] == "feed" for annotation in member["annotations"])
