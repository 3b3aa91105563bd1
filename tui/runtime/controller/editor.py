"""Every write of an entity: one transaction, then the catalog forgets and listeners are told."""

from collections.abc import Callable
from functools import partial

from tui.entities.action import Action
from tui.entities.json import JsonObject
from tui.entities.live import EventName
from tui.entities.names import FullName
from tui.entities.package import Package
from tui.entities.rule import Rule, RuleStatus
from tui.entities.trigger import Trigger

from ..jsonbytes import to_json_bytes
from ..store.database import Database
from . import actions, packages, rules, triggers
from .catalog import Catalog
from .changes import ActionChange, Change, PackageChange, RuleChange
from .events import EventHub


class Editor:
    """Writes entities. Every method returns when the write is durable and raises faults."""

    def __init__(
        self,
        database: Database,
        catalog: Catalog,
        events: EventHub,
        *,
        clock_ms: Callable[[], int],
        withhold_api_key: bool,
    ) -> None:
        self._database = database
        self._catalog = catalog
        self._events = events
        self._clock_ms = clock_ms
        self._withhold_api_key = withhold_api_key
        """New actions are annotated `provide-api-key: false` unless their owner says otherwise."""

    async def put_action(self, full_name: FullName, change: ActionChange, *, overwrite: bool) -> Action:
        action, new = await self._database.write(
            partial(
                actions.put,
                full_name=full_name,
                change=change,
                overwrite=overwrite,
                now_ms=self._clock_ms(),
                withhold_api_key=self._withhold_api_key,
            )
        )
        self._written("actions", full_name, _put(new))
        return action

    async def delete_action(self, full_name: FullName) -> Action:
        action = await self._database.write(partial(actions.delete, full_name=full_name))
        self._written("actions", full_name, "deleted")
        return action

    async def put_trigger(self, full_name: FullName, change: Change, *, overwrite: bool) -> Trigger:
        put = partial(triggers.put, full_name=full_name, change=change, overwrite=overwrite, now_ms=self._clock_ms())
        trigger, new = await self._database.write(put)
        self._written("triggers", full_name, _put(new))
        return trigger

    async def delete_trigger(self, full_name: FullName) -> Trigger:
        trigger = await self._database.write(partial(triggers.delete, full_name=full_name))
        self._written("triggers", full_name, "deleted")
        return trigger

    async def put_rule(self, full_name: FullName, change: RuleChange, *, overwrite: bool) -> Rule:
        put = partial(rules.put, full_name=full_name, change=change, overwrite=overwrite, now_ms=self._clock_ms())
        rule, new = await self._database.write(put)
        self._written("rules", full_name, _put(new))
        return rule

    async def delete_rule(self, full_name: FullName) -> Rule:
        rule = await self._database.write(partial(rules.delete, full_name=full_name))
        self._written("rules", full_name, "deleted")
        return rule

    async def set_rule_status(self, full_name: FullName, status: RuleStatus) -> None:
        changed = await self._database.write(partial(rules.set_status, full_name=full_name, status=status))
        if changed:
            self._written("rules", full_name, "updated")

    async def put_package(self, full_name: FullName, change: PackageChange, *, overwrite: bool) -> Package:
        put = partial(
            packages.put,
            namespace=full_name.namespace,
            name=full_name.name,
            change=change,
            overwrite=overwrite,
            now_ms=self._clock_ms(),
        )
        package, new = await self._database.write(put)
        self._written("packages", full_name, _put(new))
        return package

    async def delete_package(self, full_name: FullName, *, force: bool) -> Package:
        delete = partial(packages.delete, namespace=full_name.namespace, name=full_name.name, force=force)
        package, contained = await self._database.write(delete)
        for name in contained:
            self._tell("actions", full_name.namespace, name, "deleted")
        self._written("packages", full_name, "deleted")
        return package

    def _written(self, collection: str, full_name: FullName, change: str) -> None:
        self._catalog.forget()
        self._tell(collection, full_name.namespace, full_name.in_namespace, change)

    def _tell(self, collection: str, namespace: str, name: str, change: str) -> None:
        data: JsonObject = {"collection": collection, "name": name, "change": change}
        self._events.publish(EventName.ENTITY, namespace, to_json_bytes, data)


def _put(new: bool) -> str:
    return "created" if new else "updated"
