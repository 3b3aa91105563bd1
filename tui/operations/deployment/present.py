"""What is there: the entities of one namespace as definitions, read one by one or all together."""

import time
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any

from tui.client import Client, Route
from tui.client.errors import ApiError, Conflict, NotFound, Unreachable
from tui.entities.json import Json, JsonObject
from tui.entities.names import FullName
from tui.entities.package import Package
from tui.entities.parameters import Parameters
from tui.entities.trigger import Trigger
from tui.errors import UserError

from ..feeds import call_feed
from ..pages import all_pages
from ..together import map_together
from .definitions import (
    ActionDefinition,
    Definition,
    Key,
    Noun,
    PackageDefinition,
    RouteDefinition,
    RuleDefinition,
    TriggerDefinition,
    own_reference,
    wire_reference,
)
from .records import action_of, feed_reference, package_of, rule_of, trigger_of

_SOON_S = 60
"""A start nearer than this has passed by the time that it is written elsewhere."""


class NameTaken(UserError):
    """Another sort of entity has the name."""

    title = "The name is taken"


class Present:
    """One namespace, read as it is asked for. Packages and routes are read once: make a new one to look again."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._namespace = client.endpoint.namespace
        self._packages: dict[str, Package | None] = {}
        self._routes: tuple[RouteDefinition, ...] | None = None

    async def find(self, key: Key) -> Definition | None:
        """As it is now; `None` if it is not there.

        Raises:
            NameTaken: The name belongs to an entity of another sort.
        """
        read: dict[Noun, Callable[[str], Awaitable[Definition | None]]] = {
            Noun.PACKAGE: self._package,
            Noun.ACTION: self._action,
            Noun.TRIGGER: self._trigger,
            Noun.RULE: self._rule,
            Noun.ROUTE: self._route,
        }
        try:
            return await read[key.noun](key.name)
        except NotFound:
            return None
        except Conflict as error:
            raise NameTaken(f"{key.name} is the name of something that is no {key.noun}.") from error

    async def exists(self, noun: Noun, reference: str) -> bool:
        """Whether there is such an entity, in this namespace or the one that is named, and we may see it."""
        source = {Noun.PACKAGE: self._client.packages.get, Noun.TRIGGER: self._client.triggers.get}
        try:
            if noun is Noun.ACTION:
                await self._client.actions.get(reference, code=False)
            else:
                await source[noun](reference)
        except Unreachable:
            raise
        except ApiError:
            return False
        return True

    async def find_all(self, keys: Iterable[Key]) -> dict[Key, Definition | None]:
        """Several of them; those whose name is taken are left out, for `find` to say."""

        async def find(key: Key) -> tuple[Key, Definition | None] | None:
            try:
                return key, await self.find(key)
            except NameTaken:
                return None

        return dict(found for found in await map_together(find, keys) if found is not None)

    async def everything(self) -> tuple[Definition, ...]:
        """All entities of the namespace."""
        keys = await self.keys()
        found = await self.find_all(keys)
        return tuple(definition for key in keys if (definition := found.get(key)) is not None)

    async def keys(self) -> tuple[Key, ...]:
        """Of all entities of the namespace."""
        lists: tuple[tuple[Noun, Any], ...] = (
            (Noun.PACKAGE, self._client.packages),
            (Noun.ACTION, self._client.actions),
            (Noun.TRIGGER, self._client.triggers),
            (Noun.RULE, self._client.rules),
        )
        keys: list[Key] = []
        for noun, source in lists:
            keys += [Key(noun, member.name) for member in await all_pages(partial(_page, source))]
        return (*keys, *(route.key for route in await self.routes()))

    async def routes(self) -> tuple[RouteDefinition, ...]:
        """Of the gateway; none where there is no gateway."""
        if self._routes is None:
            try:
                found = await self._client.routes.list()
            except Unreachable:
                raise
            except ApiError:
                found = ()
            self._routes = tuple(self._route_of(route) for route in found)
        return self._routes

    async def _package(self, name: str) -> PackageDefinition:
        record = await self._client.packages.get(name)
        self._packages[name] = record
        provided = await self._provided(record)
        return package_of(record, self._namespace, provided=provided)

    async def _provided(self, record: Package) -> Parameters:
        if record.binding is None:
            return ()
        try:
            return (await self._client.packages.get(f"/{record.binding}")).parameters
        except Unreachable:
            raise
        except ApiError:  # it may be used, not read
            return ()

    async def _action(self, name: str) -> ActionDefinition:
        record = await self._client.actions.get(name)
        inherited = () if record.full_name.package is None else await self._inherited(record.full_name.package)
        return action_of(record, self._namespace, inherited=inherited)

    async def _inherited(self, package: str) -> Parameters:
        if package not in self._packages:
            try:
                self._packages[package] = await self._client.packages.get(package)
            except NotFound:
                self._packages[package] = None
        record = self._packages[package]
        return () if record is None else record.parameters

    async def _trigger(self, name: str) -> TriggerDefinition:
        record = await self._client.triggers.get(name)
        return trigger_of(record, self._namespace, feed_parameters=await self._feed_parameters(record))

    async def _feed_parameters(self, record: Trigger) -> JsonObject | None:
        reference = feed_reference(record, self._namespace)
        if reference is None:
            return None
        try:
            answer = await call_feed(self._client, wire_reference(reference), "READ", record.name, {})
        except Unreachable:
            raise
        except UserError:  # it has never heard of the trigger, or does not answer such questions
            return None
        config = answer.get("config")
        return asked_of(config) if isinstance(config, dict) else None

    async def _rule(self, name: str) -> RuleDefinition:
        return rule_of(await self._client.rules.get(name), self._namespace)

    async def _route(self, name: str) -> RouteDefinition | None:
        return next((route for route in await self.routes() if route.name == name), None)

    def _route_of(self, route: Route) -> RouteDefinition:
        return RouteDefinition(
            base_path=route.base_path,
            path=route.path,
            method=route.method,
            action=own_reference(route.action, self._namespace),
            api=route.api,
            response_type=route.response_type,
        )


async def _page(source: Any, limit: int, skip: int) -> tuple[Any, ...]:
    members: tuple[Any, ...] = await source.list(limit=limit, skip=skip)
    return members


def route_for(wanted: RouteDefinition, namespace: str) -> Route:
    """As the gateway of `namespace` takes it."""
    name = FullName.parse(wire_reference(wanted.action)).resolve(namespace)
    return Route(
        base_path=wanted.base_path,
        path=wanted.path,
        method=wanted.method,
        action=f"/{name}",
        api=wanted.api,
        response_type=wanted.response_type,
    )


def asked_of(config: JsonObject) -> JsonObject:
    """What a feed tells of itself, in the words in which it is asked for; starts that have passed are left out."""
    names = {"payload": "trigger_payload"}
    told = {names.get(key, key): value for key, value in config.items() if key not in ("name", "namespace")}
    if "startDate" in told and not _is_ahead(told["startDate"]):
        del told["startDate"]
    return {key: value for key, value in told.items() if value not in (None, "")}


def _is_ahead(date: Json) -> bool:
    try:
        at_s = date / 1000 if isinstance(date, int | float) else _parse_date(str(date)).timestamp()
    except (ValueError, OverflowError):
        return True  # the feed will say what it thinks of it
    return bool(at_s > time.time() + _SOON_S)


def _parse_date(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return parsedate_to_datetime(text)
