"""Deleting, and taking it back: a thing is made again from its last definition.

What went away around it comes back too: the state of a rule, the ties between a trigger and its rules, and what a feed
was told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from tui.client.errors import ApiError, NotFound
from tui.entities.action import Action
from tui.entities.package import Package
from tui.entities.rule import Rule, RuleStatus
from tui.entities.trigger import Trigger
from tui.errors import UserError

from .definitions import Entity, body_of
from .feeds import call_feed, feed_of
from .naming import explaining_conflicts
from .together import map_together

if TYPE_CHECKING:
    from tui.client import Client
    from tui.entities.json import JsonObject


class Deleted(Struct, frozen=True, kw_only=True):
    """A thing that is gone, and all that is needed to make it again."""

    entity: Entity
    rules: tuple[Rule, ...] = ()
    """Of a trigger: those that it was tied to, each with the state that it had."""
    feed_settings: JsonObject | None = None
    """What the feed of a trigger had been told; `None` where there is none, or it does not say."""

    @property
    def noun(self) -> str:
        return noun_of(self.entity)


def noun_of(entity: Entity) -> str:
    """`action`, `trigger`, `rule`, `package`."""
    return type(entity).__name__.lower()


class Deletion:
    """Deletes things of the connected namespace and makes them again."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def delete(self, entity: Entity) -> Deleted:
        """Remember it as it is now, then delete it.

        Raises:
            NotFound: It is gone already.
            Conflict: A package that is not empty.
        """
        match entity:
            case Action():
                whole = await self._client.actions.get(entity.name, code=True)
                gone = await self._client.actions.delete(entity.name)  # its parameters are without the package's
                return Deleted(entity=replace(gone, exec=whole.exec))
            case Trigger():
                return await self._delete_trigger(entity.name)
            case Rule():
                rule = await self._client.rules.get(entity.name)
                await self._client.rules.delete(entity.name)
                return Deleted(entity=rule)
            case Package():
                return Deleted(entity=await self._client.packages.delete(entity.name))

    async def restore(self, deleted: Deleted) -> Entity:
        """Make it again.

        Raises:
            Conflict: Something else has its name by now.
            BadRequest: A rule whose trigger or action is gone as well.
        """
        entity, body = deleted.entity, body_of(deleted.entity)
        with explaining_conflicts(deleted.noun, entity.name):
            match entity:
                case Action():
                    return await self._client.actions.put(entity.name, body)
                case Rule():
                    return await self._restore_rule(entity, overwrite=False)
                case Package():
                    return await self._client.packages.put(entity.name, body)
                case Trigger():
                    return await self._restore_trigger(entity, deleted, body)

    async def _delete_trigger(self, name: str) -> Deleted:
        trigger = await self._client.triggers.get(name)
        tied = await map_together(self._find_rule, [one.rpartition("/")[2] for one in trigger.rules or {}])
        settings = await self._leave_feed(trigger)
        await self._client.triggers.delete(name)
        return Deleted(entity=trigger, rules=tuple(rule for rule in tied if rule), feed_settings=settings)

    async def _leave_feed(self, trigger: Trigger) -> JsonObject | None:
        """Tell the feed that its trigger goes; one that fails does not keep the trigger from going."""
        feed = feed_of(trigger)
        if feed is None:
            return None
        try:
            answer = await call_feed(self._client, feed, "READ", trigger.name, {})
        except UserError:
            answer = {}
        try:
            await call_feed(self._client, feed, "DELETE", trigger.name, {})
        except UserError:
            return None
        settings = answer.get("config", answer)
        return settings if isinstance(settings, dict) else None

    async def _restore_trigger(self, trigger: Trigger, deleted: Deleted, body: JsonObject) -> Trigger:
        made = await self._client.triggers.put(trigger.name, body)
        if (feed := feed_of(trigger)) is not None and deleted.feed_settings is not None:
            await call_feed(self._client, feed, "CREATE", trigger.name, _asked_for(deleted.feed_settings))
        for rule in deleted.rules:
            try:
                await self._client.rules.get(rule.name)  # one that was deleted meanwhile stays so
                await self._restore_rule(rule, overwrite=True)
            except ApiError:  # its action went away meanwhile: the trigger is back all the same
                continue
        return await self._client.triggers.get(made.name)

    async def _restore_rule(self, rule: Rule, *, overwrite: bool) -> Rule:
        made = await self._client.rules.put(rule.name, body_of(rule), overwrite=overwrite)
        if made.status is not rule.status and rule.status is not None:
            await self._client.rules.set_status(rule.name, rule.status)
        return replace(made, status=rule.status or RuleStatus.ACTIVE)

    async def _find_rule(self, name: str) -> Rule | None:
        try:
            return await self._client.rules.get(name)
        except NotFound:
            return None


def _asked_for(told: JsonObject) -> JsonObject:
    """What a feed tells of its settings, in the words in which it is asked for them."""
    names = {"payload": "trigger_payload"}
    return {names.get(key, key): value for key, value in told.items() if key not in ("name", "namespace")}
